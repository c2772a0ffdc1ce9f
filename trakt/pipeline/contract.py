"""What a step declares of itself: its names, the modes it can run in, and a check of its literals."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from trakt.errors import PipelineError, did_you_mean
from trakt.pipeline.apart import Apart
from trakt.pipeline.fields import FieldFault

F = TypeVar("F", bound=Callable[..., Any])

StepCheck = Callable[[Mapping[str, Any], str], list[FieldFault]]
"""Called at plan time with the step's literal bindings and the mode; returns faults under those names."""


@dataclass(frozen=True, slots=True)
class StepContract:
    """The declared side of a step.

    Attributes:
        inputs: names the step takes, as keyword arguments.
        outputs: keys of the mapping it returns.
        supports_batch: it takes and returns whole frames.
        supports_stream: it takes and returns iterators of frames.
        supports_partitions: called for the rows in parts, whatever the parts are, it makes the rows that one call makes
            of all of them. That is what runs on Spark.
        check: looks at the step's literals before anything is read, or None.
        declared: False when the names were derived from the function's signature.
        apart: how it is run in parts nevertheless, where it looks at all rows together.
    """

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    supports_batch: bool = True
    supports_stream: bool = False
    check: StepCheck | None = None
    declared: bool = True
    supports_partitions: bool = False
    apart: Apart | None = None


def step_contract(  # noqa: PLR0913 - each is one thing a step may say of itself
    *,
    inputs: Sequence[str],
    outputs: Sequence[str],
    supports_batch: bool = True,
    supports_stream: bool = False,
    supports_partitions: bool = False,
    check: StepCheck | None = None,
    apart: Apart | None = None,
) -> Callable[[F], F]:
    """Declare a step's names and modes.

    The function is called as `run(ctx, **inputs)`. In batch mode an input bound to an artifact
    is a `pandas.DataFrame`; in stream mode it is an iterator of them, and so must each output be.
    With `supports_partitions` it says that no row depends on another one, nor on the frame's index: on Spark it is
    called once for each part of the rows, in processes of their own. A step that looks at all rows together may say
    with `apart` how its parts become a whole.

    Raises:
        PipelineError: a name stands twice, is both input and output, or is no parameter of the function.
    """

    for word, names in (("inputs", inputs), ("outputs", outputs)):
        if isinstance(names, str):
            raise PipelineError(
                f"{word} must be a list of names, not '{names}'", where="step_contract", hint=f'["{names}"]'
            )

    def declare(function: F) -> F:
        contract = StepContract(tuple(inputs), tuple(outputs), supports_batch, supports_stream, check)
        _check_names(function, contract)
        for name, value in (
            ("declared_inputs", list(contract.inputs)),
            ("declared_outputs", list(contract.outputs)),
            ("supports_batch", supports_batch),
            ("supports_stream", supports_stream),
            ("supports_partitions", supports_partitions),
            ("check", check),
            ("apart", apart),
        ):
            setattr(function, name, value)
        return function

    return declare


def contract_of(function: Callable[..., Any], bound: Sequence[str]) -> StepContract:
    """The contract of a step function, given the names its pipeline binds.

    A function that declares nothing takes the bound names that are its parameters, and
    returns the others.
    """
    declared_inputs = _declared(function, "declared_inputs")
    declared_outputs = _declared(function, "declared_outputs")
    takes, takes_any = parameters_of(function)
    if declared_outputs is not None:
        outputs = tuple(declared_outputs)
    elif declared_inputs is not None:
        outputs = tuple(name for name in bound if name not in declared_inputs)
    else:
        outputs = tuple(name for name in bound if name not in takes and (not takes_any or name.startswith("output")))
    if declared_inputs is not None:
        inputs = tuple(declared_inputs)
    else:
        inputs = tuple(name for name in bound if name not in outputs)
    return StepContract(
        inputs=inputs,
        outputs=outputs,
        supports_batch=getattr(function, "supports_batch", True),
        supports_stream=getattr(function, "supports_stream", False),
        check=getattr(function, "check", None),
        declared=declared_inputs is not None and declared_outputs is not None,
        supports_partitions=getattr(function, "supports_partitions", False),
        apart=getattr(function, "apart", None),
    )


def parameters_of(function: Callable[..., Any]) -> tuple[dict[str, bool], bool]:
    """The keyword parameters after `ctx`, each with whether it must be given; and whether any name is taken."""
    parameters = list(inspect.signature(function).parameters.values())[1:]
    takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters)
    named = {p.name: p.default is p.empty for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
    return named, takes_any


def _parameter_hint(function: Callable[..., Any], name: str, takes: Mapping[str, bool]) -> str:
    if next(iter(inspect.signature(function).parameters), None) == name:
        return f"the first parameter is the context: def {getattr(function, '__name__', 'run')}(ctx, {name}, ...)"
    return did_you_mean(name, takes) or f"add a parameter named '{name}'"


def _declared(function: Callable[..., Any], attribute: str) -> Sequence[str] | None:
    """The names a function declares; one name alone may be given bare."""
    names = getattr(function, attribute, None)
    return [names] if isinstance(names, str) else names


def _check_names(function: Callable[..., Any], contract: StepContract) -> None:
    place = f"step_contract of {getattr(function, '__qualname__', function)}"
    names = [*contract.inputs, *contract.outputs]
    for name in names:
        if names.count(name) > 1:
            raise PipelineError(
                f"the name '{name}' stands twice", where=place, hint="give inputs and outputs distinct names"
            )
    takes, takes_any = parameters_of(function)
    for name in contract.inputs:
        if name not in takes and not takes_any:
            raise PipelineError(
                f"the declared input '{name}' is no parameter of the function",
                where=place,
                hint=_parameter_hint(function, name, takes),
            )
