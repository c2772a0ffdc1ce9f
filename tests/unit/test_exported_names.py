from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import pytest

import trakt


def test_the_names_users_type_are_listed_in_order():
    assert trakt.__all__ == sorted(trakt.__all__)


@pytest.mark.parametrize("name", trakt.__all__)
def test_each_exported_name_is_what_it_says(name):
    value = getattr(trakt, name)
    assert value.__name__ == name
    assert value is getattr(importlib.import_module(value.__module__), name)


def test_editors_and_mypy_see_exactly_the_exported_names():
    tree = ast.parse(Path(trakt.__file__).read_text(encoding="utf-8"))
    (block,) = [node for node in tree.body if isinstance(node, ast.If)]
    seen = [alias.name for statement in block.body for alias in statement.names]
    assert sorted(seen) == trakt.__all__


def test_dir_shows_the_names_before_they_are_loaded():
    assert set(trakt.__all__) <= set(dir(trakt))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match=re.escape("module 'trakt' has no attribute 'stpe'")):
        _ = trakt.stpe


def test_the_version_is_a_plain_literal():
    assert re.fullmatch(r"\d+\.\d+\.\d+", trakt.__version__)
