"""Rows that were set aside: kept while the run lasts, published as one dataset beside the outputs.

The dataset is JSON Lines, one object per row with every key of `_KEYS`. Its order depends on the data alone, never on
mode, chunks or threads: inputs in the pipeline's order, each as its files read; then steps in theirs, by reason.
"""

from __future__ import annotations

import base64
import contextlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import repeat
from tempfile import SpooledTemporaryFile
from typing import Any

import pandas as pd

from trakt.errors import Fault, InputError, RunError, counted
from trakt.formats import BadRow
from trakt.pipeline.context import Told
from trakt.pipeline.model import Input, Pipeline, Rejected
from trakt.schema.render import render_text
from trakt.spooled import kept
from trakt.storage import storage_for

_KEYS = (
    "input", "file", "line", "byte_offset", "step", "reason", "column", "message", "raw", "raw_base64", "row",
)  # fmt: skip
_BEGINNING = f'{{"{_KEYS[0]}": '.encode()
MAX_REASONS = 100
"""Of one step; each keeps its rows apart."""

_IN_MEMORY = 1 << 18
_SHOWN = 5
_BLOCK = 1 << 20


class RejectedRows:
    """All rows that one run set aside.

    Attributes:
        of_inputs, of_steps: how many, by input or step, and reason.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._keeps_text = (pipeline.rejected or Rejected()).raw_text
        self._spools: dict[tuple[int, int, str], SpooledTemporaryFile[bytes]] = {}
        self._first: dict[str, list[Fault]] = {}
        self.of_inputs: dict[str, Counter[str]] = {each.name: Counter() for each in pipeline.inputs}
        self.of_steps: dict[str, Counter[str]] = {each.id: Counter() for each in pipeline.steps}

    @property
    def is_wanted(self) -> bool:
        """Whether the dataset is to be there even without a single row."""
        return self._pipeline.rejected is not None or any(
            each.on_bad_rows == "quarantine" for each in self._pipeline.inputs
        )

    @property
    def by_reason(self) -> Counter[str]:
        """How many rows for each reason."""
        return sum([*self.of_inputs.values(), *self.of_steps.values()], Counter[str]())

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return self.by_reason.total()

    def of_file(self, wanted: Input, uri: str) -> Callable[[BadRow], None] | None:
        """Takes the bad rows of one file of an input; None where they are to fail the run.

        It raises InputError as soon as there are more than `max_bad_rows`.
        """
        if wanted.on_bad_rows == "fail":
            return None
        position = list(self.of_inputs).index(wanted.name)
        first = self._first.setdefault(wanted.name, [])

        def take(bad: BadRow) -> None:
            self.of_inputs[wanted.name][bad.reason] += 1
            if len(first) < _SHOWN:
                what = bad.what if self._keeps_text else bad.unquoted or bad.what
                first.append(Fault(what, f"{uri}:{bad.line}", bad.hint, bad.unquoted))
            self._keep((0, position, ""), self._of_input(wanted.name, uri, bad))
            if wanted.max_bad_rows is not None and self.of_inputs[wanted.name].total() > wanted.max_bad_rows:
                raise self._too_many(wanted, f"more than max_bad_rows: {wanted.max_bad_rows:,}")

        return take

    def require_few(self, wanted: Input, rows: int) -> None:
        """The input has been read, and gave so many `rows`.

        Raises:
            InputError: more than `max_bad_ratio` of its rows are bad.
        """
        bad = self.of_inputs[wanted.name].total()
        if wanted.max_bad_ratio is not None and bad > wanted.max_bad_ratio * (rows + bad):
            share = f"{bad / (rows + bad):.3g} of {rows + bad:,}, more than max_bad_ratio: {wanted.max_bad_ratio:g}"
            raise self._too_many(wanted, share)

    def of_step(self, step_id: str, rows: Any, reason: str, column: Told, message: Told) -> int:
        """Take rows that a step rejects; returns how many they are.

        Raises:
            RunError: it gives more reasons than codes can be.
        """
        if reason not in self.of_steps[step_id] and len(self.of_steps[step_id]) == MAX_REASONS:
            hint = "a reason is a code to count by; say the rest in `message`"
            raise RunError(f"over {MAX_REASONS} reasons to reject rows", hint=hint)
        texts = self._texts(rows) if self._keeps_text else [None] * len(rows)
        position = list(self.of_steps).index(step_id)
        for row, about, why in zip(texts, _for_each(column), _for_each(message), strict=False):
            told = {"step": step_id, "reason": reason, "column": about, "message": why, "row": row}
            self._keep((1, position, reason), told)
        self.of_steps[step_id][reason] += len(rows)
        return len(rows)

    def blocks(self) -> Iterator[bytes]:
        """The dataset, in its order."""
        for _, spool in sorted(self._spools.items(), key=lambda entry: entry[0]):
            with kept("rejected rows cannot be kept"):
                # what is still in memory is written now
                spool.seek(0)
            while block := spool.read(_BLOCK):
                yield block

    def close(self) -> None:
        """Forget all of them."""
        for spool in self._spools.values():
            # what could not be written is tried once more, and its fault is known already
            with contextlib.suppress(OSError):
                spool.close()

    def _of_input(self, name: str, uri: str, bad: BadRow) -> Mapping[str, Any]:
        told: dict[str, Any] = {"input": name, "file": uri, "line": bad.line, "byte_offset": bad.byte}
        told |= {"reason": bad.reason, "column": bad.column, "message": bad.what}
        if not self._keeps_text:
            return {**told, "message": bad.unquoted or bad.what}
        stored = None if bad.stored is None else base64.b64encode(bad.stored).decode("ascii")
        return {**told, "raw": bad.text, "raw_base64": stored}

    def _texts(self, rows: pd.DataFrame) -> Iterator[Mapping[str, str | None]]:
        """Each row as its columns' texts: what a value reads depends on the value alone."""
        names = [str(name) for name in rows.columns]
        columns = [render_text(rows.iloc[:, position]).to_pylist() for position in range(len(names))]
        return (dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True))

    def _keep(self, place: tuple[int, int, str], told: Mapping[str, Any]) -> None:
        spool = self._spools.get(place)
        if spool is None:
            spool = self._spools[place] = SpooledTemporaryFile(_IN_MEMORY, prefix="trakt-rejected-")  # noqa: SIM115
        line = json.dumps({key: told.get(key) for key in _KEYS}, ensure_ascii=False)
        with kept("rejected rows cannot be kept"):
            spool.write(line.encode("utf-8", "backslashreplace") + b"\n")

    def _too_many(self, wanted: Input, limit: str) -> InputError:
        bad = counted(self.of_inputs[wanted.name].total(), "bad row")
        what = f"input '{wanted.name}': {bad}, {limit}"
        hint = "mend the file, or its declaration where all rows have one fault; or raise the limit"
        place = self._pipeline.where("inputs", wanted.name)
        return InputError.of([Fault(what, place, hint), *self._first[wanted.name]])


def _for_each(told: Told) -> Iterable[str | None]:
    return repeat(told) if told is None or isinstance(told, str) else told


def is_dataset(uri: str) -> bool:
    """Whether a dataset of rejected rows lies at `uri`; one without any row cannot be told from any empty file."""
    return storage_for(uri).start_of(uri, len(_BEGINNING)) == _BEGINNING
