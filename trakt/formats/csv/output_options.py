"""What an author may set for delimited text that is written, and what each setting may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trakt.formats.csv.options import ONE_CHARACTER, ONE_OR_NONE, clashes, one_character, unescaped
from trakt.formats.text.options import NO_TEXT, NULLABLE_TEXT, encoding_problem, read_group, target_faults
from trakt.pipeline.fields import Field, FieldFault, Problem
from trakt.pipeline.model import EMPTY, Output


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """The settings of an output, checked."""

    delimiter: str = ","
    encoding: str = "utf-8"
    header: bool = True
    index: bool = False
    quotechar: str = '"'
    escapechar: str | None = None
    quoting: str = "minimal"
    lineterminator: str = "\n"
    na_rep: str = ""
    decimal: str = "."
    float_format: Mapping[str, str] = EMPTY
    date_format: str | None = None


def _no_index(value: bool) -> Problem | None:
    return ("the index is never written", "call reset_index() in a step to keep it as a column") if value else None


def _float_format(value: str | Mapping[str, str]) -> Problem | None:
    if isinstance(value, str):
        # whether a column is whole numbers may differ from chunk to chunk: a format for all floats would show it
        return "a number format is given per column", f"float_format: {{<column>: '{value}'}}"
    for column, number_format in value.items():
        try:
            number_format % 1.5
        except (TypeError, ValueError):
            return f"the format of '{column}' must be one for a number such as '%.2f', not {number_format!r}", None
    return None


WRITE_FIELDS = (
    Field("delimiter", (str,), check=one_character, default=",", aliases=("sep",), limits=ONE_CHARACTER),
    Field("encoding", (str,), check=encoding_problem, default="utf-8"),
    Field("header", (bool,), "true or false", default=True),
    Field("index", (bool,), "false", check=_no_index, default=False, limits={"enum": [False]}),
    Field("quotechar", (str,), check=one_character, default='"', limits=ONE_CHARACTER),
    Field("escapechar", NULLABLE_TEXT, check=lambda value: value and one_character(value), limits=ONE_OR_NONE),
    Field("quoting", (str,), choices=("minimal", "all"), default="minimal"),
    Field("lineterminator", (str,), choices=("\n", "\r\n"), default="\n", aliases=("line_terminator",)),
    Field("na_rep", (str,), default=""),
    Field("decimal", (str,), choices=(".", ","), default="."),
    Field("float_format", (dict, str), "a mapping of column to format", check=_float_format, default=EMPTY),
    Field("date_format", NULLABLE_TEXT),
)


def check_output(wanted: Output, strict: bool = True) -> list[FieldFault]:
    """See `trakt.formats.Format.check_output`."""
    values, faults = read_group(wanted.metadata, "write_options", WRITE_FIELDS, strict)
    faults += target_faults(wanted, "delimited text", ".csv", (*NO_TEXT, ".json", ".jsonl", ".ndjson"))
    return faults + clashes(values, ("delimiter", "quotechar", "escapechar"))


def write_options(wanted: Output) -> WriteOptions:
    """The options of an output that `check_output` found right."""
    values = read_group(wanted.metadata, "write_options", WRITE_FIELDS)[0]
    return WriteOptions(**{**values, "delimiter": unescaped(values["delimiter"])})
