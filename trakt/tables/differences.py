"""Whether a table that is in the catalog is the one that a run wants to write, and what it lacks for that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from trakt.errors import OutputError, counted
from trakt.tables import Table


def added_to(now: Table, wanted: Table, evolve: bool) -> Mapping[str, str]:
    """The columns that a table has not yet.

    Raises:
        OutputError: it is another table than that which is wanted; all that differs is told.
    """
    differences = list(_differences(now, wanted))
    new = without(wanted.columns, now.columns)
    if new and not evolve:
        differences.append((f"it has no column {', '.join(new)}", "leave them out, or let it grow: `evolve: true`"))
    if differences:
        what, hint = "; ".join(each for each, _ in differences), differences[0][1]
        unquoted = f"it differs from this output in {counted(len(differences), 'thing')}"
        raise OutputError(what, where=f"table {now.title}", hint=hint, unquoted=unquoted)
    return new


def _differences(now: Table, wanted: Table) -> Iterable[tuple[str, str]]:
    other = "give this output another `table`, or drop that one"
    if now.location != wanted.location:
        yield (
            f"it lies at {now.location or 'no place'}, and this output goes to {wanted.location}",
            f"set `uri`, or {other}",
        )
    if not now.is_parquet:
        yield "its files are not Parquet, or it is managed by Iceberg or the like", other
    if list(now.keys) != list(wanted.keys):
        there, here = ", ".join(now.keys) or "nothing", ", ".join(wanted.keys) or "nothing"
        yield f"it is parted by {there}, and this output by {here}", f"set `partition_by`, or {other}"
    for name, word in {**wanted.columns, **wanted.keys}.items():
        there = {**now.columns, **now.keys}.get(name, word)
        if not _agree(there, word):
            yield f"its column '{name}' is {there}, and this output's {word}", "cast it, or give it another name"
        elif (name in now.keys) != (name in wanted.keys):
            yield f"'{name}' is a column there, and a key of partitions here, or the other way round", other


def _agree(there: str, word: str) -> bool:
    return there == word or (word == "string" and there.startswith(("varchar(", "char(")))


def without(columns: Mapping[str, str], known: Iterable[str]) -> dict[str, str]:
    """The columns that are none of `known`."""
    taken = set(known)
    return {name: word for name, word in columns.items() if name not in taken}
