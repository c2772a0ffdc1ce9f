"""The endpoint alone: bytes in or out by boto3, and how long that took without starting anything.

python raw_s3.py get BUCKET KEY
python raw_s3.py put BUCKET KEY FILE
"""

import json
import sys
import time

import boto3

what, bucket, key, *file = sys.argv[1:]
s3 = boto3.client("s3")
s3.head_bucket(Bucket=bucket)
started = time.perf_counter()
if what == "get":
    size = sum(len(piece) for piece in s3.get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(1 << 20))
else:
    # in parts, side by side, as large objects are sent
    s3.upload_file(file[0], bucket, key)
print(json.dumps({"transfer_s": time.perf_counter() - started}))
