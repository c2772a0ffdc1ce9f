"""`kind: athena` before anything is asked, and with a file in place of the result. With Athena: see `tests/tables`."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from trakt import MissingExtra, PipelineError
from trakt.formats.athena.result import type_of

SQL = "select * from orders where batch = :batch and n > :least"
ZONED = dt.datetime(2026, 2, 5, 9, 30, tzinfo=dt.UTC)


def asks(project: Any, query: str | None = SQL, params: Any = None, **entry: Any) -> None:
    params = {"batch": "{batch_id}", "least": 3} if params is None else params
    metadata = {"query": query, "params": params, "s3_output": "s3://acme/results/", **entry.pop("metadata", {})}
    given = {name: value for name, value in metadata.items() if value is not None}
    project.pipeline(inputs={"orders": {"kind": "athena", "metadata": given, **entry}}, outputs={"orders": "orders"})


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"query": ""}, "'query' must not be empty"),
        ({"query": "-- all\ninsert into orders select 1"}, "is no query that reads"),
        ({"query": "/* x */ drop table orders"}, "begin it with SELECT or WITH"),
        ({"query": "select 1, 2; select 2, 3"}, "a query is one statement"),
        ({"params": {"batch": "x", "least": 1, "more": 2}}, "the query has no parameter ':more'"),
        ({"params": {"batch": "x", "leas": 1}}, "the query has no parameter ':leas'"),
        ({"params": {"batch": "x", "least": 1.5}}, "the parameter 'least' cannot be 1.5"),
        ({"params": {"batch": ["x"], "least": 1}}, "the parameter 'batch' cannot be ['x']"),
        ({"params": {"ba-tch": "x"}}, "'ba-tch' cannot be the name of a parameter"),
        ({"params": {"batch": "{day}", "least": 1}}, "'{day}' stands for nothing"),
        ({"params": {"batch": "x", "least": ZONED}}, "the parameter 'least' cannot be a time with a zone"),
        ({"metadata": {"s3_output": None}}, "nothing says where the query's result goes"),
        ({"metadata": {"s3_output": "results"}}, "is no place in S3"),
        ({"query": None}, "kind athena needs a 'query'"),
        ({"metadata": {"delimiter": ";"}}, "unknown key 'delimiter' in metadata"),
        ({"uri": "orders.csv"}, "a query has no `uri`"),
    ],
)
def test_mistakes_are_told_before_anything_is_asked(project: Any, entry: Any, told: str) -> None:
    asks(project, **entry)
    assert told in project.bad(PipelineError, batch_id="b1").told


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 1, 2",
        "  -- why\n with x as (select 1) select * from x",
        "(select 1, 2)",
        "/* ; */ values (1, 2);",
        "select ';', 2",
        "table orders",
    ],
)
def test_what_reads_is_taken_for_a_query(project: Any, query: str) -> None:
    asks(project, query, params={})
    assert project.cli("validate", "--pipeline-file", "pipeline.yaml").returncode == 0


def test_an_id_that_the_run_has_not_is_refused_where_a_parameter_holds_it(project: Any) -> None:
    asks(project)
    assert "this run has no batch_id" in project.bad(PipelineError).told


def test_results_are_not_written(project: Any) -> None:
    project.write("records.csv", "a,b\n1,2\n")
    project.pipeline(inputs={"r": "records.csv"}, outputs={"datasets": [{"name": "o", "from": "r", "kind": "athena"}]})
    assert "queries are read, and not written" in project.bad(PipelineError).told


def test_a_file_may_stand_for_the_result(project: Any, mode: str) -> None:
    asks(project, schema={"columns": [{"name": "zip", "pattern": "[0-9]+"}]}, on_bad_rows="quarantine")
    path = project.write("sample.csv", "id,zip\n1,02116\n2,x\n")
    done = project.good(mode, 1, batch_id="b1", input_overrides={"orders": str(path)})
    assert done.rows("orders.csv") == [["id", "zip"], ["1", "02116"]]
    assert done.manifest["rejected"]["rows"] == 1
    assert "query" not in done.manifest["inputs"]["orders"]


def test_rows_of_a_result_that_were_set_aside_can_be_mended_and_replayed(project: Any) -> None:
    asks(project, schema={"columns": [{"name": "zip", "pattern": "[0-9]+"}]}, on_bad_rows="quarantine")
    path = project.write("sample.csv", "id,zip\n1,02116\n2,x\n")
    done = project.good("batch", batch_id="b1", input_overrides={"orders": str(path)})
    rows = done.out / "rejected.jsonl"
    rows.write_text(rows.read_text().replace('"2,x"', '"2,10115"').replace('"x"', '"10115"'))
    replayed = project.cli("replay", str(done.out / "manifest.json"), "--pipeline-file", "pipeline.yaml")
    assert replayed.returncode == 0, replayed.stderr
    (folder,) = done.out.glob("replay-*")
    assert (folder / "orders.csv").read_text() == "id,zip\n2,10115\n"


def test_the_plan_says_that_it_is_a_query_and_asks_nothing(project: Any) -> None:
    asks(project)
    told = project.cli("plan", "--pipeline-file", "pipeline.yaml", "--batch-id", "b1")
    assert "read   orders <- orders.athena (athena, a query, asked when the run begins)" in told.stdout + told.stderr


def test_on_spark_a_query_is_refused_with_the_reason(project: Any) -> None:
    asks(project)
    told = project.cli("plan", "--pipeline-file", "pipeline.yaml", "--batch-id", "b1", "--engine", "spark").stderr
    assert "input 'orders' cannot be read on Spark" in told


def test_without_awswrangler_a_run_names_the_extra(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    import trakt.tables

    monkeypatch.delitem(sys.modules, "trakt.tables.athena", raising=False)
    monkeypatch.delattr(trakt.tables, "athena", raising=False)
    monkeypatch.setitem(sys.modules, "awswrangler", None)
    asks(project)
    assert "trakt-etl[tables]" in project.bad(MissingExtra, batch_id="b1").told


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("bigint", "int"),
        ("integer", "int"),
        ("real", "float"),
        ("decimal(10,2)", "decimal"),
        ("varchar(20)", "string"),
        ("timestamp(3)", "timestamp"),
        ("timestamp(3) with time zone", "string"),
        ("array(bigint)", "string"),
        ("row(a bigint)", "string"),
    ],
)
def test_a_column_has_the_type_of_the_result(word: str, kind: str) -> None:
    assert type_of(word) == kind
