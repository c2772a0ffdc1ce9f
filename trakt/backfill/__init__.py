"""Many batches by one command: those that lie there are found, and each has a run as if it had come alone.

backfill/
  batches    which clients and batches there are, from the places of their files
  order      which batches may run at once, and which wait for another
  run        the runs, several at once, each in a process that others outlive
"""
