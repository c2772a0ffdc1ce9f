"""What a run changes in catalogs, once all rows of its tables have come."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import unquote

from trakt.engine.plan import Plan, PlannedOutput
from trakt.engine.records import OutputRecord
from trakt.errors import did_you_mean
from trakt.formats.table.types import word_of_key, word_of_logical
from trakt.schema import LogicalType
from trakt.storage import Publishable, storage_for
from trakt.tables import Table
from trakt.tables.differences import added_to

if TYPE_CHECKING:
    from trakt.engine.manifest import Record


def registrations(plan: Plan, record: Record, stale: Sequence[str]) -> Iterator[Publishable]:
    """One for each table, to be published behind all files.

    Args:
        stale: the uris of files that go when the others come.

    Raises:
        OutputError: a table is no longer what it was when the plan was made.
    """
    for planned in plan.outputs:
        if planned.table is None:
            continue
        output = record.outputs[planned.wanted.name]
        wanted = _wanted(planned, output)
        output.table = {**wanted.entry(), "registered": planned.table.is_registered}
        _tell_unknown(planned, wanted, record)
        if not planned.table.is_registered:
            record.event("table.not_registered", {"table": wanted.title, "path": planned.uri})
            continue
        if planned.table.known:
            # told before a file is published; whoever publishes looks again
            added_to(planned.table.known, wanted, planned.table.options.evolve)
        _tell_changes(planned, wanted, output, record)
        yield _registration(planned, wanted, output, stale, record.request.run_id)


def _registration(
    planned: PlannedOutput, wanted: Table, output: OutputRecord, stale: Sequence[str], run_id: str
) -> Publishable:
    from trakt.tables.registration import Change, Registration

    assert planned.table
    options = planned.table.options
    made = _partitions(wanted, [file["path"] for file in output.files])
    left = _partitions(wanted, [uri for uri in stale if uri.startswith(f"{planned.uri}/")])
    return Registration(
        Change(
            table=wanted,
            description=options.description,
            compression=options.compression,
            evolve=options.evolve,
            made=made,
            left={uri: values for uri, values in left.items() if uri not in made},
            run_id=run_id,
            holds_files=_holds_files,
        )
    )


def _wanted(planned: PlannedOutput, output: OutputRecord) -> Table:
    """The table as this run would enter it; what the catalog knows of its columns holds."""
    assert planned.table
    options, known = planned.table.options, planned.table.known
    there = {**options.columns, **(known.columns if known else {})}
    by = planned.wanted.partition_by
    columns = {
        name: output.words.get(name) or there.get(name) or word_of_logical(kind)
        for name, kind in output.types.items()
        if name not in by
    }
    columns = {name: there.get(name, word) for name, word in columns.items()}
    keys = {name: _key(output.types.get(name), (known.keys if known else {}).get(name)) for name in by}
    return Table(options.database, options.table, storage_for(planned.uri).canonical(planned.uri), columns, keys)


def _key(kind: LogicalType | None, there: str | None) -> str:
    """The type of a key: every value is a text, in the name of a folder, and may be read as one."""
    word = word_of_key(kind)
    if there is None:
        return word
    # a batch without a value says nothing of the type
    if kind is None or there == "string" or (word == "bigint" and there in ("int", "smallint", "tinyint")):
        return there
    return word


def _partitions(table: Table, files: Sequence[str]) -> Mapping[str, Sequence[str]]:
    folders = {f"{posixpath.dirname(uri)}/" for uri in files}
    return {uri: _values(uri, len(table.keys)) for uri in sorted(folders)}


def _values(folder: str, keys: int) -> Sequence[str]:
    """`['a/b', '2026-02-05']` for `.../word=a%2Fb/day=2026-02-05/`: a catalog has values as they are, not escaped."""
    parts = folder.rstrip("/").split("/")[-keys:] if keys else []
    return [unquote(part.partition("=")[2]) for part in parts]


def _holds_files(folder: str) -> bool:
    return bool(storage_for(folder).find(folder, (".parquet",)).files)


def _tell_unknown(planned: PlannedOutput, wanted: Table, record: Record) -> None:
    """A misspelt name would have no effect; one that a later batch brings is no mistake."""
    assert planned.table
    there = {**wanted.columns, **planned.table.columns}
    for name in planned.table.options.columns:
        if name not in there:
            told = f"table {wanted.title}: `columns` names '{name}', which is no column of it"
            message = "; ".join(filter(None, (told, did_you_mean(name, there))))
            record.event("warning.unknown_column", {"message": message, "table": wanted.title, "column": name})


def _tell_changes(planned: PlannedOutput, wanted: Table, output: OutputRecord, record: Record) -> None:
    assert planned.table
    known, declared = planned.table.known, planned.table.options.columns
    there = {**declared, **(known.columns if known else {})}
    for name in wanted.columns:
        if output.types.get(name) is None and name not in there:
            told = (
                f"table {wanted.title}: '{name}' has no value yet, and is text from now on; `columns` can say its type"
            )
            record.event("warning.untyped_column", {"message": told, "table": wanted.title, "column": name})
    if known is None:
        record.event("table.created", {"table": wanted.title, "columns": dict(wanted.columns)})
        return
    added = [name for name in wanted.columns if name not in known.columns]
    absent = [name for name in known.columns if name not in wanted.columns]
    if added or absent:
        record.event("table.other_columns", {"table": wanted.title, "added": added, "absent": absent})
