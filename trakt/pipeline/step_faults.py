"""What to tell the author when `uses:` does not lead to a function: the place, the cause and the nearest name."""

from __future__ import annotations

import difflib
import importlib
import os
import pkgutil
import traceback
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType

from trakt.errors import PipelineError, did_you_mean, one_of
from trakt.pipeline.offered import GROUP, offered_steps

_MOST_FOLDERS = 500
_MOST_LISTED = 8


def unknown(name: str, root: Path | None, aliases: Iterable[str]) -> PipelineError:
    """Nothing answers to `name`."""
    beside = list(modules_beside(root)) if root else []
    ready_made = _public_modules(GROUP)
    offered = [offer.name for offer in offered_steps()]
    known = [*aliases, *beside, *ready_made, *offered]
    by_last_part = {each.rpartition(".")[2]: each for each in reversed(known)}
    last = difflib.get_close_matches(name.rpartition(".")[2], list(by_last_part), n=1)
    near = did_you_mean(name, known) or (f"did you mean '{by_last_part[last[0]]}'?" if last else None)
    return PipelineError(f"there is no step '{name}'", hint=near or _where_to_put(name, root, beside))


def no_function(module: ModuleType, name: str, attribute: str) -> PipelineError:
    """The module is there, the function is not."""
    if name == GROUP:
        return unknown(f"{name}.{attribute}", None, ())
    functions = [key for key, value in vars(module).items() if _is_own_function(module, key, value)]
    place = getattr(module, "__file__", None)
    submodules = [found.name for found in pkgutil.iter_modules(getattr(module, "__path__", []))]
    near = did_you_mean(attribute, [*functions, *(each for each in submodules if not each.startswith("_"))])
    if near is None and functions:
        near = f"it defines {one_of(functions[:_MOST_LISTED])}: name one as 'uses: {name}.{functions[0]}'"
    what = f"the module '{name}' has no function '{attribute}'"
    return PipelineError(what, where=place, hint=near or "define run(ctx, ...) in it")


def failed_import(
    name: str, error: BaseException, root: Path | None = None, public: Callable[[str], str] = str
) -> PipelineError:
    """The module is there and cannot be imported: told as the line that failed, not as a traceback."""
    place = _place_of(error, public)
    if isinstance(error, SyntaxError):
        return PipelineError(f"the step module '{name}' is not valid Python: {error.msg}", where=place)
    if isinstance(error, PipelineError):
        fault = error.faults[0]
        told = f"{fault.where}: {fault.what}" if fault.where else fault.what
        return PipelineError(f"the step module '{name}': {told}", where=place, hint=fault.hint)
    said = public(f"{type(error).__name__}: {error}".rstrip(": "))
    return PipelineError(
        f"the step module '{name}' fails while it is imported: {said}", where=place, hint=_remedy(error, root)
    )


def modules_beside(root: Path) -> Iterator[str]:
    """The dotted names of the modules under `root`, for messages; hidden folders and very large trees are cut short."""
    for count, (directory, folders, files) in enumerate(os.walk(root)):
        if count > _MOST_FOLDERS:
            return
        folders[:] = sorted(each for each in folders if each.isidentifier() and each != "__pycache__")
        above = Path(directory).relative_to(root).parts
        for file in sorted(files):
            stem, extension = os.path.splitext(file)
            if extension == ".py" and stem.isidentifier() and stem != "__init__":
                yield ".".join((*above, stem))


def _where_to_put(name: str, root: Path | None, beside: list[str]) -> str:
    if root is None:
        return "give the function itself, or the name of an installed module that exports run(ctx, ...)"
    if beside:
        more = ", ..." if len(beside) > _MOST_LISTED else ""
        return f"modules beside the pipeline file: {', '.join(beside[:_MOST_LISTED])}{more}"
    place = os.path.join(*name.partition(":")[0].split("."))
    return f"no .py file stands beside the pipeline file; write run(ctx, ...) in {place}.py there"


def _remedy(error: BaseException, root: Path | None) -> str | None:
    if not isinstance(error, ModuleNotFoundError) or not error.name:
        return None
    missing = error.name.partition(".")[0]
    if root and (near := did_you_mean(error.name, modules_beside(root))):
        return near
    return f"install the package that provides '{missing}', or put {missing}.py beside the pipeline file"


def _place_of(error: BaseException, public: Callable[[str], str]) -> str | None:
    """The last line of the author's own modules that the error went through."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}:{error.offset}"
    lines, own = [], []
    for frame, line in traceback.walk_tb(error.__traceback__):
        if os.path.isfile(frame.f_code.co_filename):
            module = str(frame.f_globals.get("__name__"))
            lines.append(f"{frame.f_code.co_filename}:{line}")
            # modules of the folder go by a private name, so the author's lines are told from a library's beside them
            own += lines[-1:] if public(module) != module else []
    return next(reversed(own or lines), None)


def _public_modules(package: str) -> list[str]:
    try:
        places = importlib.import_module(package).__path__
    except ImportError:
        return []
    return [f"{package}.{found.name}" for found in pkgutil.iter_modules(places) if not found.name.startswith("_")]


def _is_own_function(module: ModuleType, key: str, value: object) -> bool:
    return callable(value) and not key.startswith("_") and getattr(value, "__module__", None) == module.__name__
