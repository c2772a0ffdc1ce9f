"""What an author may set for a query, and what each setting may be."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trakt.formats.text.options import read_group
from trakt.pipeline.fields import Field, FieldFault, Problem, shown
from trakt.pipeline.model import EMPTY, Input

_NOTHING = type(None)
_COMMENTS = re.compile(r"(?:--[^\n]*(?:\n|$)|/\*.*?\*/|[\s(])*", re.DOTALL)
_NO_SQL = re.compile(r"""--[^\n]*|/\*.*?\*/|'[^']*'|"[^"]*\"""", re.DOTALL)
"""Comments, texts and names in quotes, in which any sign may stand."""
_READS = ("select", "with", "values", "table")


@dataclass(frozen=True, slots=True)
class Query:
    """A query as it is asked.

    Attributes:
        query: SQL, in which `:name` stands for a value of `params`.
        database: where its tables are looked for, unless it names another.
        workgroup, s3_output: who pays and what is allowed, and where the result goes in S3.
    """

    query: str
    params: Mapping[str, Any]
    database: str
    workgroup: str | None
    s3_output: str | None


def _query(value: str) -> Problem | None:
    if not value.strip():
        return "'query' must not be empty", None
    start = _COMMENTS.match(value)
    word = re.match(r"\w*", value[start.end() if start else 0 :])
    if (word[0] if word else "").lower() not in _READS:
        return f"{shown(value)} is no query that reads", "begin it with SELECT or WITH; what changes data is no input"
    if ";" in _NO_SQL.sub("", value).rstrip().rstrip(";"):
        return "a query is one statement", "remove the ';' and what is behind it"
    return None


def _params(value: Mapping[Any, Any]) -> Problem | None:
    for name, each in value.items():
        if not re.fullmatch(r"[A-Za-z0-9_]+", str(name)):
            return f"{shown(name)} cannot be the name of a parameter", "use letters, digits and _"
        if not isinstance(each, str | int | dt.date | _NOTHING):
            hint = "give a text, a whole number, true, false, a date or null; write other values into the query"
            return f"the parameter '{name}' cannot be {shown(each)}", hint
        if isinstance(each, dt.datetime) and each.tzinfo:
            hint = f"give it as a text in quotes, and write from_iso8601_timestamp(:{name}) in the query"
            return f"the parameter '{name}' cannot be a time with a zone", hint
    return None


def _place(value: str | None) -> Problem | None:
    return (
        None
        if value is None or re.match(r"s3://[^/]+", value)
        else (f"{shown(value)} is no place in S3", "s3://BUCKET/PREFIX/")
    )


READ_FIELDS = (
    Field("query", (str,), "a text", check=_query, limits={"pattern": r"\S"}),
    Field("params", (dict,), "a mapping of name to value", check=_params, default=EMPTY),
    Field("database", (str,), "a name", default="default"),
    Field("workgroup", (str, _NOTHING), "a name"),
    Field("s3_output", (str, _NOTHING), "a place in S3", check=_place, limits={"pattern": "^s3://[^/]+"}),
)


def check_input(wanted: Input, strict: bool = True) -> list[FieldFault]:
    """See `trakt.formats.Format.check_input`."""
    values, faults = read_group(wanted.metadata, "read_options", READ_FIELDS, strict)
    wrong = {fault.path[-1] for fault in faults}
    if wanted.uri != f"{wanted.name}.{wanted.kind}":
        hint = "its result lies where `s3_output` says; to read a file instead, give --input"
        faults.append(FieldFault(("uri",), "a query has no `uri`", hint))
    if values["query"] is None and "query" not in wrong:
        faults.append(FieldFault(("metadata",), "kind athena needs a 'query'", "query: select * from orders"))
    if not values["workgroup"] and not values["s3_output"] and not wrong & {"workgroup", "s3_output"}:
        hint = "s3_output: s3://BUCKET/PREFIX/, or a `workgroup` that has such a place"
        faults.append(FieldFault(("metadata",), "nothing says where the query's result goes", hint))
    for name in values["params"]:
        if values["query"] and not re.search(rf"(?<!:):{re.escape(str(name))}(?!\w)", values["query"]):
            hint = f"write :{name} where its value goes, or remove it"
            faults.append(FieldFault(("metadata", "params", name), f"the query has no parameter ':{name}'", hint))
    return faults


def describe_input(wanted: Input) -> Mapping[str, Any]:
    """See `trakt.formats.Format.describe_input`."""
    values = read_group(wanted.metadata, "read_options", READ_FIELDS)[0]
    return {name: value for name, value in values.items() if value}


def query_of(wanted: Input) -> Query:
    """The query of an input that `check_input` found right; placeholders are still in its parameters."""
    return Query(**read_group(wanted.metadata, "read_options", READ_FIELDS)[0])
