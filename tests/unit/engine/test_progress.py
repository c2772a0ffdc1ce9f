"""How far a run is, looked at from inside of it: each number is what it is at that moment, and never goes back."""

from __future__ import annotations

import threading

import pytest

from trakt.engine.progress import Progress
from trakt.errors import InputError

ROWS = "id,n\n" + "".join(f"{number},{number % 7}\n" for number in range(1_000))


def by_name(progress):
    return {part.name: part for part in progress.parts()}


@pytest.fixture
def watched(new_project):
    """A stream of ten chunks with a step in its middle, and what was seen of it at each chunk."""
    project = new_project()
    project.write("records.csv", ROWS + "bad\n")
    project.step(
        "pass_on",
        """
        @step_contract(inputs=["input"], outputs=["output"], supports_stream=True)
        def run(ctx, input):
            def each(frame):
                ctx.metadata["look"]()
                return frame
            return {"output": each(input) if ctx.mode == "batch" else map(each, input)}
        """,
    )
    project.pipeline(
        inputs={
            "records": {"uri": "records.csv", "on_bad_rows": "quarantine"},
            "extra": {"uri": "gone.csv", "required": False},
        },
        steps=[{"id": "pass_on", "uses": "steps.pass_on", "with": {"input": "records", "output": "made"}}],
        outputs={"made": "made"},
    )
    return project


def run(project, mode, **more):
    seen, runs = [], []
    looking = {"look": lambda: seen.append(by_name(runs[0]))}
    done = project.run(mode, 100, watch=runs.append, context_metadata=looking, **more)
    (progress,) = runs
    assert isinstance(progress, Progress)
    return done, progress, seen


@pytest.mark.parametrize("mode", ["batch", "stream"])
def test_in_the_end_all_numbers_are_those_of_the_manifest(watched, mode):
    done, progress, _ = run(watched, mode)
    parts, manifest = by_name(progress), done.manifest
    records, step, made = parts["records"], parts["pass_on"], parts["made"]
    assert {part.name: part.state for part in progress.parts()} == {
        "records": "done",
        "extra": "absent",
        "pass_on": "done",
        "made": "done",
    }
    assert (records.rows_in, records.rejected) == (1_000, 1)
    assert records.rows_in == manifest["inputs"]["records"]["rows"]
    assert records.bytes == records.of_bytes == manifest["inputs"]["records"]["files"][0]["bytes"]
    entry = manifest["steps"][0]
    assert (step.rows_in, step.rows_out, step.rejected) == (entry["rows_in"], entry["rows_out"], 0)
    assert round(step.seconds * 1000, 3) == entry["duration_ms"]
    assert (made.rows_out, made.bytes) == (1_000, manifest["outputs"]["made"]["bytes"])
    assert records.seconds > 0
    assert made.seconds > 0
    assert (progress.mode, progress.pipeline) == (mode, "tested")


def test_while_a_stream_flows_rows_are_counted_and_what_comes_later_waits(watched):
    _, _, seen = run(watched, "stream")
    assert len(seen) == 10
    rows = [look["pass_on"].rows_in for look in seen]
    # who asks has the chunk in its hands
    assert rows == [100 * number for number in range(1, 11)]
    assert {look["pass_on"].state for look in seen} == {"running"}
    assert {look["records"].state for look in seen} == {"rows"}
    assert seen[0]["made"].state == "waiting"
    read = [look["records"].bytes for look in seen]
    assert read == sorted(read)
    assert {look["records"].passes for look in seen} == {2}


def test_in_batch_mode_an_input_is_done_before_a_step_begins(watched):
    _, _, (look,) = run(watched, "batch")
    assert (look["records"].state, look["pass_on"].state, look["made"].state) == ("done", "running", "waiting")
    assert (look["pass_on"].rows_in, look["pass_on"].rows_out) == (1_000, 0)


def test_where_all_types_are_declared_there_is_one_pass(watched):
    watched.yaml(
        watched.file.read_text().replace("uri: records.csv", "uri: records.csv\n    schema: {id: int, n: int}")
    )
    _, progress, _ = run(watched, "stream")
    assert by_name(progress)["records"].passes == 1


def test_before_there_is_a_plan_there_is_nothing_to_see(watched):
    watched.yaml(watched.file.read_text().replace("records.csv", "none.csv"))
    done, progress, _ = run(watched, "stream")
    assert isinstance(done.error, InputError)
    assert progress.parts() == []
    assert progress.mode is None


def test_a_step_that_was_under_way_when_a_run_failed_has_stopped(watched):
    def fails():
        raise ValueError("it is broken")

    runs = []
    watched.run("stream", 100, watch=runs.append, context_metadata={"look": fails})
    assert by_name(runs[0])["pass_on"].state == "stopped"


def test_it_may_be_looked_at_from_any_thread_at_any_time(watched):
    over, faults, looks = threading.Event(), [], []

    def stare(progress):
        while not over.is_set():
            try:
                looks.append(by_name(progress))
            except Exception as fault:
                faults.append(fault)

    threads = []

    def watch(progress):
        threads.append(threading.Thread(target=stare, args=(progress,)))
        threads[0].start()

    try:
        watched.good("stream", 1, watch=watch, context_metadata={"look": lambda: None})
    finally:
        over.set()
        threads[0].join()
    assert faults == []
    rows = [look["made"].rows_out for look in looks if look]
    assert rows == sorted(rows)
    assert len(set(rows)) > 1
