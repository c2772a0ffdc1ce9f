"""Each pipeline folder's modules, under a private name, so that two folders may both have a `steps`.

The modules of a folder are loaded as parts of a private package (`_trakt_steps_3.steps.join`)
whose `__path__` is that folder. Their namespace holds a `__builtins__` of its own, whose
`__import__` sends every absolute import of a name that lives in the folder to that private
package, and all others to the real import. So `import steps.x as y` means the folder's
own `steps`, at load time and inside functions, while `sys.path` and the public names in
`sys.modules` stay as they were.

Source is compiled on every load: cached bytecode is keyed on whole seconds, and an edit made
within one would run the old code. It also means that nothing is written into the folder.

Not covered: `importlib.import_module("steps.x")` inside a step looks for a public `steps`; write
`importlib.import_module(".x", __package__)`, or an import statement.
"""

from __future__ import annotations

import builtins
import importlib
import itertools
import os
import sys
import threading
from collections.abc import Mapping, Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, NamedTuple

_NEVER_LOCAL = frozenset({"trakt", "__main__", *sys.builtin_module_names})
_numbers = itertools.count(1)
_lock = threading.Lock()
_newest: dict[str, StepFolder] = {}
_by_package: dict[str, StepFolder] = {}


class Found(NamedTuple):
    """What a module name means in a folder: a file (with its stamp), or a folder of modules without `__init__`."""

    path: str
    is_package: bool
    stamp: tuple[int, int] | None


def folder_of(root: Path) -> StepFolder:
    """The modules of `root`, as they are on disk now: loaded afresh when a file changed since last time."""
    key = os.path.realpath(root)
    with _lock:
        folder = _newest.get(key)
        if folder is None or not folder.is_current():
            # an older one stays in sys.modules, because steps that still run may import from it
            folder = _newest[key] = StepFolder(key)
            _by_package[folder.package] = folder
        if _FINDER not in sys.meta_path:
            sys.meta_path.insert(0, _FINDER)
        if folder.package not in sys.modules:
            spec = ModuleSpec(folder.package, None, is_package=True)
            spec.submodule_search_locations = [key]
            sys.modules[folder.package] = module_from_spec(spec)
    return folder


class StepFolder:
    """One folder's modules, as of one moment.

    Attributes:
        root: the folder, absolute.
        package: the private package its modules are loaded under.
    """

    def __init__(self, root: str) -> None:
        self.root = root
        self.package = f"_trakt_steps_{next(_numbers)}"
        self.builtins = {**vars(builtins), "__import__": self._import}
        self._seen: dict[tuple[str, str], Found | None] = {}
        self._installed: dict[str, bool] = {}

    def is_current(self) -> bool:
        """Whether every name looked up so far still means the same file, unchanged."""
        return all(_find(*asked) == found for asked, found in list(self._seen.items()))

    def find(self, directory: str, name: str) -> Found | None:
        """What the module `name` is in `directory`; remembered, so that a change can be noticed."""
        asked = (directory, name)
        if asked not in self._seen:
            self._seen.setdefault(asked, _find(directory, name))
        return self._seen[asked]

    def locate(self, module: str) -> Found | None:
        """The file or folder behind a dotted module name, or None; nothing is imported."""
        top, *rest = parts = module.split(".")
        if top in _NEVER_LOCAL or not all(part.isidentifier() for part in parts):
            return None
        found = self.find(self.root, top)
        for part in rest:
            if found is None or not found.is_package:
                return None
            found = self.find(_folder_behind(found), part)
        return found

    def load(self, module: str) -> ModuleType:
        """Import a module of this folder. Raises whatever the module raises, under its public names."""
        try:
            return importlib.import_module(f"{self.package}.{module}")
        except ImportError as error:
            self._in_public_names(error)
            raise

    def public(self, text: str) -> str:
        """`text` with the private package name taken out."""
        return text.replace(f"{self.package}.", "")

    def holds(self, module: str, fromlist: Sequence[str] = ()) -> bool:
        """Whether an absolute import of `module` inside this folder means the folder's own code."""
        top, _, rest = module.partition(".")
        found = self.locate(top)
        if found is None or found.stamp is not None:
            return found is not None
        if top in sys.stdlib_module_names:
            return False
        # a bare folder yields to an installed module of its name, unless what is wanted is in the folder
        wanted = [rest.partition(".")[0]] if rest else fromlist
        if top not in self._installed:
            self._installed[top] = _is_installed(top)
        return not self._installed[top] or any(self.find(found.path, name) for name in wanted)

    def _import(
        self,
        name: str,
        globals: Mapping[str, object] | None = None,
        locals: Mapping[str, object] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> Any:
        real = builtins.__import__
        asked = tuple(fromlist or ())
        try:
            if level or not self.holds(name, asked):
                return real(name, globals, locals, asked, level)
            leaf = real(f"{self.package}.{name}", globals, locals, asked, 0)
        except ImportError as error:
            self._in_public_names(error)
            raise
        return leaf if asked else sys.modules[f"{self.package}.{name.partition('.')[0]}"]

    def _in_public_names(self, error: ImportError) -> None:
        error.name = self.public(error.name) if error.name else error.name
        error.msg = self.public(str(error))
        error.args = (error.msg,)


class _StepLoader(SourceFileLoader):
    """Loads one source file of a folder, with that folder's own `__import__`."""

    def __init__(self, fullname: str, path: str, folder: StepFolder) -> None:
        super().__init__(fullname, path)
        self._folder = folder

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002
        code: CodeType = self.source_to_code(self.get_data(self.path), self.path)
        return code

    def exec_module(self, module: ModuleType) -> None:
        vars(module)["__builtins__"] = self._folder.builtins
        super().exec_module(module)


class _StepFinder:
    """Finds modules of the private packages, and no others."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package, _, rest = fullname.partition(".")
        folder = _by_package.get(package)
        if folder is None or not rest or path is None:
            return None
        name = rest.rpartition(".")[2]
        for directory in path:
            found = folder.find(directory, name)
            if found is None:
                continue
            inside = [_folder_behind(found)] if found.is_package else None
            if found.stamp is None:
                spec = ModuleSpec(fullname, None, is_package=True)
                spec.submodule_search_locations = inside
                return spec
            loader = _StepLoader(fullname, found.path, folder)
            return spec_from_file_location(fullname, found.path, loader=loader, submodule_search_locations=inside)
        # compiled extensions
        return PathFinder.find_spec(fullname, path, target)


_FINDER: Any = _StepFinder()


def _find(directory: str, name: str) -> Found | None:
    place = os.path.join(directory, name)
    for path, is_package in ((os.path.join(place, "__init__.py"), True), (f"{place}.py", False)):
        try:
            status = os.stat(path)
        except OSError:
            continue
        return Found(path, is_package, (status.st_mtime_ns, status.st_size))
    has_modules = any(file.endswith(".py") for _, _, files in os.walk(place) for file in files)
    return Found(place, True, None) if has_modules else None


def _folder_behind(found: Found) -> str:
    return os.path.dirname(found.path) if found.stamp else found.path


def _is_installed(top: str) -> bool:
    """Whether a module with code of its own answers to `top`; sys.modules is no proof, it may be another pipeline's."""
    for finder in sys.meta_path:
        find_spec = getattr(finder, "find_spec", None)
        spec = find_spec(top, None) if find_spec else None
        if spec is not None and spec.loader is not None and spec.origin is not None:
            return True
    return False
