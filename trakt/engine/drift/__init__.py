"""Inputs compared with those of the last committed run.

drift/
  baseline   which run that is, found without a database
  compare    how two profiles differ
  contract   what of an input's columns and types may change
  watch      all of it, while a run goes on
"""
