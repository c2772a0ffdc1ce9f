"""YAML documents as values with places."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trakt.pipeline.yaml_tree import MOST_VALUES, read_tree


def test_every_key_and_list_item_has_its_line_and_column() -> None:
    tree = read_tree("name: x\nsteps:\n  - id: a\n    with: {n: 1}\n  - [2, 3]\n")

    assert tree.value == {"name": "x", "steps": [{"id": "a", "with": {"n": 1}}, [2, 3]]}
    assert {path: mark[:2] for path, mark in tree.marks.items()} == {
        (): (1, 1),
        ("name",): (1, 1),
        ("steps",): (2, 1),
        ("steps", 0): (3, 5),
        ("steps", 0, "id"): (3, 5),
        ("steps", 0, "with"): (4, 5),
        ("steps", 0, "with", "n"): (4, 12),
        ("steps", 1): (5, 5),
        ("steps", 1, 0): (5, 6),
        ("steps", 1, 1): (5, 9),
    }


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: &x {k: 1}\nb: *x", {"a": {"k": 1}, "b": {"k": 1}}),
        ("a: &x {k: 1, l: 2}\nb:\n  l: 3\n  <<: *x", {"a": {"k": 1, "l": 2}, "b": {"l": 3, "k": 1}}),
        (
            "a: &x {k: 1}\nc: &y {k: 2, m: 3}\nb: {<<: [*x, *y]}",
            {"a": {"k": 1}, "c": {"k": 2, "m": 3}, "b": {"k": 1, "m": 3}},
        ),
        ("a: 2026-02-05", {"a": date(2026, 2, 5)}),
        ("a: =\nb: [<<]", {"a": "=", "b": ["<<"]}),
        ("", None),
        ("# only a comment", None),
    ],
)
def test_anchors_merges_and_plain_values_are_read(text: str, value: Any) -> None:
    tree = read_tree(text)

    assert (tree.value, tree.flaws) == (value, [])


def test_a_merged_key_is_marked_where_it_is_written_and_an_own_key_keeps_its_mark() -> None:
    tree = read_tree("a: &x {k: 1, l: 2}\nb:\n  l: 3\n  <<: *x")

    assert (tree.marks["b", "k"][:2], tree.marks["b", "l"][:2]) == ((1, 8), (3, 3))


@pytest.mark.parametrize(
    ("text", "mark", "what", "hint"),
    [
        ("a: 1\nb: 2\na: 3", (3, 1), "the key 'a' stands twice: in lines 1 and 3", "keep one"),
        ("1: x", (1, 1), "a key must be a text, not 1", "write it in quotes: '1'"),
        ("x:\n  no: x", (2, 3), "a key must be a text, not False", "write it in quotes: 'no'"),
        ("? [a]\n: x", (1, 3), "a key must be a text, not a list or mapping", None),
        ("a:\n\t- b", (2, 1), "a tab stands where YAML allows only spaces", "indent with spaces"),
        ("a: b: c", (1, 5), "a ':' stands where no key can be", "in quotes"),
        ("a: 1\n  b: 2", (2, 4), "a ':' stands where no key can be", "indentation"),
        ("a:\n  - b\n c: 1", (3, 2), "indented differently", "align"),
        ("a: 'x\nb: 1", (1, 4), "a quoted text has no closing quote", "close"),
        ("b: 1\na: [1, 2", (2, 4), "a bracket is not closed", "close"),
        ("a: [1, 2\nb: 3", (2, 2), "a bracket is not closed", "close"),
        ("a: 1\nb\nc: 2", (3, 1), "a key has no ':' after it", "key: value"),
        ("a: *x", (1, 4), "an alias names an anchor that is not defined", "&name"),
        ("a: 1\n---\nb: 2", (2, 1), "more than one YAML document", "---"),
        ("a: @x", (1, 4), "a character stands where no value can start", "quotes"),
        ("a: !!python/object:os.system x", (1, 4), "the tag !!python/object:os.system is not known here", "remove"),
        ("a: !mine {b: 1}", (1, 4), "the tag !mine is not known here", "remove"),
        ("a: !!timestamp soon", (1, 4), "'soon' is no !!timestamp", "remove the tag"),
        ("a: !!bool perhaps", (1, 4), "'perhaps' is no !!bool", "remove the tag"),
        ("a: !!int", (1, 4), "is no !!int", "remove the tag"),
        ("a: 2026-13-45", (1, 4), "'2026-13-45' is no valid value", "in quotes"),
        ("a: x\nb: c\x00", (2, 5), "the character U+0000 is not allowed", "remove"),
        ("a: &x [*x]", (1, 4), "an alias stands inside the very value it names", None),
        ("a: {<<: 5}", (1, 9), "'<<' can merge only a mapping", None),
    ],
)
def test_each_flaw_is_told_in_plain_words_with_its_place(text: str, mark: Any, what: str, hint: str | None) -> None:
    flaws = read_tree(text).flaws

    assert len(flaws) == 1
    assert flaws[0].mark[:2] == mark
    assert what in flaws[0].what
    assert (hint or "") in (flaws[0].hint or "")


def test_flaws_of_values_do_not_hide_each_other() -> None:
    tree = read_tree("a: 1\na: 2\n5: x\nc: !x y\nd: 4")

    assert [flaw.mark[:2] for flaw in tree.flaws] == [(2, 1), (3, 1), (4, 4)]
    assert tree.value == {"a": 1, "c": None, "d": 4}


def test_a_yaml_bomb_is_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]

    flaws = read_tree("\n".join(lines)).flaws

    assert [flaw.what for flaw in flaws] == [
        f"the document holds more than {MOST_VALUES} values once its aliases are expanded"
    ]


def test_a_bomb_of_merge_keys_is_refused() -> None:
    lines = ["a0: &a0 {x: 1}"] + [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}" for n in range(1, 12)]

    assert "once its aliases are expanded" in read_tree("\n".join(lines)).flaws[0].what


@pytest.mark.parametrize("text", ["[" * 20_000, "a: " + "[" * 900 + "]" * 900])
def test_endless_nesting_never_becomes_a_traceback(text: str) -> None:
    assert len(read_tree(text).flaws) <= 1


@given(st.text(alphabet="ab1:-?[]{}&*!|>'\"%@`#,.=<~ \n\t\r\u00e9\x00\ufeff\u2028", max_size=60) | st.text(max_size=30))
def test_no_text_is_read_with_a_traceback(text: str) -> None:
    tree = read_tree(text)

    assert all(flaw.what for flaw in tree.flaws)
