"""`sort_by`: the same rows in one order, in every mode and format, for every chunk size, in the memory of a stream."""

from __future__ import annotations

import json
import math
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.functional.test_bounded_memory import TYPES, write_rows
from tests.functional.test_chunks_do_not_matter import EXAMPLES, Table, as_csv, everywhere, tables
from trakt import OutputError, PipelineError, artifact, workflow

ORDERS = "id,country,amount\n1,DE,5\n2,AT,7.5\n3,DE,\n4,,1\n5,AT,10\n6,DE,5\n"
BY_COUNTRY = ["country", {"column": "amount", "descending": True}]


def orders(project: Any, content: str = ORDERS, sort_by: Any = BY_COUNTRY, **entry: Any) -> None:
    project.write("orders.csv", content)
    output = {"name": "orders", "from": "orders", "sort_by": sort_by, **entry}
    project.pipeline(inputs={"orders": "orders.csv"}, outputs={"datasets": [output]})


def test_rows_are_in_order_missing_values_last_and_equal_rows_as_they_came(project: Any, mode: str) -> None:
    orders(project)
    done = project.good(mode, 2)
    assert done.rows("orders.csv")[1:] == [
        ["5", "AT", "10"],
        ["2", "AT", "7.5"],
        ["1", "DE", "5"],
        ["6", "DE", "5"],
        ["3", "DE", ""],
        ["4", "", "1"],
    ]
    assert done.manifest["outputs"]["orders"]["rows"] == 6


@EXAMPLES
@given(table=tables(), data=st.data())
def test_no_chunk_size_changes_a_byte(new_project: Any, table: Table, data: st.DataObject) -> None:
    project = new_project()
    project.write("records.csv", as_csv(table))
    columns = data.draw(st.lists(st.sampled_from(table[0]), min_size=1, unique=True))
    keys = [{"column": column, "descending": data.draw(st.booleans())} for column in columns]
    output = {"name": "records", "from": "records", "sort_by": keys}
    project.pipeline(inputs={"records": "records.csv"}, outputs={"datasets": [output]})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("trakt.engine.sort.table.RUN_BYTES", data.draw(st.sampled_from([1, 8 << 10, 16 << 20])))
        done = everywhere(project)
    kinds = done.manifest["inputs"]["records"]["schema"]
    rows = table[1]
    for key in reversed(keys):
        at = table[0].index(key["column"])
        filled, blank = ([row for row in rows if bool(row[at]) is there] for there in (True, False))
        of = _VALUES.get(kinds[key["column"]], str)
        # Python's sort keeps equal rows as they are, in both directions
        rows = sorted(filled, key=lambda row, at=at, of=of: of(row[at]), reverse=key["descending"]) + blank
    assert [texts(row, kinds) for row in done.rows()[1:]] == [texts(row, kinds) for row in rows]


_VALUES: dict[str, Any] = {"int": int, "float": float, "bool": lambda text: text.lower() == "true"}


def texts(row: list[str], kinds: dict[str, str]) -> list[Any]:
    """A row whose floats are compared as such: their text may become a shorter one."""
    pairs = zip(row, kinds.values(), strict=True)
    return [
        (float(value), math.copysign(1, float(value))) if kind == "float" and value else value for value, kind in pairs
    ]


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_every_format_is_sorted(project: Any, kind: str, mode: str) -> None:
    orders(project, kind=kind)
    done = project.good(mode, 1)
    if kind == "jsonl":
        ids = [json.loads(line)["id"] for line in done.bytes("orders.jsonl").splitlines()]
    else:
        ids = pq.read_table(done.out / "orders.parquet").column("id").to_pylist()
    assert ids == [5, 2, 1, 6, 3, 4]


def test_each_file_of_a_partitioned_output_is_sorted(project: Any, mode: str) -> None:
    orders(project, sort_by=[{"column": "amount", "descending": True}], partition_by=["country"])
    done = project.good(mode, 1)
    assert done.bytes("orders/country=DE/part-0.csv") == b"id,amount\n1,5\n6,5\n3,\n"
    assert done.bytes("orders/country=AT/part-0.csv") == b"id,amount\n5,10\n2,7.5\n"


def test_each_file_of_a_table_is_sorted(project: Any, mode: str) -> None:
    orders(project, sort_by=["amount"], kind="table", partition_by=["country"], metadata={"database": "shop"})
    folder = project.good(mode, 1).out / "orders"
    found = {
        path.parent.name: pq.ParquetFile(path).read().column("id").to_pylist() for path in folder.rglob("*.parquet")
    }
    assert found["country=DE"] == [1, 6, 3]
    assert found["country=AT"] == [2, 5]


def test_one_artifact_is_written_sorted_and_as_it_is(project: Any, mode: str) -> None:
    project.write("orders.csv", ORDERS)
    datasets = [{"name": "plain", "from": "orders"}, {"name": "sorted", "from": "orders", "sort_by": ["amount"]}]
    project.pipeline(inputs={"orders": "orders.csv"}, outputs={"datasets": datasets})
    done = project.good(mode, 2)
    assert [row[0] for row in done.rows("plain.csv")[1:]] == ["1", "2", "3", "4", "5", "6"]
    assert [row[0] for row in done.rows("sorted.csv")[1:]] == ["4", "1", "6", "2", "5", "3"]


def test_a_table_without_rows_has_its_header(project: Any, mode: str) -> None:
    orders(project, "id,country,amount\n")
    assert project.good(mode, 1).bytes("orders.csv") == b"id,country,amount\n"


@pytest.mark.parametrize(
    ("sort_by", "words"),
    [
        ("country", "'sort_by' must be a list of columns"),
        ([], "'sort_by' must be a list of columns"),
        ([1], "a sort key must be a column, not 1"),
        ([""], "'column' must not be empty"),
        (["id", {"column": "id", "descending": True}], "'sort_by' names 'id' twice"),
        ([{"descending": True}], "sort_by lacks the key 'column'"),
        ([{"column": "id", "desc": True}], "unknown key 'desc' in sort_by"),
        ([{"column": "id", "descending": "yes please"}], "'descending' must be true or false"),
        ([{"amount": "desc"}], "unknown key 'amount' in sort_by"),
    ],
)
def test_a_wrong_key_is_named_with_its_place(project: Any, sort_by: Any, words: str) -> None:
    orders(project, sort_by=sort_by)
    error = project.bad(PipelineError)
    assert words in error.told
    assert "pipeline.yaml:" in error.told


def test_a_column_that_is_not_there_fails_the_run_in_words(project: Any, mode: str) -> None:
    orders(project, sort_by=["contry"])
    error = project.bad(OutputError, mode, 1)
    assert "output 'orders': `sort_by` names 'contry', which is no column" in error.told
    assert "did you mean 'country'?" in error.told
    assert not (error.out / "orders.csv").exists()


def test_chunks_of_several_types_fail_the_run_in_words(project: Any, mode: str) -> None:
    project.step(
        "spoil",
        """
        @step_contract(inputs=["input"], outputs=["output"], supports_stream=True)
        def run(ctx, input):
            spoil = lambda frame: frame.assign(amount=[v if v == 5 else "none" for v in frame["amount"]])
            return {"output": map(spoil, input) if ctx.mode == "stream" else spoil(input)}
        """,
    )
    project.write("orders.csv", ORDERS)
    project.pipeline(
        inputs={"orders": "orders.csv"},
        steps=[{"id": "spoil", "uses": "steps.spoil", "with": {"input": "orders", "output": "spoiled"}}],
        outputs={"datasets": [{"name": "orders", "from": "spoiled", "sort_by": ["amount"]}]},
    )
    error = project.bad(OutputError, mode, 1)
    assert "column 'amount': `sort_by` cannot compare its values: numbers in some rows and text in others" in error.told


def test_another_order_is_another_run_and_the_plan_shows_it(project: Any) -> None:
    orders(project)
    first = project.good(out="out")
    assert project.good(out="out").result["status"] == "skipped"
    orders(project, sort_by=["country", "amount"])
    second = project.good(out="out")
    assert (first.result["status"], second.result["status"]) == ("success", "success")
    told = project.cli("plan", "--pipeline-file", str(project.file), "--input-dir", "in", "--output-dir", "out")
    assert "(csv, sorted by country, amount)" in told.stderr
    keys = [{"column": "country", "descending": False}, {"column": "amount", "descending": False}]
    assert json.loads(told.stdout)["outputs"]["orders"]["sort_by"] == keys


def test_a_client_may_have_another_order(project: Any) -> None:
    orders(project)
    (project.folder / "clients").mkdir()
    over = "outputs: {datasets: [{name: orders, sort_by: [{column: id, descending: true}]}]}\n"
    (project.folder / "clients" / "acme.yaml").write_text(over)
    args = ("run", "--pipeline-file", str(project.file), "--input-dir", "in", "--output-dir", "out")
    assert project.cli(*args, "--client-id", "acme").returncode == 0
    lines = (project.folder / "out" / "orders.csv").read_text().splitlines()
    assert [line[0] for line in lines[1:]] == ["6", "5", "4", "3", "2", "1"]


def test_the_builders_say_it_too(project: Any) -> None:
    orders(project)
    project.good(out="yaml")
    built = workflow("tested").source(artifact("orders").at("orders.csv"))
    built = built.output("orders", from_="orders", sort_by=["country", {"column": "amount", "descending": True}])
    from trakt import LocalRunner

    LocalRunner(input_dir=project.folder / "in", output_dir=project.folder / "dsl").run(built.build())
    assert (project.folder / "dsl/orders.csv").read_bytes() == (project.folder / "yaml/orders.csv").read_bytes()
    with pytest.raises(PipelineError, match="unknown key 'col' in sort_by"):
        workflow("w").output("o", from_="x", sort_by=[{"col": "a"}])


def test_a_stream_of_two_million_rows_is_sorted_in_its_memory(project: Any) -> None:
    rows = 2_000_000
    write_rows(project, rows)
    output = {"name": "sorted", "from": "records", "sort_by": ["day", {"column": "id", "descending": True}]}
    project.pipeline(
        inputs={"records": {"uri": "records.csv", "schema": TYPES}},
        outputs={"datasets": [output]},
        execution={"mode": "stream"},
    )
    done = project.run_cli()
    assert done.returncode == 0, done.stderr
    manifest = json.loads((project.folder / "out" / "manifest.json").read_bytes())
    assert manifest["outputs"]["sorted"]["rows"] == rows
    assert manifest["peak_memory_mb"] < 300
