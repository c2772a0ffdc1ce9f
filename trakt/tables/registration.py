"""What a run changes in a catalog: published behind its files and before its manifest, and taken back with them."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

from trakt.errors import BusyError, OutputError
from trakt.storage import storage_for
from trakt.tables import Table, catalog
from trakt.tables.differences import added_to, without

_PATIENCE = 60.0
"""Seconds to wait for other runs that change the same table: each is done with it in about one."""

_LEASE_SECONDS = 20.0
"""How long a table stays held when its holder was killed."""

_PAUSE = (0.1, 0.5)
_TIMES = 3
"""How often columns are added again that were lost because somebody else changed the table in the same moment."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is wanted of a table.

    Attributes:
        table: as this run would enter it, its columns being those of its files.
        made: the partitions of which this run has files.
        left: those of which it has taken files away, and made none.
        run_id: of this run, for those who find the table held.
        holds_files: whether there is a file in a partition, asked when all files are published.
    """

    table: Table
    description: str | None
    compression: str
    evolve: bool
    made: catalog.Partitions
    left: catalog.Partitions
    run_id: str
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
        with self._alone():
            self._publish()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """While inside, no other run of Trakt changes this table: of two who do at once, Glue forgets one."""
        place, until = f"{self._change.table.location}/catalog", time.monotonic() + _PATIENCE
        while True:
            try:
                lease = storage_for(place).lease(place, self._change.run_id, _LEASE_SECONDS)
                break
            except BusyError as busy:
                # that of the batch is another matter: it leaves no record of this run
                if time.monotonic() > until:
                    raise OutputError(str(busy), where=self.uri, hint="run again when that is done") from busy
                time.sleep(random.uniform(*_PAUSE))
        with lease:
            yield

    def _publish(self) -> None:
        change = self._change
        table = self._entered_table()
        if not table.keys:
            return
        known = catalog.partitions_of(table)
        new = {uri: values for uri, values in change.made.items() if uri not in known}
        self._require_here(new, known)
        self._entered = new
        catalog.add_partitions(table, new, change.compression)
        empty = {uri: values for uri, values in change.left.items() if uri in known and not change.holds_files(uri)}
        self._dropped = empty
        catalog.remove_partitions(table, empty)
        # another run may have published a file there in between, and taken the partition for entered
        catalog.add_partitions(
            table, {uri: v for uri, v in empty.items() if change.holds_files(uri)}, change.compression
        )

    def _require_here(self, new: catalog.Partitions, known: catalog.Partitions) -> None:
        """A partition that the catalog has at another place would stay there, and no query would find these files."""
        places = {tuple(values): uri for uri, values in known.items()}
        if elsewhere := [uri for uri, values in new.items() if tuple(values) in places]:
            first = elsewhere[0]
            what = f"its partition at {places[tuple(new[first])]} has the values of {first}"
            raise OutputError(what, where=self.uri, hint="drop that partition, or move its place")

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
        with self._alone():
            self._revert()

    def _revert(self) -> None:
        change = self._change
        known = catalog.found(change.table.database, change.table.name, change.table.location)
        if known is None:
            return
        if self._created and not self._is_shared(known):
            catalog.remove(known)
            return
        # where another run has published a file meanwhile, the partition is its own too
        catalog.remove_partitions(known, {uri: v for uri, v in self._entered.items() if not change.holds_files(uri)})
        if self._created:
            # whoever shares it has files with its columns
            return
        catalog.remove_columns(known, self._added)
        catalog.add_partitions(
            replace(known, columns=without(known.columns, self._added)), self._dropped, change.compression
        )

    def _is_shared(self, table: Table) -> bool:
        """Whether another run has entered something too, since this one has created it; files of this one are gone."""
        holds_files = self._change.holds_files
        if not table.keys:
            return holds_files(f"{table.location}/")
        return bool(catalog.partitions_of(table).keys() - self._entered.keys()) or any(map(holds_files, self._entered))

    def abort(self) -> None:
        """Nothing is staged in a catalog."""
