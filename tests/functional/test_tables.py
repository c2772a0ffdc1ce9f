"""`kind: table` without a catalog: files, names and types. With one: see `tests/tables`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from trakt import OutputError, PipelineError

ORDERS = "id,country,amount\n1,AT,5\n2,DE,7.5\n3,AT,\n"


def orders(project: Any, content: str = ORDERS, **entry: Any) -> None:
    project.write("orders.csv", content)
    output = {"name": "orders", "from": "orders", "kind": "table", "metadata": {"database": "shop"}, **entry}
    project.pipeline(inputs={"orders": "orders.csv"}, outputs={"datasets": [output]})


def files(done: Any) -> list[str]:
    folder: Path = done.out / "orders"
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*.parquet"))


def test_on_a_disk_the_files_are_written_and_that_no_catalog_knows_them_is_told(project: Any, mode: str) -> None:
    orders(project, partition_by=["country"])
    done = project.good(mode, 1, client_id="acme", batch_id="b1")
    assert [name.rpartition("-")[0] for name in files(done)] == ["country=AT/acme-b1", "country=DE/acme-b1"]
    assert done.events["table.not_registered"]["table"] == "shop.orders"
    entry = done.manifest["outputs"]["orders"]["table"]
    assert (entry["registered"], entry["columns"]) == (False, {"id": "bigint", "amount": "double"})


def test_chunks_and_modes_write_the_same_bytes(project: Any) -> None:
    orders(project, partition_by=["country"])
    whole, cut = project.good("batch"), project.good("stream", 1)
    assert files(whole) == files(cut)
    assert all(
        (whole.out / "orders" / name).read_bytes() == (cut.out / "orders" / name).read_bytes() for name in files(cut)
    )


def test_each_batch_has_files_of_its_own_and_replaces_them(project: Any, mode: str) -> None:
    orders(project)
    done = project.good(mode, 1, out="out", batch_id="b1", manifest_path=project.folder / "b1.json")
    orders(project, "id,country,amount\n4,AT,1\n")
    project.good(mode, 1, out="out", batch_id="b2", manifest_path=project.folder / "b2.json")
    assert [name.rpartition("-")[0] for name in files(done)] == ["b1", "b2"]
    orders(project, "id,country,amount\n")
    project.good(mode, 1, out="out", batch_id="b2", manifest_path=project.folder / "b2.json")
    assert [name.rpartition("-")[0] for name in files(done)] == ["b1"]


def test_ids_that_look_alike_when_they_are_joined_do_not_share_a_file(project: Any) -> None:
    orders(project)
    for client, batch in (("a-b", "c"), ("a", "b-c")):
        done = project.good(
            "batch", out="out", client_id=client, batch_id=batch, manifest_path=project.folder / f"{client}.json"
        )
    assert len(files(done)) == 2


def test_declared_columns_decide_the_types_of_the_files(project: Any, mode: str) -> None:
    orders(
        project,
        metadata={"database": "shop", "columns": {"id": "string", "amount": "decimal(10,2)", "country": "varchar(2)"}},
    )
    project.write("orders.csv", "id,country,amount\n1,AT,5\n2,DE,7\n")
    done = project.good(mode, 1)
    schema = pq.read_schema(done.out / "orders" / files(done)[0])
    assert [str(field.type) for field in schema] == ["string", "string", "decimal128(10, 2)"]


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"metadata": {}}, "a table needs its 'database'"),
        ({"metadata": {"database": "My Shop"}}, "database: my_shop"),
        ({"metadata": {"database": "shop", "table": "Orders"}}, "'Orders' cannot be a table"),
        ({"name": "Late Orders"}, "metadata: {table: late_orders}"),
        ({"metadata": {"database": "shop", "columns": {"id": "number"}}}, "'number' is no type of a column: 'id'"),
        ({"metadata": {"database": "shop", "columns": {"id": "bigin"}}}, "did you mean 'bigint'?"),
        ({"metadata": {"database": "shop", "columns": {"Id": "bigint"}}}, "'Id' cannot be a column"),
        ({"metadata": {"database": "shop", "columns": {"amount": "decimal(40,2)"}}}, "is no type of a column"),
        (
            {"metadata": {"database": "shop", "columns": {"id": "bigint"}}, "partition_by": ["id"]},
            "stands in `partition_by`",
        ),
        ({"partition_by": ["Country"]}, "'Country': country"),
        ({"metadata": {"database": "shop", "partition": 1}}, "unknown key 'partition' in metadata"),
        ({"metadata": {"database": "shop", "compression": "zstd"}}, "'compression' must be"),
        ({"uri": "orders.parquet"}, "is named like a file, and the output is a table"),
    ],
)
def test_mistakes_in_the_pipeline_are_told_before_anything_is_read(project: Any, entry: Any, told: str) -> None:
    orders(project, **entry)
    assert told in project.bad(PipelineError).told


def test_tables_are_not_read(project: Any) -> None:
    project.pipeline(inputs={"orders": {"uri": "orders", "kind": "table"}}, outputs={"orders": "orders"})
    assert "tables are written, and not read" in project.bad(PipelineError).told


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("Order ID,country\n1,AT\n", "rename them with trakt.steps.rename: {'Order ID': order_id}"),
        ("größe,country\n1,AT\n", "'größe': grosse"),
    ],
)
def test_names_that_a_catalog_would_change_are_refused_with_one_that_it_keeps(
    project: Any, mode: str, content: str, told: str
) -> None:
    orders(project, content)
    assert told in project.bad(OutputError, mode, 1).told


def test_a_value_that_does_not_fit_a_declared_type_fails_the_run(project: Any, mode: str) -> None:
    orders(project, metadata={"database": "shop", "columns": {"amount": "bigint"}})
    assert "column 'amount': holds a value that is no bigint" in project.bad(OutputError, mode, 1).told
    orders(project, metadata={"database": "shop", "columns": {"country": "double"}})
    assert "column 'country': holds text, and the table has it as double" in project.bad(OutputError, mode, 1).told


def test_a_declared_column_that_is_not_there_is_told_with_one_that_is(project: Any) -> None:
    orders(project, metadata={"database": "shop", "columns": {"amuont": "double", "id": "bigint"}})
    events = [event for event in project.good("batch").manifest["events"] if event["name"].endswith("unknown_column")]
    assert [event["attributes"]["column"] for event in events] == ["amuont"]
    assert "did you mean 'amount'?" in events[0]["attributes"]["message"]


def test_the_drawing_of_a_pipeline_names_the_folder(project: Any) -> None:
    orders(project)
    assert "orders.parquet" not in project.cli("graph", "--pipeline-file", "pipeline.yaml").stdout
