"""Names that a catalog keeps as they are. It writes all in lower case, and Athena takes few signs without quotes.

Source: "Name databases, tables, and columns", Amazon Athena User Guide.
"""

from __future__ import annotations

import re
import unicodedata

_KEPT = re.compile(r"[a-z0-9_]{1,255}")


def is_kept(name: str) -> bool:
    """Whether a database, a table or a column may have this name."""
    return bool(_KEPT.fullmatch(name))


def kept_name(name: str) -> str:
    """The nearest name that is kept: `order_id` for `Order ID`."""
    plain = "".join(each for each in unicodedata.normalize("NFD", name) if unicodedata.category(each) != "Mn")
    return re.sub(r"[^a-z0-9]+", "_", plain.casefold()).strip("_")[:255] or "column"
