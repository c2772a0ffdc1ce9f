"""Words that may stand in a pipeline file, apart from the model: callers check theirs before they need a pipeline."""

MODES: tuple[str, ...] = ("batch", "stream")
ENGINES: tuple[str, ...] = ("local", "spark")
ON_LIMIT: tuple[str, ...] = ("fail", "glue")
ON_DRIFT: tuple[str, ...] = ("ignore", "warn", "fail")
ON_BAD_ROWS: tuple[str, ...] = ("fail", "quarantine")
SCHEMA_CONTRACTS: tuple[str, ...] = ("evolve", "freeze", "discard", "quarantine")
COMBINE_STRATEGIES: tuple[str, ...] = ("concat", "validate_schema", "union_by_name")


def is_param(key: str) -> bool:
    """Whether `key` can name a param, `STEP.PARAM`."""
    step, dot, param = key.partition(".")
    return bool(step.strip() and dot and param.strip())
