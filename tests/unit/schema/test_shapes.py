"""Shapes of whole columns, against the same said of each value by a regular expression."""

from __future__ import annotations

import re

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from trakt.schema.shapes import are_plain_decimals, are_plain_integers

WORD = (
    st.text(alphabet="0123456789-.+e ", max_size=20)
    | st.from_regex(r"-?[0-9]{0,19}(\.[0-9]{0,5})?", fullmatch=True)
    | st.integers().map(str)
    | st.floats(allow_nan=False).map(repr)
)
WORDS = st.lists(WORD, min_size=1, max_size=5)
BEFORE = st.integers(0, 2)


def column(words, before):
    """The texts as a slice of a longer column, as chunks are."""
    return pa.array(["9."] * before + words + ["-"]).slice(before, len(words))


@given(WORDS, BEFORE)
def test_integers_are_those_whose_text_is_how_the_number_is_written(words, before):
    each = all(re.fullmatch(r"0|-?[1-9][0-9]{0,17}", word) for word in words)
    assert are_plain_integers(column(words, before)) == each


@given(WORDS, BEFORE)
def test_decimals_are_short_and_have_no_exponent(words, before):
    shape = r"-?((0|[1-9][0-9]*)(\.[0-9]+)?|\.[0-9]+)"
    each = all(len(word) <= 15 and re.fullmatch(shape, word) for word in words)
    assert are_plain_decimals(column(words, before), 15) == each


def test_no_text_is_no_number():
    assert not are_plain_integers(pa.array([], pa.string()))
    assert not are_plain_decimals(pa.array([""]), 15)
