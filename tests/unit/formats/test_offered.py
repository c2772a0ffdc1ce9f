"""Kinds of files that other packages offer."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from importlib import metadata
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from trakt import PipelineError, load_pipeline_from_yaml
from trakt.engine.file_schemas import pipeline_schema
from trakt.engine.plan import plan
from trakt.engine.request import RunRequest
from trakt.errors import Fault
from trakt.formats import format_for, known_kinds, offered, unknown_kind

PIPELINE = "name: p\ninputs:\n  records: {uri: records.csv, kind: KIND}\noutputs:\n  records: records\n"


@pytest.fixture
def points(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[EntryPoint]]:
    """What installed packages offer."""
    found: list[EntryPoint] = []
    monkeypatch.setattr(metadata, "entry_points", lambda group: [each for each in found if each.group == group])
    offered._points.cache_clear()
    yield found
    offered._points.cache_clear()


def fault_of(folder: Path, kind: str) -> Fault:
    file = folder / "pipeline.yaml"
    file.write_text(PIPELINE.replace("KIND", kind))
    with pytest.raises(PipelineError) as caught:
        load_pipeline_from_yaml(file)
    (fault,) = caught.value.faults
    return fault


def test_a_kind_that_a_package_offers_is_known_everywhere(points: list[EntryPoint], tmp_path: Path) -> None:
    points.append(EntryPoint("ledger", "trakt.formats.csv", "trakt.formats"))
    assert format_for("ledger") is importlib.import_module("trakt.formats.csv")
    assert known_kinds()[-1] == "ledger"
    (tmp_path / "pipeline.yaml").write_text(PIPELINE.replace("KIND", "ledger"))
    assert load_pipeline_from_yaml(tmp_path / "pipeline.yaml").inputs[0].kind == "ledger"
    assert '"ledger"' in json.dumps(pipeline_schema())


def test_packages_are_not_looked_through_for_a_kind_of_our_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(group: str) -> list[EntryPoint]:
        raise AssertionError(group)

    monkeypatch.setattr(metadata, "entry_points", fail)
    offered._points.cache_clear()
    assert unknown_kind("csv") is None
    assert format_for("csv")


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("no_such_module_at_all", "cannot be loaded: ModuleNotFoundError: No module named 'no_such_module_at_all'"),
        ("trakt.errors:nothing", "cannot be loaded: AttributeError"),
        ("trakt.errors", "is no format: trakt.errors lacks SUFFIXES, INPUT_METADATA, OUTPUT_METADATA, check_input"),
    ],
)
def test_a_broken_offer_is_told_at_the_line_that_asks_for_it(
    points: list[EntryPoint], tmp_path: Path, value: str, told: str
) -> None:
    points.append(EntryPoint("ledger", value, "trakt.formats"))
    fault = fault_of(tmp_path, "ledger")
    assert str(fault.where).endswith("pipeline.yaml:3:31")
    assert told in fault.what
    assert fault.hint


def test_a_kind_that_two_packages_offer_is_a_clash(points: list[EntryPoint], tmp_path: Path) -> None:
    points += [EntryPoint("ledger", value, "trakt.formats") for value in ("trakt.formats.csv", "one.other")]
    fault = fault_of(tmp_path, "ledger")
    assert "is offered by trakt.formats.csv (an unknown package) and by one.other (an unknown package)" in fault.what


def test_a_kind_of_our_own_cannot_be_taken_over(points: list[EntryPoint]) -> None:
    points.append(EntryPoint("csv", "one.other", "trakt.formats"))
    assert format_for("csv") is importlib.import_module("trakt.formats.csv")
    with pytest.raises(PipelineError, match=r"'csv' is offered by Trakt itself and by one\.other"):
        known_kinds()


def test_a_misspelt_kind_is_told_the_nearest_offered_one(points: list[EntryPoint]) -> None:
    points.append(EntryPoint("ledger", "trakt.formats.csv", "trakt.formats"))
    assert unknown_kind("leger") == ("unknown kind 'leger'", "did you mean 'ledger'?")


def test_an_offered_kind_is_read_on_spark_where_its_format_can_be_read_apart(
    points: list[EntryPoint], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    points.append(EntryPoint("ledger", "trakt.formats.csv", "trakt.formats"))
    (tmp_path / "records.csv").write_text("a\n1\n")
    (tmp_path / "pipeline.yaml").write_text(PIPELINE.replace("KIND", "ledger"))
    pipeline = load_pipeline_from_yaml(tmp_path / "pipeline.yaml")
    asked = RunRequest(pipeline=pipeline, input_dir=str(tmp_path), output_dir=str(tmp_path / "out"), engine="spark")
    assert plan(asked).inputs[0].files
    monkeypatch.delattr("trakt.formats.csv.open_apart")
    with pytest.raises(PipelineError) as caught:
        plan(asked)
    (fault,) = caught.value.faults
    assert fault.what == "input 'records' cannot be read on Spark: the format of kind ledger has no `open_apart`"
    assert fault.where == f"{tmp_path}/pipeline.yaml:3:31"
