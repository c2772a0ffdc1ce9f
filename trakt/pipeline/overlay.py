"""What one client changes of a pipeline: `clients/CLIENT.yaml` beside its file, laid over it before it is checked.

Mappings are merged key by key, and null takes a key away (RFC 7396, JSON Merge Patch). Inputs, steps and outputs are
found by their names, in whichever form either file writes them; an overlay changes those that are there and adds none.
Any other list, text or number takes the place of the pipeline's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trakt.errors import Fault, did_you_mean
from trakt.pipeline.fields import KeyPath, Mark
from trakt.pipeline.model import Origin
from trakt.pipeline.yaml_fields import SHORT_FORMS
from trakt.pipeline.yaml_tree import Flaw, Tree

FOLDER = "clients"
"""Where the overlays of a pipeline lie, beside its file."""

_SUFFIXES = (".yaml", ".yml")


def overlays_of(pipeline_file: Path) -> dict[str, Path]:
    """The overlay of each client that has one, by client id."""
    folder = pipeline_file.parent / FOLDER
    if not folder.is_dir():
        return {}
    # the names as they are written: a file system may find `acme.yaml` for the client ACME as well
    return {each.stem: each for each in reversed(_files(folder))}


def twin_fault(overlay: Path) -> Fault | None:
    """What is wrong when the client of that overlay has another one: only one of them would be read."""
    files = [each for each in _files(overlay.parent) if each.stem == overlay.stem]
    if len(files) < 2:
        return None
    told = " and ".join(each.name for each in files)
    return Fault(f"client '{overlay.stem}' has two overlays, {told}", str(overlay), "keep one of them")


def _files(folder: Path) -> list[Path]:
    return sorted(each for each in folder.iterdir() if each.suffix.lower() in _SUFFIXES and each.is_file())


def overlay_fault(origin: Origin, client_id: str | None) -> Fault | None:
    """What is wrong when a pipeline of that origin runs for that client: it must have been loaded with its overlay."""
    if origin.path is None:
        return None
    wanted = overlays_of(origin.path).get(client_id or "")
    loaded = origin.overlay.path if origin.overlay else None
    if wanted == loaded:
        return None
    said = f"'{client_id}'" if client_id else "None"
    what = f"the pipeline was loaded {f'with {loaded}' if loaded else f'without {wanted}'}, and this run is of client "
    return Fault(what + said, str(origin.path), f"load_pipeline_from_yaml(..., client_id={said})")


def lay_over(base: Tree, over: Tree, file: Path) -> None:
    """Change `base` as `over`, read from `file`, says; what is wrong with it is told in the flaws of `base`."""
    for flaw in over.flaws:
        place = flaw.mark or Mark(1, 1)
        base.flaws.append(Flaw(Mark(place.line, place.column, file), flaw.what, flaw.hint))
    laying = _Laying(base, over, file)
    if isinstance(over.value, Mapping):
        laying.lay()
    elif over.value is not None:
        laying.flaw((), "an overlay must hold a mapping of keys", "write the keys that differ, as the pipeline does")


@dataclass(frozen=True, slots=True)
class _Laying:
    """One overlay on its way; `at` is a key path of the pipeline, `by` the one of the overlay that changes it."""

    base: Tree
    over: Tree
    file: Path

    def lay(self) -> None:
        for key, value in self.over.value.items():
            if key == "name":
                self.flaw((key,), "an overlay cannot rename the pipeline", "remove it")
            elif key in ("inputs", "steps", "outputs") and value is not None and self.base.value.get(key):
                self._entries(key, value)
            else:
                self._key(self.base.value, key, (key,), (key,), value)

    def flaw(self, by: KeyPath, what: str, hint: str | None = None) -> None:
        self.base.flaws.append(Flaw(self._mark(by), what, hint))

    def _entries(self, kind: str, value: Any) -> None:
        """Change inputs, steps or outputs by name."""
        there, at = _listed(self.base.value[kind], (kind,))
        said, by = _listed(value, (kind,))
        if not isinstance(there, Mapping | list):
            # a fault of the pipeline's own
            return
        if not isinstance(said, Mapping | list):
            self._put(self.base.value, kind, (kind,), (kind,), value)
            return
        if len(by) > 1:
            for key in set(value) - {by[-1]}:
                self.flaw((kind, key), f"unknown key '{key}' in {kind}", f"beside '{by[-1]}' stands nothing")
        name_key = "id" if kind == "steps" else "name"
        known = {str(name): key for key, name in _names(there, name_key)}
        seen: set[str] = set()
        for key, name in _names(said, name_key):
            place = (*by, key)
            if not isinstance(name, str):
                self.flaw(place, f"this entry does not say which of the {kind} it changes", f"give its '{name_key}'")
            elif name in seen:
                self.flaw(place, f"'{name}' stands twice", "keep one of them")
            elif name not in known:
                hint = did_you_mean(name, known) or f"there are: {', '.join(known)}"
                self.flaw(place, f"the pipeline has no {kind[:-1]} '{name}', and an overlay adds none", hint)
            else:
                change = said[key]
                if isinstance(change, Mapping) and name_key in change:
                    if change[name_key] != name:
                        self.flaw((*place, name_key), f"an overlay cannot rename '{name}'", "remove it")
                    change = {other: each for other, each in change.items() if other != name_key}
                self._key(there, known[name], (*at, known[name]), place, change)
            seen.add(str(name))
        if isinstance(there, list):
            self._close_ranks(there, at)

    def _key(self, inside: Any, key: Any, at: KeyPath, by: KeyPath, value: Any) -> None:
        """Change what stands under `key` of a mapping or a list."""
        if value is None:
            if isinstance(inside, Mapping) and key not in inside:
                what = f"the pipeline has no '{key}' here that could be taken away"
                self.flaw(by, what, did_you_mean(str(key), [str(each) for each in inside]) or "remove it")
                return
            self._forget(at)
            # an item is taken out of its list at the end, so that the others keep their numbers until then
            if isinstance(inside, list):
                inside[key] = None
            else:
                inside.pop(key, None)
            return
        found: Any = inside[key] if isinstance(inside, list) else inside.get(key)
        short = _short_form(at)
        if short and isinstance(found, str) and isinstance(value, Mapping):
            found = inside[key] = {short: found}
            self.base.marks[(*at, short)] = self.base.marks[at]
        elif short and isinstance(found, Mapping) and isinstance(value, str):
            self._put(found, short, (*at, short), by, value)
            return
        if isinstance(found, dict) and isinstance(value, Mapping):
            for name, each in value.items():
                self._key(found, name, (*at, name), (*by, name), each)
        else:
            self._put(inside, key, at, by, value)

    def _put(self, inside: Any, key: Any, at: KeyPath, by: KeyPath, value: Any) -> None:
        self._forget(at)
        inside[key] = value
        marks = [path for path in self.over.marks if path[: len(by)] == by]
        self.base.marks.update({(*at, *path[len(by) :]): self._mark(path) for path in marks})

    def _forget(self, at: KeyPath) -> None:
        for path in [path for path in self.base.marks if path[: len(at)] == at]:
            del self.base.marks[path]

    def _mark(self, by: KeyPath) -> Mark:
        place = next(self.over.marks[by[:end]] for end in range(len(by), -1, -1) if by[:end] in self.over.marks)
        return Mark(place.line, place.column, self.file)

    def _close_ranks(self, items: list[Any], at: KeyPath) -> None:
        """Leave out what was taken away, and number the rest and its marks anew."""
        kept = [index for index, item in enumerate(items) if item is not None]
        numbers: dict[Any, int] = {index: number for number, index in enumerate(kept)}
        depth = len(at)
        inside = [path for path in self.base.marks if len(path) > depth and path[:depth] == at]
        marks = {path: self.base.marks.pop(path) for path in inside}
        for path, mark in marks.items():
            if path[depth] in numbers:
                self.base.marks[(*at, numbers[path[depth]], *path[depth + 1 :])] = mark
        items[:] = [items[index] for index in kept]


def _short_form(at: KeyPath) -> str | None:
    """The key that a bare text would stand for at that path."""
    whole = at[0] in ("rejected", "execution")
    is_entry = len(at) == (3 if at[:2] == ("outputs", "datasets") and isinstance(at[-1], int) else 2)
    return SHORT_FORMS.get(str(at[0])) if (len(at) == 1 if whole else is_entry) else None


def _listed(value: Any, path: KeyPath) -> tuple[Any, KeyPath]:
    """The entries of outputs that stand under `datasets`, or else the value itself."""
    if path == ("outputs",) and isinstance(value, Mapping) and isinstance(value.get("datasets"), list):
        return value["datasets"], (*path, "datasets")
    return value, path


def _names(entries: Mapping[str, Any] | list[Any], name_key: str) -> list[tuple[Any, Any]]:
    """The key or number of each entry, and its name."""
    if isinstance(entries, Mapping):
        return [(key, key) for key in entries]
    return [(index, each.get(name_key) if isinstance(each, Mapping) else None) for index, each in enumerate(entries)]
