"""What one file is like, and the input to paste into a pipeline file for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from pathlib import PurePosixPath
from typing import Any

import yaml

from trakt.engine.committed import stored_at
from trakt.engine.places import joined
from trakt.errors import InputError, did_you_mean
from trakt.formats import FORMATS, SourceFile, format_for
from trakt.formats.inspection import Column, Inspection
from trakt.pipeline.fields import FieldFault
from trakt.pipeline.model import Input
from trakt.storage import storage_for


def inspect(uri: str, rows: int | None = None) -> Inspection:
    """Look at one file: at all of it, or at its first `rows`.

    Raises:
        InputError: it is not there, or cannot be read at all.
    """
    place = joined("", uri)
    file = stored_at(place)
    if file is None:
        near = storage_for(place).find(place, ()).near
        there = f"there is: {', '.join(near[:5])}" if near else "name one file, not a folder"
        raise InputError("there is no such file", where=place, hint=did_you_mean(place, near) or there)
    opened = partial(storage_for(file.uri).open_read, file)
    return format_for(kind_of(place)).inspect(SourceFile(file.uri, file.bytes, opened), rows)


def as_yaml(uri: str, found: Inspection) -> str:
    """The `inputs` of a pipeline file that reads this file as it was found."""
    entry: dict[str, Any] = {"uri": uri} if found.kind == "csv" else {"uri": uri, "kind": found.kind}
    if found.metadata:
        entry["metadata"] = dict(found.metadata)
    # types that hold for the first rows only would be a guess
    types = {column.name: _declared(column) for column in found.columns if not column.is_empty}
    if found.is_whole and types:
        entry["schema"] = types
    if found.bad_rows:
        entry["on_bad_rows"] = "quarantine"
    inputs: Mapping[str, Any] = {"inputs": {_name(uri): entry}}
    return yaml.safe_dump(inputs, sort_keys=False, allow_unicode=True, width=120)


def _declared(column: Column) -> str:
    # nobody adds up ids; as texts they pass through every tool behind the pipeline
    return "string" if any(risk.code == "long_ids" for risk in column.risks) else column.type


def name_faults(uri: str) -> list[str]:
    """What keeps a pipeline from reading a file by this name."""
    return [fault.what for fault in _of_name(kind_of(uri), uri)]


def kind_of(uri: str) -> str:
    """The kind that a file has by its name; delimited text where it may be that, or no kind is so named."""
    return next((kind for kind in FORMATS if not _of_name(kind, uri)), "csv")


def _of_name(kind: str, uri: str) -> list[FieldFault]:
    faults = format_for(kind).check_input(Input(_name(uri), uri, kind), True)
    return [fault for fault in faults if fault.path in (("uri",), ("kind",))]


def _name(uri: str) -> str:
    stem = PurePosixPath(uri.replace("\\", "/")).name.partition(".")[0]
    name = re.sub(r"\W+", "_", stem).strip("_")
    return name if name and not name[0].isdigit() else f"records_{name}".rstrip("_")
