"""What all formats of text share: everything that does not depend on where a record ends or what parts its fields.

    text/
      options    what an author may set of encoding, values and types
      decode     bytes of any encoding -> UTF-8 bytes (encodings: which bytes are text)
      block      whole records, with physical lines counted (line_ends; records: of a block, one by one)
      layout     what each kind of text says of its files: how they are cut, and how records are split
      table      a block as columns of text (decodable: which records are text; bad_rows: what is wrong with some)
      typed      columns of text -> columns of values
      read       all files of an input -> frames (file: one of them; counted: of a pass; combine: several as one table;
                 survey: the pass that decides types; rows: that which gives them; apart: each file by itself;
                 stretches: where a large one may be cut)
      sample     how many rows the head of a file has
      write      frames -> bytes, by what a kind of text makes of rows (outputs: what may be asked of it)
      supplement rows that were rejected -> files of them

The data's path is that list, read down. The formats stand above this room, and are strangers to each other.
"""
