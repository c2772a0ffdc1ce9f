"""The door: what leaves through it, in which words and with which exit code."""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys

import pytest

from trakt.cli import main
from trakt.errors import Fault, MissingExtra, PipelineError, StepError


def raising(error):
    def run():
        raise error

    return run


def failed_step():
    error = StepError("KeyError: 'amount'", where="step 'trim'", hint="see the columns of its input")
    error.step_id, error.run_id, error.manifest_path = "trim", "r1", "out/manifest.json"
    return error


def test_a_failed_run_is_exit_1_with_its_record_in_the_result(trakt, orders, engine):
    engine.on_run = raising(failed_step())
    said = trakt("run", "--pipeline", "orders")
    assert said.code == 1
    assert said.result == {
        "status": "failed",
        "run_id": "r1",
        "error": {
            "type": "StepError",
            "message": "step 'trim': KeyError: 'amount'",
            "step_id": "trim",
            "chunk": None,
            "hint": "see the columns of its input",
            "faults": [{"what": "KeyError: 'amount'", "where": "step 'trim'", "hint": "see the columns of its input"}],
        },
        "manifest_path": "out/manifest.json",
    }
    assert said.lines == [
        "step 'trim': KeyError: 'amount'",
        "  -> see the columns of its input",
        "run r1 failed; its manifest is out/manifest.json; previous outputs are as they were",
    ]


def test_an_author_s_error_is_exit_2_and_every_fault_names_its_place(trakt, orders, engine):
    faults = [
        Fault("unknown key 'urii' in input", "pipeline.yaml:4:5", "did you mean 'uri'?"),
        Fault("'mode' must be batch or stream, not 'x'", "pipeline.yaml:9:9"),
    ]
    engine.on_run = raising(PipelineError.of(faults))
    said = trakt("run", "--pipeline", "orders")
    assert said.code == 2
    assert said.lines == [
        "pipeline.yaml:4:5: unknown key 'urii' in input",
        "  -> did you mean 'uri'?",
        "pipeline.yaml:9:9: 'mode' must be batch or stream, not 'x'",
    ]
    assert [fault["where"] for fault in said.result["error"]["faults"]] == ["pipeline.yaml:4:5", "pipeline.yaml:9:9"]


def test_a_missing_extra_is_exit_1_and_says_what_to_install(trakt, orders, engine):
    engine.on_run = raising(MissingExtra("--otel-enabled", "otel"))
    said = trakt("run", "--pipeline", "orders")
    assert said.code == 1
    assert 'pip install "trakt-etl[otel]"' in said.err


def test_an_unexpected_exception_is_a_bug_in_trakt_and_not_a_traceback(trakt, orders, engine):
    engine.on_run = raising(ZeroDivisionError("division\nby zero"))
    said = trakt("run", "--pipeline", "orders")
    assert said.code == 1
    assert said.lines[0] == "this is a bug in Trakt: ZeroDivisionError: division by zero"
    assert "-v" in said.lines[1]
    assert "Traceback" not in said.err
    assert said.result["error"]["type"] == "ZeroDivisionError"


def test_verbose_shows_the_traceback_of_a_bug(trakt, orders, engine):
    engine.on_run = raising(ZeroDivisionError())
    said = trakt("run", "--pipeline", "orders", "-v")
    assert said.lines[0] == "this is a bug in Trakt: ZeroDivisionError"
    assert "Traceback" in said.err


def test_verbose_shows_the_traceback_of_the_step_s_own_code(trakt, orders, engine):
    def run():
        try:
            {}["amount"]
        except KeyError as error:
            raise failed_step() from error

    engine.on_run = run
    assert "Traceback" not in trakt("run", "--pipeline", "orders").err
    said = trakt("run", "--pipeline", "orders", "--verbose")
    assert "Traceback" in said.err
    assert '{}["amount"]' in said.err


def test_an_interrupted_run_is_exit_130_in_one_line(trakt, orders, engine):
    engine.on_run = raising(KeyboardInterrupt())
    said = trakt("run", "--pipeline", "orders")
    assert (said.code, said.out) == (130, "")
    assert said.lines == ["interrupted; previous outputs are as they were"]


def test_a_step_that_quits_python_is_a_failed_run(trakt, orders, engine):
    engine.on_run = raising(SystemExit(0))
    said = trakt("run", "--pipeline", "orders")
    assert said.code == 1
    assert said.result["status"] == "failed"
    assert "sys.exit()" in said.lines[0]


def test_running_out_of_memory_says_what_to_do(trakt, orders, engine):
    engine.on_run = raising(MemoryError())
    said = trakt("run", "--pipeline", "orders")
    assert said.code == 1
    assert said.lines[0] == "there is not enough memory"
    assert "stream" in said.lines[1]


def test_quiet_still_says_errors(trakt, orders, engine):
    engine.on_run = raising(failed_step())
    assert "step 'trim': KeyError" in trakt("run", "--pipeline", "orders", "-q").err


def test_what_the_engine_logs_is_heard_as_loud_as_asked(trakt, orders, engine):
    def run():
        log = logging.getLogger("trakt.engine")
        log.debug("a detail")
        log.info("read records.csv: 3 rows")
        log.warning("nothing to do")

    engine.on_run = run
    usual = trakt("run", "--pipeline", "orders").lines
    assert usual[:2] == ["read records.csv: 3 rows", "warning: nothing to do"]
    assert "a detail" in trakt("run", "--pipeline", "orders", "-v").lines
    assert trakt("run", "--pipeline", "orders", "-q").lines == []


def test_logging_is_left_as_it_was_found(trakt, orders, engine):
    before = (logging.getLogger("trakt").level, list(logging.getLogger("trakt").handlers))
    trakt("run", "--pipeline", "orders", "-v")
    assert (logging.getLogger("trakt").level, logging.getLogger("trakt").handlers) == before


def test_a_terminal_that_cannot_show_a_letter_gets_it_escaped(orders, engine, monkeypatch):
    narrow = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", narrow)
    assert main(["run", "--pipeline", "orders", "--run-id", "Grüße"]) == 0
    assert json.loads(narrow.buffer.getvalue().decode("ascii"))["run_id"] == "Grüße"


@pytest.mark.skipif(os.name != "posix", reason="pipes break this way on POSIX only")
@pytest.mark.parametrize("argv", [["run", "--help"], ["init", "orders"]])
def test_a_reader_that_has_gone_away_is_no_error(argv, tmp_path):
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as gone:
        done = subprocess.run(
            [sys.executable, "-m", "trakt", *argv],
            stdout=gone,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": os.getcwd()},
        )
    assert done.returncode == 0
    assert "BrokenPipe" not in done.stderr
    assert "Traceback" not in done.stderr
