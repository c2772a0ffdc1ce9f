"""How an input differs from what it was: the rules, apart from where either comes from.

| kind | when |
|---|---|
| column_lost, column_added | the column is only here, or only there |
| column_renamed | one is gone and one is new, and their names are alike, or they stand in one place with one type |
| type_changed | a column that had values has others |
| row_count | more than twice as many rows, or fewer than half |
| null_share | the share of missing values moved by more than a tenth of all rows |

Rows and shares say little of small inputs: they are compared from `ENOUGH_ROWS` on.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

from trakt.engine.profile import Finding, Profile

ROW_FACTOR = 2.0
NULL_SHIFT = 0.1
ENOUGH_ROWS = 20
"""Rows that the earlier run must have had."""

_ALIKE = 0.6


def shape_findings(name: str, before: Profile, after: Profile) -> Iterator[Finding]:
    """Columns and types; known before a row is read."""
    old, new = list(before.types), list(after.types)
    lost, added = [each for each in old if each not in after.types], [each for each in new if each not in before.types]
    renamed = _renamed(lost, added, before, after)
    for column in lost:
        position = old.index(column) + 1
        if column in renamed:
            yield Finding(name, "column_renamed", column, column, renamed[column], position)
        else:
            yield Finding(name, "column_lost", column, before.types[column], None, position)
    for column in added:
        if column not in renamed.values():
            yield Finding(name, "column_added", column, None, after.types[column], new.index(column) + 1)
    for position, column in enumerate(new, 1):
        was, now = before.types.get(column), after.types[column]
        if was not in (None, now) and column not in before.blank and column not in after.blank:
            yield Finding(name, "type_changed", column, was, now, position)


def size_findings(name: str, before: Profile, after: Profile) -> Iterator[Finding]:
    """Rows and missing values; known when all of it was read."""
    if before.rows is None or after.rows is None or before.rows < ENOUGH_ROWS:
        return
    if not before.rows / ROW_FACTOR <= after.rows <= before.rows * ROW_FACTOR:
        yield Finding(name, "row_count", None, before.rows, after.rows)
    for position, column in enumerate(after.types, 1):
        was, now = before.null_share(column), after.null_share(column)
        # a share is a quotient: what is a tenth to a person may be a hair more to a computer
        if was is not None and now is not None and abs(now - was) > NULL_SHIFT + 1e-9:
            yield Finding(name, "null_share", column, round(was, 4), round(now, 4), position)


def _renamed(lost: Sequence[str], added: Sequence[str], before: Profile, after: Profile) -> dict[str, str]:
    """Old name to the name that it has now, probably; no name is taken twice."""
    pairs: dict[str, str] = {}
    left = list(added)
    # the likest first, whatever their order
    alike = sorted(((-_likeness(old, new), old, new) for old in lost for new in added), key=lambda each: each[0])
    for unlikeness, old, new in alike:
        if -unlikeness >= _ALIKE and old not in pairs and new in left:
            pairs[old] = new
            left.remove(new)
    places = dict(enumerate(after.types))
    for position, old in enumerate(before.types):
        there = places.get(position)
        if old in lost and old not in pairs and there in left and before.types[old] == after.types[there]:
            pairs[old] = there
            left.remove(there)
    return pairs


def _likeness(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one.casefold(), other.casefold(), autojunk=False).ratio()
