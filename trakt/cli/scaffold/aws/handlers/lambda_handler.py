"""The handler of the Lambda function. Everything it does is in Trakt; which pipeline runs is in template.yaml."""

from trakt.runtime.process import starting

with starting():
    from trakt.runtime.lambda_handler import handler

__all__ = ["handler"]
