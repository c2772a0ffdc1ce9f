"""A flow as a drawing in SVG: inputs above, steps below what they read, outputs below what they publish.

Nothing but Python is needed to make it. It has the colours of its reader's surroundings, light or dark, words for
screen readers, and the full text of what had to be shortened as a tooltip.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from itertools import pairwise

from trakt.engine.flow import Flow, Node
from trakt.errors import counted
from trakt.report.layout import DETAIL_SIZE, HEIGHT, WIDTH, Box, Label, Line, drawn
from trakt.report.lettering import marked_up, shortened, width_of

_NAME_SIZE = 13
_MARKS = {"failed": "failed", "aborted": "stopped"}


def svg(flow: Flow, *, title_id: str = "", marks: Mapping[str, str] | None = None) -> str:
    """The drawing as one SVG element.

    Args:
        title_id: makes ids of its title and description, for a page that has other drawings and the `STYLE` of all; a
            drawing that stands alone needs none, and brings its style along.
        marks: node id to the status of a step, where that is worth a word.
    """
    drawing = drawn(flow)
    begin = title_id or "flow"
    size = f'viewBox="0 0 {drawing.width} {drawing.height}" width="{drawing.width}" height="{drawing.height}"'
    # a page may make it smaller, and then needs to know how wide it is
    size += f' style="--drawn:{drawing.width}px"'
    said = f'role="img" aria-labelledby="{begin}-title {begin}-desc"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="trakt-flow" {size} {said}>',
        f'<title id="{begin}-title">{marked_up(_title(flow))}</title>',
        f'<desc id="{begin}-desc">{marked_up("; ".join(_told(flow)))}</desc>',
    ]
    if not title_id:
        lines += [f"<style>{style()}</style>", '<rect class="ground" width="100%" height="100%"/>']
    lines += _strokes(drawing.lines)
    lines += [_label(label) for label in drawing.labels]
    lines += [_box(box, (marks or {}).get(box.node.id)) for box in drawing.boxes]
    return "\n".join([*lines, "</svg>"])


def style() -> str:
    """The style sheet of drawings, for the page that holds some."""
    return files("trakt.report").joinpath("drawing.css").read_text("utf-8").strip()


def _title(flow: Flow) -> str:
    return f"Flow of pipeline {flow.pipeline}" + (f", run {flow.run_id}: {flow.status}" if flow.run_id else "")


def _told(flow: Flow) -> Iterator[str]:
    """The flow in words."""
    nodes = {node.id: node for node in flow.nodes}
    for edge in flow.edges:
        source, target = nodes[edge.source], nodes[edge.target]
        rows = "" if edge.rows is None else f", {counted(edge.rows, 'row')}"
        yield f"{edge.artifact or 'rejected'} from {_called(source)} to {_called(target)}{rows}"


def _called(node: Node) -> str:
    return node.name if node.kind == "rejected" else f"{node.kind} {node.name}"


def _box(box: Box, status: str | None) -> str:
    node, x, y = box.node, box.x, box.y
    mark = _MARKS.get(status or "", "")
    full = f"{_called(node)}: {node.detail}" + (f" ({mark})" if mark else "")
    inset = 20 if node.kind == "input" else 14
    room = WIDTH - 2 * inset
    name = shortened(node.name, room - (width_of(mark, DETAIL_SIZE) + 8 if mark else 0), _NAME_SIZE)
    detail = shortened(node.detail, room, DETAIL_SIZE, keep_end=node.kind != "step")
    parts = [
        f"<title>{marked_up(full)}</title>",
        _outline(node.kind, x, y),
        f'<text class="name" x="{x + inset}" y="{y + 21}">{marked_up(name)}</text>',
        f'<text class="detail" x="{x + inset}" y="{y + 38}">{marked_up(detail)}</text>',
    ]
    if mark:
        parts.append(f'<text class="mark" x="{x + WIDTH - 14}" y="{y + 21}">{mark}</text>')
    return f'<g class="{node.kind}{f" {status}" if mark else ""}">{"".join(parts)}</g>'


def _outline(kind: str, x: int, y: int) -> str:
    """Inputs are round at their ends, steps are boxes, and what is written is a sheet with a folded corner."""
    if kind in ("input", "step"):
        return f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="{HEIGHT // 2 if kind == "input" else 6}"/>'
    fold = 12
    sheet = f"M{x} {y}h{WIDTH - fold}l{fold} {fold}v{HEIGHT - fold}h-{WIDTH}z"
    return f'<path d="{sheet}"/><path class="fold" d="M{x + WIDTH - fold} {y}v{fold}h{fold}"/>'


def _label(label: Label) -> str:
    full = f"<title>{marked_up(label.full)}</title>" if label.full != label.text else ""
    return f'<text class="label" x="{label.x}" y="{label.y + 13}">{full}{marked_up(label.text)}</text>'


def _strokes(lines: Sequence[Line]) -> Iterator[str]:
    """Each edge; what it shares with those before it is drawn once, or dashes would fill each other's gaps."""
    drawn_already = set()
    for line in lines:
        path, pen = "", None
        for piece in line.pieces:
            for begin, end in pairwise(piece):
                if (begin, end) not in drawn_already:
                    drawn_already.add((begin, end))
                    path += _curve(begin, end, moves=pen != begin)
                    pen = end
        (x, y), kind = line.pieces[-1][-1], "rows" if line.edge.artifact else "rejects"
        stroke = f'<path class="line" d="{path}"/>' if path else ""
        yield f'<g class="{kind}">{stroke}<path class="tip" d="M{x - 4} {y - 7}h8l-4 7z"/></g>'


def _curve(begin: tuple[int, int], end: tuple[int, int], *, moves: bool) -> str:
    """Straight down where it can be, else bent so that it begins and ends straight."""
    (x, y), (to_x, to_y) = begin, end
    middle = (y + to_y) // 2
    way = f"V{to_y}" if to_x == x else f"C{x} {middle} {to_x} {middle} {to_x} {to_y}"
    return f"M{x} {y}{way}" if moves else way
