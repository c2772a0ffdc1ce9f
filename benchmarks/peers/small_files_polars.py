"""Many files into one by Polars' streaming engine. `python small_files_polars.py FOLDER OUT`"""

import sys

import polars as pl

folder, made = sys.argv[1:]
pl.scan_csv(f"{folder}/*.csv").sink_csv(made)
