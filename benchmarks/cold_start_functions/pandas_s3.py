"""What every handler pays that reads CSV from S3: pandas, a boto3 client and the Powertools, imported and made.

The Tracer patches nothing: its default would import all it can patch, and make this a slower peer than it must be.
An event with a key has it read as people do by hand.
"""

import os
import time
from pathlib import Path

import boto3
import pandas as pd
from aws_lambda_powertools import Logger, Metrics, Tracer

logger = Logger()
metrics = Metrics()
tracer = Tracer(auto_patch=False)
s3 = boto3.client("s3")


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event, context):
    logger.info("ready")
    if "key" not in event:
        return {"rows": 0}
    frame = pd.read_csv(s3.get_object(Bucket=event["bucket"], Key=event["key"])["Body"])
    Path(os.environ["FIRST_BATCH_AT"]).write_text(str(time.monotonic()), encoding="ascii")
    return {"rows": len(frame)}
