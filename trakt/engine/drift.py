"""Inputs compared with those of the last committed run, while a run goes on."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator

from trakt.engine.baseline import last_committed
from trakt.engine.compare import shape_findings, size_findings
from trakt.engine.contract import contract_faults
from trakt.engine.manifest import InputRecord, Record
from trakt.engine.plan import Plan
from trakt.engine.profile import Finding, Profile
from trakt.engine.request import RunRequest
from trakt.errors import Fault, InputError, PipelineError, RunError, TraktError
from trakt.pipeline.model import Input

_HINT = (
    "ask its sender; if that is how it comes from now on, let one run pass with `on_drift: warn`: later ones are "
    "compared with it"
)


def find_baseline(request: RunRequest, record: Record) -> None:
    """Look for the run to compare with, before this one can take its place.

    Raises:
        RunError: it cannot be looked for, and somebody relies on it. Else that is a warning.
    """
    if not _is_watched(request):
        return
    try:
        record.drift.baseline = last_committed(request, record.standing)
    except RunError as error:
        if request.baseline is not None or any(map(_relies, request.pipeline.inputs)):
            raise
        told = f"inputs are not compared with an earlier run: {error.faults[0]}"
        record.event("warning.drift", {"message": told}, quotes=False)
    record.drift.is_found = True


def hand_on_baseline(record: Record, error: BaseException) -> None:
    """Before a failed run is recorded: its manifest may take the place of the baseline, and keeps what that told."""
    if record.drift.is_found or not isinstance(error, TraktError) or not _is_watched(record.request):
        return
    # what keeps it from being read has been told, or is no concern of a run that has failed already
    with contextlib.suppress(RunError, PipelineError):
        record.drift.baseline = last_committed(record.request, record.standing)


def compare_shapes(plan: Plan, record: Record) -> None:
    """Compare columns and types, as soon as they are known.

    Raises:
        InputError: an input with `on_drift: fail` has drifted, or one has broken its contract; all of it is listed.
    """
    # all of them are noted before the first one is raised
    findings = list(_compare(plan, record, shape_findings))
    _raise_any([*_broken_contracts(plan, record), *findings])


def compare_sizes(plan: Plan, record: Record) -> None:
    """Compare rows and missing values, when all was read and before anything is published.

    Raises:
        InputError: an input with `on_drift: fail` has drifted; every finding is listed.
    """
    _raise_any(list(_compare(plan, record, size_findings)))


def _broken_contracts(plan: Plan, record: Record) -> Iterator[Fault]:
    for wanted in plan.request.pipeline.inputs:
        if after := _profile(record.inputs[wanted.name]):
            yield from contract_faults(wanted, record.drift.before(wanted.name), after)


def _compare(plan: Plan, record: Record, rule: Callable[[str, Profile, Profile], Iterator[Finding]]) -> Iterator[Fault]:
    """Note every finding; those that are to fail the run are faults."""
    for wanted in plan.request.pipeline.inputs:
        before = record.drift.before(wanted.name)
        after = _profile(record.inputs[wanted.name])
        if wanted.on_drift == "ignore" or before is None or after is None:
            continue
        findings = list(rule(wanted.name, before, after))
        record.drift.findings += findings
        fails = wanted.on_drift == "fail"
        for finding in findings:
            # what fails is told by the error
            told = {**finding.as_dict(), "message": f"input '{wanted.name}': {finding.told()}"}
            record.event("drift" if fails else "warning.drift", told)
        if fails:
            yield from _faults(findings)


def _raise_any(faults: Iterable[Fault]) -> None:
    if told := list(faults):
        raise InputError.of(told)


def _profile(entry: InputRecord) -> Profile | None:
    if entry.tap is None:
        return None
    return Profile({name: str(kind) for name, kind in entry.types.items()}, entry.blank, entry.tap.rows, entry.nulls)


def _faults(findings: Iterable[Finding]) -> Iterator[Fault]:
    for finding in findings:
        yield Fault(finding.told(), f"input '{finding.input}'", _HINT, finding.told(quoted=False))


def _is_watched(request: RunRequest) -> bool:
    # rejected rows that come once more are no delivery
    if request.replay_of is not None:
        return False
    return any(each.on_drift != "ignore" or _relies(each) for each in request.pipeline.inputs)


def _relies(wanted: Input) -> bool:
    """Whether it needs the baseline, if there is one, for a decision."""
    return wanted.on_drift == "fail" or (wanted.schema is None and not wanted.schema_contract.lets_all_pass)
