"""`partition_by`: rows dealt out to Hive's folders, all or nothing, and nothing of an earlier run left among them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trakt import InputError, OutputError, PipelineError, StepError

EXAMPLES = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
HIVE = ds.partitioning(pa.schema([("word", pa.string()), ("n", pa.int64())]), flavor="hive")
ORDERS = "id,country,amount\n1,AT,5\n2,DE,7.5\n3,AT,\n4,,1\n"


def orders(project: Any, content: str = ORDERS, kind: str = "csv", **entry: Any) -> None:
    project.write("orders.csv", content)
    output = {"name": "orders", "from": "orders", "kind": kind, "partition_by": ["country"], **entry}
    project.pipeline(inputs={"orders": "orders.csv"}, outputs={"datasets": [output]})


def files_below(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_each_value_has_its_folder_and_its_rows_in_order(project: Any, mode: str) -> None:
    orders(project)
    done = project.good(mode, 1)
    assert files_below(done.out / "orders") == {
        "country=AT/part-0.csv": b"id,amount\n1,5\n3,\n",
        "country=DE/part-0.csv": b"id,amount\n2,7.5\n",
        "country=__HIVE_DEFAULT_PARTITION__/part-0.csv": b"id,amount\n4,1\n",
    }
    entry = done.manifest["outputs"]["orders"]
    assert (entry["rows"], entry["bytes"], entry["partition_by"]) == (4, 47, ["country"])
    assert [(file["rows"], file["bytes"]) for file in entry["files"]] == [(2, 17), (1, 16), (1, 14)]
    assert project.cli("verify", str(done.out / "manifest.json")).returncode == 0
    (done.out / "orders/country=DE/part-0.csv").write_bytes(b"id,amount\n2,7.6\n")
    assert project.cli("verify", str(done.out / "manifest.json")).returncode != 0


@EXAMPLES
@given(
    rows=st.lists(st.tuples(st.sampled_from(("a", "b/c", "ä=", "%", "")), st.integers(0, 3)), min_size=1, max_size=20),
    chunk=st.integers(1, 7),
)
def test_chunks_do_not_change_a_byte(project: Any, rows: list[tuple[str, int]], chunk: int) -> None:
    lines = "".join(f"{at},{word},{number}\n" for at, (word, number) in enumerate(rows))
    orders(project, f"id,word,n\n{lines}", kind="parquet", partition_by=["word", "n"])
    whole, cut = project.good("batch"), project.good("stream", chunk)
    assert files_below(whole.out / "orders") == files_below(cut.out / "orders")
    found = ds.dataset(cut.out / "orders", partitioning=HIVE).to_table().to_pylist()
    assert sorted((row["id"], row["word"] or "", int(row["n"])) for row in found) == [
        (at, word, number) for at, (word, number) in enumerate(rows)
    ]


def test_a_column_has_one_type_in_all_files(project: Any, mode: str) -> None:
    orders(project, "id,country,amount\n1,AT,5\n2,DE,\n3,FR,1.5\n", kind="parquet")
    done = project.good(mode, 1)
    parts = [ds.dataset(path).schema.field("amount").type for path in (done.out / "orders").rglob("*.parquet")]
    assert list(map(str, parts)) == ["double"] * 3


def test_a_rerun_replaces_what_the_last_one_made_and_nothing_else(project: Any, mode: str) -> None:
    orders(project)
    done = project.good(mode, 1, out="out")
    (done.out / "orders/country=FR").mkdir()
    (done.out / "orders/country=FR/theirs.csv").write_text("not ours")
    orders(project, "id,country,amount\n9,AT,1\n")
    project.good(mode, 1, out="out")
    assert files_below(done.out / "orders") == {
        "country=AT/part-0.csv": b"id,amount\n9,1\n",
        "country=FR/theirs.csv": b"not ours",
    }


def test_a_failed_run_changes_nothing_and_the_next_one_still_knows_what_lies_there(project: Any, mode: str) -> None:
    orders(project)
    before = files_below(project.good(mode, 1, out="out").out / "orders")
    project.step(
        "fails",
        """
        @step_contract(inputs=["input"], outputs=["output"])
        def run(ctx, input):
            raise ValueError("no")
        """,
    )
    output = {"name": "orders", "from": "made", "partition_by": ["country"]}
    step = {"id": "fails", "uses": "steps.fails.run", "with": {"input": "orders", "output": "made"}}
    project.pipeline(inputs={"orders": "orders.csv"}, steps=[step], outputs={"datasets": [output]})
    failed = project.bad(StepError, "batch", out="out")
    assert files_below(failed.out / "orders") == before
    orders(project, "id,country,amount\n9,AT,1\n")
    assert list(files_below(project.good(mode, 1, out="out").out / "orders")) == ["country=AT/part-0.csv"]


def test_a_run_that_fails_for_want_of_its_input_hands_on_the_files_too(project: Any, mode: str) -> None:
    orders(project)
    project.good(mode, 1, out="out")
    (project.folder / "in/orders.csv").unlink()
    failed = project.bad(InputError, mode, 1, out="out")
    assert len(failed.manifest["outputs"]["orders"]["files"]) == 3
    orders(project, "id,country,amount\n9,AT,1\n")
    assert list(files_below(project.good(mode, 1, out="out").out / "orders")) == ["country=AT/part-0.csv"]


def test_what_is_done_is_skipped_until_a_file_is_gone(project: Any) -> None:
    orders(project)
    args = ("run", "--pipeline-file", str(project.file), "--input-dir", "in", "--output-dir", "out")
    first, second = (json.loads(project.cli(*args).stdout) for _ in range(2))
    assert (first["status"], second["status"]) == ("success", "skipped")
    (project.folder / "out/orders/country=AT/part-0.csv").unlink()
    assert json.loads(project.cli(*args).stdout)["status"] == "success"


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"partition_by": []}, "'partition_by' must be a list of columns"),
        ({"partition_by": ["a", "a"]}, "names a column twice"),
        ({"partition_by": "country"}, "'partition_by' must be a list of columns"),
        ({"uri": "orders.csv"}, "is named like a file"),
    ],
)
def test_mistakes_in_the_pipeline_are_told_before_anything_is_read(project: Any, entry: Any, told: str) -> None:
    orders(project, **entry)
    assert told in project.bad(PipelineError).told


def test_mistakes_that_only_the_data_shows(project: Any, mode: str) -> None:
    orders(project, partition_by=["contry"])
    assert "did you mean 'country'?" in project.bad(OutputError, mode, 1).told
    orders(project, partition_by=["id", "country", "amount"])
    assert "all of its columns stand in `partition_by`" in project.bad(OutputError, mode, 1).told
    many = "".join(f"{number},c{number},1\n" for number in range(300))
    orders(project, f"id,country,amount\n{many}")
    done = project.bad(OutputError, mode, 100)
    assert "over 256 partitions by 'country'" in done.told
    assert files_below(done.out / "orders") == {}


def test_the_plan_shows_the_folders(project: Any) -> None:
    orders(project)
    told = project.cli("plan", "--pipeline-file", str(project.file), "--input-dir", "in", "--output-dir", "out")
    assert "orders/country=..." in told.stdout + told.stderr
    assert project.cli("graph", "--pipeline-file", str(project.file)).returncode == 0


def test_partitions_in_s3_are_the_same_and_stale_ones_go(project: Any, bucket: Any, mode: str) -> None:
    orders(project)
    local = project.good(mode, 1)
    for content in (ORDERS, "id,country,amount\n9,AT,1\n"):
        orders(project, content)
        done = project.run(mode, 1, output_dir=bucket.uri("out"))
        if done.error:
            raise done.error
        keys = [key for key in bucket.all_keys() if "orders/" in key and "/." not in key]
        if content == ORDERS:
            assert bucket.get("out/orders/country=AT/part-0.csv") == local.bytes("orders/country=AT/part-0.csv")
            assert len(keys) == 3
    assert keys == ["out/orders/country=AT/part-0.csv"]
