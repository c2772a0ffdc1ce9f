"""The handler of the Lambda function. Everything it does is in the package; see docs/lambda.md for what goes where."""

from trakt.runtime.process import starting

with starting():
    from trakt.runtime.lambda_handler import handler

__all__ = ["handler"]
