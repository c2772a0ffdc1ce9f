"""Which right rows belong to which left rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from trakt.errors import Fault, RunError
from trakt.steps.keys import KINDS, SLICE_ROWS, in_slices, key_texts, kinds_of, matching_keys

Positions = np.ndarray[Any, np.dtype[np.intp]]
"""Row positions in a frame, from 0; -1 for no row."""

Flags = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True, slots=True)
class Found:
    """Left positions side by side with the right positions that belong to them, and -1 where none does.

    Attributes:
        keys: numbers of the keys of the right side that were met.
    """

    left: Positions
    right: Positions
    keys: Positions

    @property
    def all_rows(self) -> tuple[Positions, Positions]:
        """Every left row at least once."""
        return self.left, self.right

    @property
    def pairs(self) -> tuple[Positions, Positions]:
        """Only left rows that have a partner."""
        paired = self.right >= 0
        return self.left[paired], self.right[paired]

    @property
    def unmatched(self) -> Positions:
        """The left rows that have none."""
        return self.left[self.right < 0]


class Partners:
    """The right side, in memory, to be asked chunk by chunk."""

    def __init__(self, right: pd.DataFrame, keys: Sequence[str]) -> None:
        self._keys = keys
        texts = [key_texts(right[key]) for key in keys]
        self._kinds = [kinds_of(column) for column in texts]
        codes, known = pd.factorize(np.array(matching_keys(texts), dtype=object))
        self._known = pd.Index(known, dtype=object)
        # the right rows in the order of their key; those without a key (-1) stand first
        self._by_key = np.argsort(codes, kind="stable")
        self._counts = np.bincount(codes[codes >= 0], minlength=len(known))
        self._starts = np.cumsum(self._counts) - self._counts + np.count_nonzero(codes < 0)
        self._codes = codes

    @property
    def none_found(self) -> Flags:
        """A flag for each key of the right side, not set; whoever meets keys sets theirs."""
        return np.zeros(len(self._known), dtype=np.bool_)

    def of(self, chunk: pd.DataFrame, first_row: int) -> Found:
        """The partners of each row of `chunk`, in the order of the right side.

        Raises:
            RunError: a key column holds another kind of value than on the right side.
        """
        parts = list(in_slices(chunk))
        starts = range(first_row, first_row + len(chunk) + 1, SLICE_ROWS)
        codes = np.concatenate([self._codes_of(part, start) for part, start in zip(parts, starts, strict=False)])
        matched = codes >= 0
        repeats = np.ones(len(chunk), dtype=np.intp)
        repeats[matched] = self._counts[codes[matched]]
        left = np.repeat(np.arange(len(chunk), dtype=np.intp), repeats)
        # the how-manieth partner of its left row each line is
        turn = np.arange(len(left), dtype=np.intp) - np.repeat(np.cumsum(repeats) - repeats, repeats)
        right = np.full(len(left), -1, dtype=np.intp)
        paired = matched[left]
        right[paired] = self._by_key[self._starts[codes[left[paired]]] + turn[paired]]
        return Found(left, right, codes[matched])

    def not_found(self, found: Flags) -> Positions:
        """The right rows whose key has no flag; those without a key are among them."""
        return np.flatnonzero(~np.append(found, False)[self._codes])

    def _codes_of(self, part: pd.DataFrame, first_row: int) -> Positions:
        """For each row of `part` the number of its key on the right side, or -1."""
        texts = [key_texts(part[key]) for key in self._keys]
        faults = [
            self._kind_fault(at, column, first_row)
            for at, column in enumerate(texts)
            if self._kinds[at] and kinds_of(column) - self._kinds[at]
        ]
        if faults:
            raise RunError.of(faults)
        codes: Positions = self._known.get_indexer(pd.Index(matching_keys(texts), dtype=object))
        return codes

    def _kind_fault(self, at: int, texts: Sequence[str | None], first_row: int) -> Fault:
        key, there = self._keys[at], self._kinds[at]
        row, kind = next((row, text[0]) for row, text in enumerate(texts, first_row) if text and text[0] not in there)
        theirs = " or ".join(sorted(KINDS[letter] for letter in there))
        return Fault(
            f"key '{key}' is {KINDS[kind]} on the left and {theirs} on the right, which never match",
            f"column '{key}', left row {row}",
            "give both sides one type with trakt.steps.cast, or in the input's schema",
        )
