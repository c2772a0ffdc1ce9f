"""What the Lambda function points at. Everything it does is in the package; see docs/lambda.md."""

from trakt.runtime.lambda_handler import handler

__all__ = ["handler"]
