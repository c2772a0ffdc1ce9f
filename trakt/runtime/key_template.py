"""How ids stand in the key of an object: `client={client_id}/batch={batch_id}/`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from trakt.errors import Fault, did_you_mean

NAMES = ("client_id", "batch_id", "pipeline")
_NEEDED = ("client_id", "batch_id")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class KeyTemplate:
    """A text with `{client_id}`, `{batch_id}` and perhaps `{pipeline}`, found anywhere in a key from a slash on."""

    text: str

    def faults(self, where: str) -> Iterator[Fault]:
        """What is wrong with the template itself; `where` is how it was named."""
        found = _PLACEHOLDER.findall(self.text)
        for name in dict.fromkeys(found):
            if name not in NAMES:
                hint = did_you_mean(name, NAMES) or f"there are: {', '.join(NAMES)}"
                yield Fault(f"'{{{name}}}' stands for nothing", where, hint)
            elif found.count(name) > 1:
                yield Fault(f"'{{{name}}}' stands twice in '{self.text}'", where, "name it once")
        yield from (Fault(f"'{self.text}' lacks '{{{name}}}'", where) for name in _NEEDED if name not in found)

    def find(self, key: str) -> tuple[dict[str, str], int] | None:
        """What each placeholder stands for in `key`, and where the template ends in it; None when it does not fit."""
        found = re.search(rf"(?:^|/){self._pattern()}", key)
        return (found.groupdict(), found.end()) if found else None

    def filled(self, ids: dict[str, str]) -> str:
        """The template with ids in place of its placeholders."""
        return _PLACEHOLDER.sub(lambda name: ids[name[1]], self.text)

    def folder(self, ids: dict[str, str]) -> str:
        """The folder in which a key that was made from `ids` lies."""
        filled = self.filled(ids) + ("/" if self.text.endswith("}") else "")
        # a template that ends inside a name belongs to the folder of that name
        return filled[: filled.rfind("/") + 1]

    def _pattern(self) -> str:
        words = _PLACEHOLDER.split(self.text)
        found = (f"(?P<{word}>[^/]+?)" if index % 2 else re.escape(word) for index, word in enumerate(words))
        # an id goes on to where its folder ends, and the slash is forgotten easily
        return "".join(found) + ("(?:/|$)" if self.text.endswith("}") else "")
