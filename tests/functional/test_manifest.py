"""The manifest says what is so, on success and on failure, in both modes alike."""

from __future__ import annotations

import hashlib
import json
import platform
import subprocess
import sys
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

import trakt
from trakt import InputError, StepError

ROWS = "id,n,t\n02116,5,x\n7,,\n8,6,NA\n"


@pytest.fixture
def orders(project: Any) -> Any:
    project.step(
        "work",
        """\
        @step_contract(inputs=["input", "least"], outputs=["output"], supports_stream=True)
        def run(ctx, input, least):
            metrics = {"rows_dropped": 0, "rows_unmatched": 2, "share": 0.5}
            def work(frame):
                if (frame["n"] == 99).any():
                    raise ValueError("ninety-nine")
                kept = frame[frame["n"].fillna(0) >= least]
                metrics["rows_dropped"] += len(frame) - len(kept)
                return kept
            ctx.emit_event("working", least=least, client=ctx.client_id, batch=ctx.batch_id, extra=ctx.get_metadata("extra"))
            return {"output": work(input) if ctx.mode == "batch" else map(work, input), "__metrics__": metrics}
        """,
    )
    project.write("parts/a.csv", ROWS)
    project.write("parts/b.csv", "id,n,t\n9,7,é\n")
    bound = {"input": "records", "least": 1, "output": "worked"}
    project.pipeline(
        inputs={"records": "parts"},
        steps=[{"id": "work", "uses": "steps.work", "with": bound}],
        outputs={
            "datasets": [{"name": "worked", "from": "worked"}, {"name": "raw", "from": "records", "uri": "sub/raw.csv"}]
        },
    )
    return project


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_every_field_has_its_value(orders: Any, mode: str) -> None:
    done = orders.good(
        mode,
        2,
        run_id="r-1",
        pipeline_version="1.2",
        client_id="acme",
        batch_id="2026-02-05",
        params={"work.least": 6},
        context_metadata={"extra": "x"},
    )
    manifest = done.manifest
    assert (manifest["manifest_version"], manifest["run_id"], manifest["status"]) == (1, "r-1", "success")
    assert (manifest["client_id"], manifest["batch_id"]) == ("acme", "2026-02-05")
    pipeline_file = {
        "name": "tested",
        "version": "1.2",
        "file": str(orders.file),
        "sha256": sha256(orders.file),
        "overlay": None,
    }
    assert manifest["pipeline"] == pipeline_file
    assert manifest["params"] == {"work.least": 6}
    assert manifest["execution"] == {
        "engine": "local",
        "mode": mode,
        "chunk_rows": 2 if mode == "stream" else None,
    }
    assert manifest["runtime"] == {
        "name": "local",
        "trakt": trakt.__version__,
        "python": platform.python_version(),
        "pandas": version("pandas"),
        "pyarrow": version("pyarrow"),
    }
    began, ended = (datetime.fromisoformat(manifest[name]) for name in ("started_at", "finished_at"))
    assert began <= ended
    assert manifest["duration_ms"] >= 0
    assert manifest["peak_memory_mb"] > 10
    assert manifest["error"] is None
    (event,) = manifest["events"]
    assert (event["name"], event["step_id"]) == ("working", "work")
    assert event["attributes"] == {"least": 6, "client": "acme", "batch": "2026-02-05", "extra": "x"}


def test_inputs_are_described_file_by_file(orders: Any, mode: str) -> None:
    entry = orders.good(mode, 2).manifest["inputs"]["records"]
    folder = orders.folder / "in" / "parts"
    assert (entry["files_read"], entry["rows"], entry["absent"]) == (2, 4, False)
    assert entry["schema"] == {"id": "string", "n": "int", "t": "string"}
    assert [(file["uri"], file["rows"]) for file in entry["files"]] == [
        (str(folder / "a.csv"), 3),
        (str(folder / "b.csv"), 1),
    ]
    for file in entry["files"]:
        assert file["sha256"] == sha256(Path(file["uri"]))
        assert file["bytes"] == Path(file["uri"]).stat().st_size


def test_outputs_are_described_as_they_lie_on_the_disk(orders: Any, mode: str) -> None:
    done = orders.good(mode, 2)
    assert set(done.manifest["outputs"]) == {"worked", "raw"}
    for entry in done.manifest["outputs"].values():
        path = Path(entry["path"])
        assert entry["sha256"] == sha256(path)
        assert entry["bytes"] == path.stat().st_size
        assert entry["rows"] == path.read_text(encoding="utf-8").count("\n") - 1
        assert entry["schema"] == {"id": "string", "n": "int", "t": "string"}
    assert done.manifest["outputs"]["raw"]["path"] == str(done.out / "sub" / "raw.csv")


def test_steps_count_rows_and_keep_their_metrics(orders: Any, mode: str) -> None:
    (entry,) = orders.good(mode, 2).manifest["steps"]
    assert (entry["step_id"], entry["uses"], entry["status"]) == ("work", "steps.work", "success")
    assert (entry["rows_in"], entry["rows_out"], entry["outputs"]) == (4, 3, ["worked"])
    assert entry["metrics"] == {"rows_dropped": 1, "rows_unmatched": 2, "share": 0.5}
    assert (entry["rows_dropped"], entry["rows_unmatched"]) == (1, 2)
    assert entry["duration_ms"] >= 0


VARIABLE = ("started_at", "finished_at", "duration_ms", "run_id", "peak_memory_mb", "execution", "at", "path")


def steady(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: steady(item) for key, item in value.items() if key not in VARIABLE}
    return [steady(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("chunk", [1, 3, 50_000])
def test_both_modes_say_the_same_but_for_time_and_memory(orders: Any, chunk: int) -> None:
    whole, part = orders.good("batch"), orders.good("stream", chunk)
    assert steady(part.manifest) == steady(whole.manifest)


def test_a_failed_run_says_what_where_and_what_to_do(orders: Any, mode: str) -> None:
    orders.write("parts/b.csv", "id,n,t\n9,99,é\n")
    done = orders.bad(StepError, mode, 1, run_id="r-2")
    manifest = done.manifest
    assert (manifest["status"], manifest["run_id"]) == ("failed", "r-2")
    error = manifest["error"]
    assert (error["type"], error["step_id"], error["chunk"]) == ("ValueError", "work", 4 if mode == "stream" else None)
    assert error["message"].endswith("ValueError: ninety-nine")
    assert error["faults"][0]["where"].startswith("step 'work'")
    assert manifest["steps"][0]["status"] == "failed"
    assert all(entry["sha256"] is None for entry in manifest["outputs"].values())
    assert (done.error.run_id, done.error.step_id) == ("r-2", "work")  # type: ignore[union-attr]


def test_a_run_that_fails_in_its_plan_has_a_manifest_too(orders: Any, mode: str) -> None:
    for path in (orders.folder / "in" / "parts").iterdir():
        path.unlink()
    manifest = orders.bad(InputError, mode).manifest
    assert manifest["status"] == "failed"
    assert manifest["error"]["type"] == "InputError"
    assert manifest["error"]["hint"]


def test_an_error_of_reading_is_no_fault_of_a_step(orders: Any, mode: str) -> None:
    orders.write("parts/b.csv", "id,n,t\n1,2,3,4\n")
    manifest = orders.bad(InputError, mode).manifest
    assert manifest["error"]["step_id"] is None
    assert "b.csv:2" in manifest["error"]["message"]


def test_an_error_of_reading_far_down_is_no_fault_of_the_step_that_was_waiting_for_it(orders: Any) -> None:
    orders.write("parts/b.csv", "id,n,t\n" + "1,2,3\n" * 400_000 + "1,2,3,4\n")
    entry = {"uri": "parts", "schema": {"id": "string", "n": "int", "t": "string"}}
    orders.pipeline(
        inputs={"records": entry},
        steps=[{"id": "work", "uses": "steps.work", "with": {"input": "records", "least": 1, "output": "worked"}}],
        outputs={"worked": "worked"},
    )
    manifest = orders.bad(InputError, "stream").manifest
    assert manifest["error"]["type"] == "InputError"
    assert "b.csv:400002" in manifest["error"]["message"]


def test_the_result_names_its_parts(orders: Any, mode: str) -> None:
    done = orders.good(mode, client_id="acme")
    assert {"run_id", "status", "pipeline", "steps", "outputs", "manifest_path"} <= set(done.result)
    assert (done.result["status"], done.result["pipeline"]) == ("success", "tested")
    assert done.result["manifest_path"] == str(done.out / "manifest.json")
    json.dumps(done.result)


def test_the_manifest_may_lie_elsewhere(orders: Any, mode: str, tmp_path: Path) -> None:
    done = orders.good(mode, manifest_path=tmp_path / "records" / "run.json")
    assert done.manifest["status"] == "success"
    assert not (done.out / "manifest.json").exists()


def test_metrics_and_events_of_any_kind_become_json(project: Any, mode: str) -> None:
    project.step(
        "odd",
        """\
        import datetime, decimal
        import numpy as np
        @step_contract(inputs=["input"], outputs=["output"], supports_stream=True)
        def run(ctx, input):
            odd = {
                "numpy": np.int64(5), "nan": float("nan"), "inf": float("inf"), "set": {1}, "date": datetime.date(2026, 2, 5),
                "decimal": decimal.Decimal("1.50"), "na": pd.NA, "nat": pd.NaT, 3: "three", "bool": np.bool_(True), "none": None,
                "array": np.array([1, 2]), "deep": {"a": [np.float64(0.5), ("x",)]}, "bytes": b"x", "surrogate": "\\ud800",
            }
            ctx.emit_event("odd", **{str(key): value for key, value in odd.items()})
            return {"output": input, "__metrics__": odd}
        """,
    )
    project.write("records.csv", "id\n1\n")
    project.pipeline(
        inputs={"records": "records.csv"},
        steps=[{"id": "odd", "uses": "steps.odd", "with": {"input": "records", "output": "same"}}],
        outputs={"records": "same"},
    )
    manifest = project.good(mode).manifest
    metrics = manifest["steps"][0]["metrics"]
    assert (metrics["numpy"], metrics["date"], metrics["3"], metrics["bool"]) == (5, "2026-02-05", "three", True)
    assert metrics["deep"] == {"a": [0.5, ["x"]]}
    assert "NaN" not in json.dumps(manifest)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux hands it on")
def test_peak_memory_is_that_of_the_process_and_not_of_who_started_it() -> None:
    large = bytearray(b"1") * (500 << 20)
    code = "from trakt.engine.manifest import peak_memory_mb; print(peak_memory_mb())"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert 10 < float(told) < len(large) / (1 << 20) / 2
