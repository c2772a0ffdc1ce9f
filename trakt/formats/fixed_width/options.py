"""What an author may set for text of fixed width that is read, and what each setting may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trakt.formats.fixed_width.places import Place, columns_field, places_of
from trakt.formats.text.options import ENCODING, SKIPROWS, VALUES, TextOptions, described, name_faults, read_group
from trakt.pipeline.fields import Field, FieldFault
from trakt.pipeline.model import Input

SUFFIXES = tuple(f".{kind}{packed}" for kind in ("txt", "fwf", "dat", "asc", "prn") for packed in ("", ".gz"))
"""The endings of files of a folder, and of files named by their author."""


@dataclass(frozen=True, slots=True)
class ReadOptions(TextOptions):
    """The settings of an input, checked.

    Attributes:
        strip: whether blanks around a value are none of it.
        exact_length: whether blanks at the end of a line may neither be missing nor too many.
    """

    columns: tuple[Place, ...] = ()
    strip: bool = True
    exact_length: bool = True


READ_FIELDS = (
    columns_field(),
    Field("strip", (bool,), "true or false", default=True),
    Field("exact_length", (bool,), "true or false", default=True),
    ENCODING,
    SKIPROWS,
    *VALUES,
)


def check_input(wanted: Input, strict: bool = True) -> list[FieldFault]:
    """See `trakt.formats.Format.check_input`."""
    values, faults = read_group(wanted.metadata, "read_options", READ_FIELDS, strict)
    if not values["columns"] and not any("columns" in fault.path for fault in faults):
        hint = "columns: [{name: id, width: 6}, {name: amount, start: 10, end: 18}]"
        faults.append(FieldFault(("metadata",), "a file of fixed width needs 'columns'", hint))
    return faults + name_faults(wanted, SUFFIXES, "text of fixed width (.txt, .fwf, .dat, .asc, .prn, .txt.gz ...)")


def describe_input(wanted: Input) -> Mapping[str, Any]:
    """See `trakt.formats.Format.describe_input`."""
    options = read_options(wanted)
    places = [{"name": each.name, "start": each.start + 1, "end": each.end} for each in options.columns]
    return {**described(options, READ_FIELDS), "columns": places}


def read_options(wanted: Input) -> ReadOptions:
    """The options of an input that `check_input` found right."""
    values = read_group(wanted.metadata, "read_options", READ_FIELDS)[0]
    if isinstance(values["dtype"], str):
        values |= {"types": "text"}
    return ReadOptions(**{**values, "columns": places_of(values["columns"])})
