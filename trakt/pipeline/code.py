"""The code of a pipeline's steps, as checksums: what has changed when one of them changes.

Of the pipeline's own folder: every module that the steps have loaded, with all that lies in the packages they are parts
of and what they import from the folder, also later. Of any other function: its file, and the package it lies in. The
ready-made steps are covered by Trakt's version.

Not seen: what such code reads beside its modules (files, the environment, a network, the clock), and what a function
from elsewhere imports from outside of its package.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import inspect
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FunctionType
from typing import Any

from trakt.pipeline.isolation import StepFolder, folder_of
from trakt.pipeline.model import Pipeline, StepFunction
from trakt.pipeline.resolve_step import ResolvedStep
from trakt.pipeline.uses import StepRegistry, module_beside

_OURS = "trakt.steps."


class Unknowable(Exception):
    """Something has no content that could be compared."""


def code_of_steps(pipeline: Pipeline, steps: Sequence[ResolvedStep], registry: StepRegistry | None) -> list[Any]:
    """What stands for the code of each step, and once for that of the pipeline's folder, as JSON values.

    Raises:
        Unknowable: a step is no plain function, or one without a file.
        OSError: a file cannot be read.
    """
    said: list[Any] = []
    beside: list[str] = []
    root, written = pipeline.origin.root, {step.id: step.uses for step in pipeline.steps}
    for step in steps:
        module = module_beside(written[step.id], root, registry)
        if module is not None:
            beside.append(module)
            said.append([step.id, step.uses])
        else:
            said.append([step.id, *_of_function(step.function)])
    if root and beside:
        said.append(_of_folder(folder_of(root), beside))
    return said


def files_of_steps(pipeline: Pipeline, steps: Sequence[ResolvedStep], registry: StepRegistry | None) -> list[str]:
    """The files of code, by their paths from the pipeline's folder, that its steps are made of there."""
    root, written = pipeline.origin.root, {step.id: step.uses for step in pipeline.steps}
    modules = [module for step in steps if (module := module_beside(written[step.id], root, registry))]
    return [path for path, _ in _of_folder(folder_of(root), modules)] if root and modules else []


def _of_folder(folder: StepFolder, modules: Sequence[str]) -> list[list[str]]:
    """Path and checksum of the files behind `modules`, of their packages, and of what these import from the folder."""
    files: dict[str, str] = {}
    tops = [module.partition(".")[0] for module in modules]
    # whatever has been loaded by other means than an import statement
    tops += [name.split(".")[1] for name in list(sys.modules) if name.startswith(f"{folder.package}.")]
    seen: set[str] = set()
    while tops:
        top = tops.pop()
        if top in seen:
            continue
        seen.add(top)
        found = folder.locate(top)
        for path in _sources(found.path, found.is_package) if found else ():
            checksum, imported = _read(path, *_stamp(path))
            files[os.path.relpath(path, folder.root)] = checksum
            tops += [name.partition(".")[0] for name in imported]
    return sorted(list(each) for each in files.items())


def _sources(path: str, is_package: bool) -> Iterator[str]:
    """The file of a module, or every file of code in a package; `path` is its folder, or its `__init__.py`."""
    if not is_package:
        yield path
        return
    folder = path if os.path.isdir(path) else os.path.dirname(path)
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != "__pycache__" and not name.startswith("."))
        yield from (os.path.join(place, name) for name in sorted(names) if name.endswith((".py", ".so", ".pyd")))


def _of_function(function: StepFunction) -> list[Any]:
    if not isinstance(function, FunctionType) or hasattr(function, "__wrapped__"):
        raise Unknowable(f"{function!r} is no plain function")
    name = [function.__module__, function.__qualname__]
    if function.__module__.startswith(_OURS):
        return name
    carried = _carried(function)
    file = inspect.getsourcefile(function)
    if file is None or not os.path.isfile(file):
        raise Unknowable(f"{function.__qualname__} has no file")
    top = function.__module__.partition(".")[0]
    package = getattr(sys.modules.get(top), "__path__", None)
    folders = [os.path.realpath(each) for each in package or ()]
    inside = next((each for each in folders if os.path.realpath(file).startswith(each + os.sep)), None)
    sources = _sources(inside, True) if inside else [file]
    base = inside or os.path.dirname(file)
    checksums = [[os.path.relpath(each, base), _read(each, *_stamp(each))[0]] for each in sources]
    return [*name, function.__code__.co_firstlineno, carried, checksums]


def _carried(function: FunctionType) -> list[Any]:
    """Values that a function took from where it was made, and that its file does not tell."""
    try:
        cells = [cell.cell_contents for cell in function.__closure__ or ()]
    except ValueError:  # a cell that nothing was put into yet
        raise Unknowable(f"{function.__qualname__} is not complete") from None
    values = [*cells, *(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
    if not all(value is None or type(value) in (str, int, float, bool) for value in values):
        raise Unknowable(f"{function.__qualname__} carries along what is no plain data")
    return values


def _stamp(path: str) -> tuple[int, int]:
    status = os.stat(path)
    return status.st_mtime_ns, status.st_size


@functools.lru_cache(maxsize=4096)
def _read(path: str, written: int, size: int) -> tuple[str, tuple[str, ...]]:  # noqa: ARG001 - they say which content
    """Checksum of a file, and the modules that it names in import statements, at its top or inside of functions."""
    content = Path(path).read_bytes()
    checksum = hashlib.sha256(content).hexdigest()
    if not path.endswith(".py"):
        return checksum, ()
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError, RecursionError):
        return checksum, ()
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom):
            names += [node.module] if node.module else [each.name for each in node.names]
    return checksum, tuple(dict.fromkeys(names))
