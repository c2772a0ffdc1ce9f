"""A run that may take on only so much: rows, memory, time. It stops where a block or a chunk ends, in both modes."""

from __future__ import annotations

import itertools
import json
import time
from dataclasses import replace
from types import SimpleNamespace

import pytest

from trakt import DeadlineError, LimitError, PipelineError, RunRequest, load_pipeline_from_yaml
from trakt.engine import limits
from trakt.engine.limits import Limits
from trakt.engine.run import run
from trakt.storage import patiently

LINE = "{:07},some text that takes its room\n"
LONG_LINE = "{:07}," + "some text that takes a lot of room " * 1900 + "\n"
ROWS = 300_000


def request_of(project, mode="batch", **limit):
    return RunRequest(
        pipeline=load_pipeline_from_yaml(project.file),
        input_dir=str(project.folder / "in"),
        output_dir=str(project.folder / "out"),
        mode=mode,
        limits=Limits(**limit),
    )


@pytest.fixture
def large(project):
    """About 11 MB; declared, so that one pass is enough."""
    project.passthrough(
        "id,text\n" + "".join(map(LINE.format, range(ROWS))), metadata={"read_options": {"types": "text"}}
    )
    return project


@pytest.fixture
def underestimated(large):
    """As many rows, and a first one that takes the whole of a sample."""
    large.write("records.csv", "id,text\n" + LONG_LINE.format(0) + "".join(map(LINE.format, range(1, ROWS))))
    return large


@pytest.fixture
def bytes_read(monkeypatch):
    """How many bytes of the inputs were taken from the disk."""
    from trakt.storage import local

    counts = []
    genuine = local.open_read

    def counting(file, waiting=patiently):
        stream = genuine(file, waiting)
        if not file.uri.endswith(".csv"):
            return stream
        read = stream.read
        stream_read = lambda size=-1: counts.append(len(got := read(size))) or got  # noqa: E731
        return type("Counting", (), {"read": staticmethod(stream_read), "close": staticmethod(stream.close)})()

    monkeypatch.setattr(local, "open_read", counting)
    return counts


def test_rows_beyond_the_limit_that_no_estimate_saw_are_not_loaded_first(underestimated, mode, bytes_read):
    with pytest.raises(LimitError, match="more than 1,000 rows: reading stopped there") as caught:
        run(request_of(underestimated, mode, max_rows=1000))
    assert 0 < sum(bytes_read) < 5_000_000
    assert not (underestimated.folder / "out" / "records.csv").exists()
    assert caught.value.manifest_path == str(underestimated.folder / "out" / "manifest.json")


def test_the_pass_that_infers_types_stops_at_the_limit_too(project, mode, bytes_read):
    project.passthrough("id,text\n" + LONG_LINE.format(0) + "".join(map(LINE.format, range(1, ROWS))))
    with pytest.raises(LimitError, match="reading stopped there"):
        run(request_of(project, mode, max_rows=1000))
    assert 0 < sum(bytes_read) < 5_000_000


@pytest.mark.parametrize(("rows", "fits"), [(9, True), (10, True), (11, False)])
def test_exactly_as_many_rows_as_the_limit_are_taken(project, mode, rows, fits):
    project.passthrough("id\n" + "1\n" * rows)
    if fits:
        assert run(request_of(project, mode, max_rows=10))["outputs"]["records"]["rows"] == rows
    else:
        with pytest.raises(LimitError):
            run(request_of(project, mode, max_rows=10))


def test_all_inputs_and_all_their_files_count_together_and_a_second_pass_does_not_count(project, mode):
    for name in ("a/1.csv", "a/2.csv", "b.csv"):
        project.write(name, "id\n1\n2\n3\n")
    project.pipeline(
        inputs={"a": {"uri": "a/"}, "b": {"uri": "b.csv"}},
        outputs={"datasets": [{"name": "a", "from": "a"}, {"name": "b", "from": "b"}]},
    )
    assert run(request_of(project, mode, max_rows=9))["status"] == "success"
    with pytest.raises(LimitError):
        run(replace(request_of(project, mode, max_rows=8), force=True))


def test_clearly_too_many_rows_are_refused_before_any_is_read(large, mode, bytes_read):
    with pytest.raises(LimitError, match=r"more than 1,000 rows: inputs of [\d,]+ bytes hold about (29|30)\d,\d\d\d"):
        run(request_of(large, mode, max_rows=1000))
    assert bytes_read == []
    assert '"status": "failed"' in (large.folder / "out" / "manifest.json").read_text()


def test_a_run_that_is_handed_over_leaves_the_record_to_who_takes_it(project, mode):
    project.passthrough("id\n1\n2\n")
    run(request_of(project, mode))
    before = (project.folder / "out" / "manifest.json").read_bytes()
    with pytest.raises(LimitError) as caught:
        run(replace(request_of(project, mode, max_rows=1, hand_over=True), force=True))
    assert caught.value.manifest_path is None
    assert (project.folder / "out" / "manifest.json").read_bytes() == before


WHOLE = """
    @step_contract(inputs=["input"], outputs=["output"])
    def run(ctx, input):
        return {"output": input}
    """


def test_a_batch_that_would_not_fit_in_memory_and_cannot_be_a_stream_is_refused_before_it_is_read(large, bytes_read):
    large.step("whole", WHOLE)
    large.pipeline(
        inputs={"records": {"uri": "records.csv", "metadata": {"read_options": {"types": "text"}}}},
        steps=[{"id": "all", "uses": "steps.whole", "with": {"input": "records", "output": "out"}}],
        outputs={"records": "out"},
    )
    with pytest.raises(LimitError, match=r"about [\d,]+ MiB of memory in batch mode; there are 250"):
        run(request_of(large, "batch", memory_mb=250))
    assert not bytes_read
    assert run(request_of(large, "batch", memory_mb=1000))["status"] == "success"


def test_a_stream_needs_no_more_memory_for_a_longer_input(large):
    assert run(request_of(large, "stream", memory_mb=220))["status"] == "success"


def test_a_stream_that_would_not_fit_either_is_refused(large, bytes_read):
    with pytest.raises(LimitError, match=r"about 220 MiB of memory in stream mode; there are 219\n.* smaller chunks"):
        run(request_of(large, "stream", memory_mb=219))
    assert not bytes_read


def test_a_batch_that_would_not_fit_becomes_a_stream_that_writes_the_same_bytes(large):
    run(request_of(large, "batch"))
    expected = (large.folder / "out" / "records.csv").read_bytes()
    assert run(replace(request_of(large, "batch", memory_mb=250), force=True))["status"] == "success"
    assert (large.folder / "out" / "records.csv").read_bytes() == expected
    manifest = json.loads((large.folder / "out" / "manifest.json").read_bytes())
    assert manifest["execution"] == {"engine": "local", "mode": "stream", "chunk_rows": 50_000}
    (event,) = [each for each in manifest["events"] if each["name"] == "admission"]
    assert (event["attributes"]["decision"], event["attributes"]["mode"]) == ("stream", "stream")


def test_a_run_without_limits_looks_into_no_file_beforehand(large, mode, monkeypatch):
    from trakt.storage import local

    monkeypatch.setattr(local, "read_head", lambda *_: pytest.fail("a sample was taken"))
    run(request_of(large, mode))


def test_a_run_whose_time_is_up_stops_with_a_record_that_says_so(large, mode, bytes_read, monkeypatch):
    looks = itertools.count()
    monkeypatch.setattr(limits, "time", SimpleNamespace(monotonic=lambda: next(looks)))
    with pytest.raises(DeadlineError, match="nothing was published"):
        run(request_of(large, mode, deadline=1))
    assert 0 < sum(bytes_read) < 5_000_000
    assert not (large.folder / "out" / "records.csv").exists()
    assert '"status": "timed_out"' in (large.folder / "out" / "manifest.json").read_text()


def test_time_may_run_out_between_two_steps(project, mode):
    project.step(
        "slow",
        """
        import time
        @step_contract(inputs=["input"], outputs=["output"], supports_stream=True)
        def run(ctx, input):
            time.sleep(0.5)
            return {"output": input}
        """,
    )
    project.write("records.csv", "id\n1\n")
    project.pipeline(
        inputs={"records": {"uri": "records.csv"}},
        steps=[
            {"id": "one", "uses": "steps.slow", "with": {"input": "records", "output": "a"}},
            {"id": "two", "uses": "steps.slow", "with": {"input": "a", "output": "b"}},
        ],
        outputs={"datasets": [{"name": "b", "from": "b"}]},
    )
    request = request_of(project, mode)
    soon = replace(request, limits=Limits(deadline=time.monotonic() + 0.25))
    with pytest.raises(DeadlineError):
        run(soon)
    manifest = (project.folder / "out" / "manifest.json").read_text()
    assert '"step_id": "one"' in manifest
    assert '"step_id": "two"' not in manifest


def test_what_is_late_is_not_published(project, mode):
    """The last look at the clock is before the publication, which must not be cut short."""
    project.step(
        "slow_end",
        """
        import time
        @step_contract(inputs=["input"], outputs=["output"], supports_stream=True)
        def run(ctx, input):
            if isinstance(input, pd.DataFrame):
                time.sleep(0.5)
                return {"output": input}
            def chunks():
                yield from input
                time.sleep(0.5)
            return {"output": chunks()}
        """,
    )
    project.write("records.csv", "id\n1\n")
    project.pipeline(
        inputs={"records": {"uri": "records.csv"}},
        steps=[{"id": "one", "uses": "steps.slow_end", "with": {"input": "records", "output": "a"}}],
        outputs={"datasets": [{"name": "a", "from": "a"}]},
    )
    request = request_of(project, mode)
    with pytest.raises(DeadlineError):
        run(replace(request, limits=Limits(deadline=time.monotonic() + 0.25)))
    assert not (project.folder / "out" / "a.csv").exists()


def test_ids_stand_in_every_place(project, mode):
    project.write("acme/2026-02-05/records.csv", "id\n1\n")
    project.pipeline(
        inputs={"records": {"uri": "{batch_id}/records.csv"}},
        outputs={"datasets": [{"name": "records", "from": "records", "uri": "{run_id}.csv"}]},
    )
    request = replace(
        request_of(project, mode),
        **{"client_id": "acme", "batch_id": "2026-02-05", "run_id": "r1"},
        input_dir=str(project.folder / "in" / "{client_id}"),
        output_dir=str(project.folder / "{client_id}-out"),
        manifest_path=str(project.folder / "{batch_id}.json"),
    )
    result = run(request)
    assert (project.folder / "acme-out" / "r1.csv").read_text() == "id\n1\n"
    assert result["manifest_path"] == str(project.folder / "2026-02-05.json")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"input_dir": "{clientid}"}, r"--input-dir: '\{clientid\}' stands for nothing\n  -> did you mean 'client_id'"),
        ({"output_dir": "{batch_id}"}, "--output-dir: .* this run has no batch_id\n  -> give it: --batch-id"),
        ({"output_dir": "{batch_id}", "batch_id": "../x"}, r"--batch-id: '../x' is no id"),
        ({"inputs": {"records": "{run}.csv"}}, r"--input records: '\{run\}' stands for nothing"),
    ],
)
def test_a_placeholder_that_stands_for_nothing_is_refused_before_anything_is_read(project, changes, told):
    project.passthrough("id\n1\n")
    with pytest.raises(PipelineError, match=told):
        run(replace(request_of(project), **changes))


def test_a_limit_of_one_row_is_told_in_the_singular(project, mode):
    project.passthrough("id\n1\n2\n")
    with pytest.raises(LimitError, match="more than 1 row:"):
        run(request_of(project, mode, max_rows=1))


def test_time_that_went_by_while_files_were_looked_for_counts(project, mode, monkeypatch, bytes_read):
    from trakt.engine import run as engine

    project.passthrough("id\n1\n")
    now, real = [0], engine.make_plan
    monkeypatch.setattr(limits, "time", SimpleNamespace(monotonic=lambda: now[0]))

    def slow(request):
        now[0] += 60
        return real(request)

    monkeypatch.setattr(engine, "make_plan", slow)
    with pytest.raises(DeadlineError) as caught:
        run(request_of(project, mode, deadline=30))
    assert bytes_read == []
    assert caught.value.manifest_path
