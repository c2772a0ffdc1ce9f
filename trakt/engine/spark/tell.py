"""What executors tell of parts, added up as one machine would have counted it."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from trakt.engine.limits import Allowance
from trakt.engine.manifest import Record
from trakt.engine.read import accounted
from trakt.engine.records import StepRecord
from trakt.engine.spark.facts import Noted, PartFacts, StepFacts
from trakt.engine.spark.metrics import of_all
from trakt.engine.spark.sources import Files
from trakt.engine.step_errors import translated
from trakt.engine.stream import Tap
from trakt.errors import TraktError
from trakt.formats import BadRow, FileFacts
from trakt.pipeline.context import Context
from trakt.pipeline.model import Mode

_log = logging.getLogger("trakt.engine")


def _tell_file(known: FileFacts, told: PartFacts, set_aside: Callable[[BadRow], None] | None) -> None:
    """Add what is known of a file, or of one of its stretches, to what is known already; set its bad rows aside."""
    for bad in told.bad:
        if set_aside:
            set_aside(bad)
    file = told.file
    # who stopped before its end knows nothing of it
    if file is None or file.rows is None:
        return
    known.sha256 = known.sha256 or file.sha256
    known.rows = (known.rows or 0) + file.rows
    known.rejected += file.rejected
    known.discarded = Counter(known.discarded) + Counter(file.discarded)
    if file.lines is not None:
        before = known.lines or {}
        known.lines = {name: before.get(name, 0) + many for name, many in file.lines.items()}


def tell_input(files: Files, told: Sequence[PartFacts], record: Record, allowance: Allowance) -> None:
    """Note what is known of an input, in the order in which one machine would have found it."""
    planned, apart = files.planned, files.apart
    entry = record.inputs[planned.wanted.name]
    entry.tap = Tap(())
    entry.nulls = nulls = dict.fromkeys(apart.types, 0)
    known = {file.uri: file for file in apart.files}
    for part, facts in zip(files.parts, told, strict=False):
        file = known[part.file.uri]
        _tell_file(file, facts, record.rejected.of_file(planned.wanted, file.uri))
        for column, many in facts.nulls.items():
            nulls[column] += many
        entry.tap.seconds += facts.seconds
        entry.seen(file.uri, file.rows or 0, part.stretch.end if part.stretch else file.bytes)
    if told[-1].failure:
        return
    for file in apart.files:
        entry.tap.rows += file.rows or 0
        allowance.reading()(file.rows or 0)
    for _ in accounted(planned.wanted, iter(()), apart.files, record):
        pass
    next(entry.tap, None)


def add_step(entry: StepRecord, told: StepFacts, ctx: Context) -> None:
    """Add a step's work on one more part to what is known of it; `ctx` takes the rows that it set aside.

    Raises:
        TraktError: there are more reasons for them than there may be.
    """
    entry.rows_in += told.rows_in
    entry.rows_out += told.rows_out
    entry.seconds += told.seconds
    entry.outputs = entry.outputs or told.outputs
    try:
        for each in told.rejections:
            ctx.reject(each.rows, reason=each.reason, column=each.column, message=each.message)
    except TraktError as error:
        raise translated(error, entry.step.id) from error.__cause__


def tell_metrics(entry: StepRecord, told: Sequence[StepFacts], record: Record) -> None:
    """Note a step's metrics, and which of them are not known of all parts."""
    entry.metrics, left_out = of_all([each.metrics for each in told if each.metrics])
    if left_out:
        record.event("metrics.left_out", {"metrics": left_out}, entry.step.id)
        _log.info(
            "step %s: %s left out, as only whole numbers are added up over parts", entry.step.id, ", ".join(left_out)
        )


def tell_events(parts: Sequence[Sequence[Noted]], contexts: Mapping[str, Context]) -> None:
    """Note what steps noted of parts; what several parts say in the same words is said of the whole table, and once."""
    told: Counter[str] = Counter()
    for events in parts:
        here: Counter[str] = Counter()
        for step_id, name, attributes in events:
            words = json.dumps([step_id, name, attributes], sort_keys=True)
            here[words] += 1
            if here[words] > told[words]:
                told[words] += 1
                contexts[step_id].emit_event(name, **attributes)


@contextmanager
def events_in_order(record: Record, mode: Mode) -> Iterator[None]:
    """What is noted meanwhile comes as batch mode has it: of inputs first, then of one step after the other."""
    begun = len(record.events)
    order = {entry.step.id: place for place, entry in enumerate(record.steps)}
    try:
        yield
    finally:
        if mode == "batch":
            record.events[begun:] = sorted(record.events[begun:], key=lambda each: order.get(each["step_id"], -1))
