"""`kind: table` in S3: files first, then the Glue Data Catalog, then the manifest, and all of it or nothing."""

import io
import json
import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from decimal import Decimal

import pyarrow.parquet as pq
import pytest

import trakt.tables
from tests.conftest import ROOT
from tests.tables.conftest import ORDERS
from trakt import MissingExtra, OutputError, PipelineError
from trakt.storage import storage_for
from trakt.storage.s3 import faults as s3_faults
from trakt.storage.s3.write import S3Staged


@contextmanager
def refused(ending, meanwhile=lambda: None):
    """While inside, no object by such a name is published: the tables are entered, and then the run fails."""
    publish = S3Staged.publish

    def no(staged):
        if staged.uri.endswith(ending):
            meanwhile()
            raise OutputError("access is denied", where=staged.uri)
        publish(staged)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(S3Staged, "publish", no)
        yield


@contextmanager
def publications():
    """The uris of all that is published inside."""
    published, publish = [], S3Staged.publish
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(S3Staged, "publish", lambda staged: (published.append(staged.uri), publish(staged)))
        yield published


PARQUET = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"
B1 = ["country=AT/acme-b1", "country=DE/acme-b1"]


def column(lake, key_part, name):
    key = next(key for key in lake.bucket.all_keys() if key_part in key)
    return pq.read_table(io.BytesIO(lake.bucket.get(key))).column(name)


def test_the_first_batch_creates_the_table_with_its_columns_and_partitions(lake):
    lake.pipeline(metadata={"description": "what shops sold"})
    manifest = lake.run()
    assert lake.files() == B1
    assert lake.columns() == {"id": "bigint", "amount": "double"}
    assert lake.partitions() == {"country=AT": "AT", "country=DE": "DE"}
    table = lake.table()
    assert table["Description"] == "what shops sold"
    assert table["StorageDescriptor"]["Location"] == f"{lake.place}/"
    assert table["Parameters"]["classification"] == "parquet"
    assert manifest["outputs"]["orders"]["table"] == {
        "database": "shop",
        "name": "orders",
        "location": lake.place,
        "columns": {"id": "bigint", "amount": "double"},
        "partition_keys": {"country": "string"},
        "registered": True,
    }


def test_awswrangler_reads_what_was_registered(lake):
    import awswrangler as wr

    lake.run()
    frame = wr.s3.read_parquet_table(database="shop", table="orders").sort_values("id")
    assert frame["id"].tolist() == [1, 2, 3]
    assert frame["country"].tolist() == ["AT", "DE", "AT"]


def test_batches_share_partitions_and_a_rerun_replaces_the_files_of_its_own(lake):
    lake.run()
    lake.run("id,country,amount\n4,AT,1\n5,FR,2\n", "b2")
    assert lake.files() == ["country=AT/acme-b1", "country=AT/acme-b2", "country=DE/acme-b1", "country=FR/acme-b2"]
    lake.run("id,country,amount\n4,DE,1\n", "b2")
    assert lake.files() == ["country=AT/acme-b1", "country=DE/acme-b1", "country=DE/acme-b2"]
    # FR has no file any more; AT has those of the other batch
    assert lake.partitions() == {"country=AT": "AT", "country=DE": "DE"}


def test_names_are_escaped_in_folders_and_not_in_the_catalog(lake):
    lake.run("id,country\n1,a/b\n2,50%\n3,\n")
    assert lake.partitions() == {
        "country=a%2Fb": "a/b",
        "country=50%25": "50%",
        "country=__HIVE_DEFAULT_PARTITION__": "__HIVE_DEFAULT_PARTITION__",
    }


def test_new_columns_are_added_and_told(lake):
    lake.run()
    lake.pipeline(schema={"day": "date"})
    manifest = lake.run("id,country,amount,note,day\n4,AT,1,x,2026-02-05\n", "b2")
    assert lake.columns() == {"id": "bigint", "amount": "double", "note": "string", "day": "date"}
    events = {event["name"]: event["attributes"] for event in manifest["events"]}
    assert events["table.other_columns"] == {"table": "shop.orders", "added": ["note", "day"], "absent": []}


def test_a_table_that_is_not_to_grow_refuses_new_columns(lake):
    lake.run()
    lake.pipeline(metadata={"evolve": False})
    error = lake.fails("id,country,amount,note\n4,AT,1,x\n", "b2")
    assert "it has no column note" in str(error)
    assert lake.files() == B1
    assert lake.columns() == {"id": "bigint", "amount": "double"}


def test_the_table_decides_what_a_column_is_written_as(lake):
    lake.pipeline(schema={"day": "date"})
    lake.run("id,country,amount,zip,day\n1,AT,1.5,02116,2026-02-05\n")
    lake.pipeline()
    # whole numbers, only digits, and no value at all: by itself each would be another type
    lake.run("id,country,amount,zip,day\n2,AT,7,10115,\n", "b2")
    assert column(lake, "acme-b2", "amount").to_pylist() == [7.0]
    assert column(lake, "acme-b2", "zip").to_pylist() == ["10115"]
    assert str(column(lake, "acme-b2", "day").type) == "date32[day]"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("id,country,amount\nx1,AT,5\n", "column 'id': holds text, and the table has it as bigint"),
        ("id,country,amount\n1.5,AT,5\n", "holds a value that is no bigint"),
        ("Id,country,amount\n1,AT,5\n", "'Id': id"),
    ],
)
def test_what_does_not_fit_the_table_fails_before_anything_is_published(lake, content, told):
    lake.run()
    before = lake.bucket.all_keys()
    assert told in str(lake.fails(content, "b2"))
    assert [key for key in lake.bucket.all_keys() if key != "runs/b2/manifest.json"] == before
    assert lake.columns() == {"id": "bigint", "amount": "double"}


def test_decimals_have_the_room_that_is_declared_or_all_there_is(lake):
    lake.project.step(
        "money",
        """
        from decimal import Decimal

        @step_contract(inputs=["input"], outputs=["output"])
        def run(ctx, input):
            return {"output": input.assign(amount=[Decimal("1.50")] * len(input), tax=[Decimal("0.1")] * len(input))}
        """,
    )
    lake.pipeline(step="money", metadata={"columns": {"amount": "decimal(12,4)"}})
    lake.run()
    assert lake.columns() == {"id": "bigint", "amount": "decimal(12,4)", "tax": "decimal(38,1)"}
    assert column(lake, "country=DE", "amount").to_pylist() == [Decimal("1.5000")]


def test_a_table_need_not_be_parted(lake):
    lake.pipeline(partition_by=None)
    lake.run()
    lake.run("id,country,amount\n4,DE,1\n", "b2")
    assert lake.files() == ["acme-b1", "acme-b2"]
    assert lake.columns() == {"id": "bigint", "country": "string", "amount": "double"}
    assert lake.table()["PartitionKeys"] == []


def test_a_batch_without_rows_creates_the_table_and_no_file(lake):
    lake.run("id,country,amount\n")
    assert lake.files() == []
    assert list(lake.columns()) == ["id", "amount"]
    assert lake.partitions() == {}


def test_a_batch_without_rows_fits_a_table_whatever_the_types_of_its_keys_are(lake):
    lake.pipeline(partition_by=["id"])
    lake.run()
    lake.run("id,country,amount\n", "b2")
    assert lake.table()["PartitionKeys"] == [{"Name": "id", "Type": "bigint"}]


def test_a_column_without_values_is_told_where_it_becomes_text_for_ever(lake):
    manifest = lake.run("id,country,amount\n1,AT,\n")
    assert {event["name"] for event in manifest["events"]} >= {"warning.untyped_column", "table.created"}


def test_what_is_done_is_skipped_until_the_table_is_gone(lake):
    lake.run()
    run_id = lake.run()["run_id"]
    assert lake.run()["run_id"] == run_id
    lake.glue.delete_table(DatabaseName="shop", Name="orders")
    assert lake.run()["run_id"] != run_id
    assert lake.tables() == ["orders"]


def test_the_plan_knows_the_table(lake):
    places = ["--input-dir", "in", "--output-dir", lake.bucket.uri("runs/b1/"), "--batch-id", "b1"]
    lake.project.write("orders.csv", ORDERS)
    asked = ["plan", "--pipeline-file", "pipeline.yaml", *places]
    assert "table shop.orders: will be created" in lake.project.cli(*asked).stderr
    lake.run()
    assert "table shop.orders: has id bigint, amount double" in lake.project.cli(*asked).stderr


# what is wrong with the place or the catalog is told before a row is read


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"metadata": {"database": "shpo"}}, "there is no database 'shpo' in the catalog"),
        ({"uri": "orders"}, "it lies at "),
        ({"partition_by": ["amount"]}, "it is parted by country, and this output by amount"),
        ({"metadata": {"columns": {"id": "string"}}}, "its column 'id' is bigint, and this output's string"),
    ],
)
def test_what_the_catalog_says_against_it_is_told_in_the_plan(lake, entry, told):
    lake.run()
    lake.pipeline(**entry)
    error = lake.fails(batch="b2")
    assert told in str(error)
    assert error.faults[0].where.startswith(str(lake.project.file))
    assert error.faults[0].hint


def test_a_key_of_another_type_is_refused_before_a_file_is_published(lake):
    lake.pipeline(partition_by=["id"])
    lake.run()
    assert lake.table()["PartitionKeys"] == [{"Name": "id", "Type": "bigint"}]
    with publications() as published:
        error = lake.fails("id,country,amount\nx1,AT,5\n", "b2")
    assert "its column 'id' is bigint, and this output's string" in str(error)
    assert not [uri for uri in published if "lake/" in uri]


def test_a_table_that_another_batch_has_entered_too_stays_when_its_creator_fails(lake):
    def meanwhile():
        values = {"Values": ["IT"], "StorageDescriptor": {"Location": f"{lake.place}/country=IT/"}}
        inputs = [values] if lake.tables() and "country=IT" not in lake.partitions() else []
        lake.glue.batch_create_partition(DatabaseName="shop", TableName="orders", PartitionInputList=inputs)

    with refused("runs/b1/manifest.json", meanwhile):
        lake.fails()
    assert lake.columns() == {"id": "bigint", "amount": "double"}
    assert lake.partitions() == {"country=IT": "IT"}


@pytest.mark.parametrize("is_new", [True, False])
def test_a_partition_in_which_another_batch_has_a_file_meanwhile_stays_when_a_run_fails(lake, is_new):
    if not is_new:
        lake.run("id,country,amount\n4,FR,1.5\n", "b2")
    with refused("runs/b1/manifest.json", lambda: lake.bucket.put("lake/orders/country=DE/acme-b3-x.parquet", b"")):
        lake.fails()
    assert lake.partitions().get("country=DE") == "DE"
    assert "country=AT" not in lake.partitions()
    assert lake.columns() == {"id": "bigint", "amount": "double"}


def test_a_partition_that_lies_at_another_place_is_told_and_no_file_stays(lake):
    lake.run("id,country,amount\n4,FR,1.5\n", "b2")
    values = {"Values": ["DE"], "StorageDescriptor": {"Location": "s3://elsewhere/DE"}}
    lake.glue.batch_create_partition(DatabaseName="shop", TableName="orders", PartitionInputList=[values])
    error = lake.fails()
    assert "its partition at s3://elsewhere/DE/ has the values of" in str(error)
    assert lake.files() == ["country=FR/acme-b2"]
    assert lake.partitions() == {"country=FR": "FR", "DE": "DE"}


def test_what_another_batch_has_entered_meanwhile_stays_when_a_run_fails(lake):
    enter = (
        "import awswrangler as wr; wr.catalog.create_parquet_table(database='shop', table='orders', path='PLACE/', "
        "columns_types={'id': 'bigint'}, partitions_types={'country': 'string'}); "
        "wr.catalog.add_parquet_partitions(database='shop', table='orders', "
        "partitions_values={'PLACE/country=IT/': ['IT']})"
    )
    lake.step("enters", enter.replace("PLACE", lake.place))
    lake.pipeline(step="enters")
    with refused("manifest.json"):
        lake.fails()
    assert lake.columns() == {"id": "bigint"}
    assert lake.partitions() == {"country=IT": "IT"}


@pytest.mark.parametrize(
    ("files", "parameters"),
    [
        ("org.apache.hadoop.mapred.TextInputFormat", {}),
        ("org.apache.hudi.hadoop.HoodieParquetInputFormat", {}),
        (PARQUET, {"table_type": "ICEBERG"}),
        (PARQUET, {"spark.sql.sources.provider": "delta"}),
    ],
)
def test_a_table_of_another_kind_is_not_touched(lake, files, parameters):
    stored = {"Columns": [{"Name": "id", "Type": "int"}], "Location": f"{lake.place}/", "InputFormat": files}
    lake.glue.create_table(
        DatabaseName="shop",
        TableInput={
            "Name": "orders",
            "Parameters": parameters,
            "StorageDescriptor": stored,
            "PartitionKeys": [{"Name": "country", "Type": "string"}],
        },
    )
    assert "its files are not Parquet" in str(lake.fails())


def test_a_table_in_a_storage_of_others_is_told_to_lie_there(lake):
    stored = {"Columns": [], "Location": "hdfs://nodes/orders/", "InputFormat": PARQUET}
    lake.glue.create_table(DatabaseName="shop", TableInput={"Name": "orders", "StorageDescriptor": stored})
    assert "it lies at hdfs://nodes/orders, and this output goes to s3://" in str(lake.fails())


def test_a_table_with_a_place_of_its_own_needs_a_batch(lake):
    error = lake.fails(batch=None)
    assert isinstance(error, PipelineError)
    assert "this run has no batch" in str(error)


def test_two_outputs_are_not_one_table(lake):
    lake.pipeline()
    outputs = [
        {"name": name, "from": "orders", "kind": "table", "metadata": {"database": "shop", "table": "orders"}}
        for name in ("a", "b")
    ]
    lake.project.pipeline(inputs={"orders": "orders.csv"}, outputs={"datasets": outputs})
    assert "output 'b' is the table shop.orders, and so is output 'a'" in str(lake.fails())


def test_a_catalog_that_does_not_answer_is_told(lake, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_GLUE", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    assert "table shop.orders: nothing answers there" in str(lake.fails())


def test_without_awswrangler_the_extra_is_named(lake, monkeypatch):
    for name in ("catalog", "registration"):
        monkeypatch.delitem(sys.modules, f"trakt.tables.{name}", raising=False)
        monkeypatch.delattr(trakt.tables, name, raising=False)
    monkeypatch.setitem(sys.modules, "awswrangler", None)
    error = lake.fails()
    assert isinstance(error, MissingExtra)
    assert "trakt-etl[tables]" in str(error)


# nothing half-done


def test_where_the_catalog_cannot_be_changed_no_file_appears(lake):
    lake.step("drops", "import boto3; boto3.client('glue').delete_database(Name='shop')")
    lake.pipeline(step="drops")
    error = lake.fails()
    assert isinstance(error, OutputError)
    assert "there is no database 'shop'" in str(error)
    assert lake.files() == []


def test_where_a_manifest_cannot_be_published_a_new_table_is_taken_away_again(lake):
    with refused("manifest.json"):
        lake.fails()
    assert lake.tables() == []
    assert lake.files() == []


def test_where_a_manifest_cannot_be_published_a_table_is_again_what_it_was(lake):
    lake.run()
    lake.run("id,country,amount\n4,FR,1\n", "b2")
    with refused("manifest.json"):
        lake.fails("id,country,amount,note\n4,IT,1,x\n", "b2")
    assert lake.columns() == {"id": "bigint", "amount": "double"}
    assert lake.partitions() == {f"country={each}": each for each in ("AT", "DE", "FR")}
    assert lake.files() == [*B1, "country=FR/acme-b2"]


def test_a_table_is_changed_by_one_run_at_a_time(lake, monkeypatch):
    from trakt.tables import registration

    place = f"{lake.place}/catalog"
    held = storage_for(place).lease(place, "another-run")
    threading.Timer(1, held.__exit__).start()
    lake.run()
    assert lake.tables() == ["orders"]
    monkeypatch.setattr(registration, "_PATIENCE", 0.1)
    with storage_for(place).lease(place, "another-run"):
        error = lake.fails("id,country,amount\n9,IT,1\n", "b2")
    assert isinstance(error, OutputError)
    assert "another-run" in str(error)
    assert len(error.faults) == 1
    assert not error.replaced
    assert lake.files() == B1


def test_a_run_that_has_no_time_left_waits_for_no_table(tmp_path, monkeypatch):
    from trakt.tables import registration

    monkeypatch.setattr(registration.time, "sleep", lambda _: pytest.fail("it waits"))
    table = trakt.tables.Table("shop", "orders", str(tmp_path), {"id": "bigint"}, {})
    change = registration.Change(table, None, "snappy", True, {}, {}, "mine", time.monotonic() - 1, lambda _: False)
    place = f"{tmp_path}/catalog"
    with storage_for(place).lease(place, "another-run"), pytest.raises(OutputError, match="another-run"):
        registration.Registration(change).publish()


@pytest.mark.parametrize("point", ["enter", "add_partitions"])
def test_a_run_that_is_killed_in_between_says_that_it_published_and_the_next_one_mends_it(lake, point):
    killed = f"""
import os
from trakt.cli import main
from trakt.tables import catalog
catalog.{point} = lambda *_: os._exit(9)
main(["run", "--pipeline-file", "pipeline.yaml", "--input-dir", "in", "--output-dir", "{lake.bucket.uri("runs/b1/")}",
      "--client-id", "acme", "--batch-id", "b1"])
"""
    lake.project.write("orders.csv", ORDERS)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", killed]
    done = subprocess.run(command, cwd=lake.project.folder, env=environment, capture_output=True, check=False)
    assert done.returncode == 9, done.stderr
    assert lake.files() == B1
    assert json.loads(lake.bucket.get("runs/b1/manifest.json"))["status"] == "publishing"
    # what the one that was killed has held stays its own until its lease is over
    for key in lake.bucket.all_keys():
        if key.endswith(".trakt-lease"):
            lake.bucket.client.delete_object(Bucket=lake.bucket.name, Key=key)
    lake.run()
    assert lake.partitions() == {"country=AT": "AT", "country=DE": "DE"}


def test_a_table_that_was_changed_meanwhile_is_not_what_was_planned(lake):
    lake.run()
    change = (
        "import awswrangler as wr; wr.catalog.delete_column(database='shop', table='orders', column_name='amount'); "
        "wr.catalog.create_parquet_table(database='shop', table='orders', path='x', "
        "columns_types={'amount': 'string'}, mode='append')"
    )
    lake.step("changes", change)
    lake.pipeline(step="changes")
    error = lake.fails(batch="b2")
    assert "its column 'amount' is string, and this output's double" in str(error)
    assert lake.files() == B1


def test_the_codes_that_are_left_to_s3_are_known_there():
    from trakt.tables import faults

    assert set(faults._OF_S3) <= set(s3_faults._CODES)
