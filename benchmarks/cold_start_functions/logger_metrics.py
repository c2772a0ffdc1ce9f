"""A handler with the Powertools alone that refuses an event: what ours is compared with when it refuses one."""

from aws_lambda_powertools import Logger, Metrics

logger = Logger()
metrics = Metrics()


@logger.inject_lambda_context
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event, context):
    logger.error("the event names no pipeline")
    raise ValueError("the event names no pipeline")
