"""One artifact, several readers: each gets all of it, and none sees what another does to it."""

from __future__ import annotations

from typing import Any

import pytest

from trakt import QualityError, StepError

CHUNKS = [1, 2, 50_000]
ROWS = "id,n\n" + "".join(f"{number},{number * 10}\n" for number in range(1, 8))
KEEP = """\
@step_contract(inputs=["input"], outputs=["output"], supports_stream=True)
def run(ctx, input):
    return {"output": input}
"""
SPOIL = """\
@step_contract(inputs=["input"], outputs=["output"], supports_stream=True)
def run(ctx, input):
    return {"output": spoil(input) if ctx.mode == "batch" else map(spoil, input)}

def spoil(frame):
    frame.loc[:, "n"] = 0
    frame["more"] = "x"
    del frame["id"]
    return frame
"""


def step(step_id: str, uses: str | None = None, **bound: Any) -> dict[str, Any]:
    return {"id": step_id, "uses": f"steps.{uses or step_id}", "with": bound}


@pytest.fixture
def shared(project: Any) -> Any:
    project.write("records.csv", ROWS)
    project.step("keep", KEEP)
    project.step("spoil", SPOIL)
    return project


def pipeline(project: Any, *steps: dict[str, Any], **outputs: str) -> None:
    datasets = [{"name": name, "from": source} for name, source in outputs.items()]
    project.pipeline(inputs={"records": "records.csv"}, steps=list(steps), outputs={"datasets": datasets})


@pytest.mark.parametrize("chunk", CHUNKS)
def test_two_outputs_of_one_artifact_are_both_whole(shared: Any, mode: str, chunk: int) -> None:
    pipeline(shared, step("keep", input="records", output="kept"), a="kept", b="kept", c="records")
    done = shared.good(mode, chunk)
    assert [done.bytes(f"{name}.csv").decode() for name in "abc"] == [ROWS] * 3
    assert [output["rows"] for output in done.manifest["outputs"].values()] == [7, 7, 7]


@pytest.mark.parametrize("chunk", CHUNKS)
def test_a_step_that_changes_its_input_in_place_is_not_seen_by_other_readers(
    shared: Any, mode: str, chunk: int
) -> None:
    pipeline(
        shared,
        step("one", "spoil", input="records", output="spoiled"),
        step("two", "keep", input="records", output="kept"),
        step("three", "spoil", input="records", output="spoiled_too"),
        a="spoiled",
        b="kept",
        c="records",
        d="spoiled_too",
    )
    done = shared.good(mode, chunk)
    assert done.bytes("b.csv").decode() == ROWS
    assert done.bytes("c.csv").decode() == ROWS
    assert done.bytes("a.csv") == done.bytes("d.csv") == b"n,more\n" + b"0,x\n" * 7


@pytest.mark.parametrize("chunk", CHUNKS)
def test_a_frame_made_under_two_names_is_two_frames(shared: Any, mode: str, chunk: int) -> None:
    shared.step(
        "twin",
        """\
        import itertools
        @step_contract(inputs=["input"], outputs=["one", "two"], supports_stream=True)
        def run(ctx, input):
            one, two = (input, input) if ctx.mode == "batch" else itertools.tee(input)
            return {"one": one, "two": two}
        """,
    )
    pipeline(
        shared,
        step("twin", input="records", one="left", two="right"),
        step("spoil", input="left", output="spoiled"),
        a="spoiled",
        b="right",
    )
    done = shared.good(mode, chunk)
    assert done.bytes("b.csv").decode() == ROWS


@pytest.mark.parametrize("chunk", CHUNKS)
def test_one_step_may_read_one_artifact_twice(shared: Any, mode: str, chunk: int) -> None:
    shared.step(
        "both",
        """\
        @step_contract(inputs=["inputs"], outputs=["output"], supports_stream=True)
        def run(ctx, inputs):
            if ctx.mode == "batch":
                return {"output": pd.concat([work(*inputs)])}
            return {"output": (work(*pair) for pair in zip(*inputs, strict=True))}

        def work(one, two):
            one["n"] = 0
            return one.assign(m=two["n"])
        """,
    )
    pipeline(shared, step("both", inputs=["records", "records"], output="joined"), a="joined")
    assert shared.good(mode, chunk).rows("a.csv")[1:] == [[str(n), "0", str(n * 10)] for n in range(1, 8)]


@pytest.mark.parametrize("chunk", CHUNKS)
def test_a_reader_that_is_far_behind_gets_every_chunk(shared: Any, chunk: int) -> None:
    shared.step(
        "after",
        """\
        @step_contract(inputs=["inputs"], outputs=["output"], supports_stream=True)
        def run(ctx, inputs):
            return {"output": (frame for frames in inputs for frame in frames)}
        """,
    )
    pipeline(shared, step("after", inputs=["records", "records", "records"], output="thrice"), a="thrice", b="records")
    done = shared.good("stream", chunk)
    assert len(done.rows("a.csv")) == 22
    assert done.bytes("b.csv").decode() == ROWS


HEAD = """\
@step_contract(inputs=["input"], outputs=["output"], supports_stream=True)
def run(ctx, input):
    return {"output": input.head(1) if ctx.mode == "batch" else (frame.head(1) for frame in first(input))}

def first(frames):
    yield next(frames)
"""


def test_a_step_that_stops_reading_early_does_not_stop_the_count(shared: Any, mode: str) -> None:
    shared.step("head", HEAD)
    pipeline(shared, step("head", input="records", output="first"), a="first")
    done = shared.good(mode, 2)
    assert done.rows("a.csv") == [["id", "n"], ["1", "10"]]
    assert done.manifest["inputs"]["records"]["rows"] == 7
    assert done.manifest["inputs"]["records"]["files"][0]["rows"] == 7
    assert done.manifest["inputs"]["records"]["files"][0]["sha256"]


def gate(output: str = "checked") -> dict[str, Any]:
    policy = {"const": {"max_null_ratio": {"n": 0.0}}}
    return {
        "id": "gate",
        "uses": "trakt.steps.quality_gate",
        "with": {"input": "records", "policy": policy, "output": output},
    }


def test_a_gate_looks_at_every_row_even_if_the_step_behind_it_stops_early(shared: Any, mode: str) -> None:
    shared.write("records.csv", ROWS + "8,\n")
    shared.step("head", HEAD)
    pipeline(shared, gate(), step("head", input="checked", output="first"), a="first")
    done = shared.bad(QualityError, mode, 2)
    assert not (done.out / "a.csv").exists()


def test_a_gate_that_nobody_reads_still_decides(shared: Any, mode: str) -> None:
    shared.write("records.csv", ROWS + "8,\n")
    pipeline(shared, gate(), a="records")
    done = shared.bad(QualityError, mode, 2)
    assert not (done.out / "a.csv").exists()
    shared.write("records.csv", ROWS)
    assert shared.good(mode, 2).manifest["steps"][0]["rows_in"] == 7


def test_a_step_that_never_looks_at_its_input_still_has_all_rows_counted(shared: Any, mode: str) -> None:
    shared.step(
        "blind",
        """\
        @step_contract(inputs=["input"], outputs=["output"], supports_stream=True)
        def run(ctx, input):
            frame = pd.DataFrame({"a": [1]})
            return {"output": frame if ctx.mode == "batch" else iter([frame])}
        """,
    )
    pipeline(shared, step("blind", input="records", output="made"), a="made")
    done = shared.good(mode, 2)
    assert done.bytes("a.csv") == b"a\n1\n"
    assert done.manifest["inputs"]["records"]["rows"] == 7


def test_a_step_that_yields_no_chunk_is_told_to_yield_an_empty_one(shared: Any) -> None:
    shared.step("none", KEEP.replace('"output": input', '"output": iter(())'))
    pipeline(shared, step("none", input="records", output="nothing"), a="nothing")
    done = shared.bad(StepError, "stream")
    assert "yielded no chunk" in done.told
    assert "step 'none'" in done.told


def test_a_step_that_yields_something_else_than_frames_is_told(shared: Any) -> None:
    shared.step("words", KEEP.replace('"output": input', '"output": iter(["word"])'))
    pipeline(shared, step("words", input="records", output="nothing"), a="nothing")
    assert "yielded str under 'output', not a pandas DataFrame" in shared.bad(StepError, "stream").told


def test_an_empty_chunk_in_the_middle_changes_nothing(shared: Any) -> None:
    shared.step(
        "gaps",
        KEEP.replace('"output": input', '"output": (part for frame in input for part in (frame.iloc[:0], frame))'),
    )
    pipeline(shared, step("gaps", input="records", output="kept"), a="kept")
    assert shared.good("stream", 2).bytes("a.csv").decode() == ROWS


def test_columns_that_change_between_chunks_are_told(shared: Any) -> None:
    body = '"output": (frame if i else frame[["id"]] for i, frame in enumerate(input))'
    shared.step("changes", KEEP.replace('"output": input', body))
    pipeline(shared, step("changes", input="records", output="kept"), a="kept")
    assert "columns changed" in shared.bad(Exception, "stream", 2).told


def test_an_event_emitted_in_every_chunk_is_kept_each_time(shared: Any) -> None:
    body = '"output": (ctx.emit_event("chunk", n=i) or frame for i, frame in enumerate(input))'
    shared.step("tells", KEEP.replace('"output": input', body))
    pipeline(shared, step("tells", input="records", output="kept"), a="kept")
    events = shared.good("stream", 3).manifest["events"]
    assert [(event["name"], event["step_id"], event["attributes"]["n"]) for event in events] == [
        ("chunk", "tells", 0),
        ("chunk", "tells", 1),
        ("chunk", "tells", 2),
    ]
