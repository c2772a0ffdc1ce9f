"""What an author may set for JSON Lines, and what each setting may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trakt.formats.text.options import (
    DATE_COLUMNS,
    DATE_FORMAT,
    DTYPE,
    ENCODING,
    NA_VALUES,
    NO_TEXT,
    TextOptions,
    described,
    name_faults,
    read_group,
    target_faults,
    texts_field,
)
from trakt.pipeline.fields import Field, FieldFault
from trakt.pipeline.model import Input, Output

if TYPE_CHECKING:
    from trakt.schema.parse import TextRules

SUFFIXES = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")
"""The endings of files of a folder."""

ENDINGS = (*SUFFIXES, ".json", ".json.gz", ".txt", ".txt.gz")
"""Endings a file named by its author may have."""


@dataclass(frozen=True, slots=True)
class ReadOptions(TextOptions):
    """The settings of an input, checked."""

    @property
    def rules(self) -> TextRules:
        """How values are spelled: as RFC 8259 has it."""
        from trakt.schema.parse import TextRules

        return TextRules(date_format=self.date_format, bools=("true", "false"))

    @property
    def missing(self) -> tuple[str, ...]:
        """The texts that mean a missing value; a blank one is a text, since there is `null`."""
        return tuple(self.na_values)


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """The settings of an output, checked. `json_columns` hold JSON as text, which is written as it is."""

    json_columns: Sequence[str] = ()


READ_FIELDS = (
    ENCODING,
    Field("types", (str,), choices=("infer", "text"), default="infer"),
    NA_VALUES,
    DATE_COLUMNS,
    DATE_FORMAT,
    DTYPE,
)
WRITE_FIELDS = (texts_field("json_columns"),)


def check_input(wanted: Input, strict: bool = True) -> list[FieldFault]:
    """See `trakt.formats.Format.check_input`."""
    faults = read_group(wanted.metadata, "read_options", READ_FIELDS, strict)[1]
    return faults + name_faults(wanted, ENDINGS, "JSON Lines (.jsonl, .ndjson, .json, .jsonl.gz ...)")


def check_output(wanted: Output, strict: bool = True) -> list[FieldFault]:
    """See `trakt.formats.Format.check_output`."""
    faults = read_group(wanted.metadata, "write_options", WRITE_FIELDS, strict)[1]
    return faults + target_faults(wanted, "JSON Lines", ".jsonl", (*NO_TEXT, ".csv", ".tsv"))


def describe_input(wanted: Input) -> Mapping[str, Any]:
    """See `trakt.formats.Format.describe_input`."""
    return described(read_options(wanted), READ_FIELDS)


def read_options(wanted: Input) -> ReadOptions:
    """The options of an input that `check_input` found right."""
    values = read_group(wanted.metadata, "read_options", READ_FIELDS)[0]
    return ReadOptions(**(values | {"types": "text"} if isinstance(values["dtype"], str) else values))


def write_options(wanted: Output) -> WriteOptions:
    """The options of an output that `check_output` found right."""
    return WriteOptions(**read_group(wanted.metadata, "write_options", WRITE_FIELDS)[0])
