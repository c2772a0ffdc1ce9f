"""What options take: each reads one word of a command line, and says in a few words what is wrong with it."""

from __future__ import annotations

import argparse
from typing import Any

from trakt.errors import one_of
from trakt.pipeline.choices import ENGINES, MODES, is_param


def text(given: str) -> str:
    """A value that says something."""
    # a shell variable that is not set arrives as an empty word
    if not given.strip():
        raise argparse.ArgumentTypeError("must not be blank")
    return given


def whole_number(given: str) -> int:
    """A number from 1."""
    if not given.isdecimal() or int(given) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1, not '{given}'")
    return int(given)


def mode(given: str) -> str:
    """How steps are called."""
    if given not in MODES:
        raise argparse.ArgumentTypeError(f"must be {one_of(MODES)}, not '{given}'")
    return given


def engine(given: str) -> str:
    """Where the work is done."""
    if given not in ENGINES:
        raise argparse.ArgumentTypeError(f"must be {one_of(ENGINES)}, not '{given}'")
    return given


def rows(given: str) -> int:
    """A number of rows from 1."""
    if not given.isdecimal() or int(given) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of rows from 1, not '{given}'")
    return int(given)


def input_override(given: str) -> tuple[str, str]:
    """`NAME=PATH`, as a pair."""
    name, equals, path = given.partition("=")
    if not (name.strip() and equals and path.strip()):
        raise argparse.ArgumentTypeError(f"must be NAME=PATH, not '{given}'")
    return name, path


def param_override(given: str) -> tuple[str, Any]:
    """`STEP.PARAM=VALUE`, with the value as the pipeline file would have it."""
    # the pipeline file's own reader, so that a value means here what it means there
    from trakt.pipeline.yaml_tree import read_tree

    key, equals, value = given.partition("=")
    if not (is_param(key) and equals):
        raise argparse.ArgumentTypeError(f"must be STEP.PARAM=VALUE, not '{given}'")
    tree = read_tree(value)
    if tree.flaws:
        flaw = tree.flaws[0]
        advice = f"; {flaw.hint}" if flaw.hint else ""
        raise argparse.ArgumentTypeError(f"the value of '{key}' is no YAML: {flaw.what}{advice}")
    return key, tree.value
