"""What an author may set for delimited text that is read, and what each setting may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from trakt.pipeline.fields import Field, FieldFault, Problem, read_fields
from trakt.pipeline.model import EMPTY, Input
from trakt.schema import LogicalType, type_pattern

ENDINGS = tuple(f".{kind}{packed}" for kind in ("csv", "tsv", "psv", "txt", "dat") for packed in ("", ".gz"))
"""Endings a file named by its author may have."""

AUTO = "auto"
DELIMITERS = (",", ";", "\t", "|")
"""What delimits most files; a colon stands in times too often to be guessed."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How fields and records are told apart. `quotechar` None: quotes are ordinary text."""

    delimiter: str = ","
    quotechar: str | None = '"'
    escapechar: str | None = None


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """The settings of an input, checked."""

    delimiter: str = ","
    encoding: str | None = None
    quotechar: str | None = '"'
    escapechar: str | None = None
    header: bool = True
    names: Sequence[str] | None = None
    skiprows: int = 0
    types: str = "infer"
    decimal: str = "."
    na_values: Sequence[str] = ()
    keep_default_na: bool = False
    date_columns: Sequence[str] = ()
    date_format: str | None = None
    dtype: str | Mapping[str, str] = EMPTY

    def dialect(self, delimiter: str) -> Dialect:
        """The dialect, once the delimiter is known."""
        return Dialect(delimiter, self.quotechar, self.escapechar)

    @property
    def declared_types(self) -> dict[str, LogicalType]:
        """The types that `dtype` and `date_columns` declare."""
        mapping = {} if isinstance(self.dtype, str) else self.dtype
        parsed = {column: LogicalType.parse(name) for column, name in mapping.items()}
        declared = {column: kind for column, kind in parsed.items() if kind}
        return {**declared, **dict.fromkeys(self.date_columns, LogicalType.TIMESTAMP)}


def one_character(value: str) -> Problem | None:
    """What is wrong with a delimiter or quote, or None."""
    if value == r"\t":
        return None
    if len(value) != 1 or not value.isascii() or value in "\r\n":
        return f"must be one ASCII character, not {value!r}", 'for a tab write "\\t"'
    return None


def _delimiter(value: str) -> Problem | None:
    return None if value in (AUTO, "sniff") else one_character(value)


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


def _header(value: Any) -> Problem | None:
    return (
        None
        if value in (0, None) or isinstance(value, bool)
        else (f"must be 0, true, false or null, not {value!r}", None)
    )


def _not_negative(value: int) -> Problem | None:
    return None if value >= 0 else (f"must be 0 or more, not {value}", None)


NULLABLE_TEXT = (str, type(None))

_ONE = r"[\x00-\x09\x0B\x0C\x0E-\x7F]|\\t"
_DELIMITER = {"pattern": f"^({AUTO}|sniff|{_ONE})$"}
ONE_CHARACTER = {"pattern": f"^({_ONE})$"}
ONE_OR_NONE = {"pattern": f"^({_ONE})?$"}
_TEXTS = {"items": {"type": "string"}}
_TYPES = {"pattern": type_pattern(), "additionalProperties": {"type": "string", "pattern": type_pattern()}}

READ_FIELDS = (
    Field("delimiter", (str,), check=_delimiter, default=",", aliases=("sep",), limits=_DELIMITER),
    Field("encoding", NULLABLE_TEXT, check=lambda value: value and encoding_problem(value)),
    Field(
        "quotechar", NULLABLE_TEXT, check=lambda value: value and one_character(value), default='"', limits=ONE_OR_NONE
    ),
    Field("escapechar", NULLABLE_TEXT, check=lambda value: value and one_character(value), limits=ONE_OR_NONE),
    Field("header", check=_header, default=True, limits={"enum": [True, False, 0, None]}),
    Field("names", (list,), check=_texts, limits=_TEXTS),
    Field("skiprows", (int,), "a number of lines", check=_not_negative, default=0, limits={"minimum": 0}),
    Field("types", (str,), choices=("infer", "text", "pandas"), default="infer"),
    Field("decimal", (str,), choices=(".", ","), default="."),
    Field("na_values", (list,), check=_texts, default=(), limits=_TEXTS),
    Field("keep_default_na", (bool,), "true or false", default=False),
    Field("date_columns", (list,), check=_texts, default=(), limits=_TEXTS),
    Field("date_format", NULLABLE_TEXT),
    Field("dtype", (str, dict), "a type, or a mapping of column to type", check=_types, default=EMPTY, limits=_TYPES),
)


def check_input(wanted: Input, strict: bool = True) -> list[FieldFault]:
    """See `trakt.formats.Format.check_input`."""
    values, faults = read_group(wanted.metadata, "read_options", READ_FIELDS, strict)
    if not _has_header(values["header"]) and not values["names"]:
        faults.append(FieldFault(("metadata",), "a file without a header needs 'names'", "names: [first, second]"))
    if values["names"] and values["names"] != (distinct := list(dict.fromkeys(values["names"]))):
        faults.append(FieldFault(("metadata", "names"), f"a name stands twice in {values['names']}", f"use {distinct}"))
    faults += clashes(values, ("delimiter", "quotechar", "escapechar"))
    for uri in wanted.uri.split(","):
        ending = uri.strip().rpartition("/")[2].lower()
        if "." in ending.strip(".*") and not ending.endswith((*ENDINGS, "*", "]", "}")):
            hint = "rename the file, or give the kind that fits it"
            faults.append(
                FieldFault(
                    ("uri",), f"'{uri.strip()}' is not named like delimited text (.csv, .txt, .csv.gz ...)", hint
                )
            )
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


def describe_input(wanted: Input) -> Mapping[str, Any]:
    """See `trakt.formats.Format.describe_input`."""
    options = read_options(wanted)
    shown = {entry.name: getattr(options, entry.name) for entry in fields(options)}
    return {name: value for name, value in shown.items() if value != getattr(_DEFAULT, name) or name == "delimiter"}


def read_options(wanted: Input) -> ReadOptions:
    """The options of an input that `check_input` found right."""
    values = read_group(wanted.metadata, "read_options", READ_FIELDS)[0]
    if isinstance(values["dtype"], str):
        values |= {"types": "text"}
    values["header"] = _has_header(values["header"])
    values["delimiter"] = AUTO if values["delimiter"] == "sniff" else unescaped(values["delimiter"])
    return ReadOptions(**values)


_DEFAULT = ReadOptions()


def _has_header(value: Any) -> bool:
    """pandas counts: `header: 0` is the first line, `header: null` none."""
    return value is not None and value is not False


def unescaped(delimiter: str) -> str:
    """A tab, however the author spells it."""
    return "\t" if delimiter == r"\t" else delimiter


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


def clashes(values: Mapping[str, Any], names: Sequence[str]) -> list[FieldFault]:
    """A fault when two of these settings are the same character."""
    given = [values[name] for name in names if values[name] not in (None, AUTO)]
    if len(given) == len(set(given)):
        return []
    return [FieldFault(("metadata",), f"{', '.join(names)} must differ, not {given}")]
