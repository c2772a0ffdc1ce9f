"""`kind: parquet`: the same values and the same bytes however the rows were cut, and no value changed on its way."""

from __future__ import annotations

import datetime as dt
import io
import json
import uuid
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trakt import InputError, OutputError, PipelineError

EXAMPLES = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
KIND = {"kind": "parquet"}
EVERY_TYPE = {
    "i8": pa.array([1, None, -3], pa.int8()),
    "u32": pa.array([1, 2, 4294967295], pa.uint32()),
    "u64": pa.array([0, None, 7], pa.uint64()),
    "f32": pa.array([0.5, None, 1e10], pa.float32()),
    "dec": pa.array([Decimal("1.50"), None, Decimal("-0.07")], pa.decimal128(9, 2)),
    "cat": pa.array(["a", "b", None]).dictionary_encode(),
    "big": pa.array(["ä", "", "02116"], pa.large_string()),
    "ok": pa.array([True, None, False]),
    "day": pa.array([dt.date(2026, 2, 5), None, dt.date(1583, 1, 1)]),
    "at": pa.array([dt.datetime(2026, 2, 5, 9, 30), None, dt.datetime(9999, 1, 1)], pa.timestamp("ms")),
    "ns": pa.array([1_000, None, 2_000], pa.timestamp("ns")),
    "zone": pa.array([0, None, 1], pa.timestamp("us", "Europe/Vienna")),
    "none": pa.nulls(3),
}


def stored(columns: Any, **how: Any) -> bytes:
    content = io.BytesIO()
    pq.write_table(columns if isinstance(columns, pa.Table) else pa.table(columns), content, **how)
    return content.getvalue()


def through(project: Any, content: bytes, **entry: Any) -> None:
    project.write("records.parquet", content)
    write = entry.pop("write", {})
    project.pipeline(
        inputs={"records": {"uri": "records.parquet", **KIND, **entry}},
        outputs={
            "datasets": [
                {"name": "records", "from": "records", **KIND, "metadata": write},
                {"name": "text", "from": "records"},
            ]
        },
    )


def table_of(done: Any, name: str = "records.parquet") -> pa.Table:
    return pq.read_table(io.BytesIO(done.bytes(name)))


def rejected(done: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.bytes("rejected.jsonl").splitlines()]


def test_every_type_keeps_its_values(project: Any, mode: str) -> None:
    through(project, stored(EVERY_TYPE))
    done = project.good(mode, 2)
    found = table_of(done)
    given = pa.table(EVERY_TYPE)
    for name in EVERY_TYPE:
        assert found.column(name).to_pylist() == given.column(name).to_pylist(), name
    kinds = dict(zip(found.schema.names, map(str, found.schema.types), strict=True))
    assert kinds == {
        "i8": "int64", "u32": "int64", "u64": "int64", "f32": "double", "dec": "decimal128(3, 2)", "cat": "string",
        "big": "string", "ok": "bool", "day": "date32[day]", "at": "timestamp[us]", "ns": "timestamp[us]",
        "zone": "timestamp[us, tz=Europe/Vienna]", "none": "string",
    }  # fmt: skip
    assert done.rows("text.csv")[1] == [
        "1", "1", "0", "0.5", "1.50", "a", "ä", "True", "2026-02-05", "2026-02-05 09:30:00",
        "1970-01-01 00:00:00.000001", "1970-01-01 01:00:00+01:00", "",
    ]  # fmt: skip


_VALUES = st.one_of(st.none(), st.integers(-(2**40), 2**40), st.sampled_from((0.5, -1.25, 3.0)))
_TEXTS = st.one_of(st.none(), st.text(st.characters(exclude_categories=("Cs",)), max_size=4))


@EXAMPLES
@given(
    rows=st.lists(st.tuples(_VALUES, _TEXTS), min_size=1, max_size=30), chunk=st.integers(1, 9), group=st.integers(1, 9)
)
def test_chunks_do_not_change_a_byte(project: Any, rows: list[Any], chunk: int, group: int) -> None:
    numbers = pa.array([None if number is None else float(number) for number, _ in rows], pa.float64())
    columns = {"a": numbers, "b": pa.array([text for _, text in rows], pa.string())}
    through(project, stored(columns, row_group_size=group), write={"row_group_rows": 4})
    whole, cut = project.good("batch"), project.good("stream", chunk)
    assert whole.bytes("records.parquet") == cut.bytes("records.parquet")
    assert table_of(cut).to_pydict() == pa.table(columns).to_pydict()
    groups = pq.ParquetFile(io.BytesIO(cut.bytes("records.parquet"))).metadata
    assert [groups.row_group(each).num_rows for each in range(groups.num_row_groups)] == [
        min(4, len(rows) - start) for start in range(0, len(rows), 4)
    ]


@EXAMPLES
@given(values=st.lists(_VALUES, min_size=1, max_size=12), chunk=st.integers(1, 5))
def test_a_type_that_only_a_later_chunk_decides_is_that_of_all(project: Any, values: list[Any], chunk: int) -> None:
    # objects, whose chunks look like nothing, whole numbers or fractions
    project.step(
        "objects",
        f"""
        VALUES = {values!r}

        @step_contract(inputs=["input"], outputs=["output"], supports_stream=True)
        def run(ctx, input):
            def objects(frame):
                return pd.DataFrame({{"a": pd.Series([VALUES[i] for i in frame["i"]], dtype=object)}})
            if isinstance(input, pd.DataFrame):
                return {{"output": objects(input)}}
            return {{"output": (objects(frame) for frame in input)}}
        """,
    )
    project.write("records.parquet", stored({"i": list(range(len(values)))}))
    project.pipeline(
        inputs={"records": {"uri": "records.parquet", **KIND}},
        steps=[{"id": "objects", "uses": "steps.objects.run", "with": {"input": "records", "output": "made"}}],
        outputs={"datasets": [{"name": "made", "from": "made", **KIND}]},
    )
    whole, cut = project.good("batch"), project.good("stream", chunk)
    assert whole.bytes("made.parquet") == cut.bytes("made.parquet")
    assert table_of(cut, "made.parquet").column("a").to_pylist() == values


def test_a_declared_type_is_read_exactly_or_the_row_is_named(project: Any, mode: str) -> None:
    through(project, stored({"a": ["1", "x", None, "3"], "b": [1.0, 2.0, 2.5, 4.0]}), schema={"a": "int", "b": "int"})
    done = project.bad(InputError, mode, 1)
    assert "records.parquet:2: column 'a' holds 'x', not a whole number" in done.told
    assert "records.parquet:3: column 'b' holds '2.5', not a whole number" in done.told


def test_bad_rows_are_set_aside_and_replayed(project: Any, mode: str) -> None:
    through(project, stored({"a": ["1", "x", "3"], "b": [7, 8, 9]}), schema={"a": "int"}, on_bad_rows="quarantine")
    done = project.good(mode, 1)
    assert table_of(done).to_pydict() == {"a": [1, 3], "b": [7, 9]}
    (row,) = rejected(done)
    assert (row["line"], row["byte_offset"], row["reason"], row["column"]) == (2, None, "type_mismatch", "a")
    assert json.loads(row["raw"]) == {"a": "x", "b": "8"}
    entry = done.manifest["inputs"]["records"]
    assert (entry["rows"], entry["rejected"], entry["lines"]) == (2, 1, None)
    mended = {**row, "raw": '{"a": "2", "b": "8"}'}
    (project.folder / "mended.jsonl").write_text(json.dumps(mended) + "\n", "utf-8")
    replayed = project.cli("replay", str(done.out / "manifest.json"), "--rows", "mended.jsonl", "-q")
    assert replayed.returncode == 0, replayed.stderr
    made = json.loads(replayed.stdout)["outputs"]["records"]["path"]
    assert pq.read_table(made).to_pydict() == {"a": [2], "b": [8]}


def test_a_value_that_would_lose_something_is_a_bad_row(project: Any, mode: str) -> None:
    columns = {"u": pa.array([1, 2**63], pa.uint64()), "ns": pa.array([1_000, 1_001], pa.timestamp("ns"))}
    through(project, stored(columns))
    told = project.bad(InputError, mode, 1).told
    assert "column 'u' holds '9223372036854775808', not a whole number" in told
    assert "column 'ns' holds '1970-01-01 00:00:00.000001001', not a timestamp" in told
    through(project, stored(columns), schema={"u": "string", "ns": "string"})
    assert table_of(project.good(mode, 1)).column("ns").to_pylist()[1] == "1970-01-01 00:00:00.000001001"


def test_what_has_no_type_is_refused_with_what_to_do(project: Any) -> None:
    columns = {"a": [1], "raw": pa.array([b"\xe9"]), "list": [[1, 2]]}
    through(project, stored(columns))
    told = project.bad(InputError).told
    assert "column 'raw' holds binary" in told
    assert "column 'list' holds list<" in told
    assert "columns" in told
    through(project, stored(columns), metadata={"columns": ["a"]})
    assert table_of(project.good()).to_pydict() == {"a": [1]}
    through(project, stored(columns), metadata={"columns": ["a", "raw"]}, schema={"raw": "string"})
    assert "not text" in project.bad(InputError).told
    through(project, stored({"raw": pa.array([b"ok"])}), schema={"raw": "string"})
    assert table_of(project.good()).to_pydict() == {"raw": ["ok"]}


def parts(project: Any, *files: Any, **entry: Any) -> None:
    for number, columns in enumerate(files):
        project.write(f"parts/{number}.parquet", stored(columns))
    project.pipeline(
        inputs={"records": {"uri": "parts/", **KIND, **entry}},
        outputs={"datasets": [{"name": "records", "from": "records", **KIND}]},
    )


def test_several_files_are_one_table_by_name(project: Any, mode: str) -> None:
    parts(project, {"a": [1], "b": ["x"]}, {"b": ["y"], "a": [2.5]})
    assert table_of(project.good(mode, 1)).to_pydict() == {"a": [1.0, 2.5], "b": ["x", "y"]}
    parts(project, {"a": [1], "b": ["x"]}, {"a": [2]})
    assert "1.parquet: has other columns than" in project.bad(InputError).told
    parts(project, {"a": [1], "b": ["x"]}, {"a": [2]}, combine_strategy="union_by_name")
    assert table_of(project.good(mode, 1)).to_pydict() == {"a": [1, 2], "b": ["x", None]}
    parts(project, {"a": [1]}, {"a": ["x"]}, combine_strategy="validate_schema")
    assert "column 'a' is string, but int in" in project.bad(InputError).told


def test_a_new_column_is_left_out_or_set_aside_by_contract(project: Any, mode: str) -> None:
    entry = {"schema": {"a": "int"}, "schema_contract": {"columns": "discard"}}
    parts(project, {"a": [1], "new": [[1]]}, **entry)
    assert table_of(project.good(mode, 1)).to_pydict() == {"a": [1]}
    entry = {"schema": {"a": "int"}, "schema_contract": {"columns": "quarantine"}, "on_bad_rows": "quarantine"}
    parts(project, {"a": [1]}, {"a": [2], "new": ["x"]}, **entry)
    done = project.good(mode, 1)
    assert table_of(done).to_pydict() == {"a": [1]}
    assert [row["reason"] for row in rejected(done)] == ["unknown_column"]


def test_values_that_do_not_fit_may_be_discarded(project: Any, mode: str) -> None:
    through(project, stored({"a": ["1", "x"]}), schema={"a": "int"}, schema_contract={"types": "discard"})
    done = project.good(mode, 1)
    assert table_of(done).to_pydict() == {"a": [1, None]}
    assert done.events["warning.discarded_values"]["values"] == {"a": 1}


def test_what_is_no_parquet_is_told(project: Any) -> None:
    through(project, b"a,b\n1,2\n")
    assert "cannot be read as Parquet" in project.bad(InputError).told
    through(project, b"")
    assert "is empty, and so no Parquet file" in project.bad(InputError).told
    whole = stored({"a": list(range(1000))}, use_dictionary=False, compression="none", write_page_checksum=True)
    through(project, whole[:200] + b"\xff" * 200 + whole[400:])
    assert "cannot be read as Parquet" in project.bad(InputError).told
    through(project, whole[:-20])
    assert "cannot be read as Parquet" in project.bad(InputError).told


def test_an_empty_table_keeps_its_columns(project: Any, mode: str) -> None:
    through(project, stored({"a": pa.array([], pa.int64()), "b": pa.array([], pa.string())}))
    done = project.good(mode, 1)
    assert (table_of(done).num_rows, table_of(done).column_names) == (0, ["a", "b"])


def test_options_are_checked_before_anything_is_read(project: Any) -> None:
    through(project, b"", write={"compression": "zip"})
    assert "'compression' must be snappy, gzip or none" in project.bad(PipelineError).told
    through(project, b"", metadata={"colums": ["a"]})
    assert "did you mean 'columns'?" in project.bad(PipelineError).told
    through(project, stored({"amount": [1]}), metadata={"columns": ["amuont"]})
    assert "did you mean 'amount'?" in project.bad(InputError).told


def test_gzip_makes_other_bytes_of_the_same_values(project: Any) -> None:
    through(project, stored({"a": ["x" * 100] * 50}), write={"compression": "gzip"})
    done = project.good()
    assert (
        pq.ParquetFile(io.BytesIO(done.bytes("records.parquet"))).metadata.row_group(0).column(0).compression == "GZIP"
    )
    assert table_of(done).to_pydict() == {"a": ["x" * 100] * 50}


def test_what_parquet_cannot_hold_is_told_with_its_column(project: Any, mode: str) -> None:
    project.step(
        "lists",
        """
        @step_contract(inputs=["input"], outputs=["output"])
        def run(ctx, input):
            return {"output": input.assign(b=[[1]] * len(input))}
        """,
    )
    project.write("records.csv", "a\n1\n")
    project.pipeline(
        inputs={"records": "records.csv"},
        steps=[{"id": "lists", "uses": "steps.lists.run", "with": {"input": "records", "output": "made"}}],
        outputs={"datasets": [{"name": "made", "from": "made", **KIND}]},
    )
    assert "output 'made', column 'b': a list has no text form" in project.bad(OutputError).told


def moments(*texts: str | None) -> list[dt.datetime | None]:
    return [text and dt.datetime.fromisoformat(text) for text in texts]


FAR = ("9999-12-31 00:00:00", None, "2026-02-05 09:30:00.000001", "0001-01-01 00:00:00")


def test_timestamps_of_96_bits_are_those_of_their_years(project: Any, mode: str) -> None:
    """Older Spark and Hive write them, and 9999-12-31 for a day that never comes."""
    columns = {"a": pa.array(moments(*FAR), pa.timestamp("us")), "b": [1, 2, 3, 4]}
    through(project, stored(columns, use_deprecated_int96_timestamps=True))
    assert table_of(project.good(mode, 1))["a"].to_pylist() == moments(*FAR)


@pytest.mark.parametrize("far", [True, False])
def test_of_96_bits_what_is_finer_than_microseconds_is_a_bad_row(project: Any, mode: str, far: bool) -> None:
    near = [1_001, 5_000, None, 2_003]
    columns = {"a": pa.array(near, pa.timestamp("ns")), "b": pa.array(moments(*FAR), pa.timestamp("us"))}
    named = columns if far else {"a": columns["a"]}
    through(project, stored(named, use_deprecated_int96_timestamps=True), on_bad_rows="quarantine")
    done = project.good(mode, 1)
    assert [(row["line"], json.loads(row["raw"])["a"]) for row in rejected(done)] == [
        (1, "1970-01-01 00:00:00.000001001"), (4, "1970-01-01 00:00:00.000002003"),
    ]  # fmt: skip
    assert table_of(done)["a"].to_pylist() == [*moments("1970-01-01 00:00:00.000005"), None]
    if far:
        assert [json.loads(row["raw"])["b"] for row in rejected(done)] == [FAR[0], FAR[3]]


@pytest.mark.parametrize("schema", [{}, {"schema": {"a": "string"}}])
def test_moments_and_days_that_no_text_tells_are_bad_rows(project: Any, mode: str, schema: Any) -> None:
    far = pa.array([2**63 - 1, 0, -(2**63) + 1], pa.timestamp("us"))
    through(project, stored({"a": far}), on_bad_rows="quarantine", **schema)
    done = project.good(mode, 1)
    assert [row["line"] for row in rejected(done)] == [1, 3]
    through(project, stored({"a": pa.array([10_000_000, 0, -10_000_000], pa.date32())}), on_bad_rows="quarantine")
    assert [row["line"] for row in rejected(project.good(mode, 1))] == [1, 3]
    assert "holds '29349-01-26', not a date in the years 1 to 9999" in rejected(project.good(mode))[0]["message"]


def test_a_zone_that_nobody_knows_is_refused(project: Any, mode: str) -> None:
    through(project, stored({"a": pa.array([0], pa.timestamp("us", "Mars/Olympus"))}))
    assert "column 'a' has the zone 'Mars/Olympus', which is unknown here" in project.bad(InputError, mode).told


@pytest.mark.parametrize("schema", [True, False])
def test_uuids_and_json_are_their_texts(project: Any, mode: str, schema: bool) -> None:
    text = "c5a6f5a2-0000-4000-8000-00000000002a"
    columns = {
        "id": pa.array([uuid.UUID(text).bytes, None], pa.uuid()),
        "doc": pa.ExtensionArray.from_storage(pa.json_(), pa.array(['{"x": 1}', None], pa.string())),
    }
    through(project, stored(columns, store_schema=schema))
    assert table_of(project.good(mode, 1)).to_pydict() == {"id": [text, None], "doc": ['{"x": 1}', None]}


@pytest.mark.parametrize("rows", [10, 200_000])
def test_a_file_in_s3_gives_the_same_bytes(project: Any, bucket: Any, mode: str, rows: int) -> None:
    content = stored({"a": list(range(rows)), "b": [f"text {each * 7919 % rows}" for each in range(rows)]})
    through(project, content)
    bucket.put("in/records.parquet", content)
    local = project.good(mode, 70_000)
    done = project.run(mode, 70_000, input_dir=bucket.uri("in"), output_dir=bucket.uri("out"))
    if done.error:
        raise done.error
    assert bucket.get("out/records.parquet") == local.bytes("records.parquet")
