"""What the plan knows of outputs that are tables: what they are in their catalog, and how their files are named.

Many batches make one table, so each names its files by what it is: a rerun replaces the files of its batch, which its
manifest lists, and no other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trakt.engine.request import RunRequest
from trakt.errors import Fault, OutputError
from trakt.formats import format_for
from trakt.pipeline.model import EMPTY, Output
from trakt.storage import is_absolute, scheme_of
from trakt.tables import Table, is_rehearsed, location_of
from trakt.tables.differences import added_to

if TYPE_CHECKING:
    from trakt.formats.table.options import TableOptions


@dataclass(frozen=True, slots=True)
class PlannedTable:
    """An output as a table.

    Attributes:
        known: the table that is in the catalog now, if there is one.
        is_registered: whether this run changes the catalog; it knows places in S3 only.
    """

    options: TableOptions
    known: Table | None
    is_registered: bool

    @property
    def title(self) -> str:
        """As SQL names it."""
        return f"{self.options.database}.{self.options.table}"

    @property
    def columns(self) -> Mapping[str, str]:
        """The columns it has, with the catalog's words for their types."""
        return self.known.columns if self.known else EMPTY

    def describe(self) -> str:
        """For people, in one line."""
        if not self.is_registered:
            return f"table {self.title}: files only, a catalog knows places in S3"
        if self.known is None:
            return f"table {self.title}: will be created"
        return f"table {self.title}: has {', '.join(f'{name} {word}' for name, word in self.known.columns.items())}"

    def as_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "database": self.options.database,
            "name": self.options.table,
            "registered": self.is_registered,
            "columns": dict(self.known.columns) if self.known else None,
        }


def file_name(request: RunRequest, wanted: Output) -> str:
    """How each file of a folder is called: `acme-2026-02-05-1f0c9a3b.parquet` in a table, which has those of others."""
    suffix = format_for(wanted.kind).SUFFIXES[0]
    if wanted.kind != "table":
        return f"part-0{suffix}"
    ids = [each for each in (request.client_id, request.batch_id) if each]
    # ids may hold what parts them here
    whose: tuple[str | None, ...] = (request.pipeline.name, wanted.name, request.client_id, request.batch_id)
    if request.replay_of:
        # rows that were mended stand beside those of the first run
        whose = (*whose, *sorted(request.inputs.values()))
    digest = hashlib.sha256(repr(whose).encode("utf-8", "backslashreplace")).hexdigest()[:8]
    return "-".join([*(ids or ["part"]), digest]) + suffix


def table_faults(request: RunRequest) -> list[Fault]:
    """Tables of which nothing would tell whose files are whose, and of which two outputs make one."""
    faults = []
    taken: dict[str, str] = {}
    for index, wanted in enumerate(request.pipeline.outputs):
        if wanted.kind != "table":
            continue
        place = ("outputs", "datasets", index)
        if wanted.uri and is_absolute(request.filled(wanted.uri)) and not request.batch_id:
            what = f"output '{wanted.name}' is a table that many batches make, and this run has no batch"
            hint = "give it: --batch-id; or let the table lie in the output folder: leave `uri` out"
            faults.append(Fault(what, request.pipeline.where(*place, "uri"), hint))
        options = _options(wanted)
        title = f"{options.database}.{options.table}"
        if title in taken:
            what = f"output '{wanted.name}' is the table {title}, and so is output '{taken[title]}'"
            faults.append(Fault(what, request.pipeline.where(*place), "give each a `table` of its own"))
        taken.setdefault(title, wanted.name)
    return faults


def planned_tables(request: RunRequest, places: Mapping[str, str]) -> dict[str, PlannedTable]:
    """The tables of a run as their catalogs have them now, by the name of their output.

    Raises:
        MissingExtra: awswrangler is not installed.
        OutputError: a catalog cannot be asked, or has such a table that this output cannot belong to.
    """
    planned = {}
    faults: list[Fault] = []
    for index, wanted in enumerate(request.pipeline.outputs):
        if wanted.kind != "table":
            continue
        options = _options(wanted)
        is_registered = scheme_of(places[wanted.name]) == "s3" and not is_rehearsed()
        known = None
        if is_registered:
            try:
                known = _looked_up(wanted, options, places[wanted.name])
            except OutputError as error:
                place = request.pipeline.where("outputs", "datasets", index)
                faults += [Fault(f"{each.where}: {each.what}", place, each.hint) for each in error.faults]
        planned[wanted.name] = PlannedTable(options, known, is_registered)
    if faults:
        raise OutputError.of(faults)
    return planned


def _looked_up(wanted: Output, options: TableOptions, uri: str) -> Table | None:
    # who writes to a disk needs no awswrangler
    from trakt.tables import catalog

    known = catalog.found(options.database, options.table, uri)
    if known is not None:
        keys = {name: known.keys.get(name, "string") for name in wanted.partition_by}
        added_to(known, Table(options.database, options.table, location_of(uri), options.columns, keys), options.evolve)
    return known


def _options(wanted: Output) -> TableOptions:
    from trakt.formats.table.options import table_options

    return table_options(wanted)
