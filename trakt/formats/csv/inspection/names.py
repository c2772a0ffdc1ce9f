"""What is wrong with a header, and what to call the columns then."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from trakt.formats.csv.header import twice
from trakt.formats.csv.options import DELIMITERS
from trakt.formats.inspection import Problem
from trakt.pipeline.fields import shown

_NUMBER_OR_DATE = re.compile(
    r"[+-]?\d+([.,]\d+)*([eE][+-]?\d+)?|\d{4}-\d{2}-\d{2}([T ].*)?|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}"
)
_YEAR = re.compile(r"(19|20)\d\d")


@dataclass(frozen=True, slots=True)
class Names:
    """The columns of a file.

    Attributes:
        is_header: whether the first record is one.
        given: names that must be declared, since the file has none that would do; None where it has.
    """

    is_header: bool
    given: tuple[str, ...] | None
    problems: tuple[Problem, ...] = ()


def names_of(fields: Sequence[str], line: int) -> Names:
    """Judge the first record of a file, which begins on `line`."""
    # a column may be called 2025
    data = [each for each in fields if _NUMBER_OR_DATE.fullmatch(each.strip()) and not _YEAR.fullmatch(each.strip())]
    if data:
        what = f"the first line looks like data ({shown(data[0])}), not like a header"
        problem = Problem("header_looks_like_data", what, len(data), (line,))
        return Names(False, tuple(f"column_{at}" for at in range(1, len(fields) + 1)), (problem,))
    problems = []
    blank = [at for at, name in enumerate(fields, 1) if not name.strip()]
    if blank:
        told = ", ".join(map(str, blank))
        what = f"the header has no name for column {told} of {len(fields)}"
        problems.append(Problem("header_blank", what, len(blank), (line,)))
    if repeated := twice(fields):
        what = f"the header has {', '.join(map(repr, repeated))} more than once"
        problems.append(Problem("header_twice", what, len(repeated), (line,)))
    padded = [name for name in fields if name.strip() and name != name.strip()]
    if padded:
        what = f"names with blanks around them: {', '.join(map(repr, padded))}"
        problems.append(Problem("header_padded", what, len(padded), (line,)))
    uncut = len(fields) == 1 and any(each in fields[0] for each in DELIMITERS)
    return Names(True, _distinct(fields) if blank or repeated or uncut else None, tuple(problems))


def _distinct(fields: Sequence[str]) -> tuple[str, ...]:
    """The names, with a number where one is blank or stands twice."""
    names: list[str] = []
    for at, field in enumerate(fields, 1):
        name = field if field.strip() else f"column_{at}"
        number = 1
        while name in names or (number > 1 and name in fields):
            number += 1
            name = f"{field if field.strip() else f'column_{at}'}_{number}"
        names.append(name)
    return tuple(names)
