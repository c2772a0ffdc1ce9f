"""Everything of a flow's drawing in its place: boxes in layers, what is said of edges between them, and the edges."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from itertools import pairwise

from trakt.engine.flow import Edge, Flow, Node
from trakt.errors import counted
from trakt.report.layers import Spot, layers_of, placed
from trakt.report.lettering import shortened, width_of

WIDTH, HEIGHT = 216, 50
"""Of a box, in pixels."""

DETAIL_SIZE = 11
"""Of the font of all but names, in pixels."""

_LABEL_HEIGHT, _LABEL_WIDTH = 18, 2 * WIDTH
_BETWEEN_BOXES, _BETWEEN_LANES, _BETWEEN_ROWS, _MARGIN = 28, 20, 16, 10
_SLOPE = 10
"""So many pixels to the side take one more pixel of height, 40 at most."""


@dataclass(frozen=True, slots=True)
class Box:
    """A node and the place of its upper left corner."""

    node: Node
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Label:
    """What is said of an edge, and the middle of its upper side; `text` is shortened, `full` is not."""

    text: str
    full: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Line:
    """An edge: the points it goes through, from the lower side of a box to the upper side of another.

    Attributes:
        pieces: each from its first point to its last; it is parted where its label stands.
    """

    edge: Edge
    pieces: tuple[tuple[tuple[int, int], ...], ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything in its place, in pixels from the upper left corner."""

    flow: Flow
    width: int
    height: int
    boxes: tuple[Box, ...]
    labels: tuple[Label, ...]
    lines: tuple[Line, ...]


def drawn(flow: Flow) -> Drawing:
    """Give everything its place. The same flow always gives the same drawing."""
    return _Layout(flow).drawing()


class _Layout:
    """Boxes stand in even layers, what is said of edges in odd ones; edges take lanes through what they pass.

    Edges of one artifact share their lanes, and so do all that lead to the rejected rows.
    """

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._spots: dict[Hashable, Spot] = {}
        self._labels: dict[Hashable, tuple[str, str]] = {}
        self._names = {node.id: node.name for node in flow.nodes}
        arrows = [(each.source, each.target) for each in flow.edges if each.artifact]
        layers = layers_of([node.id for node in flow.nodes], arrows)
        # rejected rows stand at the very bottom, on the right
        deepest = max([layers[node.id] for node in flow.nodes if node.kind != "rejected"], default=0)
        sources = {each.source for each in flow.edges if not each.artifact}
        deepest = max([deepest, *(layers[each] + 1 for each in sources)])
        for node in flow.nodes:
            last = node.kind == "rejected"
            layer = 2 * (deepest if last else layers[node.id])
            self._spots[node.id] = Spot(node.id, layer, WIDTH + _BETWEEN_BOXES, is_last=last)
        self._routes = [self._route(edge) for edge in flow.edges]

    def drawing(self) -> Drawing:
        rows = placed(list(self._spots.values()))
        tops = self._tops(rows)
        lines = tuple(
            Line(edge, self._pieces(route, tops)) for edge, route in zip(self._flow.edges, self._routes, strict=True)
        )
        boxes = tuple(
            Box(node, round(spot.x) + _MARGIN - WIDTH // 2, tops[spot.layer])
            for node in self._flow.nodes
            for spot in [self._spots[node.id]]
        )
        labels = tuple(
            Label(text, full, round(spot.x) + _MARGIN, tops[spot.layer])
            for key, (text, full) in self._labels.items()
            for spot in [self._spots[key]]
            if text
        )
        width = round(max((spot.x + spot.width / 2 for spot in self._spots.values()), default=0)) + 2 * _MARGIN
        height = (tops[-1] + HEIGHT if tops else 0) + _MARGIN
        return Drawing(self._flow, width, height, boxes, labels, lines)

    def _route(self, edge: Edge) -> list[Spot]:
        """The spots that an edge goes through; those that are not there yet are made."""
        first, last = self._spots[edge.source], self._spots[edge.target]
        told = (edge.source, edge.artifact, edge.rows)
        route = [first]
        for layer in range(first.layer + 1, last.layer):
            key: Hashable = ("lane", layer, *(told if edge.artifact else ("",)))
            if layer == first.layer + 1:
                key = ("label", *told)
            if key not in self._spots:
                self._spots[key] = self._new_spot(key, layer, edge)
            route.append(self._spots[key])
        route.append(last)
        for upper, lower in pairwise(route):
            if lower not in upper.below:
                upper.below.append(lower)
                lower.above.append(upper)
        return route

    def _new_spot(self, key: Hashable, layer: int, edge: Edge) -> Spot:
        is_label = isinstance(key, tuple) and key[0] == "label"
        width = float(_BETWEEN_LANES)
        if is_label:
            full = self._said(edge)
            text = shortened(full, _LABEL_WIDTH, DETAIL_SIZE)
            self._labels[key] = (text, full)
            width += width_of(text, DETAIL_SIZE)
        # where rejected rows go must not bend where the others go
        pull = 1.0 if edge.artifact else 0.02
        # that a long edge is straight is worth more than that a box stands right above what it leads to
        return Spot(key, layer, width, pull, 1.0 if is_label else 4.0, is_last=not edge.artifact and not is_label)

    def _said(self, edge: Edge) -> str:
        """The artifact, unless it is called as what it comes from, and its rows."""
        named = edge.artifact and edge.artifact != self._names[edge.source]
        said = [edge.artifact] if edge.artifact and named else []
        return ": ".join([*said, *([] if edge.rows is None else [counted(edge.rows, "row")])])

    def _tops(self, rows: list[list[Spot]]) -> list[int]:
        """The upper side of each layer: where edges go far to the side there is more room above."""
        tops, y = [], _MARGIN
        for layer, row in enumerate(rows):
            if layer:
                far = max((abs(spot.x - other.x) for spot in row for other in spot.above), default=0)
                y += _BETWEEN_ROWS + min(40, round(far / _SLOPE))
            tops.append(y)
            y += _LABEL_HEIGHT if layer % 2 else HEIGHT
        return tops

    def _pieces(self, route: list[Spot], tops: list[int]) -> tuple[tuple[tuple[int, int], ...], ...]:
        pieces: list[list[tuple[int, int]]] = [[]]
        for at, spot in enumerate(route):
            top = tops[spot.layer]
            height = _LABEL_HEIGHT if spot.layer % 2 else HEIGHT
            if at:
                pieces[-1].append((self._port(spot, spot.above, route[at - 1]), top))
            if at and self._labels.get(spot.key, ("",))[0]:
                pieces.append([])
            if at < len(route) - 1:
                pieces[-1].append((self._port(spot, spot.below, route[at + 1]), top + height))
        return tuple(tuple(piece) for piece in pieces)

    def _port(self, spot: Spot, others: list[Spot], other: Spot) -> int:
        """Where at a box an edge begins or ends: side by side, as what they lead to stands side by side."""
        if spot.key not in self._names:
            return round(spot.x) + _MARGIN
        at = sorted(others, key=lambda each: each.x).index(other)
        return round(spot.x + WIDTH * ((at + 1) / (len(others) + 1) - 0.5)) + _MARGIN
