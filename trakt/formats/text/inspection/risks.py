"""Values that are easily changed by who reads them: counted block by block, judged over all of the column."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trakt.errors import counted
from trakt.formats.inspection import Risk
from trakt.schema import LogicalType
from trakt.schema.infer import PANDAS_MISSING
from trakt.schema.shapes import are_plain_decimals

_MONTH, _DAY_ONLY = r"(0?[1-9]|1[0-2])", r"(1[3-9]|2[0-9]|3[01])"
_BEGINS_LIKE_A_NUMBER = r"^[+-]?[0-9]"

_SHAPES = {
    "leading_zeros": r"^[+-]?0[0-9]+$",
    "long_ids": r"^[0-9]{16,}$",
    "exponents": r"^[0-9]([.,][0-9]+)?[eE]\+?[0-9]{1,3}$",
    "either_order": rf"^{_MONTH}[./-]{_MONTH}[./-]([0-9]{{4}}|[0-9]{{2}})( .*)?$",
    "day_first": rf"^{_DAY_ONLY}[./-]{_MONTH}[./-]([0-9]{{4}}|[0-9]{{2}})( .*)?$",
    "month_first": rf"^{_MONTH}[./-]{_DAY_ONLY}[./-]([0-9]{{4}}|[0-9]{{2}})( .*)?$",
    "point": r"^[+-]?[0-9]+\.[0-9]+$",
    "comma": r"^[+-]?([0-9]+,([0-9]{1,2}|[0-9]{4,})|0[0-9]*,[0-9]+|[0-9]{4,},[0-9]+)$",
    "comma_groups": r"^[+-]?[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]+)?$",
    "point_groups": r"^[+-]?[1-9][0-9]{0,2}((\.[0-9]{3}){2,}(,[0-9]+)?|\.[0-9]{3},[0-9]+)$",
    "other_groups": r"^[+-]?[1-9][0-9]{0,2}(('|\x{2019}|\x{00a0}|\x{202f}| )[0-9]{3})+([.,][0-9]+)?$",
}
_WORDS = pa.array([word for word in PANDAS_MISSING if word.strip()])


@dataclass(slots=True)
class _Seen:
    """How many values have a shape, and the first of them."""

    count: int
    example: str
    line: int


class ColumnWatch:
    """One column, watched as its texts go by."""

    def __init__(self) -> None:
        self.blanks = 0
        self._seen: dict[str, _Seen] = {}

    def observe(self, texts: pa.StringArray, line_of: Callable[[int], int]) -> None:
        """Take in one block of texts (null where blank); `line_of` says on which line a row of it begins."""
        self.blanks += texts.null_count
        for shape, rows in _shapes_in(texts):
            at = np.flatnonzero(rows)
            if not len(at):
                continue
            known = self._seen.get(shape)
            if known is None:
                first = int(at[0])
                known = self._seen[shape] = _Seen(0, texts[first].as_py(), line_of(first))
            known.count += len(at)

    @property
    def decimals(self) -> str:
        """The decimal signs that its numbers have."""
        return "".join(sign for sign, shape in ((".", "point"), (",", "comma")) if self._count(shape))

    def risks(self, kind: LogicalType) -> tuple[Risk, ...]:
        """What is at risk in the whole column, which is of this type."""
        found = {shape: _SAID[shape] for shape in _SAID if shape in self._seen}
        found.update(self._of_dates())
        if kind is LogicalType.STRING:
            found.update(self._of_numbers())
        return tuple(
            Risk(code, what, self._seen[shape].count, self._seen[shape].example, self._seen[shape].line)
            for shape, (code, what) in found.items()
        )

    def _count(self, shape: str) -> int:
        return self._seen[shape].count if shape in self._seen else 0

    def _of_dates(self) -> Iterator[tuple[str, tuple[str, str]]]:
        day, month = self._count("day_first"), self._count("month_first")
        if day and month:
            told = f"some dates begin with the day ({day:,}), some with the month ({month:,})"
            yield "month_first", ("mixed_date_orders", told)
        elif self._count("either_order") and not day and not month:
            told = "day or month first? no value tells; ask the sender, and declare `date_format`"
            yield "either_order", ("ambiguous_dates", told)
        elif day or month:
            order = "day" if day else "month"
            telling = f"{counted(day or month, 'value')} tell{'s' if (day or month) == 1 else ''}"
            told = f"not ISO: the {order} stands first, as {telling}; declare `date_format`"
            yield f"{order}_first", ("dates_not_iso", told)

    def _of_numbers(self) -> Iterator[tuple[str, tuple[str, str]]]:
        if self._count("comma") and self._count("point"):
            yield "comma", ("mixed_decimals", "some numbers have a decimal comma, some a point")
        elif self._count("comma"):
            yield "comma", ("decimal_comma", "numbers with a decimal comma; declare `decimal: ','`")
        for shape in ("comma_groups", "point_groups", "other_groups"):
            # 1,234 among 1,5 is a number with a decimal comma
            if self._count(shape) and not (shape == "comma_groups" and self._count("comma")):
                told = "thousands separators: stays text; replace them in a step"
                yield shape, ("thousands_separators", told)


_SAID = {
    "leading_zeros": ("leading_zeros", "numbers to many readers, which drop the zeros; declare string"),
    "long_ids": ("long_ids", "over 15 digits: a float, and a spreadsheet, change the last ones; declare string"),
    "exponents": ("exponents", "a spreadsheet may have written a long id like this: digits are gone already"),
    "na_words": ("na_words", "a word that many readers take for a missing value; list it in `na_values` if it is one"),
    "padded": ("padded", "blanks around the value"),
    "control_characters": ("control_characters", "characters that nobody sees, such as NUL; is this a text file?"),
    "lost_letters": ("lost_letters", "letters that were lost before the file was sent; ask for it in UTF-8"),
}


def _shapes_in(texts: pa.StringArray) -> Iterator[tuple[str, Any]]:
    """Each shape that may occur, and which rows have it. Most columns are nothing special, and quickly passed."""
    present = texts.drop_null()
    if not len(present):
        return
    if are_plain_decimals(present, 15):
        if pc.any(pc.match_substring(present, ".")).as_py():
            yield "point", _mask(pc.match_substring(texts, "."))
        return
    yield "na_words", _mask(pc.is_in(texts, _WORDS))
    yield "padded", _mask(pc.match_substring_regex(texts, r"^\s|\s$"))
    yield "control_characters", _mask(pc.match_substring_regex(texts, r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"))
    yield "lost_letters", _mask(pc.match_substring(texts, "\ufffd"))
    numbers = _mask(pc.match_substring_regex(texts, _BEGINS_LIKE_A_NUMBER))
    if not numbers.any():
        return
    at = np.flatnonzero(numbers)
    few = texts.take(pa.array(at))
    for shape, pattern in _SHAPES.items():
        rows = np.zeros(len(texts), bool)
        rows[at[_mask(pc.match_substring_regex(few, pattern))]] = True
        yield shape, rows


def _mask(rows: Any) -> Any:
    return np.asarray(pc.fill_null(rows, False).to_numpy(zero_copy_only=False), bool)


def decimal_of(watched: Iterable[ColumnWatch]) -> str:
    """The decimal sign of a file: a comma where one is used, and no number has a point."""
    return "," if {each.decimals for each in watched} - {""} == {","} else "."
