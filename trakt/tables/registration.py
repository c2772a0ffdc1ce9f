"""What a run changes in a catalog: published behind its files and before its manifest, and taken back with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from trakt.errors import OutputError
from trakt.tables import Table, catalog

_TIMES = 3
"""How often columns are added again that were lost because somebody else changed the table in the same moment."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is wanted of a table.

    Attributes:
        table: as this run would enter it, its columns being those of its files.
        made: the partitions of which this run has files.
        left: those of which it has taken files away, and made none.
        holds_files: whether there is a file in a partition, asked when all files are published.
    """

    table: Table
    description: str | None
    compression: str
    evolve: bool
    made: catalog.Partitions
    left: catalog.Partitions
    holds_files: Callable[[str], bool]


class Registration:
    """See `trakt.storage.Publishable`: a table of a catalog beside the files of a run."""

    def __init__(self, change: Change) -> None:
        self._change = change
        self.uri = f"table {change.table.title}"
        self._created = False
        self._added: Mapping[str, str] = {}
        self._entered: catalog.Partitions = {}
        self._dropped: catalog.Partitions = {}

    def publish(self) -> None:
        """Enter the table, or what is new of it, and its partitions.

        Raises:
            OutputError: the catalog cannot be changed, or the table has been, since it was looked at.
        """
        change = self._change
        table = self._entered_table()
        if not table.keys:
            return
        known = catalog.partitions_of(table)
        new = {uri: values for uri, values in change.made.items() if uri not in known}
        self._entered = new
        catalog.add_partitions(table, new, change.compression)
        empty = {uri: values for uri, values in change.left.items() if uri in known and not change.holds_files(uri)}
        self._dropped = empty
        catalog.remove_partitions(table, empty)
        # another run may have published a file there in between, and taken the partition for entered
        catalog.add_partitions(
            table, {uri: v for uri, v in empty.items() if change.holds_files(uri)}, change.compression
        )

    def _entered_table(self) -> Table:
        wanted = self._change.table
        before = catalog.found(wanted.database, wanted.name, wanted.location)
        self._created = before is None
        now = before
        for _ in range(_TIMES):
            new = wanted.columns if now is None else added_to(now, wanted, self._change.evolve)
            if now is not None and not new:
                return now
            self._added = {**self._added, **new}
            catalog.enter(replace(wanted, columns=new), self._change.description, self._change.compression)
            now = catalog.found(wanted.database, wanted.name, wanted.location)
        raise OutputError("somebody else keeps changing it", where=self.uri, hint="run again when nobody does")

    def withdraw(self) -> None:
        """A table stays as it is until it is changed."""

    def revert(self) -> None:
        """Take back what `publish` has done.

        Raises:
            OutputError: the catalog cannot be changed.
        """
        change = self._change
        if self._created:
            catalog.remove(change.table)
            return
        known = catalog.found(change.table.database, change.table.name, change.table.location)
        if known is None:
            return
        catalog.remove_partitions(known, self._entered)
        catalog.remove_columns(known, self._added)
        catalog.add_partitions(
            replace(known, columns=_without(known.columns, self._added)), self._dropped, change.compression
        )

    def abort(self) -> None:
        """Nothing is staged in a catalog."""


def added_to(now: Table, wanted: Table, evolve: bool) -> Mapping[str, str]:
    """The columns that a table has not yet.

    Raises:
        OutputError: it is another table than that which is wanted; all that differs is told.
    """
    differences = list(_differences(now, wanted))
    new = _without(wanted.columns, now.columns)
    if new and not evolve:
        differences.append((f"it has no column {', '.join(new)}", "leave them out, or let it grow: `evolve: true`"))
    if differences:
        what, hint = "; ".join(each for each, _ in differences), differences[0][1]
        raise OutputError(what, where=f"table {now.title}", hint=hint)
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


def _without(columns: Mapping[str, str], known: Iterable[str]) -> dict[str, str]:
    taken = set(known)
    return {name: word for name, word in columns.items() if name not in taken}
