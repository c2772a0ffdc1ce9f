"""What a file of delimited text is like, for whom nobody has told: found with the reader's own parts.

inspection/
  octets    one pass over the bytes: their encoding, their line ends
  dialect   which delimiter and quote a sample has, how surely, and its first record
  names     what is wrong with a header, and what to call the columns
  risks     values that are easily changed by who reads them
  whole     all of it, in the order of this list
"""
