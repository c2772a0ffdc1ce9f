"""Outputs with `sort_by`: their rows are sorted on the way to the table that writes them, in bounded memory.

An external merge sort: rows are collected up to a size, sorted and put aside (a run), and runs are merged in blocks.

sort/
  table    what stands in front of an output's table
  values   a column as values that have an order, whatever dtypes its chunks have (numbers: of several kinds)
  order    the order of rows by such columns
  frames   what frames weigh that wait
  spool    sorted runs in a temporary file
  merge    runs -> frames in order
"""
