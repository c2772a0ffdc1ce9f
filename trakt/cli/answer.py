"""What a command answers, where that is more than a JSON document of something that went well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes to stdout, and how the program ends.

    Attributes:
        content: a document to print as JSON, or text to print as it is.
        exit_code: 0 done, 1 failed, 2 the author's file is wrong.
    """

    content: Mapping[str, Any] | str
    exit_code: int = 0
