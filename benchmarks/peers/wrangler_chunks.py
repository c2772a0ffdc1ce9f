"""awswrangler, chunk by chunk; each chunk becomes an object of a data set. `python wrangler_chunks.py URI PREFIX`"""

import sys

import awswrangler as wr

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

for number, chunk in enumerate(wr.s3.read_csv(sys.argv[1], dtype=TYPES, chunksize=50_000)):
    doubled = chunk.assign(amount=chunk["amount"] * 2, source="benchmark")
    more = {"dataset": True, "mode": "append", "index": False, "filename_prefix": f"{number:05}-"}
    wr.s3.to_csv(doubled, sys.argv[2], **more)
