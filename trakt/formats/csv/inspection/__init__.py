"""What a file of delimited text is like, for whom nobody has told: found with the reader's own parts.

inspection/
  dialect   which delimiter and quote a sample has, how surely, and its first record
  names     what is wrong with a header, and what to call the columns
  whole     all of it, with what any kind of text is looked at for (`trakt.formats.text.inspection`)
"""
