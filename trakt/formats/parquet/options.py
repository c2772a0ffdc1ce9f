"""What an author may set for Parquet, and what each setting may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trakt.formats.text.options import name_faults, read_group, texts_field
from trakt.pipeline.fields import Field, FieldFault, Problem
from trakt.pipeline.model import Input, Output

SUFFIXES = (".parquet",)
ENDINGS = (".parquet", ".parq", ".pq")
"""Endings a file named by its author may have."""

COMPRESSIONS = ("snappy", "gzip", "none")
"""What every reader knows, and every build of Arrow writes."""

_MOST_ROWS = 1 << 20


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """The settings of an input, checked. `columns` are the ones that are read; () is all."""

    columns: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """The settings of an output, checked."""

    compression: str = "snappy"
    row_group_rows: int = 1 << 17


def _rows(value: int) -> Problem | None:
    return None if 1 <= value <= _MOST_ROWS else (f"'row_group_rows' must be from 1 to {_MOST_ROWS:,}", None)


READ_FIELDS = (texts_field("columns"),)
WRITE_FIELDS = (
    Field("compression", (str,), choices=COMPRESSIONS, default="snappy"),
    Field(
        "row_group_rows",
        (int,),
        "a number of rows",
        check=_rows,
        default=1 << 17,
        limits={"minimum": 1, "maximum": _MOST_ROWS},
    ),
)


def check_input(wanted: Input, strict: bool = True) -> list[FieldFault]:
    """See `trakt.formats.Format.check_input`."""
    values, faults = read_group(wanted.metadata, "read_options", READ_FIELDS, strict)
    named = values["columns"]
    if twice := [name for name in dict.fromkeys(named) if named.count(name) > 1]:
        faults.append(FieldFault(("metadata", "columns"), f"{', '.join(twice)} stands twice", "name each column once"))
    return faults + name_faults(wanted, ENDINGS, "Parquet (.parquet)")


def check_output(wanted: Output, strict: bool = True) -> list[FieldFault]:
    """See `trakt.formats.Format.check_output`."""
    faults = read_group(wanted.metadata, "write_options", WRITE_FIELDS, strict)[1]
    if wanted.uri and wanted.uri.endswith("/"):
        hint = f"name a file in it: {wanted.uri}{wanted.name}.parquet"
        faults.append(FieldFault(("uri",), f"'{wanted.uri}' is a folder", hint))
    elif wanted.uri and "." in (name := wanted.uri.rpartition("/")[2]) and not name.lower().endswith(ENDINGS):
        what = f"'{wanted.uri}' would be Parquet under another kind's name"
        faults.append(FieldFault(("uri",), what, "name it .parquet"))
    return faults


def describe_input(wanted: Input) -> Mapping[str, Any]:
    """See `trakt.formats.Format.describe_input`."""
    columns = read_options(wanted).columns
    return {"columns": list(columns)} if columns else {}


def read_options(wanted: Input) -> ReadOptions:
    """The options of an input that `check_input` found right."""
    return ReadOptions(**read_group(wanted.metadata, "read_options", READ_FIELDS)[0])


def write_options(wanted: Output) -> WriteOptions:
    """The options of an output that `check_output` found right."""
    return WriteOptions(**read_group(wanted.metadata, "write_options", WRITE_FIELDS)[0])
