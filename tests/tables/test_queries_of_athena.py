"""`kind: athena`: moto answers what it is told to, and leaves it in S3 as Athena does. It runs no SQL and fails no query."""

import json
import sys
import time
import urllib.request
from contextlib import contextmanager

import pytest

import trakt.tables
from trakt import InputError, MissingExtra, load_pipeline_from_yaml
from trakt.engine.limits import Limits
from trakt.engine.request import RunRequest
from trakt.engine.run import run
from trakt.errors import DeadlineError

TYPES = {
    "id": "bigint",
    "zip": "varchar",
    "price": "decimal(10,2)",
    "share": "double",
    "paid": "boolean",
    "day": "date",
    "at": "timestamp(3)",
    "tags": "array(varchar)",
}
ROWS = [
    ["1", "02116", "1.50", "0.25", "true", "2026-02-05", "2026-02-05 09:30:00.000", "[a, b]"],
    ["2", "10115", None, None, "false", None, None, None],
]
SQL = "select * from orders where batch = :batch and n > :least"


@pytest.fixture
def athena(bucket, project, fake_s3_server):
    """Queues what moto answers next, and a pipeline that asks."""

    class Athena:
        place = bucket.uri("results/")

        def answers(self, rows=ROWS, types=TYPES):
            table = [list(types), *rows]
            data = [{"Data": [{"VarCharValue": v} if v is not None else {} for v in row]} for row in table]
            info = [
                {
                    "CatalogName": "",
                    "SchemaName": "",
                    "TableName": "",
                    "Name": name,
                    "Label": name,
                    "Type": word.split("(")[0],
                    "Precision": 0,
                    "Scale": 0,
                    "Nullable": "UNKNOWN",
                    "CaseSensitive": False,
                }
                for name, word in types.items()
            ]
            body = json.dumps({"results": [{"rows": data, "column_info": info}]}).encode()
            place = f"{fake_s3_server.endpoint}/moto-api/static/athena/query-results"
            urllib.request.urlopen(urllib.request.Request(place, body, {"Content-Type": "application/json"})).close()

        def pipeline(self, query=SQL, params=None, **entry):
            params = {"batch": "{batch_id}", "least": 3} if params is None else params
            metadata = {"query": query, "params": params, "database": "shop", "s3_output": self.place}
            metadata = {k: v for k, v in {**metadata, **entry.pop("metadata", {})}.items() if v is not None}
            project.pipeline(
                inputs={"orders": {"kind": "athena", "metadata": metadata, **entry}}, outputs={"orders": "orders"}
            )

    athena = Athena()
    athena.pipeline()
    return athena


def execution(manifest):
    import awswrangler as wr

    return wr.athena.get_query_execution(manifest["inputs"]["orders"]["query"]["execution_id"])


def test_the_result_is_read_with_the_types_that_athena_says(athena, project, mode):
    athena.answers()
    done = project.good(mode, 1, batch_id="2026-02-05")
    assert done.rows("orders.csv") == [
        list(TYPES),
        ["1", "02116", "1.50", "0.25", "True", "2026-02-05", "2026-02-05 09:30:00", "[a, b]"],
        ["2", "10115", "", "", "False", "", "", ""],
    ]
    entry = done.manifest["inputs"]["orders"]
    assert entry["schema"] == {
        "id": "int", "zip": "string", "price": "decimal", "share": "float",
        "paid": "bool", "day": "date", "at": "timestamp", "tags": "string",
    }  # fmt: skip
    assert (entry["rows"], entry["absent"], len(entry["files"])) == (2, False, 1)
    assert entry["files"][0]["uri"].startswith(athena.place)


def test_a_result_without_rows_has_its_columns_and_types(athena, project, mode):
    athena.answers([])
    done = project.good(mode, 1, batch_id="b1")
    assert done.rows("orders.csv") == [list(TYPES)]
    assert done.manifest["inputs"]["orders"]["schema"]["price"] == "decimal"


def test_a_result_goes_into_a_table(athena, bucket, project):
    import boto3

    glue = boto3.client("glue")
    glue.create_database(DatabaseInput={"Name": "answers"})
    athena.answers()
    metadata = {"query": "select * from orders", "s3_output": athena.place}
    output = {"name": "late", "from": "orders", "kind": "table", "uri": bucket.uri("lake/late")}
    project.pipeline(
        inputs={"orders": {"kind": "athena", "metadata": metadata}},
        outputs={"datasets": [{**output, "partition_by": ["day"], "metadata": {"database": "answers"}}]},
    )
    project.good("stream", 1, batch_id="b1")
    table = glue.get_table(DatabaseName="answers", Name="late")["Table"]
    words = {each["Name"]: each["Type"] for each in table["StorageDescriptor"]["Columns"]}
    assert (words["price"], words["at"], words["zip"]) == ("decimal(38,2)", "timestamp", "string")
    assert table["PartitionKeys"] == [{"Name": "day", "Type": "date"}]
    glue.delete_table(DatabaseName="answers", Name="late")
    glue.delete_database(Name="answers")
    glue.close()


def test_parameters_are_values_of_the_query_and_may_hold_ids_of_the_run(athena, project):
    athena.answers()
    athena.pipeline(params={"batch": "it's {batch_id}", "least": 3})
    done = project.good("batch", batch_id="b1")
    asked = execution(done.manifest)
    assert asked["Query"] == "select * from orders where batch = 'it''s b1' and n > 3"
    assert asked["QueryExecutionContext"] == {"Database": "shop"}
    query = done.manifest["inputs"]["orders"]["query"]
    assert (query["query"], query["params"], query["scanned_bytes"]) == (SQL, {"batch": "it's b1", "least": 3}, 0)


def test_what_the_author_declares_goes_before_what_athena_says(athena, project):
    athena.answers()
    athena.pipeline(schema={"id": "string"})
    assert project.good("batch", batch_id="b1").manifest["inputs"]["orders"]["schema"]["id"] == "string"


def test_rows_of_a_result_that_are_not_as_declared_are_set_aside(athena, project):
    athena.answers()
    athena.pipeline(schema={"columns": [{"name": "zip", "pattern": "0.*"}]}, on_bad_rows="quarantine")
    done = project.good("batch", batch_id="b1")
    assert (done.manifest["inputs"]["orders"]["rows"], done.manifest["rejected"]["rows"]) == (1, 1)


def test_a_query_is_asked_again_in_every_run(athena, project):
    for rows in (ROWS, ROWS[:1]):
        athena.answers(rows)
        done = project.good("batch", out="out", batch_id="b1")
        assert done.result["status"] == "success"
    assert done.manifest["inputs"]["orders"]["rows"] == 1


def test_a_query_whose_result_nobody_reads_is_not_asked(athena, project):
    project.write("other.csv", "a,b\n1,2\n")
    metadata = {"query": "select 1, 2", "s3_output": athena.place}
    project.pipeline(inputs={"x": {"kind": "athena", "metadata": metadata}, "y": "other.csv"}, outputs={"y": "y"})
    assert "query" not in project.good("batch").manifest["inputs"]["x"]


def test_a_workgroup_may_say_where_results_go(athena, project):
    import boto3

    client = boto3.client("athena")
    client.create_work_group(
        Name="mine",
        Configuration={"ResultConfiguration": {"OutputLocation": athena.place}, "EnforceWorkGroupConfiguration": False},
    )
    client.create_work_group(Name="bare", Configuration={"EnforceWorkGroupConfiguration": False})
    client.close()
    athena.answers()
    athena.pipeline(metadata={"s3_output": None, "workgroup": "mine"})
    assert execution(project.good("batch", batch_id="b1").manifest)["WorkGroup"] == "mine"
    athena.pipeline(metadata={"s3_output": None, "workgroup": "bare"})
    assert "does not say where results go" in project.bad(InputError, batch_id="b1").told


def test_a_result_of_one_column_is_refused_since_a_missing_value_would_be_no_row(athena, project):
    athena.answers([["1"], [None]], {"id": "bigint"})
    assert "the result has a single column" in project.bad(InputError, batch_id="b1").told


@contextmanager
def states(*found):
    """While inside, Athena says one after the other of a query; moto itself only knows queries that succeed."""
    import awswrangler as wr

    left = list(found)
    stopped = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wr.athena, "get_query_execution", lambda _: {"Status": left.pop(0) if len(left) > 1 else left[0]})
        patch.setattr(wr.athena, "stop_query_execution", stopped.append)
        yield stopped


def test_a_query_that_fails_is_told_in_the_words_of_athena(athena, project):
    why = {"State": "FAILED", "StateChangeReason": "SYNTAX_ERROR: line 1:8: Column 'x' cannot be resolved"}
    with states({"State": "RUNNING"}, why) as stopped:
        told = project.bad(InputError, batch_id="b1").told
    assert "input 'orders': the query failed: SYNTAX_ERROR: line 1:8: Column 'x' cannot be resolved" in told
    assert not stopped


def runs_out_of_time(project):
    limits = Limits(deadline=time.monotonic() + 3)
    pipeline, place = load_pipeline_from_yaml(project.file), str(project.folder / "out")
    with pytest.raises(DeadlineError):
        run(RunRequest(pipeline=pipeline, output_dir=place, batch_id="b1", limits=limits))


def test_a_query_that_outlasts_its_run_is_stopped(athena, project):
    with states({"State": "RUNNING"}) as stopped:
        runs_out_of_time(project)
    assert len(stopped) == 1


def test_a_query_that_cannot_be_stopped_is_named_beside_what_ended_the_run(athena, project, caplog):
    import awswrangler as wr

    def no(_):
        raise OSError("no way")

    with states({"State": "RUNNING"}), pytest.MonkeyPatch.context() as patch:
        patch.setattr(wr.athena, "stop_query_execution", no)
        runs_out_of_time(project)
    assert "could not be stopped: no way" in caplog.text


def test_an_athena_that_does_not_answer_is_told(athena, project, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_ATHENA", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    assert "input 'orders': nothing answers there" in project.bad(InputError, batch_id="b1").told


def test_without_awswrangler_the_extra_is_named(athena, project, monkeypatch):
    monkeypatch.delitem(sys.modules, "trakt.tables.athena", raising=False)
    monkeypatch.delattr(trakt.tables, "athena", raising=False)
    monkeypatch.setitem(sys.modules, "awswrangler", None)
    assert "trakt-etl[tables]" in project.bad(MissingExtra, batch_id="b1").told
