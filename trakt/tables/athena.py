"""Queries, asked by awswrangler: Athena leaves the result in S3 as a file, which is then read as any other."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from trakt.errors import InputError, MissingExtra

try:
    import awswrangler as wr
except ModuleNotFoundError as missing:
    # broken within is another matter
    if missing.name not in ("awswrangler", "boto3", "botocore"):
        raise
    raise MissingExtra("`kind: athena`", "tables") from missing

from trakt.formats.athena.options import Query
from trakt.tables.faults import told

_log = logging.getLogger("trakt.tables")
_ALLOW = "athena:GetWorkGroup, athena:StartQueryExecution, athena:GetQueryExecution and athena:GetQueryResults"
_PAUSES = (0.1, 0.2, 0.5, 1.0)
"""Seconds between two looks at a query; the last one from then on."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a query.

    Attributes:
        uri: of its result.
        columns: column to the word that Athena has for its type.
        scanned_bytes: what Athena charges by.
    """

    execution_id: str
    uri: str
    columns: Mapping[str, str]
    scanned_bytes: int


def ask(query: Query, where: str, waiting: Callable[[], None]) -> Answer:
    """Run a query to its end.

    Args:
        where: the input it is for, for messages.
        waiting: called now and then; what it raises ends the query too.

    Raises:
        InputError: the query failed, was cancelled, or has a result that cannot be read as a table.
    """
    with _told(where, query.s3_output or "s3://"):
        _require_place(query, where)
        execution_id = wr.athena.start_query_execution(
            query.query,
            database=query.database,
            s3_output=query.s3_output,
            workgroup=query.workgroup or "primary",
            params=dict(query.params) or None,
            paramstyle="named",
        )
        done = _ended(str(execution_id), where, waiting)
        columns: dict[str, str] = wr.athena.get_query_columns_types(str(execution_id))
    uri = (done.get("ResultConfiguration") or {}).get("OutputLocation")
    if not uri:
        hint = "use a workgroup that keeps results in S3"
        raise InputError("Athena keeps the result itself, where it cannot be read as a file", where=where, hint=hint)
    if len(columns) < 2:
        what = "the result has a single column, of which Athena writes a missing value as a blank line, which is no row"
        raise InputError(what, where=where, hint="select another column beside it")
    return Answer(str(execution_id), uri, columns, int(done.get("Statistics", {}).get("DataScannedInBytes", 0)))


def _require_place(query: Query, where: str) -> None:
    """awswrangler would make a bucket where nothing says where the result goes."""
    if query.s3_output or not query.workgroup:
        return
    known: dict[str, Any] = wr.athena.get_work_group(query.workgroup).get("WorkGroup") or {}
    if not known:
        raise InputError(f"there is no workgroup '{query.workgroup}'", where=where, hint="check `workgroup`")
    if not (known.get("Configuration", {}).get("ResultConfiguration") or {}).get("OutputLocation"):
        what = f"the workgroup '{query.workgroup}' does not say where results go"
        raise InputError(what, where=where, hint="s3_output: s3://BUCKET/PREFIX/")


def _ended(execution_id: str, where: str, waiting: Callable[[], None]) -> dict[str, Any]:
    pauses = iter(_PAUSES)
    try:
        while True:
            known: dict[str, Any] = wr.athena.get_query_execution(execution_id)
            status = known["Status"]
            if status["State"] == "SUCCEEDED":
                return known
            if status["State"] in ("FAILED", "CANCELLED"):
                why = " ".join(str(status.get("StateChangeReason") or "no reason given").split())
                what = f"the query {'failed' if status['State'] == 'FAILED' else 'was cancelled'}"
                hint = f"look at execution {execution_id} in Athena, and mend `query`"
                # its words may hold values of the data
                raise InputError(f"{what}: {why}", where=where, hint=hint, unquoted=what)
            waiting()
            time.sleep(next(pauses, _PAUSES[-1]))
    except InputError:
        raise
    except BaseException:
        # nobody waits for it any more, and it costs
        try:
            wr.athena.stop_query_execution(execution_id)
        except Exception as second:
            _log.error("%s: query %s goes on, and could not be stopped: %s", where, execution_id, second)
        raise


def _told(where: str, uri: str) -> AbstractContextManager[None]:
    return told(InputError, where, _ALLOW, uri, "Amazon Athena")
