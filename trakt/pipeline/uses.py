"""What `uses:` means: a function, found under an alias, beside the pipeline file, installed, or as an entry point."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, ModuleType

from trakt.errors import PipelineError
from trakt.pipeline import step_faults
from trakt.pipeline.isolation import StepFolder, folder_of
from trakt.pipeline.model import StepFunction
from trakt.pipeline.offered import GROUP, OfferedStep, offered_steps

Target = str | StepFunction | OfferedStep


class StepRegistry:
    """Short names for steps: alias to a function, or to what `uses:` would say of it.

    Raises:
        PipelineError: an alias is no text, stands for two things, or its target is neither function nor text.
    """

    def __init__(self, aliases: Mapping[str, str | StepFunction] | None = None) -> None:
        self._targets: dict[str, Target] = {}
        for alias, target in (aliases or {}).items():
            self.register(alias, target)

    @classmethod
    def from_entry_points(cls, group: str = GROUP) -> StepRegistry:
        """The steps that installed packages offer; each is imported only when a pipeline uses it."""
        registry = cls()
        for offer in offered_steps(group):
            registry._add(offer.name, offer)
        return registry

    @property
    def aliases(self) -> Mapping[str, Target]:
        """Every alias with its target, as registered."""
        return MappingProxyType(self._targets)

    def register(self, alias: str, target: str | StepFunction) -> None:
        """Let `uses: <alias>` mean `target`: a function, a module with `run`, or `module.function`."""
        if not (isinstance(target, str) and target.strip()) and not callable(target):
            raise PipelineError(f"the step alias '{alias}' must stand for a function or a module name, not {target!r}")
        self._add(alias, target)

    def _add(self, alias: str, target: Target) -> None:
        if not isinstance(alias, str) or not alias.strip():
            raise PipelineError(f"a step alias must be a non-empty text, not {alias!r}")
        known = self._targets.setdefault(alias, target)
        if known is not target and (callable(known) or callable(target) or _spelled(known) != _spelled(target)):
            raise PipelineError(
                f"the step alias '{alias}' stands for two steps: {_spelled(known)} and {_spelled(target)}",
                hint="give one of them another alias",
            )


def resolve_uses(uses: str | StepFunction, root: Path | None, registry: StepRegistry | None = None) -> StepFunction:
    """The function a step uses.

    In this order: a function as it is; an alias of `registry`; a module beside the pipeline file (under `root`);
    an installed module; an entry point of the group `trakt.steps`. A module must export `run`; `module.function`
    and `module:function` name another function.

    Raises:
        PipelineError: nothing answers to the name, or the module found cannot be imported or has no such function.
    """
    if not isinstance(uses, str):
        return uses
    target = registry.aliases.get(uses) if registry else None
    if isinstance(target, OfferedStep):
        return _from_offer(target)
    if target is not None and not isinstance(target, str):
        return target
    name = target or uses
    readings = _readings(name)
    folder = folder_of(root) if root else None
    if folder and readings and (function := _from_folder(readings, folder)):
        return function
    refused: PipelineError | None = None
    if readings and not (folder and folder.holds(readings[0][0])):
        try:
            if function := _from_installed(readings):
                return function
        except PipelineError as error:
            # an installed module that is no step must not hide an offered step of its name
            refused = error
    if offer := next((each for each in offered_steps() if each.name == name), None):
        return _from_offer(offer)
    raise refused or step_faults.unknown(name, root, registry.aliases if registry else ())


def module_beside(uses: str | StepFunction, root: Path | None, registry: StepRegistry | None = None) -> str | None:
    """The module under `root` in which `resolve_uses` finds the function; None when it finds it elsewhere."""
    target = registry.aliases.get(uses, uses) if registry and isinstance(uses, str) else uses
    if root is None or not isinstance(target, str):
        return None
    folder = folder_of(root)
    located = ((module, folder.locate(module)) for module, _ in _readings(target))
    return next((module for module, found in located if found and found.stamp is not None), None)


def _from_folder(readings: list[tuple[str, str]], folder: StepFolder) -> StepFunction | None:
    for module, attribute in readings:
        found = folder.locate(module)
        if found is None or found.stamp is None:
            continue
        try:
            loaded = folder.load(module)
        except (Exception, SystemExit) as error:
            raise step_faults.failed_import(module, error, Path(folder.root), folder.public) from error
        return _function(loaded, module, attribute)
    return None


def _from_installed(readings: list[tuple[str, str]]) -> StepFunction | None:
    for module, attribute in readings:
        try:
            loaded = importlib.import_module(module)
        except (Exception, SystemExit) as error:
            if isinstance(error, ModuleNotFoundError) and error.name and f"{module}.".startswith(f"{error.name}."):
                continue
            raise step_faults.failed_import(module, error) from error
        return _function(loaded, module, attribute)
    return None


def _from_offer(offer: OfferedStep) -> StepFunction:
    function = _from_installed([(offer.module, offer.function)])
    if function is None:
        raise PipelineError(
            f"the step '{offer.name}' is offered by an installed package, but its module '{offer.module}' is missing",
            hint="install that package again",
        )
    return function


def _function(module: ModuleType, name: str, attribute: str) -> StepFunction:
    value: object = module
    for part in attribute.split("."):
        value = getattr(value, part, None)
    if not callable(value):
        raise step_faults.no_function(module, name, attribute)
    return value


def _readings(name: str) -> list[tuple[str, str]]:
    """The (module, function) pairs that a name may mean, the likeliest first; none when it is no such name."""
    module, colon, attribute = name.strip().partition(":")
    if not all(part.isidentifier() for part in [*module.split("."), *(attribute.split(".") if colon else ())]):
        return []
    if colon:
        return [(module, attribute)]
    before, _, last = module.rpartition(".")
    return [(module, "run"), (before, last)] if before else [(module, "run")]


def _spelled(target: Target) -> str:
    if isinstance(target, OfferedStep):
        return f"{target.module}:{target.function}"
    return target if isinstance(target, str) else getattr(target, "__qualname__", repr(target))
