"""Inputs that are queries: planned without a file, asked before anything is read, and files from then on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from trakt.engine.committed import stored_at
from trakt.engine.find import PlannedInput
from trakt.engine.limits import Allowance
from trakt.engine.plan import Plan
from trakt.errors import InputError
from trakt.formats.athena.options import Query, query_of
from trakt.formats.athena.result import with_types
from trakt.pipeline.model import Input

if TYPE_CHECKING:
    from trakt.engine.manifest import Record
    from trakt.engine.request import RunRequest


def asked(plan: Plan, record: Record, allowance: Allowance) -> Plan:
    """The plan with the results of its queries as files of their inputs.

    Raises:
        MissingExtra: awswrangler is not installed.
        InputError: a query failed.
    """
    if not any(each.is_asked for each in plan.inputs):
        return plan
    plan = replace(plan, inputs=tuple(_asked(each, plan, record, allowance) for each in plan.inputs))
    record.asked(plan)
    return plan


def _asked(planned: PlannedInput, plan: Plan, record: Record, allowance: Allowance) -> PlannedInput:
    # what nobody reads is not paid for
    if not planned.is_asked or not planned.is_read:
        return planned
    # an import that fails for want of a package must not look like a failed query
    from trakt.tables.athena import ask

    where = f"input '{planned.wanted.name}'"
    query = filled(plan.request, planned.wanted)
    answer = ask(query, where, allowance.check_time)
    record.inputs[planned.wanted.name].query = {
        **_said(query),
        "execution_id": answer.execution_id,
        "scanned_bytes": answer.scanned_bytes,
    }
    file = stored_at(answer.uri)
    if file is None:
        raise InputError(f"the result of the query is not at {answer.uri}", where=where, hint="run again")
    return replace(planned, wanted=with_types(planned.wanted, answer.columns), uri=answer.uri, files=(file,))


def filled(request: RunRequest, wanted: Input) -> Query:
    """The query of an input, with the ids of the run in its parameters."""
    query = query_of(wanted)
    return replace(query, params={k: request.filled(v) if isinstance(v, str) else v for k, v in query.params.items()})


def _said(query: Query) -> dict[str, Any]:
    return {
        "query": query.query,
        "params": dict(query.params),
        "database": query.database,
        "workgroup": query.workgroup,
    }
