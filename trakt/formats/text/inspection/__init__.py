"""What can be said of a file of text before anybody declares anything of it, whatever kind of text it is.

text/inspection/
  octets    one pass over the bytes: encoding and line ends
  looked    the rows, good and bad, and the columns, as the reader sees them
  risks     values that are easily changed by who reads them
"""
