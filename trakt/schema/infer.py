"""Which type a column of text has: decided over all of it, and only where no information is lost.

A column is whole numbers when every text is exactly how that number is written (`02116`, `+49` and
20-digit ids are not); numbers when every text is a plain decimal that a float holds to the last
digit; true/false when every text is `True` or `False`; else it stays text. Blanks decide nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from trakt.schema import LogicalType
from trakt.schema.parse import ISO, TextRules, cast_where_possible, one_array, parse_text, with_point
from trakt.schema.shapes import are_plain_decimals, are_plain_integers

# 15 significant digits survive a trip through a 64-bit float (IEEE 754: DBL_DIG)
_EXACT_DIGITS = 15
# An exponent must carry its sign: `12E4` is a part number more often than it is 120000
_FLOAT_SHAPE = r"^-?((0|[1-9][0-9]{0,14})|(0|[1-9][0-9]*)?\.[0-9]+)([eE][+-][0-9]{1,3})?$"

PANDAS_MISSING = (
    "", " ", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A",
    "NA", "NULL", "NaN", "None", "n/a", "nan", "null",
)  # fmt: skip
"""Words `pandas.read_csv` takes for a missing value (its documented `na_values` default)."""


@dataclass(frozen=True, slots=True)
class ColumnType:
    """A column's type over the whole input.

    Attributes:
        blanks, empty: whether some, or all of its values are missing.
        wide: whether it has whole numbers of more digits than a float holds.
    """

    kind: LogicalType
    blanks: bool = True
    empty: bool = False
    wide: bool = False


class Inference:
    """Watches the columns of an input go by as text, block after block, and says their types at the end."""

    def __init__(self, rules: TextRules = ISO) -> None:
        self._rules = rules
        self._kinds: dict[str, LogicalType | None] = {}
        self._blanks: set[str] = set()
        self._wide: set[str] = set()

    def observe(self, columns: Mapping[str, Any]) -> None:
        """Take in one block: column name to its texts (null where blank)."""
        for name, texts in columns.items():
            if texts.null_count:
                self._blanks.add(name)
            known = self._kinds.setdefault(name, None)
            if known is not LogicalType.STRING and texts.null_count < len(texts):
                self._kinds[name] = self._narrow(known, one_array(texts).drop_null(), name)

    def add(self, other: Inference) -> None:
        """Take in what another one has observed of other rows, as if this one had observed them too."""
        self._blanks |= other._blanks
        self._wide |= other._wide
        for name, kind in other._kinds.items():
            known = self._kinds.setdefault(name, None)
            if kind is not None:
                self._kinds[name] = kind if known in (None, kind) else self._both(known, kind, name)

    def holds_words(self, names: Iterable[str]) -> None:
        """Columns in which a value is known to be text, whatever it reads like."""
        self._kinds.update(dict.fromkeys(names, LogicalType.STRING))

    def lacks(self, names: Iterable[str]) -> None:
        """Columns that a part of the input does not have are blank there."""
        self._blanks.update(names)

    def decide(self, names: Iterable[str]) -> dict[str, ColumnType]:
        """The type of each named column; one that had no value at all is text, and `empty`."""
        return {
            name: ColumnType(
                self._kinds.get(name) or LogicalType.STRING,
                blanks=name in self._blanks or self._kinds.get(name) is None,
                empty=self._kinds.get(name) is None,
                wide=name in self._wide and self._kinds.get(name) is LogicalType.INT,
            )
            for name in names
        }

    def _narrow(self, known: LogicalType | None, texts: Any, name: str) -> LogicalType:
        if known in (None, LogicalType.INT) and _are_ints(texts):
            if name not in self._wide and _most_digits(texts) > _EXACT_DIGITS:
                self._wide.add(name)
            return LogicalType.INT
        # whole numbers seen before may have more digits than a float holds
        if (known in (None, LogicalType.FLOAT) or self._may_widen(known, name)) and self._are_floats(texts):
            return LogicalType.FLOAT
        if known in (None, LogicalType.BOOL) and pc.all(pc.is_in(texts, pa.array(self._rules.bools))).as_py():
            return LogicalType.BOOL
        return LogicalType.STRING

    def _may_widen(self, known: LogicalType | None, name: str) -> bool:
        return known is LogicalType.INT and name not in self._wide

    def _both(self, one: LogicalType | None, other: LogicalType, name: str) -> LogicalType:
        if {one, other} == {LogicalType.INT, LogicalType.FLOAT} and name not in self._wide:
            return LogicalType.FLOAT
        return LogicalType.STRING

    def _are_floats(self, texts: Any) -> bool:
        return _are_exact_floats(with_point(texts, self._rules))


def is_exactly(texts: Any, kind: LogicalType, rules: TextRules = ISO) -> pa.Array:
    """Which texts of a column could be of an inferred type without any loss; missing ones could."""
    column = one_array(texts)
    if kind is LogicalType.INT:
        found = pc.equal(pc.cast(cast_where_possible(column, pa.int64()), pa.string()), column)
    elif kind is LogicalType.BOOL:
        found = pc.is_in(column, pa.array(rules.bools))
    elif kind is LogicalType.FLOAT:
        spelled = with_point(column, rules)
        if _are_exact_floats(spelled.drop_null()):
            return pa.repeat(pa.scalar(True), len(column))
        # where some are not, each is looked at alone
        distinct = pc.dictionary_encode(spelled)
        exact = [_are_exact_floats(pa.array([text])) for text in distinct.dictionary.to_pylist()]
        found = pa.array(exact, pa.bool_()).take(distinct.indices)
    else:
        found = pc.invert(parse_text(column, kind, rules)[1])
    return pc.or_(pc.is_null(column), pc.fill_null(found, False))


def _are_ints(texts: Any) -> bool:
    """Whether each text is what its number is written as: the round trip is the proof that nothing is lost."""
    if are_plain_integers(texts):
        return True
    try:
        return bool(pc.all(pc.equal(pc.cast(pc.cast(texts, pa.int64()), pa.string()), texts)).as_py())
    except pa.ArrowInvalid:
        return False


def _most_digits(texts: Any) -> int:
    return int(pc.max(pc.binary_length(pc.utf8_ltrim(texts, "-"))).as_py())


def _are_exact_floats(texts: Any) -> bool:
    # short and without exponent, nothing can be lost
    if are_plain_decimals(texts, _EXACT_DIGITS):
        return True
    try:
        values = pc.cast(texts, pa.float64())
    except pa.ArrowInvalid:
        return False
    if not pc.all(pc.is_finite(values)).as_py():
        return False
    # what a float prints as itself needs no further proof, and that is most of what machines write
    other = pc.not_equal(pc.cast(values, pa.string()), texts)
    texts, values = texts.filter(other), values.filter(other)
    if not pc.all(pc.match_substring_regex(texts, _FLOAT_SHAPE), min_count=0).as_py():
        return False
    # short and without exponent, nothing can be lost: neither digits nor, at 1e-400, all of it
    long = pc.or_(pc.greater(pc.binary_length(texts), _EXACT_DIGITS), pc.match_substring_regex(texts, "[eE]"))
    pairs = zip(texts.filter(long).to_pylist(), values.filter(long).to_pylist(), strict=True)
    return all(_prints_as(value, Decimal(text)) for text, value in pairs)


def _prints_as(value: float, text: Decimal) -> bool:
    """Whether `text` is how this float prints, shortest or to that many digits: then the float says all it said."""
    exponent = text.as_tuple().exponent
    places = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    return text in (Decimal(repr(value)), Decimal(f"{Decimal(value):.{places}f}"))


class PandasInference(Inference):
    """The types `pandas.read_csv` would choose, over the whole input at once: `02116` is 2116 here.

    For people who migrate (`types: pandas`): integers with blanks become floats, and mixed columns text.
    """

    def _narrow(self, known: LogicalType | None, texts: Any, name: str) -> LogicalType:  # noqa: ARG002
        found = self._block_kind(texts)
        if known in (None, found):
            return found
        if {known, found} == {LogicalType.INT, LogicalType.FLOAT}:
            return LogicalType.FLOAT
        return LogicalType.STRING

    def _block_kind(self, texts: Any) -> LogicalType:
        whole = pc.match_substring_regex(texts, r"^\s*[+-]?[0-9]+\s*$")
        if self._unless_bad(texts.filter(whole), LogicalType.INT) is LogicalType.STRING:
            return LogicalType.STRING
        if pc.all(whole).as_py():
            return LogicalType.INT
        shape = r"^\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*$"
        if pc.all(pc.match_substring_regex(pc.replace_substring(texts, self._rules.decimal, "."), shape)).as_py():
            return self._unless_bad(texts, LogicalType.FLOAT)
        if pc.all(pc.match_substring_regex(texts, r"^(True|TRUE|true|False|FALSE|false)$")).as_py():
            return LogicalType.BOOL
        return LogicalType.STRING

    def _unless_bad(self, texts: Any, kind: LogicalType) -> LogicalType:
        """Text where a number does not fit its type: too large to be told from others is too large."""
        return LogicalType.STRING if parse_text(texts, kind, self._rules)[1].true_count else kind

    def decide(self, names: Iterable[str]) -> dict[str, ColumnType]:
        """As `Inference.decide`, with pandas' own widening where values are missing."""
        decided = super().decide(names)
        widened = {LogicalType.INT: LogicalType.FLOAT, LogicalType.BOOL: LogicalType.STRING}
        return {
            name: ColumnType(widened.get(column.kind, column.kind), column.blanks, column.empty)
            if column.blanks
            else column
            for name, column in decided.items()
        }
