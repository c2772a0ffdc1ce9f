"""Artifacts become outputs: staged while the run lasts, published together at its end."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import pandas as pd

from trakt.engine.artifacts import Artifacts, own
from trakt.engine.manifest import Record, as_json
from trakt.engine.output_table import Measured, OutputTable
from trakt.engine.partitions import PartitionedTable
from trakt.engine.plan import Plan, PlannedOutput
from trakt.engine.records import OutputRecord
from trakt.engine.registrations import registrations
from trakt.engine.rejected import is_dataset
from trakt.engine.replaced import files_before, files_left, publishing_manifest
from trakt.engine.signals import held_back
from trakt.errors import Fault, TraktError, counted
from trakt.overlap import Behind
from trakt.pipeline.graph import reader_of
from trakt.storage import Publishable, Staged, storage_for

if TYPE_CHECKING:
    from trakt.engine.sort.table import SortedTable

_log = logging.getLogger("trakt.engine")
_progress = logging.getLogger("trakt.engine.progress")


class Publication:
    """All outputs of a run and its manifest: invisible until `publish`, forgotten by who leaves without it."""

    def __init__(self, plan: Plan, record: Record) -> None:
        self._plan = plan
        self._record = record
        self._staged: list[Publishable] = []
        self._tables: list[OutputTable | PartitionedTable | SortedTable] = []
        self._stale: list[Staged] = []

    def __enter__(self) -> Self:
        try:
            for output in self._plan.outputs:
                self._tables.append(self._begun(output, self._record.outputs[output.wanted.name]))
            self._manifest = self._stage(self._plan.manifest_uri)
        except BaseException:
            with held_back():
                self._abort()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with held_back():
            self._abort()

    def _begun(self, output: PlannedOutput, record: OutputRecord) -> OutputTable | PartitionedTable | SortedTable:
        table: OutputTable | PartitionedTable
        if output.wanted.is_folder:
            table = PartitionedTable(output, self._stage_part, record)
        else:
            table = OutputTable(output, self._stage(output.uri), record)
        if not output.wanted.sort_by:
            return table
        # a cold start need not load it for the outputs that have no order
        from trakt.engine.sort.table import SortedTable

        return SortedTable(output.wanted, table, record)

    def _stage_part(self, uri: str) -> Staged:
        with held_back():
            staged = storage_for(uri).stage(uri)
            # the manifest stays the last to be published
            self._staged.insert(0, staged)
        return staged

    def write(self, artifacts: Artifacts) -> None:
        """Write every output; in stream mode this is what makes everything upstream flow."""
        wanted = [output.wanted for output in self._plan.outputs]
        sources = [artifacts.take(each.source, reader_of(each)) for each in wanted]
        if self._plan.is_collected:
            for table, source in zip(self._tables, sources, strict=True):
                table.write(source)
        else:
            self._drain(sources, artifacts)
        for table in self._tables:
            table.close()

    def _drain(self, sources: list[Any], artifacts: Artifacts) -> None:
        """Outputs take turns, chunk by chunk, so that what they share need not wait long in a file."""
        with ExitStack() as ended:
            tables = [ended.enter_context(Behind(table.write)) for table in self._tables]
            flowing = [
                (table, source if isinstance(source, Iterator) else iter([source]))
                for table, source in zip(tables, sources, strict=True)
            ]
            try:
                while flowing:
                    flowing = [(table, source) for table, source in flowing if _moved(table, source)]
                artifacts.drain()
            finally:
                # what could not be written comes before what went wrong after it
                for table in tables:
                    table.finish()

    def stage_rejected(self) -> None:
        """Rows that were set aside become one more dataset; without any it may still have to replace an old one."""
        rejected = self._record.rejected
        if not rejected.rows and not rejected.is_wanted and not self._had_rejected():
            return
        staged = self._stage(self._plan.rejected_uri)
        # the manifest stays the last to be published
        self._staged[-2:] = reversed(self._staged[-2:])
        dataset = OutputRecord(staged.uri, "jsonl", "rejected", rejected.rows)
        measured = Measured(staged.stream, "the dataset of rejected rows")
        try:
            for block in rejected.blocks():
                measured.write(block)
        finally:
            measured.finish()
        dataset.bytes, dataset.sha256 = measured.bytes, measured.sha256
        self._record.rejected_output = dataset
        if rejected.rows:
            reasons = ", ".join(f"{reason} {many:,}" for reason, many in sorted(rejected.by_reason.items()))
            _log.warning("%s set aside: %s (%s)", counted(rejected.rows, "row"), staged.uri, reasons)

    def stage_stale(self) -> None:
        """Files that an earlier run has made of a partitioned output, and this one has not, go when it is published."""
        for output in self._plan.outputs:
            if not output.wanted.is_folder:
                continue
            made = self._record.outputs[output.wanted.name].files
            for file in files_left(files_before(self._before(), output), made):
                with held_back():
                    self._stale.append(storage_for(file["path"]).stage(file["path"]))

    def stage_tables(self) -> None:
        """Tables are changed in their catalog when their files are published, and before the manifest."""
        stale = [each.uri for each in self._stale]
        # the manifest stays the last to be published
        self._staged[-1:-1] = registrations(self._plan, self._record, stale)

    def publish(self) -> dict[str, Any]:
        """Make the outputs visible, then the manifest, and return it: it is the record that they are complete."""
        manifest = self._record.manifest("success")
        self._manifest.stream.write(as_json(manifest))
        # two runs of one folder must not leave a manifest of one beside outputs of the other
        with held_back(), storage_for(self._plan.manifest_uri).publishing(self._plan.manifest_uri):
            self._publish_all()
            self._record.committed = True
        for output in self._plan.outputs:
            _progress.info("wrote %s: %s", output.uri, counted(self._record.outputs[output.wanted.name].rows, "row"))
        return manifest

    def _publish_all(self) -> None:
        meanwhile = publishing_manifest(self._plan, self._record, self._before())
        instead = as_json(meanwhile) if meanwhile else None
        try:
            # a run that is killed from here on leaves no record that is not true any more
            if instead or self._may_stand():
                self._manifest.withdraw(instead)
            for stale in self._stale:
                stale.remove()
            for staged in self._staged:
                staged.publish()
        except BaseException as error:
            self._revert(instead, error)
            raise

    def _revert(self, instead: bytes | None, error: BaseException) -> None:
        """Put back what was there before; where that cannot be, `error` says so beside its own faults.

        The manifest comes last, and only if it is true again of all outputs.
        """
        # each of them, whatever became of those before
        outputs = [*self._stale, *(staged for staged in self._staged if staged is not self._manifest)]
        whole = [_reverted(staged, error) for staged in outputs]
        if all(whole):
            _reverted(self._manifest, error)
            return
        self._record.is_half_published = True
        try:
            self._manifest.withdraw(instead)
        except Exception as second:
            told = "%s is not true of the outputs any more, and could not be taken away: %s"
            _log.error(told, self._manifest.uri, second)

    def _had_rejected(self) -> bool:
        """Whether an earlier run has left such a dataset there."""
        before = self._before()
        if before is not None and before.get("status") == "success":
            known = before.get("rejected")
            return isinstance(known, Mapping) and known.get("path") == self._plan.rejected_uri
        # a run that failed, or was killed, has replaced the manifest that would tell
        try:
            return is_dataset(self._plan.rejected_uri)
        except TraktError:
            return False

    def _may_stand(self) -> bool:
        """Whether a manifest lies where that of this run goes; what cannot be read may be one.

        Where the place is not held, another run may have written one since.
        """
        lease = self._record.lease
        return self._before() is not None or lease is None or lease.warning is not None

    def _before(self) -> Mapping[str, Any] | None:
        try:
            return self._record.standing.at(self._plan.manifest_uri)
        except TraktError:
            return {}

    def _stage(self, uri: str) -> Staged:
        with held_back():
            staged = storage_for(uri).stage(uri)
            self._staged.append(staged)
        return staged

    def _abort(self) -> None:
        for table in self._tables:
            table.abort()
        for staged in (*self._staged, *self._stale):
            staged.abort()


def _reverted(staged: Publishable, error: BaseException) -> bool:
    try:
        staged.revert()
    except Exception as second:
        _log.error("%s was replaced, and could not be put back", staged.uri)
        if isinstance(error, TraktError):
            told = second.faults if isinstance(second, TraktError) else (Fault(str(second), staged.uri),)
            error.faults = (*error.faults, *told)
            error.replaced = (*error.replaced, staged.uri)
        return False
    return True


def _moved(table: Behind[pd.DataFrame], source: Iterator[pd.DataFrame]) -> bool:
    for frame in source:
        # it is written while the steps go on, and one of them may go on with a frame that it has yielded
        table.put(own(frame))
        return True
    return False
