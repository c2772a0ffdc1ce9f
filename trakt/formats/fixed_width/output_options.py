"""What an author may set for text of fixed width that is written, and what each setting may be."""

from __future__ import annotations

from dataclasses import dataclass

from trakt.formats.fixed_width.places import Place, columns_field, places_of
from trakt.formats.text.options import NO_TEXT, encoding_problem, read_group, target_faults
from trakt.pipeline.fields import Field, FieldFault
from trakt.pipeline.model import Output


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """The settings of an output, checked."""

    columns: tuple[Place, ...]
    encoding: str = "utf-8"
    lineterminator: str = "\n"


WRITE_FIELDS = (
    columns_field(written=True),
    Field("encoding", (str,), check=encoding_problem, default="utf-8"),
    Field("lineterminator", (str,), choices=("\n", "\r\n"), default="\n"),
)


def check_output(wanted: Output, strict: bool = True) -> list[FieldFault]:
    """See `trakt.formats.Format.check_output`."""
    values, faults = read_group(wanted.metadata, "write_options", WRITE_FIELDS, strict)
    if not values["columns"] and not any("columns" in fault.path for fault in faults):
        hint = "columns: [{name: id, width: 6}, {name: amount, width: 9, align: right}]"
        faults.append(FieldFault(("metadata",), "a file of fixed width needs 'columns'", hint))
    others = (*NO_TEXT, ".json", ".jsonl", ".ndjson", ".csv", ".tsv")
    return faults + target_faults(wanted, "text of fixed width", ".txt", others)


def write_options(wanted: Output) -> WriteOptions:
    """The options of an output that `check_output` found right."""
    values = read_group(wanted.metadata, "write_options", WRITE_FIELDS)[0]
    return WriteOptions(**{**values, "columns": places_of(values["columns"])})
