"""How ids stand in the key of an object: `client={client_id}/batch={batch_id}/`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from trakt.engine.places import filled, placeholders, unknown_placeholder
from trakt.errors import Fault

NAMES = ("client_id", "batch_id", "pipeline")
_NEEDED = ("client_id", "batch_id")


@dataclass(frozen=True, slots=True)
class KeyTemplate:
    """A text with `{client_id}`, `{batch_id}` and perhaps `{pipeline}`, found anywhere in a key from a slash on."""

    text: str

    def faults(self, where: str) -> Iterator[Fault]:
        """What is wrong with the template itself; `where` is how it was named."""
        found = placeholders(self.text)
        if unknown := unknown_placeholder(where, self.text, NAMES):
            yield unknown
        for name in NAMES:
            if found.count(name) > 1:
                yield Fault(f"'{{{name}}}' stands twice in '{self.text}'", where, "name it once")
            elif name in _NEEDED and name not in found:
                yield Fault(f"'{self.text}' lacks '{{{name}}}'", where)
        if "}{" in self.text:
            yield Fault(f"nothing parts the ids in '{self.text}'", where, "put a slash, or a word, between them")

    def find(self, key: str) -> tuple[dict[str, str], str] | None:
        """What each placeholder stands for in `key`, and the folder where the template ends; None when it does not fit.

        A template that ends inside a name belongs to the folder of that name.
        """
        found = re.search(rf"(?:^|/){self._pattern()}", key)
        return (found.groupdict(), _folder_of(key[: found.end()])) if found else None

    def filled(self, ids: dict[str, str]) -> str:
        """The template with ids in place of its placeholders."""
        return filled(self.text, ids)

    def folder(self, ids: dict[str, str]) -> str:
        """The folder in which a key that was made from `ids` lies."""
        return _folder_of(self.filled(ids) + ("/" if self.text.endswith("}") else ""))

    @property
    def shared_by(self) -> tuple[str, ...]:
        """The ids that stand in the name of a file and not in that of its folder, which holds the files of all."""
        return () if self.text.endswith(("/", "}")) else tuple(placeholders(self.text.rpartition("/")[2]))

    def _pattern(self) -> str:
        words = re.split(r"\{(\w+)\}", self.text)
        found = (f"(?P<{word}>[^/]+?)" if index % 2 else re.escape(word) for index, word in enumerate(words))
        # an id goes on to where its folder ends, and the slash is forgotten easily
        return "".join(found) + ("(?:/|$)" if self.text.endswith("}") else "")


def _folder_of(key: str) -> str:
    return key[: key.rfind("/") + 1]
