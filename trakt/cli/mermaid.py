"""A flow as a Mermaid flowchart, for pages that draw such text: GitHub, GitLab, MkDocs, many wikis."""

from __future__ import annotations

from collections.abc import Iterator

from trakt.engine.flow import Edge, Flow, Node
from trakt.errors import counted

_SHAPES = {"input": ("([", "])"), "step": ("[", "]"), "output": ("[(", ")]"), "rejected": ("[/", "/]")}
_PLAIN = frozenset(" _-.,/=+()[]'")
"""What may stand in a quoted label beside letters and digits. Everything else has some meaning to Mermaid or to HTML:
`#` begins an entity, `%%` a comment, a backtick Markdown, and `style...:` eats the end of an entity."""

_BEFORE_A_GAP = frozenset("-.+=)")
"""Newer Mermaid reads Markdown in every label: before a space these make lists and headings of it (`1. first`)."""


def mermaid(flow: Flow) -> str:
    """The text of the chart."""
    return "\n".join(["flowchart LR", *(f"  {line}" for line in _lines(flow))])


def _lines(flow: Flow) -> Iterator[str]:
    for node in flow.nodes:
        yield _node(node)
    for edge in flow.edges:
        yield _edge(edge)


def _node(node: Node) -> str:
    opening, closing = _SHAPES[node.kind]
    return f'{node.id}{opening}"{_escaped(node.name)}<br>{_escaped(node.detail)}"{closing}'


def _edge(edge: Edge) -> str:
    said = [edge.artifact] if edge.artifact else []
    said += [] if edge.rows is None else [counted(edge.rows, "row")]
    arrow = "-->" if edge.artifact else "-.->"
    label = f'|"{"<br>".join(map(_escaped, said))}"|' if said else ""
    return f"{edge.source} {arrow}{label} {edge.target}"


def _escaped(text: str) -> str:
    """The text as a part of a quoted label; what cannot be shown becomes U+FFFD."""
    return "".join(_character(each, text[max(at - 1, 0) : at], text[at + 1 : at + 2]) for at, each in enumerate(text))


def _character(each: str, before: str, after: str) -> str:
    ends_a_word = not (before.strip() and after.strip())
    is_marked = ends_a_word if each == "_" else each in _BEFORE_A_GAP and not after.strip()
    if each.isalnum() or (each in _PLAIN and not is_marked):
        return each
    return f"#{ord(each)};" if each.isprintable() else "\N{REPLACEMENT CHARACTER}"
