"""Names that every caller of a run reads the same way."""

PIPELINES = "pipelines"
"""Where `--pipeline NAME` looks, below the current folder."""


def is_param(key: str) -> bool:
    """Whether `key` can name a param, `STEP.PARAM`."""
    step, dot, param = key.partition(".")
    return bool(step.strip() and dot and param.strip())
