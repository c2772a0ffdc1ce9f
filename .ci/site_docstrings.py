"""How docstrings are read for the reference: `a, b: what both mean` is one entry, not a name and a type."""

from __future__ import annotations

import re
from typing import Any

import griffe

_NAMES = re.compile(r"^( +\w+(?:, \w+)+):(?= )", re.MULTILINE)


class SeveralNames(griffe.Extension):
    """Joins the names of such an entry by a space that does not break, in which the parser sees no end of a name."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        if obj.docstring:
            obj.docstring.value = _NAMES.sub(
                lambda found: re.sub(r"(?<=,) ", "\N{NO-BREAK SPACE}", found[0]), obj.docstring.value
            )
