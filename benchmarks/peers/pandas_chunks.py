"""What people write by hand: pandas, chunk by chunk. `python pandas_chunks.py IN OUT`"""

import sys

import pandas as pd

TYPES = {
    "order_id": "int64",
    "customer": "str",
    "city": "str",
    "amount": "float64",
    "rate": "float64",
    "quantity": "Int64",
    "zip": "str",
    "ordered_at": "str",
    "note": "str",
}

with open(sys.argv[2], "w", encoding="utf-8", newline="") as out:
    for number, chunk in enumerate(pd.read_csv(sys.argv[1], dtype=TYPES, chunksize=50_000)):
        doubled = chunk.assign(amount=chunk["amount"] * 2, source="benchmark")
        doubled.to_csv(out, index=False, header=number == 0)
