"""Polars' own streaming engine, scan to sink, without a Python function between. `python polars_stream.py IN OUT`"""

import sys

import polars as pl

SCHEMA = {
    "order_id": pl.Int64,
    "customer": pl.String,
    "city": pl.String,
    "amount": pl.Float64,
    "rate": pl.Float64,
    "quantity": pl.Int64,
    "zip": pl.String,
    "ordered_at": pl.String,
    "note": pl.String,
}

orders = pl.scan_csv(sys.argv[1], schema=SCHEMA)
orders.with_columns(pl.col("amount") * 2, pl.lit("benchmark").alias("source")).sink_csv(sys.argv[2])
