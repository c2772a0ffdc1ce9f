"""Everything that can be known wrong with a pipeline before any place is looked at, in one report."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from trakt.errors import Fault
from trakt.formats import format_for, unknown_kind
from trakt.pipeline.graph import Graph, examine
from trakt.pipeline.model import EMPTY, Mode, Pipeline
from trakt.pipeline.report import Report
from trakt.pipeline.uses import StepRegistry


def check(
    pipeline: Pipeline,
    *,
    mode: Mode | None = None,
    registry: StepRegistry | None = None,
    strict: bool = True,
    params: Mapping[str, Any] = EMPTY,
) -> tuple[Graph | None, list[Fault]]:
    """The graph of `pipeline` and every fault in it: of its steps (whose code is imported), kinds and options.

    Arguments are those of `trakt.pipeline.graph.examine`.
    """
    graph, faults = examine(pipeline, mode=mode, registry=registry, strict=strict, params=params)
    return graph, in_file_order([*faults, *_format_faults(pipeline, strict)])


def _format_faults(pipeline: Pipeline, strict: bool) -> list[Fault]:
    report = Report(pipeline)
    for wanted in pipeline.inputs:
        path = ("inputs", wanted.name)
        if problem := unknown_kind(wanted.kind):
            report.add((*path, "kind"), *problem)
        else:
            for fault in format_for(wanted.kind).check_input(wanted, strict):
                report.add((*path, *fault.path), fault.what, fault.hint)
    for index, output in enumerate(pipeline.outputs):
        place = ("outputs", "datasets", index)
        if problem := unknown_kind(output.kind):
            report.add((*place, "kind"), *problem)
        else:
            if output.is_folder and output.uri and "." in output.uri.rstrip("/").rpartition("/")[2]:
                told = "is parted" if output.partition_by else "is a table"
                hint = "name a folder; its files are named by Trakt"
                report.add((*place, "uri"), f"'{output.uri}' is named like a file, and the output {told}", hint)
            # its place is no file that could be named like another kind's
            named = replace(output, uri=None) if output.is_folder else output
            for fault in format_for(output.kind).check_output(named, strict):
                report.add((*place, *fault.path), fault.what, fault.hint)
    return report.faults()


def in_file_order(faults: Iterable[Fault]) -> list[Fault]:
    """Each fault once, those with a line in a file by file, line and column, the others behind."""
    return sorted(dict.fromkeys(faults), key=_line_and_column)


def _line_and_column(fault: Fault) -> tuple[bool, str, int, int]:
    place = re.search(r"(.*):(\d+):(\d+)$", fault.where or "", re.DOTALL)
    return (False, place[1], int(place[2]), int(place[3])) if place else (True, "", 0, 0)
