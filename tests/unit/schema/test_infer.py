from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trakt.schema import LogicalType
from trakt.schema.infer import Inference, PandasInference
from trakt.schema.parse import TextRules, parse_text
from trakt.schema.render import render_text


def decided(
    *blocks: list[str | None], make: type[Inference] = Inference, rules: TextRules | None = None
) -> LogicalType:
    inference = make(rules) if rules else make()
    for block in blocks:
        inference.observe({"v": pa.array(block, pa.string())})
    return inference.decide(["v"])["v"].kind


@pytest.mark.parametrize(
    "text",
    ["02116", "+49", "12345678901234567890", "NA", "1_000", "\uff11\uff12", " 5", "5 ", "0x1F", "1e5", "00", "-"],
)
def test_what_a_number_would_not_give_back_stays_text(text: str) -> None:
    assert decided(["7", text]) is LogicalType.STRING


@pytest.mark.parametrize(
    "text", ["1e-400", "4e-324", "1e+400", "0.1234567890123456789", "12345678901234567.5", "-1e-999"]
)
def test_a_number_that_a_float_cannot_hold_stays_text(text: str) -> None:
    assert decided([text]) is LogicalType.STRING


@pytest.mark.parametrize(
    "text", ["0.1", "1.50", "-0.0", "1e+20", "0.30000000000000004", "5e-324", "0.10000000000000000555"]
)
def test_a_number_that_a_float_holds_is_a_float(text: str) -> None:
    assert decided([text]) is LogicalType.FLOAT


def test_long_ints_followed_by_floats_stay_text_in_whichever_blocks_they_come() -> None:
    long, short = "1234567890123456789", "1.5"
    assert decided([long, short]) is LogicalType.STRING
    assert decided([long], [short]) is LogicalType.STRING
    assert decided([short], [long]) is LogicalType.STRING


@pytest.mark.parametrize("digits", range(13, 20))
@pytest.mark.parametrize("sign", ["", "-"])
def test_how_many_digits_are_too_many_does_not_depend_on_the_blocks(sign: str, digits: int) -> None:
    words = [sign + "1234567890123456789"[:digits], "1.5"]
    assert decided(words) is decided(words[:1], words[1:]) is decided(words[1:], words[:1])
    assert decided(words) is (LogicalType.FLOAT if digits <= 15 else LogicalType.STRING)


def test_blanks_decide_nothing() -> None:
    assert decided([None], ["5"], [None, None]) is LogicalType.INT
    assert decided([None]) is LogicalType.STRING


def test_true_and_false_are_bool_only_as_python_spells_them() -> None:
    assert decided(["True", "False", None]) is LogicalType.BOOL
    assert decided(["True", "true"]) is LogicalType.STRING
    assert decided(["True"], ["1"]) is LogicalType.STRING


def test_a_decimal_comma_makes_floats_of_what_has_one_and_of_nothing_else() -> None:
    rules = TextRules(decimal=",")
    assert decided(["1,5", "2"], rules=rules) is LogicalType.FLOAT
    assert decided(["1.5"], rules=rules) is LogicalType.STRING
    assert decided(["1.234,5"], rules=rules) is LogicalType.STRING


_words = st.one_of(
    st.integers(-(10**20), 10**20).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.decimals(allow_nan=False, allow_infinity=False, places=5).map(str),
    st.sampled_from(["True", "False", "02116", "", "NA", "-0", "1.50", "1e-400", "9007199254740993"]),
)


@settings(max_examples=300, deadline=None)
@given(words=st.lists(_words, min_size=1, max_size=6), data=st.data())
def test_the_decision_does_not_depend_on_the_blocks(words: list[str], data: st.DataObject) -> None:
    values = [word or None for word in words]
    cut = data.draw(st.integers(0, len(values)))
    for make in (Inference, PandasInference):
        assert decided(values, make=make) is decided(values[:cut], values[cut:], make=make)


@settings(max_examples=300, deadline=None)
@given(words=st.lists(_words, min_size=1, max_size=4))
def test_inferred_values_say_what_their_text_said(words: list[str]) -> None:
    texts = pa.array([word or None for word in words], pa.string())
    kind = decided(texts.to_pylist())
    values, bad = parse_text(texts, kind)
    assert not bad.true_count
    for text, value, written in zip(
        texts.to_pylist(), values.to_pylist(), render_text(values).to_pylist(), strict=True
    ):
        if kind is not LogicalType.FLOAT or text is None:
            assert written == text
        else:
            assert float(written) == value
            digits = Decimal(text)
            assert digits in (Decimal(written), Decimal(f"{Decimal(value):.{max(0, -digits.as_tuple().exponent)}f}"))
            assert (Fraction(digits) == 0) == (value == 0)


CELLS = st.sampled_from([None, "0", "7", "1.5", "02116", "True", "False", "x", "9007199254740993", "1e+20", "NA"])
BLOCKS = st.lists(st.lists(CELLS, max_size=4), max_size=4)


@given(BLOCKS, BLOCKS)
@settings(max_examples=300, deadline=None)
@pytest.mark.parametrize("make", [Inference, PandasInference])
def test_two_that_saw_a_part_each_say_together_what_one_says_that_saw_all(
    make: type[Inference], first: list[list[str | None]], second: list[list[str | None]]
) -> None:
    one, other, alone = make(), make(), make()
    for inference, blocks in ((one, first), (other, second), (alone, first), (alone, second)):
        for block in blocks:
            inference.observe({"v": pa.array(block, pa.string())})
    one.add(other)
    assert one.decide(["v"]) == alone.decide(["v"])
