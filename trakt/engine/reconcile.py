"""What became of all rows of a run, once they have flowed: noted, and enforced where the author wants it."""

from __future__ import annotations

import logging

from trakt.engine.accounting import run_equation
from trakt.engine.artifacts import Artifacts
from trakt.engine.manifest import Record
from trakt.engine.plan import Plan
from trakt.engine.records import StepRecord
from trakt.errors import Fault, StepError, counted

_log = logging.getLogger("trakt.engine")


def reconcile(plan: Plan, record: Record, artifacts: Artifacts) -> None:
    """Balance the run, and tell which steps do not say what became of their rows.

    Raises:
        StepError: some do not, under `strict_accounting`.
    """
    graph = plan.graph
    inputs = [planned.wanted.name for planned in plan.inputs]
    rows = {name: artifacts.rows(name) for name in graph.readers}
    record.accounting = run_equation(rows, graph.readers, inputs, [step.equation for step in record.steps])
    open_steps = [step for step in record.steps if step.equation["unexplained"]]
    if open_steps and plan.request.pipeline.execution.strict_accounting:
        raise StepError.of(_fault(step) for step in open_steps)
    for step in open_steps:
        record.event("accounting.unexplained", step.equation, step.step.id, quotes=False)
        _log.info("step %s does not say what became of its rows: %s", step.step.id, _told(step))


def _fault(step: StepRecord) -> Fault:
    hint = (
        "name them in the step's metrics, rows_dropped, rows_added or rows_consumed: "
        'return {..., "__metrics__": {"rows_dropped": n}}; or reject them with ctx.reject'
    )
    return Fault(f"strict_accounting: its rows do not add up: {_told(step)}", f"step '{step.step.id}'", hint)


def _told(step: StepRecord) -> str:
    equation = step.equation
    beside = [f"{equation[name]:,} {name}" for name in ("added", "rejected", "dropped", "consumed") if equation[name]]
    known = ", ".join([f"{equation['in']:,} in", f"{equation['out']:,} out", *beside])
    left = equation["unexplained"]
    return f"{known}; {counted(abs(left), 'row')} {'missing' if left > 0 else 'too many'}"
