"""`trakt invoke`, in a process of its own: events, exit codes, and what goes where."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes.lambda_function import FOLDER, IDS, ROWS, LambdaFunction

ROOT = Path(__file__).parents[2]


@pytest.fixture
def invoke(bucket, tmp_path):
    """Runs the command in a folder that holds the pipeline `orders`; settings given as None are not set."""
    LambdaFunction(tmp_path).pipeline(inputs={"orders": "*.csv"}, outputs={"clean": "orders"})
    bucket.put(f"incoming/{FOLDER}orders.csv", ROWS)
    known = {"TRAKT_INPUT_PREFIXES": bucket.uri("incoming/"), "TRAKT_OUTPUT_PREFIXES": bucket.uri("clean/")}

    def run(*words, event=None, text=None, python=("-m", "trakt"), **settings):
        (tmp_path / "event.json").write_text(json.dumps(IDS if event is None else event), encoding="utf-8")
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **known, "TRAKT_PIPELINE": "orders", **settings}
        return subprocess.run(
            [sys.executable, *python, "invoke", *words],
            cwd=tmp_path,
            env={name: value for name, value in environment.items() if value is not None},
            input=text,
            stdin=subprocess.DEVNULL if text is None else None,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


def test_the_answer_of_the_handler_is_the_result_and_people_read_plain_words(invoke, bucket):
    done = invoke("--event", "event.json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert (answer["status"], answer["outputs"]["clean"]["rows"]) == ("success", 3)
    assert bucket.get(f"clean/{FOLDER}clean.csv").decode() == ROWS
    source, target = bucket.uri(f"incoming/{FOLDER}orders.csv"), bucket.uri(f"clean/{FOLDER}clean.csv")
    assert done.stderr.splitlines() == [f"read orders: 3 rows from {source}", f"wrote {target}: 3 rows"]


def test_an_event_may_come_from_stdin(invoke):
    done = invoke("--event", "-", text=json.dumps({**IDS, "run_id": "r1"}))
    assert (done.returncode, json.loads(done.stdout)["run_id"]) == (0, "r1")


def test_quiet_leaves_only_the_answer(invoke):
    done = invoke("--event", "event.json", "-q")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["status"] == "success"


def test_verbose_adds_what_cloudwatch_would_get(invoke):
    done = invoke("--event", "event.json", "-v")
    assert done.returncode == 0
    assert json.loads(done.stdout)["status"] == "success"
    documents = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    assert [each["RowsOut"] for each in documents if "_aws" in each] == [[3.0]]
    assert {each["client_id"] for each in documents if "level" in each} == {"acme"}


def test_messages_that_failed_are_an_answer_too_and_no_success(invoke):
    body = json.dumps({**IDS, "batch_id": "absent"})
    done = invoke(
        "--event", "event.json", event={"Records": [{"messageId": "m", "eventSource": "aws:sqs", "body": body}]}
    )
    assert json.loads(done.stdout) == {"batchItemFailures": [{"itemIdentifier": "m"}]}
    assert (done.returncode, "input 'orders' has no files" in done.stderr) == (1, True)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ((), 2, "--event"),
        (("--event", "absent.json"), 2, "--event: absent.json: No such file or directory"),
        (("--event", "."), 2, "--event: .: Is a directory"),
        (("--event", " "), 2, "must not be blank"),
        (("--event", "pipelines/orders/pipeline.yaml"), 2, "--event: pipelines/orders/pipeline.yaml is no JSON: "),
        (("--event", "event.json", "--timeout", "0"), 2, "must be a whole number from 1, not '0'"),
        (("--event", "event.json", "--memory", "1.5"), 2, "must be a whole number from 1, not '1.5'"),
        (("--event", "event.json", "--timeout", "5"), 1, "not begun: there was no time left for it"),
        (("--event", "event.json", "--memory", "64"), 1, "there are 64"),
    ],
)
def test_what_is_wrong_is_told_on_stderr_and_by_the_exit_code(invoke, words, code, told):
    done = invoke(*words)
    assert (done.returncode, told in done.stderr) == (code, True), done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("text", ["", "{", "[" * 200_000, "\udcff"], ids=["nothing", "half", "deep", "no text"])
def test_what_is_no_json_is_refused(invoke, tmp_path, text):
    (tmp_path / "bad.txt").write_text(text, encoding="utf-8", errors="surrogateescape")
    done = invoke("--event", "bad.txt")
    assert done.returncode == 2
    assert "bad.txt is no JSON: " in done.stderr


def test_settings_that_are_missing_or_wrong_are_told_at_once(invoke):
    wrong = {"TRAKT_INPUT_PREFIXES": None, "TRAKT_OUTPUT_PREFIXES": None, "TRAKT_ON_LIMIT": "spark"}
    done = invoke("--event", "event.json", **wrong)
    assert done.returncode == 2
    assert [name for name in wrong if f"{name}: " not in done.stderr] == []


def test_every_fault_of_an_event_is_told_once_and_nothing_of_it_is_a_bug(invoke):
    done = invoke("--event", "event.json", event={"client_id": "../acme", "pipelin": "orders", "inputs": {"x": 1}})
    assert done.returncode == 2
    for told in ("unknown key 'pipelin'", "did you mean 'pipeline'?", "'../acme' is no id", "batch_id: is missing"):
        assert done.stderr.count(told) == 1, done.stderr
    assert "bug" not in done.stderr


def test_a_run_that_failed_ends_with_one_and_names_its_manifest(invoke, bucket):
    bucket.put(f"incoming/{FOLDER}orders.csv", "order_id,gross\n1,2,3\n")
    done = invoke("--event", "event.json")
    assert done.returncode == 1
    assert f"its manifest is {bucket.uri(f'clean/{FOLDER}manifest.json')}" in done.stderr


def test_without_the_extra_its_name_is_told(invoke):
    blocked = "import sys; sys.modules['aws_lambda_powertools'] = None; import trakt.cli; sys.exit(trakt.cli.main())"
    done = invoke("--event", "event.json", python=("-c", blocked))
    assert done.returncode == 1
    assert (
        'trakt invoke needs packages that are not installed\n  -> python -m pip install "trakt-etl[aws]"' in done.stderr
    )
