"""The shapes of a declared schema, and every way to get one wrong."""

from __future__ import annotations

from typing import Any

import pytest

from trakt.pipeline.declared_schema import read_schema
from trakt.schema import LogicalType, Schema

INT, FLOAT, STRING = LogicalType.INT, LogicalType.FLOAT, LogicalType.STRING


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        (["id", "amount"], Schema(("id", "amount"))),
        ({"id": "string", "amount": "Int64"}, Schema(("id", "amount"), {"id": STRING, "amount": INT})),
        ({"columns": ["id", "amount"], "dtypes": {"amount": "float64"}}, Schema(("id", "amount"), {"amount": FLOAT})),
        ({"columns": ["id", "amount"], "types": {"amount": "float"}}, Schema(("id", "amount"), {"amount": FLOAT})),
        ({"columns": ["id"]}, Schema(("id",))),
        ({"types": {"id": "object"}}, Schema((), {"id": STRING})),
        ({"columns": {"id": "int"}}, Schema(("id",), {"id": INT})),
        ({"columns": [{"name": "id", "type": "int"}, "note"]}, Schema(("id", "note"), {"id": INT})),
        ({"columns": "string", "types": "int"}, Schema(("columns", "types"), {"columns": STRING, "types": INT})),
        (Schema(("id",)), Schema(("id",))),
        (None, None),
    ],
)
def test_each_shape_says_the_same_thing(value: Any, schema: Schema | None) -> None:
    assert read_schema(value) == (schema, [])


@pytest.mark.parametrize(
    ("value", "path", "what", "hint"),
    [
        (
            {"id": "strin"},
            ("id",),
            "the column 'id' has the unknown type 'strin'",
            "did you mean 'string'? types are string, int,",
        ),
        ({"id": "zzz"}, ("id",), "unknown type 'zzz'", "types are string, int, float, decimal, bool, date, timestamp"),
        ({"id": None}, ("id",), "unknown type None", "types are"),
        ({"columns": ["id"], "types": {"id": 5}}, ("types", "id"), "unknown type 5", "types are"),
        ({"columns": ["id"], "dtypes": {"id": "x"}}, ("dtypes", "id"), "unknown type 'x'", "types are"),
        (["id", "id"], (1,), "the column 'id' stands twice", ""),
        ({"columns": ["id", "id"]}, ("columns", 1), "the column 'id' stands twice", ""),
        (["id", 5], (1,), "must be a non-empty text, not 5", "write it in quotes: '5'"),
        (["id", " "], (1,), "must be a non-empty text, not ' '", ""),
        (
            {"columns": ["id"], "dtype": {"id": "int"}},
            ("dtype",),
            "unknown key 'dtype' in schema",
            "did you mean 'dtypes'?",
        ),
        ({"types": {"a": "int"}, "dtypes": {"a": "int"}}, ("dtypes",), "mean the same", ""),
        ({"columns": 5, "types": {"a": "int"}}, ("columns",), "'columns' must be a list of column names", ""),
        (
            {"columns": [{"name": "id", "type": "int"}], "types": {"id": "float"}},
            ("types", "id"),
            "declared both int and float",
            "once",
        ),
        (
            {"columns": [{"name": "id", "typ": "int"}]},
            ("columns", 0, "typ"),
            "unknown key 'typ' in column",
            "did you mean 'type'?",
        ),
        ({"columns": [{"type": "int"}]}, ("columns", 0), "column lacks the key 'name'", ""),
        (
            {"columns": [{"name": "id", "type": "itn"}]},
            ("columns", 0, "type"),
            "unknown type 'itn'",
            "did you mean 'int'?",
        ),
        ("id,amount", (), "a schema must be a list of columns", ""),
        ([], (), "the schema names no column", "leave 'schema' out"),
        ({}, (), "the schema names no column", "leave 'schema' out"),
    ],
)
def test_each_fault_has_its_place_and_remedy(value: Any, path: tuple[Any, ...], what: str, hint: str) -> None:
    schema, faults = read_schema(value)

    assert schema is None
    assert [fault.path for fault in faults] == [path]
    assert what in faults[0].what
    assert hint in (faults[0].hint or "")


def test_all_faults_of_a_schema_are_told_at_once() -> None:
    _, faults = read_schema({"columns": ["id", "id", 7], "types": {"id": "x", "b": "y"}})

    assert [fault.path for fault in faults] == [("columns", 1), ("columns", 2), ("types", "id"), ("types", "b")]
