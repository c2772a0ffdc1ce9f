"""Rejected rows once more through the same pipeline, as a batch of their own.

replay/
  corrections   the rows, read back
  supplement    the inputs that are made of them
  replay        the run of these, and the manifests that name each other
"""
