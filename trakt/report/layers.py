"""Where things stand in a layered drawing: a graph without cycles, from top to bottom.

The method is Sugiyama's: things get layers, edges that pass a layer get a lane in it, the order within layers is chosen
for few crossings (barycenters), and places for straight edges. Things of one layer never overlap, and lanes keep edges
away from what they pass. The same graph always gives the same drawing.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

Key = Hashable

_SWEEPS = 12
_LAST = _SWEEPS
"""The sweep in which what is said of an edge is put between what is above and below it."""


@dataclass(slots=True)
class Spot:
    """One thing in a layer, or one lane through it.

    Attributes:
        width: what it takes, with the room around it.
        pull: how much its neighbours are drawn to it.
        weight: how much it counts that it stands where its neighbours want it, beside others of its layer.
        is_last: whether it stands right of all others in its layer.
        x: its middle.
    """

    key: Key
    layer: int
    width: float
    pull: float = 1.0
    weight: float = 1.0
    is_last: bool = False
    x: float = 0.0
    above: list[Spot] = field(default_factory=list)
    below: list[Spot] = field(default_factory=list)

    def neighbours(self, sweep: int) -> list[Spot]:
        """Those that are placed already, in a sweep that goes down or up; in the last one all."""
        if sweep == _LAST:
            return self.above + self.below
        return self.above if _goes_down(sweep) else self.below


def layers_of(names: Sequence[str], arrows: Sequence[tuple[str, str]]) -> dict[str, int]:
    """The layer of each thing: below all that lead to it, and what nothing leads to right above its first reader."""
    layer = dict.fromkeys(names, 0)
    for _ in names:
        before = dict(layer)
        for source, target in arrows:
            layer[target] = max(layer[target], layer[source] + 1)
        if layer == before:
            break
    targets = {target for _, target in arrows}
    readers: Mapping[str, list[int]] = defaultdict(list)
    for source, target in arrows:
        readers[source].append(layer[target])
    return {name: min(readers[name]) - 1 if readers[name] and name not in targets else layer[name] for name in names}


def placed(spots: Sequence[Spot]) -> list[list[Spot]]:
    """Give every spot its place; the layers from the top, each from left to right. The leftmost edge of all is 0.

    Every second layer holds no boxes, but what is said of edges.
    """
    rows: list[list[Spot]] = [[] for _ in range(max((spot.layer for spot in spots), default=-1) + 1)]
    for spot in sorted(spots, key=lambda each: each.is_last):
        rows[spot.layer].append(spot)
    rows = _ordered(rows)
    for row in rows:
        reach = 0.0
        for spot in row:
            spot.x, reach = reach + spot.width / 2, reach + spot.width
    for sweep in range(_SWEEPS):
        for row in rows if _goes_down(sweep) else reversed(rows):
            _straighten(row, sweep)
    for row in rows[1::2]:
        _straighten(row, _LAST)
    # nothing stands right of these, so one straight line can be made of them
    outermost = max((spot.x for spot in spots if spot.is_last), default=0.0)
    for spot in spots:
        if spot.is_last:
            spot.x = outermost
    left = min((spot.x - spot.width / 2 for spot in spots), default=0.0)
    for spot in spots:
        spot.x = round(spot.x - left)
    return rows


def _ordered(rows: list[list[Spot]]) -> list[list[Spot]]:
    """The order with the fewest crossings that some sweeps find."""
    best, fewest = rows, _crossings(rows)
    for sweep in range(_SWEEPS):
        if not fewest:
            break
        at = {id(spot): float(index) for row in rows for index, spot in enumerate(row)}
        ordered = []
        for row in rows if _goes_down(sweep) else reversed(rows):
            near = [[at[id(each)] for each in spot.neighbours(sweep)] or [at[id(spot)]] for spot in row]
            centres = [sum(each) / len(each) for each in near]
            order = sorted(range(len(row)), key=lambda i, row=row, by=centres: (row[i].is_last, by[i]))  # type: ignore[misc]
            ordered.append([row[index] for index in order])
            at |= {id(spot): float(index) for index, spot in enumerate(ordered[-1])}
        rows = ordered if _goes_down(sweep) else ordered[::-1]
        if (many := _crossings(rows)) < fewest:
            best, fewest = rows, many
    return best


def _goes_down(sweep: int) -> bool:
    return sweep % 2 == 0


def _crossings(rows: Sequence[Sequence[Spot]]) -> int:
    total = 0
    for upper, lower in pairwise(rows):
        at = {id(spot): index for index, spot in enumerate(lower)}
        passed: list[int] = []
        for spot in upper:
            ends = sorted(at[id(each)] for each in spot.below)
            total += sum(len(passed) - bisect_right(passed, end) for end in ends)
            for end in ends:
                insort(passed, end)
    return total


def _straighten(row: Sequence[Spot], sweep: int) -> None:
    """Move each to the middle of its neighbours, or as near as the others of its row let it.

    That is a weighted isotonic regression: what would overlap moves together (pool adjacent violators).
    """
    pools: list[tuple[float, float, list[tuple[Spot, float]]]] = []
    offset = 0.0
    for index, spot in enumerate(row):
        offset += (row[index - 1].width + spot.width) / 2 if index else 0.0
        pools.append((_wanted(spot, sweep) - offset, spot.weight, [(spot, offset)]))
        while len(pools) > 1 and pools[-2][0] >= pools[-1][0]:
            (x, heavy, members), (other, more, others) = pools[-2:]
            pools[-2:] = [((x * heavy + other * more) / (heavy + more), heavy + more, members + others)]
    for x, _, members in pools:
        for spot, shift in members:
            spot.x = x + shift


def _wanted(spot: Spot, sweep: int) -> float:
    near = spot.neighbours(sweep)
    pull = sum(each.pull for each in near)
    return sum(each.x * each.pull for each in near) / pull if pull else spot.x
