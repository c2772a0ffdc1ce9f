"""The page: one HTML document that asks nobody for anything, made of templates that escape whatever they are given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import trakt
from trakt.engine.flow import Flow
from trakt.errors import MissingExtra
from trakt.report import charts, drawing
from trakt.report.lettering import NOT_XML
from trakt.report.measures import MOST_COLUMNS, measures_of, missing_values, rows_of_inputs
from trakt.report.moments import clock, moment
from trakt.report.numbers import TOLD
from trakt.report.runs import Group, Run, plain, said


def page_of(groups: Sequence[Group]) -> str:
    """The document.

    Raises:
        MissingExtra: the extra `report` is not installed.
    """
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
        from markupsafe import Markup
    except ImportError as error:
        raise MissingExtra("trakt report", "report") from error
    environment = Environment(
        loader=PackageLoader("trakt.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_showable,
    )
    environment.filters |= {f"as_{unit.lower()}": told for unit, told in TOLD.items()}
    environment.filters |= {"said": said, "plain": plain, "moment": moment, "clock": clock, "name_of": _name_of}
    page = environment.get_template("page.html.j2")
    return page.render(
        groups=groups,
        runs=[run for group in groups for run in group.runs],
        style=Markup(f"{drawing.style()}\n{_text_of(environment, 'page.css')}"),
        drawn=lambda run: Markup(_drawn(run)),
        plot=lambda measure, runs: Markup(charts.columns(measure, runs)),
        told=TOLD,
        measures_of=measures_of,
        rows_of_inputs=rows_of_inputs,
        missing_values=missing_values,
        most_columns=MOST_COLUMNS,
        version=trakt.__version__,
    )


def _text_of(environment: Any, name: str) -> str:
    return str(environment.loader.get_source(environment, name)[0])


def _drawn(run: Run) -> str:
    flow = run.flow
    return drawing.svg(flow, title_id=f"{run.anchor}-flow", marks=run.marks) if flow else ""


def _showable(value: Any) -> Any:
    """What no page can hold is shown as U+FFFD."""
    return NOT_XML.sub("\N{REPLACEMENT CHARACTER}", value) if type(value) is str else value


def _name_of(flow: Flow, node_id: str) -> str:
    return next(node.name for node in flow.nodes if node.id == node_id)
