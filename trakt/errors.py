"""Every error Trakt raises on purpose.

    TraktError                something a person can act on: where, what, what to do
    ├── PipelineError         the author's file, policy or command line is wrong   (exit code 2)
    ├── RunError              the run itself failed                                (exit code 1)
    │   ├── InputError        an input cannot be found, or read as declared
    │   ├── StepError         a step raised, or broke its contract
    │   ├── QualityError      a quality gate said no
    │   ├── OutputError       an output cannot be written or published
    │   ├── LimitError        it is more than this runtime takes on
    │   ├── DeadlineError     it would not be done in time
    │   └── BusyError         another run works on the same batch
    └── MissingExtra          an optional package is not installed                 (exit code 1)

An error may carry several faults, because a person who mends a file wants all of them at
once. Foreign errors (pandas, pyarrow, yaml, operating system) are translated where they
enter, never shown raw.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

QUOTING = "trakt.engine.quoting"
"""The logger of warnings that may quote rows: where none may go, others are put in their place."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: `what`, `where` (file:line:column, or a name) and what to do (`hint`).

    Attributes:
        unquoted: what to say where the client's data must not go: instead of `what`, or of all of it; None when nothing
            of it is the client's. Names of columns are, where they come from a file: its header may be missing.
    """

    what: str
    where: str | None = None
    hint: str | None = None
    unquoted: str | Fault | None = None

    def without_values(self) -> Fault:
        """The same, quoting nothing of the client's."""
        if isinstance(self.unquoted, Fault):
            return self.unquoted
        return replace(self, what=self.unquoted or self.what, unquoted=None)

    def __str__(self) -> str:
        line = f"{self.where}: {self.what}" if self.where else self.what
        return f"{line}\n  -> {self.hint}" if self.hint else line


class TraktError(Exception):
    """The root of the tree: one or more `faults`, and once a run has begun, where its record lies.

    Attributes:
        faults: everything that is wrong, in the order it stands in the file.
        step_id: the step it happened in, or None.
        chunk: in stream mode the number of the chunk that the step was making, from 1.
        run_id: the run that failed, or None before one began.
        manifest_path: where that run's failed manifest was written, or None.
        replaced: outputs that were published before it happened and could not be put back.
        status: what the manifest says of a run that ended so.
        told: whether it has been said to people; once is enough.
    """

    exit_code: ClassVar[int] = 1
    status: ClassVar[str] = "failed"

    def __init__(
        self, what: str, *, where: str | None = None, hint: str | None = None, unquoted: str | Fault | None = None
    ) -> None:
        super().__init__(what)
        self.faults: tuple[Fault, ...] = (Fault(what, where, hint, unquoted),)
        self.step_id: str | None = None
        self.chunk: int | None = None
        self.run_id: str | None = None
        self.manifest_path: str | None = None
        self.replaced: tuple[str, ...] = ()
        self.told = False

    @classmethod
    def of(cls, faults: Iterable[Fault]) -> Self:
        """One error for all of `faults` (at least one)."""
        several = tuple(faults)
        first = several[0]
        error = cls(first.what, where=first.where, hint=first.hint)
        error.faults = several
        return error

    def without_values(self) -> Self:
        """The same error, quoting no value of a row: for logs and traces, where a client's data must not go."""
        # not copy.copy, which would call __init__ with what `args` hold, and a subclass may take something else
        other = type(self).__new__(type(self))
        other.__dict__.update(self.__dict__)
        other.faults = tuple(fault.without_values() for fault in self.faults)
        other.args = (other.faults[0].what,)
        return other

    def __reduce__(self) -> tuple[Any, ...]:
        # it travels between processes; that of BaseException would call __init__ with what `args` hold
        return _rebuilt, (type(self), self.args, self.__dict__)

    @property
    def hint(self) -> str | None:
        """What to do about it: the first fault's advice."""
        return self.faults[0].hint

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)


def _rebuilt(kind: type[TraktError], args: tuple[Any, ...], known: dict[str, Any]) -> TraktError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(known)
    return error


class PipelineError(TraktError):
    """The pipeline file, a policy or the command line is wrong; nothing was read or written."""

    exit_code = 2


class RunError(TraktError):
    """The run failed on its data or its places; previous outputs are as they were."""


class InputError(RunError):
    """An input cannot be found, or read as it was declared."""


class StepError(RunError):
    """A step raised, or returned something its contract does not allow."""


class QualityError(RunError):
    """A quality gate in mode `fail` was violated."""


class OutputError(RunError):
    """An output cannot be written or published."""


class LimitError(RunError):
    """The run is larger than what its runtime takes on."""


class DeadlineError(RunError):
    """The run was stopped, because it would not have been done in time."""

    status = "timed_out"


class BusyError(RunError):
    """Another run works on the same batch, or may do so by now; this one has published nothing."""


class MissingExtra(TraktError):
    """An optional package is needed; the hint is the command that installs it."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(
            f"{feature} needs packages that are not installed",
            hint=f'python -m pip install "trakt-etl[{extra}]"',
        )


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """`did you mean 'x'?` for the known word nearest to `word`, or None when none is near."""
    # only who spelled something wrong waits for it
    import difflib

    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"did you mean '{near[0]}'?" if near else None


def counted(number: int, noun: str) -> str:
    """`1 row`, `2,000 rows`: the way messages count."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def one_of(words: Sequence[str]) -> str:
    """`a, b or c`: the way messages list what would have been right."""
    return " or ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def status_of(error: BaseException) -> str:
    """What the manifest says of a run that ended with `error`."""
    return error.status if isinstance(error, TraktError) else TraktError.status
