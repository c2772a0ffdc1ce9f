"""`trakt lineage`: what runs read and wrote, as events for lineage tools."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from trakt.cli.answer import Answer
from trakt.errors import PipelineError, counted
from trakt.runtime import console, option_types
from trakt.runtime import options as shared

if TYPE_CHECKING:
    from openlineage.client.event_v2 import RunEvent

    from trakt.lineage import Parent

HELP = "tell lineage tools what runs read and wrote: OpenLineage events, made of their manifests"
EXAMPLE = """\
  # the events of a run, one JSON document per line
  trakt lineage outputs/manifest.json > events.jsonl

  # sent to a receiver, such as Marquez
  OPENLINEAGE_URL=http://localhost:5000 trakt lineage s3://acme-clean/2026-02-05/manifest.json --send"""
PAGE = "docs/lineage.md"

_PARENT = "OPENLINEAGE_PARENT_ID"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Which runs, and where to tell of them."""
    parser.add_argument(
        "manifest", metavar="MANIFEST", type=option_types.text, nargs="+", help="of a run: a path, or an s3:// uri"
    )
    parser.add_argument(
        "--namespace",
        metavar="NAME",
        type=option_types.text,
        help="of jobs; default: OPENLINEAGE_NAMESPACE, or 'default'",
    )
    parser.add_argument("--output", metavar="FILE", type=option_types.text, help="write the events there, one per line")
    parser.add_argument("--send", action="store_true", help="send them to OPENLINEAGE_URL, or as openlineage.yml says")
    shared.add_answer(parser)


def execute(options: argparse.Namespace) -> Answer:
    """Make all events, then write and send them; where neither is asked for they are the result."""
    from trakt.lineage import NAMESPACE, as_json_line, run_events_at, send

    namespace = options.namespace or os.environ.get("OPENLINEAGE_NAMESPACE", "").strip() or NAMESPACE
    parent = _parent()
    runs = [(each, run_events_at(each, namespace=namespace, parent=parent)) for each in options.manifest]
    events = [event for _, each in runs for event in each]
    lines = [as_json_line(event) for event in events]
    if options.output is None and not options.send:
        return Answer("\n".join(lines))
    result: dict[str, Any] = {"status": "ok", "runs": _told(runs), "output": options.output, "sent_to": None}
    words = []
    if options.output is not None:
        from trakt.storage import publish_bytes

        publish_bytes(options.output, "".join(f"{line}\n" for line in lines).encode())
        words.append(f"{counted(len(events), 'event')} written to {options.output}")
    if options.send:
        result["sent_to"] = send(events)
        if result["sent_to"]:
            words.append(f"{counted(len(events), 'event')} sent to {result['sent_to']}")
        else:
            console.log.warning("nothing was sent: OPENLINEAGE_DISABLED is set")
    return Answer(result, text="\n".join(words))


def _told(runs: Sequence[tuple[str, Sequence[RunEvent]]]) -> list[dict[str, Any]]:
    return [
        {
            "manifest_path": path,
            "job": f"{events[-1].job.namespace}/{events[-1].job.name}",
            "openlineage_run_id": events[-1].run.runId,
            "events": [event.eventType.value for event in events if event.eventType],
        }
        for path, events in runs
    ]


def _parent() -> Parent | None:
    """The run that OPENLINEAGE_PARENT_ID names, the way Airflow hands it to what it starts."""
    from trakt.lineage import Parent

    given = os.environ.get(_PARENT, "").strip()
    if not given:
        return None
    namespace, _, rest = given.partition("/")
    job, _, run_id = rest.rpartition("/")
    try:
        return Parent(namespace, job, str(UUID(run_id))) if namespace and job else _refuse(given)
    except ValueError:
        return _refuse(given)


def _refuse(given: str) -> Parent:
    hint = "write NAMESPACE/JOB/RUN, where RUN is a UUID, or unset it"
    raise PipelineError(f"'{given}' names no run", where=_PARENT, hint=hint)
