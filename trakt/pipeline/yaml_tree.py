"""A YAML document as plain values, with the line and column of every key path.

PyYAML composes the nodes; this module turns them into values itself, because PyYAML's own
constructor drops the places, lets a key stand twice, and expands aliases without end.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

from trakt.pipeline.fields import KeyPath, Mark, shown

MOST_VALUES = 100_000
"""Values a document may have once its aliases are expanded; a pipeline has hundreds, a YAML bomb billions."""

_MERGE = "tag:yaml.org,2002:merge"
# PyYAML has no constructor for the bare texts `=` and `<<`
_PLAIN = (_MERGE, "tag:yaml.org,2002:value")
_COLLECTIONS = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")
_WORDS = (
    ("found character '\\t'", "a tab stands where YAML allows only spaces", "indent with spaces"),
    (
        "mapping values are not allowed",
        "a ':' stands where no key can be",
        "check the indentation, or put a text that holds ': ' in quotes",
    ),
    ("while scanning an alias", "a '*' begins an alias in YAML", 'put the text in quotes: "*.csv"'),
    (
        "unknown escape character",
        "a backslash in double quotes begins an escape",
        "write / instead, or use single quotes",
    ),
    ("could not find expected ':'", "a key has no ':' after it", "write `key: value`"),
    ("expected <block end>", "this line is indented differently from its neighbours", "align it with them"),
    ("while scanning a quoted scalar", "a quoted text has no closing quote", "close the quote"),
    ("but found '<stream end>'", "the file ends inside a bracket", "close it"),
    ("found unexpected end of stream", "the file ends inside a quoted text or bracket", "close it"),
    ("expected ',' or", "a bracket is not closed, or a ',' is missing", "close it, or separate its items by ','"),
    ("found undefined alias", "an alias names an anchor that is not defined above it", "define it as &name first"),
    ("expected a single document", "the file holds more than one YAML document", "remove the line `---`"),
    ("cannot start any token", "a character stands where no value can start", "put the text in quotes"),
)


@dataclass(frozen=True, slots=True)
class Flaw:
    """One fault of the document itself, at a line and column from 1."""

    mark: Mark | None
    what: str
    hint: str | None = None


@dataclass(slots=True)
class Tree:
    """The values of a document, the mark of each key path (the place of its key or list item), and its flaws."""

    value: Any = None
    marks: dict[KeyPath, Mark] = field(default_factory=dict)
    flaws: list[Flaw] = field(default_factory=list)


def read_tree(text: str) -> Tree:
    """Read the one YAML document in `text`; what cannot be read is left out and told in `flaws`."""
    tree = Tree()
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        if node is not None:
            tree.marks[()] = _mark(node.start_mark)
            tree.value = _Expansion(loader, tree).value_of(node, ())
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        column = error.position - text.rfind("\n", 0, error.position)
        what = f"the character U+{error.character:04X} is not allowed in YAML"
        tree.flaws.append(Flaw(Mark(line, column), what, "remove it, or write it as an escape in double quotes"))
    except yaml.MarkedYAMLError as error:
        tree.flaws.append(_flaw_of(error))
    except _TooLargeError:
        what = f"the document holds more than {MOST_VALUES} values once its aliases are expanded"
        tree.flaws.append(Flaw(None, what, "repeat less by alias"))
    except RecursionError:
        tree.flaws.append(Flaw(None, "the document is nested too deeply to be a pipeline"))
    return tree


class _TooLargeError(Exception):
    """The document has more values than a pipeline can have."""


class _Expansion:
    """Turns nodes into values, noting marks and flaws in `tree`."""

    def __init__(self, loader: yaml.SafeLoader, tree: Tree) -> None:
        self._loader, self._tree = loader, tree
        self._count = 0
        self._open: list[yaml.Node] = []

    def value_of(self, node: yaml.Node, path: KeyPath) -> Any:
        self._count += 1
        if self._count > MOST_VALUES:
            raise _TooLargeError
        if any(node is each for each in self._open):
            self._flaw(node, "an alias stands inside the very value it names")
            return None
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        if node.tag not in _COLLECTIONS:
            self._flaw(node, f"the tag {_tag(node)} is not known here", "remove it")
        self._open.append(node)
        try:
            if isinstance(node, yaml.SequenceNode):
                return [self._item(each, (*path, index)) for index, each in enumerate(node.value)]
            return self._mapping(node, path)
        finally:
            self._open.pop()

    def _item(self, node: yaml.Node, path: KeyPath) -> Any:
        self._tree.marks[path] = _mark(node.start_mark)
        return self.value_of(node, path)

    def _mapping(self, node: yaml.Node, path: KeyPath) -> dict[str, Any]:
        values: dict[str, Any] = {}
        first: dict[str, Mark] = {}
        merged: list[yaml.Node] = []
        for key_node, value_node in node.value:
            mark = _mark(key_node.start_mark)
            if key_node.tag == _MERGE:
                merged += value_node.value if isinstance(value_node, yaml.SequenceNode) else [value_node]
                continue
            key = self._scalar(key_node) if isinstance(key_node, yaml.ScalarNode) else key_node.value
            if not isinstance(key, str):
                hint = f"write it in quotes: '{key_node.value}'" if isinstance(key_node, yaml.ScalarNode) else None
                said = shown(key) if isinstance(key_node, yaml.ScalarNode) else "a list or mapping"
                self._flaw(key_node, f"a key must be a text, not {said}", hint)
            elif key in first:
                what = f"the key '{key}' stands twice: in lines {first[key][0]} and {mark[0]}"
                self._flaw(key_node, what, "keep one of them")
            else:
                first[key] = self._tree.marks[(*path, key)] = mark
                values[key] = self.value_of(value_node, (*path, key))
        for each in merged:
            self._merge(each, path, values)
        return values

    def _merge(self, node: yaml.Node, path: KeyPath, values: dict[str, Any]) -> None:
        """Add what `<<` brings, where `values` has no word of its own; keep the marks of where it is written."""
        if not isinstance(node, yaml.MappingNode):
            self._flaw(node, "'<<' can merge only a mapping, or a list of mappings")
            return
        own_marks = dict(self._tree.marks)
        brought = self.value_of(node, path) or {}
        self._tree.marks |= own_marks
        values |= {key: value for key, value in brought.items() if key not in values}

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        if node.tag in _PLAIN:
            return node.value
        try:
            return self._loader.construct_object(node)
        except yaml.constructor.ConstructorError:
            self._flaw(node, f"the tag {_tag(node)} is not known here", "remove it")
        except (ValueError, OverflowError) as error:
            self._flaw(node, f"{shown(node.value)} is no valid value: {error}", "put it in quotes if it is a text")
        except (AttributeError, LookupError, TypeError):
            # PyYAML takes it for granted that a value fits the tag that stands before it
            self._flaw(node, f"{shown(node.value)} is no {_tag(node)}", "remove the tag, or mend the value")
        return None

    def _flaw(self, node: yaml.Node, what: str, hint: str | None = None) -> None:
        flaw = Flaw(_mark(node.start_mark), what, hint)
        # an alias brings the same flaw again
        if flaw not in self._tree.flaws:
            self._tree.flaws.append(flaw)


def _flaw_of(error: yaml.MarkedYAMLError) -> Flaw:
    said = f"{error.context or ''}: {error.problem or ''}"
    # what is never closed is told where it was opened, and not at the end of the file
    is_never_closed = "<stream end>" in said or "end of stream" in said
    place = (error.context_mark if is_never_closed else None) or error.problem_mark or error.context_mark
    what, hint = next(((what, hint) for part, what, hint in _WORDS if part in said), (f"not valid YAML: {said}", None))
    return Flaw(_mark(place) if place else None, what, hint)


def _mark(mark: Any) -> Mark:
    return Mark(mark.line + 1, mark.column + 1)


def _tag(node: yaml.Node) -> str:
    return str(node.tag).replace("tag:yaml.org,2002:", "!!")
