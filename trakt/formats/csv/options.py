"""What an author may set for delimited text that is read, and what each setting may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trakt.formats.text.options import (
    ENCODING,
    NAMES,
    NULLABLE_TEXT,
    SKIPROWS,
    VALUES,
    TextOptions,
    described,
    name_faults,
    read_group,
)
from trakt.pipeline.fields import Field, FieldFault, Problem
from trakt.pipeline.model import Input

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
class ReadOptions(TextOptions):
    """The settings of an input, checked."""

    delimiter: str = ","
    quotechar: str | None = '"'
    escapechar: str | None = None
    header: bool = True
    names: Sequence[str] | None = None

    def dialect(self, delimiter: str) -> Dialect:
        """The dialect, once the delimiter is known."""
        return Dialect(delimiter, self.quotechar, self.escapechar)


def one_character(value: str) -> Problem | None:
    """What is wrong with a delimiter or quote, or None."""
    if value == r"\t":
        return None
    if len(value) != 1 or not value.isascii() or value in "\r\n":
        return f"must be one ASCII character, not {value!r}", 'for a tab write "\\t"'
    return None


def _delimiter(value: str) -> Problem | None:
    return None if value in (AUTO, "sniff") else one_character(value)


def _header(value: Any) -> Problem | None:
    return (
        None
        if value in (0, None) or isinstance(value, bool)
        else (f"must be 0, true, false or null, not {value!r}", None)
    )


_ONE = r"[\x00-\x09\x0B\x0C\x0E-\x7F]|\\t"
_DELIMITER = {"pattern": f"^({AUTO}|sniff|{_ONE})$"}
ONE_CHARACTER = {"pattern": f"^({_ONE})$"}
ONE_OR_NONE = {"pattern": f"^({_ONE})?$"}

READ_FIELDS = (
    Field("delimiter", (str,), check=_delimiter, default=",", aliases=("sep",), limits=_DELIMITER),
    ENCODING,
    Field(
        "quotechar", NULLABLE_TEXT, check=lambda value: value and one_character(value), default='"', limits=ONE_OR_NONE
    ),
    Field("escapechar", NULLABLE_TEXT, check=lambda value: value and one_character(value), limits=ONE_OR_NONE),
    Field("header", check=_header, default=True, limits={"enum": [True, False, 0, None]}),
    NAMES,
    SKIPROWS,
    *VALUES,
)


def check_input(wanted: Input, strict: bool = True) -> list[FieldFault]:
    """See `trakt.formats.Format.check_input`."""
    values, faults = read_group(wanted.metadata, "read_options", READ_FIELDS, strict)
    if not _has_header(values["header"]) and not values["names"]:
        faults.append(FieldFault(("metadata",), "a file without a header needs 'names'", "names: [first, second]"))
    if values["names"] and values["names"] != (distinct := list(dict.fromkeys(values["names"]))):
        faults.append(FieldFault(("metadata", "names"), f"a name stands twice in {values['names']}", f"use {distinct}"))
    faults += clashes(values, ("delimiter", "quotechar", "escapechar"))
    return faults + name_faults(wanted, ENDINGS, "delimited text (.csv, .txt, .csv.gz ...)")


def describe_input(wanted: Input) -> Mapping[str, Any]:
    """See `trakt.formats.Format.describe_input`."""
    return described(read_options(wanted), READ_FIELDS, always=("delimiter",))


def read_options(wanted: Input) -> ReadOptions:
    """The options of an input that `check_input` found right."""
    values = read_group(wanted.metadata, "read_options", READ_FIELDS)[0]
    if isinstance(values["dtype"], str):
        values |= {"types": "text"}
    values["header"] = _has_header(values["header"])
    values["delimiter"] = AUTO if values["delimiter"] == "sniff" else unescaped(values["delimiter"])
    return ReadOptions(**values)


def _has_header(value: Any) -> bool:
    """pandas counts: `header: 0` is the first line, `header: null` none."""
    return value is not None and value is not False


def unescaped(delimiter: str) -> str:
    """A tab, however the author spells it."""
    return "\t" if delimiter == r"\t" else delimiter


def clashes(values: Mapping[str, Any], names: Sequence[str]) -> list[FieldFault]:
    """A fault when two of these settings are the same character."""
    given = [values[name] for name in names if values[name] not in (None, AUTO)]
    if len(given) == len(set(given)):
        return []
    return [FieldFault(("metadata",), f"{', '.join(names)} must differ, not {given}")]
