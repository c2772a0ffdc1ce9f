"""Files made of single rows: what was rejected and mended, in the shape of the files it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from trakt.errors import InputError
from trakt.formats.text.options import TextOptions
from trakt.pipeline.model import Input
from trakt.schema import LogicalType, Schema


def with_types(wanted: Input, options: TextOptions, types: Mapping[str, LogicalType]) -> Input:
    """An input that declares the types that were found, where its author declares none."""
    # a contract on columns takes the columns of a schema for those there may be
    schema = wanted.schema or Schema(tuple(types))
    # as text everything is read that is not declared, and what `dtype` says of a column stands in the metadata
    found = {} if options.types == "text" else types
    found = {name: kind for name, kind in found.items() if name not in options.declared_types}
    return replace(wanted, schema=replace(schema, types={**found, **(schema.types or {})}))


def stored(text: str, encoding: str, wanted: Input) -> bytes:
    """A text in the encoding of an input; what stands for single bytes (PEP 383) becomes these.

    Raises:
        InputError: the encoding lacks a character.
    """
    try:
        return text.encode(encoding, "surrogateescape")
    except UnicodeEncodeError as fault:
        what = f"a row holds the character U+{ord(fault.object[fault.start]):04X}, which {encoding} does not have"
        hint = "write it in another way, or declare another `encoding`"
        told = f"a row holds what {encoding} does not have"
        raise InputError(what, where=f"input '{wanted.name}'", hint=hint, unquoted=told) from fault
