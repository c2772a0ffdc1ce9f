"""`trakt parity`, as a person types it: equal, different, failed, and never a byte outside of its own folder."""

from __future__ import annotations

import json
import os

import pytest

ROWS = 'order_id,note,amount\n1,"two\nlines",5\n2,gift,0\n3,4,5,6\n4,late,7\n5,,8.50\n'
STEP = """
@step_contract(inputs=["input"], outputs=["output"], supports_stream=True, supports_batch=True)
def run(ctx, input):
    if isinstance(input, pd.DataFrame):
        return {"output": mark(ctx, input, 0)}
    return {"output": (mark(ctx, chunk, number) for number, chunk in enumerate(input))}

def mark(ctx, chunk, number):
    gift = chunk["note"] == "gift"
    ctx.reject(chunk[gift], reason="gift")
    chunk = chunk[~gift]
    MORE
    return chunk
"""
OVER_ALL = ("--chunk-rows", "1", "--chunk-rows", "default")


@pytest.fixture
def orders(project):
    """A pipeline of a step with `more` in it, on `ROWS`; reads in both modes, and sets rows aside."""

    def written(more="pass", uri="clean.csv", **parts):
        project.write("orders.csv", ROWS)
        project.step("mark", STEP.replace("MORE", more))
        steps = [{"id": "mark", "uses": "steps.mark", "with": {"input": "orders", "output": "marked"}}]
        project.pipeline(
            inputs={"orders": {"uri": "orders.csv", "on_bad_rows": "quarantine"}},
            steps=steps,
            outputs={"datasets": [{"name": "clean", "from": "marked", "uri": str(uri)}]},
            **parts,
        )
        return project

    return written


def parity(project, *words, **more):
    done = project.cli("parity", "pipeline.yaml", "--input-dir", "in", *words, **more)
    return done, json.loads(done.stdout) if done.stdout else None


def ways(result):
    return [(each["runtime"], each["mode"], each["chunk_rows"], each["status"]) for each in result["runs"]]


def test_every_runtime_mode_and_chunk_size_gives_the_same_checksums(orders):
    done, result = parity(orders(), *OVER_ALL)
    assert (done.returncode, result["status"]) == (0, "equal"), done.stderr
    assert ways(result) == [
        (runtime, mode, rows, "equal")
        for runtime in ("local", "lambda", "glue")
        for mode, rows in (("batch", None), ("stream", 1), ("stream", None))
    ]
    assert len({json.dumps(each["outputs"]) for each in result["runs"]}) == 1
    assert {name: made["rows"] for name, made in result["runs"][0]["outputs"].items()} == {"clean": 3, "(rejected)": 2}
    assert "tested: equal; 9 runs: 9 equal" in done.stderr


def test_a_pipeline_for_spark_is_run_by_the_other_runtimes_without_it(project):
    project.passthrough("id\n1\n")
    project.file.write_text(project.file.read_text() + "execution: {engine: spark}\n")
    words = [word for runtime in ("local", "lambda", "glue") for word in ("--runtime", runtime)]
    done, result = parity(project, *words, "--mode", "batch")
    assert ways(result) == [(runtime, "batch", None, "equal") for runtime in ("local", "lambda", "glue")], done.stderr


def test_the_checksums_are_those_that_a_run_writes_into_its_manifest(orders):
    project = orders()
    _, result = parity(project, "--runtime", "lambda", "--chunk-rows", "1", "--client-id", "acme")
    manifest = project.good(client_id="acme").manifest
    assert result["runs"][0]["outputs"]["clean"]["sha256"] == manifest["outputs"]["clean"]["sha256"]


def test_nothing_appears_and_nothing_changes_outside_of_its_own_folder(orders, tmp_path):
    precious = tmp_path / "precious.csv"
    precious.write_text("keep me\n")
    project = orders(uri=precious, rejected={"uri": str(tmp_path / "rejects.jsonl")})
    before = {path: path.stat().st_mtime_ns for path in project.folder.rglob("*") if path.is_file()}
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    done, result = parity(project, "--chunk-rows", "1", env={"TMPDIR": str(temporary)})
    assert (done.returncode, result["status"]) == (0, "equal"), done.stderr
    assert {path: path.stat().st_mtime_ns for path in project.folder.rglob("*") if path.is_file()} == before
    assert (precious.read_text(), (tmp_path / "rejects.jsonl").exists()) == ("keep me\n", False)
    assert list(temporary.iterdir()) == []


def test_a_step_that_sees_its_chunks_shows_the_first_row_that_differs(orders):
    done, result = parity(orders("chunk = chunk.assign(number=number)"), *OVER_ALL, "--runtime", "local")
    assert (done.returncode, result["status"], result["deterministic"]) == (1, "different", True)
    assert ways(result)[1] == ("local", "stream", 1, "different")
    (difference,) = result["runs"][1]["differences"]
    # the row before holds a line break, so rows and lines are not the same
    assert difference == {
        "output": "clean", "line": 4, "row": 2, "column": "number", "expected": "0", "found": "2",
    }  # fmt: skip
    assert "output 'clean', row 2 (line 4), column 'number': '0' became '2'\n  in local stream 1" in done.stderr
    assert "look at mark (steps.mark): whole columns seen chunk by chunk" in done.stderr


@pytest.mark.parametrize("source", ["__import__('random').random()", "__import__('time').time_ns()"])
def test_a_step_that_is_not_deterministic_is_told_as_such(orders, source):
    done, result = parity(orders(f"chunk = chunk.assign(number={source})"), "--mode", "batch")
    assert (done.returncode, result["status"], result["deterministic"]) == (1, "different", False)
    assert "local batch gives other bytes when it is run once more: a step is not deterministic" in done.stderr
    assert "look at mark (steps.mark)" in done.stderr


def test_rejected_rows_and_counts_are_compared_too(orders):
    more = "ctx.reject(chunk[:0] if os.environ.get('LAMBDA_TASK_ROOT') else chunk[:1], reason='first')"
    done, result = parity(orders(more), "--mode", "batch")
    assert ways(result)[1] == ("lambda", "batch", None, "different")
    (difference,) = result["runs"][1]["differences"]
    assert difference["output"] == "(rejected)"
    assert "rejected rows: 3 became 2" in result["runs"][1]["counts"]
    assert "output '(rejected)'" in done.stderr


def test_what_a_step_cannot_do_is_not_run_and_says_why(project):
    project.write("orders.csv", ROWS.replace(",6", ""))
    project.step(
        "whole",
        """
        @step_contract(inputs=["input"], outputs=["output"])
        def run(ctx, input):
            return {"output": input}
        """,
    )
    steps = [{"id": "whole", "uses": "steps.whole", "with": {"input": "orders", "output": "out"}}]
    project.pipeline(inputs={"orders": "orders.csv"}, steps=steps, outputs={"clean": "out"})
    done, result = parity(project, "--chunk-rows", "7")
    assert (done.returncode, result["status"]) == (0, "equal"), done.stderr
    assert [each for each in ways(result) if each[3] == "not_run"] == [
        (runtime, "stream", 7, "not_run") for runtime in ("local", "lambda", "glue")
    ]
    assert "not run: step 'whole' cannot run in stream mode\n  in local stream 7, lambda stream 7" in done.stderr


def test_a_disk_that_lambda_would_not_let_write_fails_there_alone(orders):
    done, result = parity(orders("open('notes.txt', 'w').close()"), "--mode", "batch")
    assert (done.returncode, result["status"]) == (1, "failed")
    assert [each[3] for each in ways(result)] == ["equal", "failed", "equal"]
    assert "Read-only file system: '/var/task/notes.txt'" in result["runs"][1]["reason"]


def test_a_step_may_use_the_temporary_folder_everywhere(orders):
    more = "import tempfile; tempfile.TemporaryFile().write(b'x'); tempfile.mkdtemp()"
    done, result = parity(orders(more), "--mode", "batch")
    assert (done.returncode, result["status"]) == (0, "equal"), done.stderr


def test_a_run_that_fails_everywhere_is_told_once(orders):
    done, result = parity(orders("raise ValueError('no')"))
    assert (done.returncode, result["status"]) == (1, "failed")
    assert [each[3] for each in ways(result)] == ["failed"] + ["not_run"] * 14
    assert "ValueError: no" in done.stderr


def test_a_process_that_dies_is_a_failed_run(orders):
    done, result = parity(orders("os._exit(7)"), "--mode", "batch")
    assert (done.returncode, result["runs"][0]["status"]) == (1, "failed")
    assert "it ended with 7 and left no result" in result["runs"][0]["reason"]


def test_a_limit_of_the_pipeline_is_no_failure(orders):
    project = orders(execution={"max_batch_rows": 2})
    done, result = parity(project, "--mode", "batch")
    assert [each[3] for each in ways(result)] == ["equal", "not_run", "equal"], done.stderr
    assert "more than 2 rows" in result["runs"][1]["reason"]


def test_one_run_alone_proves_nothing(orders):
    done, result = parity(orders(), "--mode", "batch", "--runtime", "glue")
    assert (done.returncode, result["status"]) == (1, "not_compared")
    assert "one run alone has nothing to be compared with\n  -> ask for another runtime" in done.stderr
    assert done.stderr.splitlines()[-1].endswith(": not compared; 1 run: 1 succeeded")


def test_inputs_in_s3_and_inputs_by_name_are_read_by_all(orders, bucket):
    bucket.put("incoming/acme/orders.csv", ROWS)
    bucket.put("other/more.csv", ROWS)
    project = orders()
    more = project.folder / "more.csv"
    more.write_text(ROWS)
    way = ("--chunk-rows", "1", "--client-id", "acme")
    for words in (
        ["--input-dir", bucket.uri("incoming/{client_id}/")],
        ["--input", f"orders=orders.csv,{bucket.uri('other/more.csv')},{more}"],
    ):
        done, result = parity(project, *words, *way)
        assert (done.returncode, result["status"]) == (0, "equal"), done.stderr
    assert result["runs"][0]["outputs"]["clean"]["rows"] == 9
    assert sorted(bucket.all_keys()) == ["incoming/acme/orders.csv", "other/more.csv"]


def test_the_overlay_of_the_client_is_laid_over_the_pipeline(orders):
    project = orders()
    (project.folder / "clients").mkdir()
    overlay = "outputs: {clean: {metadata: {write_options: {delimiter: ';'}}}}\n"
    (project.folder / "clients" / "acme.yaml").write_text(overlay)
    way = ("--mode", "batch")
    done, with_overlay = parity(project, *way, "--client-id", "acme")
    assert (done.returncode, with_overlay["status"]) == (0, "equal"), done.stderr
    _, without = parity(project, *way, "--client-id", "other")
    checksums = [each["runs"][0]["outputs"]["clean"]["sha256"] for each in (with_overlay, without)]
    assert checksums[0] != checksums[1]


def test_streams_of_very_many_chunks_are_run_only_by_request(project):
    project.passthrough("a\n" + "1\n" * 10_001)
    done, result = parity(project, "--runtime", "local")
    assert (done.returncode, ways(result)[1]) == (0, ("local", "stream", 1, "not_run")), done.stderr
    assert result["runs"][1]["reason"] == "10,001 chunks of 1 row; --chunk-rows 1 runs it all the same"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--chunk-rows", "0"], "must be a whole number of rows from 1, not '0'"),
        (["--runtime", "sparc"], "must be local, lambda, glue or spark, not 'sparc'"),
        (["--client-id", "../x"], "--client-id: '../x' is no id"),
        (["--input", "orderz=x.csv"], "no input is named 'orderz'\n  -> did you mean 'orders'?"),
        (["--param", "mark.x=1"], "step 'mark' takes no 'x'"),
        (["--input-dir", "{batch}"], "'{batch}' stands for nothing"),
    ],
)
def test_a_mistake_is_told_before_anything_is_run(orders, words, said):
    done, _ = parity(orders(), *words)
    assert done.returncode == 2
    assert said in done.stderr
    assert "1 of" not in done.stderr


def test_names_that_are_hard_on_paths_change_nothing(orders):
    project = orders()
    hard = project.folder / "we[ir]d, ü"
    (project.folder / "in").rename(hard)
    done = project.cli("parity", "pipeline.yaml", "--input-dir", str(hard), "--mode", "batch", env={"TZ": "Asia/Tokyo"})
    assert done.returncode == 0, done.stderr
    assert os.listdir(hard) == ["orders.csv"]
