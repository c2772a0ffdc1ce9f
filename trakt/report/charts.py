"""Plots of one number per run, as SVG: a column each, a cross below those of runs that failed.

They have no ids and no style of their own; the page's style sheet knows their classes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

from trakt.report.lettering import marked_up, shortened
from trakt.report.measures import Measure
from trakt.report.numbers import TOLD

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 320, 132, 54, 8, 30
_FONT = 11


class _Labelled(Protocol):
    @property
    def label(self) -> str: ...
    @property
    def succeeded(self) -> bool: ...


def columns(measure: Measure, runs: Sequence[_Labelled]) -> str:
    """The plot of a measure over the runs that it was taken of."""
    told = TOLD[measure.unit]
    top = _ceiling(max((value for value in measure.values if value is not None), default=0.0), measure.unit)
    slot = (_WIDTH - _LEFT) / max(len(runs), 1)
    bar = min(28.0, max(1.0, slot * 0.68))
    summary = marked_up(_summary(measure, runs))
    lines = [f'<svg class="plot" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{summary}">']
    lines += [_gridline(top * part, top, told(top * part)) for part in (0.0, 0.5, 1.0)]
    for at, (value, run) in enumerate(zip(measure.values, runs, strict=True)):
        middle = _LEFT + slot * (at + 0.5)
        if value is not None:
            y = _y(value, top)
            kind = "good" if run.succeeded else "bad"
            title = f"<title>{marked_up(f'{run.label}: {told(value)}')}</title>"
            height = max(_y(0, top) - y, 1.0 if value else 0.0)
            box = f'x="{middle - bar / 2:.1f}" y="{_y(0, top) - height:.1f}" width="{bar:.1f}" height="{height:.1f}"'
            lines.append(f'<rect class="{kind}" {box} rx="{min(2.0, bar / 4):.1f}">{title}</rect>')
        if not run.succeeded:
            lines.append(_cross(middle, _y(0, top) + 6))
    return "".join([*lines, *_ends(runs), "</svg>"])


def _summary(measure: Measure, runs: Sequence[_Labelled]) -> str:
    told = TOLD[measure.unit]
    known = [(value, run.label) for value, run in zip(measure.values, runs, strict=True) if value is not None]
    if not known:
        return f"{measure.title}: not known of any run"
    (low, at_low), (high, at_high) = min(known), max(known)
    last, at_last = known[-1]
    said = f"lowest {told(low)} ({at_low}), highest {told(high)} ({at_high}), last {told(last)} ({at_last})"
    return f"{measure.title} over {len(runs)} runs: {said}"


def _ceiling(highest: float, unit: str) -> float:
    """The top of the scale: a round number that is not below the highest value."""
    if highest <= 0:
        return 1.0 if unit == "share" else 10.0
    if unit == "share" and highest > 0.5:
        return 1.0
    # whole numbers have a whole middle
    steps = (2, 4, 6, 8, 10) if unit == "rows" else (1, 2, 3, 4, 5, 6, 8, 10)
    power = 10.0 ** math.floor(math.log10(highest))
    ceilings = (step * each for each in (power / 10, power) for step in steps if unit != "rows" or each >= 1)
    # a power of ten may be a hair less than it should be
    return next(each for each in ceilings if each >= highest * (1 - 1e-9))


def _y(value: float, top: float) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _BOTTOM - _TOP) * value / top


def _gridline(value: float, top: float, text: str) -> str:
    y = _y(value, top)
    line = f'<path class="{"grid" if value else "axis"}" d="M{_LEFT} {y:.1f}H{_WIDTH}"/>'
    return f'{line}<text class="end" x="{_LEFT - 6}" y="{y + 4:.1f}">{marked_up(text)}</text>'


def _cross(x: float, y: float) -> str:
    return f'<path class="cross" d="M{x - 3:.1f} {y - 3:.1f}l6 6m0 -6l-6 6"/>'


def _ends(runs: Sequence[_Labelled]) -> list[str]:
    """The first run and the last: others are told by who points at them, and by the table."""
    y, room = _HEIGHT - 6, (_WIDTH - _LEFT) / 2 - 8
    if not runs:
        return []
    first = f'<text x="{_LEFT}" y="{y}">{marked_up(shortened(runs[0].label, room, _FONT))}</text>'
    last = f'<text class="end" x="{_WIDTH}" y="{y}">{marked_up(shortened(runs[-1].label, room, _FONT))}</text>'
    return [first, last] if len(runs) > 1 else [first]
