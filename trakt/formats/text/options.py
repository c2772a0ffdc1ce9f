"""What an author may set for any kind of text that is read: its encoding, and how its values are spelled and typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from trakt.pipeline.fields import Field, FieldFault, Problem, read_fields
from trakt.pipeline.model import EMPTY, Input, Output
from trakt.schema import LogicalType, type_pattern

if TYPE_CHECKING:
    from trakt.schema.parse import TextRules


@dataclass(frozen=True, slots=True)
class TextOptions:
    """The settings that formats of text share, checked."""

    encoding: str | None = None
    skiprows: int = 0
    types: str = "infer"
    decimal: str = "."
    na_values: Sequence[str] = ()
    keep_default_na: bool = False
    date_columns: Sequence[str] = ()
    date_format: str | None = None
    dtype: str | Mapping[str, str] = EMPTY

    @property
    def declared_types(self) -> dict[str, LogicalType]:
        """The types that `dtype` and `date_columns` declare."""
        mapping = {} if isinstance(self.dtype, str) else self.dtype
        parsed = {column: LogicalType.parse(name) for column, name in mapping.items()}
        declared = {column: kind for column, kind in parsed.items() if kind}
        return {**declared, **dict.fromkeys(self.date_columns, LogicalType.TIMESTAMP)}

    @property
    def rules(self) -> TextRules:
        """How values are spelled."""
        from trakt.schema.parse import TextRules

        return TextRules(self.decimal, self.date_format)

    @property
    def missing(self) -> tuple[str, ...]:
        """The texts that mean a missing value."""
        from trakt.schema.infer import PANDAS_MISSING

        words = PANDAS_MISSING if self.keep_default_na or self.types == "pandas" else ()
        return tuple(dict.fromkeys(("", *self.na_values, *words)))


def encoding_problem(value: str) -> Problem | None:
    """What is wrong with the name of an encoding, or None."""
    try:
        # some codecs pack or disguise bytes, and are no encodings of text
        "a".encode(value).decode(value)
    except (LookupError, ValueError):
        return f"unknown encoding {value!r}", "common ones: utf-8, cp1252, latin-1, utf-16"
    return None


def _types(value: str | Mapping[str, str]) -> Problem | None:
    names = [value] if isinstance(value, str) else list(value.values())
    for name in names:
        if not isinstance(name, str) or LogicalType.parse(name) is None:
            return f"unknown type {name!r}", f"types: {', '.join(LogicalType)}, or a pandas dtype name"
    if isinstance(value, str) and LogicalType.parse(value) is not LogicalType.STRING:
        return f"one type for all columns can only be 'str', not {value!r}", "give a mapping of column to type"
    return None


def _texts(value: Sequence[Any]) -> Problem | None:
    if all(isinstance(item, str) for item in value):
        return None
    return "must be a list of strings", "put numbers in quotes"


def _not_negative(value: int) -> Problem | None:
    return None if value >= 0 else (f"must be 0 or more, not {value}", None)


NULLABLE_TEXT = (str, type(None))

_TEXTS = {"items": {"type": "string"}}


def texts_field(name: str) -> Field:
    """A key whose value is a list of texts."""
    return Field(name, (list,), check=_texts, default=(), limits=_TEXTS)


_TYPES = {"pattern": type_pattern(), "additionalProperties": {"type": "string", "pattern": type_pattern()}}

ENCODING = Field("encoding", NULLABLE_TEXT, check=lambda value: value and encoding_problem(value))
NAMES = Field("names", (list,), check=_texts, limits=_TEXTS)
SKIPROWS = Field("skiprows", (int,), "a number of lines", check=_not_negative, default=0, limits={"minimum": 0})
TYPES = Field("types", (str,), choices=("infer", "text", "pandas"), default="infer")
DECIMAL = Field("decimal", (str,), choices=(".", ","), default=".")
NA_VALUES = texts_field("na_values")
KEEP_DEFAULT_NA = Field("keep_default_na", (bool,), "true or false", default=False)
DATE_COLUMNS = texts_field("date_columns")
DATE_FORMAT = Field("date_format", NULLABLE_TEXT)
DTYPE = Field(
    "dtype", (str, dict), "a type, or a mapping of column to type", check=_types, default=EMPTY, limits=_TYPES
)
VALUES = (TYPES, DECIMAL, NA_VALUES, KEEP_DEFAULT_NA, DATE_COLUMNS, DATE_FORMAT, DTYPE)
"""The options about values."""


def read_group(
    metadata: Mapping[str, Any], group: str, table: Sequence[Field], strict: bool = True
) -> tuple[dict[str, Any], list[FieldFault]]:
    """Options stand directly in the metadata, or in their group; both mean the same."""
    values, faults = read_fields(
        metadata, (*table, Field(group, (dict,), "a mapping", default={})), of="metadata", strict=strict
    )
    faults = [fault.under("metadata") for fault in faults]
    grouped = values.pop(group)
    inner, inner_faults = read_fields(grouped, table, of=group, strict=strict)
    faults += [fault.under("metadata", group) for fault in inner_faults]
    faults = [replace(each, hint=_OF_PANDAS.get(str(each.path[-1]), each.hint)) for each in faults]
    for entry in table:
        spellings = (entry.name, *entry.aliases)
        twice = [name for name in spellings if name in grouped] and [name for name in spellings if name in metadata]
        if twice:
            what = f"'{entry.name}' stands in the metadata and in its {group}"
            faults.append(FieldFault(("metadata", twice[0]), what, "keep one"))
        if any(name in grouped for name in spellings):
            values[entry.name] = inner[entry.name]
    return values, faults


def described(options: TextOptions, table: Sequence[Field], always: Sequence[str] = ()) -> dict[str, Any]:
    """The options in force, for the plan: those that are not as they would be anyway, and some `always`."""
    usual = type(options)()
    shown = {entry.name: getattr(options, entry.name) for entry in table}
    return {name: value for name, value in shown.items() if name in always or value != getattr(usual, name)}


def name_faults(wanted: Input, endings: Sequence[str], called: str) -> list[FieldFault]:
    """The files of an input that are not named like files of its kind; `called` says in words how those are."""
    faults = []
    # who says no name gets this one, and will be told that there is no such file
    said = "" if wanted.uri == f"{wanted.name}.{wanted.kind}" else wanted.uri
    for uri in said.split(","):
        ending = uri.strip().rpartition("/")[2].lower()
        if "." in ending.strip(".*") and not ending.endswith((*endings, "*", "]", "}")):
            what = f"'{uri.strip()}' is not named like {called}"
            faults.append(FieldFault(("uri",), what, "rename the file, or give the kind that fits it"))
    return faults


NO_TEXT = (".xlsx", ".xls", ".parquet", ".xml", ".html", ".zip", ".feather")
"""Endings of files that no kind of text has."""


def target_faults(wanted: Output, title: str, ending: str, others: Sequence[str]) -> list[FieldFault]:
    """What is wrong with the `uri` of an output of text.

    Args:
        title, ending: of its kind.
        others: endings of kinds that it is not.
    """
    faults = []
    if wanted.uri and wanted.uri.endswith("/"):
        hint = f"name a file in it: {wanted.uri}{wanted.name}{ending}"
        faults.append(FieldFault(("uri",), f"'{wanted.uri}' is a folder", hint))
    if wanted.uri and wanted.uri.lower().removesuffix(".gz").endswith(tuple(others)):
        what = f"'{wanted.uri}' would be {title} under another kind's name"
        faults.append(FieldFault(("uri",), what, f"name it {ending}"))
    return faults


_OF_PANDAS = {
    "comment": "cut comments off in a step, or skip the first lines with `skiprows`",
    "date_parser": "give `date_format`",
    "engine": "there is one parser; leave it out",
    "error_bad_lines": "a bad line is always told; mend it",
    "false_values": "declare the column bool: true/false, yes/no, y/n, t/f and 1/0 are read",
    "index_col": "a column stays a column; leave it out",
    "infer_datetime_format": "give `date_format`",
    "low_memory": "memory is bounded in stream mode: `execution: {mode: stream}`",
    "nrows": "every row is read; take the first ones in a step",
    "on_bad_lines": "a bad line is always told; mend it",
    "parse_dates": "give `date_columns`, or a `schema` with date or timestamp",
    "skipfooter": "a closing line is a line like any other; cut it off before, or in the file",
    "skipinitialspace": "strip the texts in a step",
    "thousands": "declare the column string, and replace the sign in a step",
    "true_values": "declare the column bool: true/false, yes/no, y/n, t/f and 1/0 are read",
    "usecols": "choose columns with the step trakt.steps.select",
}
"""What `pandas.read_csv` has and Trakt has not, with what to do instead: the nearest of our keys would mislead."""
