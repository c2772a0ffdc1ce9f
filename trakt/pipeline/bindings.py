"""What may stand behind a name in `with:`, read from plain values, and looked through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from trakt.pipeline.fields import KeyPath
from trakt.pipeline.model import Binding, Const, Ref


def read_binding(value: Any) -> Binding:
    """A binding as YAML means it.

    A bare string names an artifact, `{const: X}` is the literal X, lists and other mappings are recursive,
    and everything else is a literal.
    """
    if isinstance(value, str):
        return Ref(value)
    if isinstance(value, Ref | Const):
        return value
    if isinstance(value, list | tuple):
        return tuple(read_binding(each) for each in value)
    if isinstance(value, Mapping):
        if list(value) == ["const"]:
            return Const(value["const"])
        return {key: read_binding(each) for key, each in value.items()}
    return Const(value)


def refs_in(binding: Binding, path: KeyPath = ()) -> Iterator[tuple[KeyPath, str]]:
    """Every artifact a binding names, once per mention, with the way to it inside the binding."""
    if isinstance(binding, Ref):
        yield path, binding.name
    elif isinstance(binding, tuple):
        for index, each in enumerate(binding):
            yield from refs_in(each, (*path, index))
    elif isinstance(binding, Mapping):
        for key, each in binding.items():
            yield from refs_in(each, (*path, key))


def literal_of(binding: Binding) -> Any:
    """The plain value of a binding that names no artifact.

    Raises:
        ValueError: it names one.
    """
    if isinstance(binding, Const):
        return binding.value
    if isinstance(binding, tuple):
        return [literal_of(each) for each in binding]
    if isinstance(binding, Mapping):
        return {key: literal_of(each) for key, each in binding.items()}
    raise ValueError(f"'{binding.name}' is an artifact")
