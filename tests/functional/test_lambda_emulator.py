"""The stand-ins for Lambda themselves: what they allow, forbid, end and keep."""

from __future__ import annotations

import json
import os
import socket
import time
from pathlib import Path

import pytest

from tests.fakes.lambda_emulator import LambdaEmulator
from tests.fakes.memory_ceiling import descendants
from tests.fakes.read_only import CANNOT
from tests.fakes.runtime_api import RuntimeApi
from tests.fakes.xray_daemon import XRayDaemon

HANDLER = """\
import os, pathlib, time

def handler(event, context):
    print("asked to", event["do"])
    return globals()[event["do"]](event, context)

def echo(event, context):
    return {"event": event, "environment": dict(os.environ), "left_ms": context.get_remaining_time_in_millis()}

def refuse(event, context):
    raise ValueError("this event is no good")

def crash(event, context):
    os._exit(3)

def sleep(event, context):
    time.sleep(60)

def write(event, context):
    pathlib.Path(event["path"]).write_text("written")

def hold(event, context):
    return len(bytearray(os.urandom(1)) * (event["mb"] * 1024 * 1024))

def answer(event, context):
    return "x" * event["bytes"]

def trace(event, context):
    return {"id": os.environ.get("_X_AMZN_TRACE_ID"), "arn": context.invoked_function_arn}
"""


@pytest.fixture
def package(tmp_path):
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "example.py").write_text(HANDLER, encoding="utf-8")
    return folder


@pytest.fixture
def emulated(package, tmp_path):
    """Starts the handler above in the emulator, once per test."""
    return lambda **limits: LambdaEmulator(package, "example.handler", tmp_path / "tmp", **limits)


def test_an_event_comes_back_with_the_environment_and_the_time_that_is_left(emulated):
    with emulated(environment={"TRAKT_PIPELINE": "orders"}, timeout_seconds=30, memory_mb=512) as function:
        answer = function.invoke({"do": "echo", "name": "Zoë"})
    assert (answer.status, answer.payload["event"]) == (200, {"do": "echo", "name": "Zoë"})
    assert 20_000 < answer.payload["left_ms"] <= 30_000
    seen = answer.payload["environment"]
    assert (seen["TRAKT_PIPELINE"], seen["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]) == ("orders", "512")
    assert "asked to echo" in answer.logs


def test_nothing_of_the_environment_of_the_tests_reaches_the_function(emulated, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "of-the-developer")
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    with emulated() as function:
        seen = function.invoke({"do": "echo"}).payload["environment"]
    assert "PYTHONPATH" not in seen
    assert "AWS_PROFILE" not in seen


def test_an_error_of_the_handler_is_an_answer_and_the_instance_lives_on(emulated):
    with emulated() as function:
        refused = function.invoke({"do": "refuse"})
        assert (refused.payload["errorType"], refused.payload["errorMessage"]) == (
            "ValueError",
            "this event is no good",
        )
        assert "this event is no good" in refused.logs
        assert function.invoke({"do": "echo"}).status == 200


def test_a_crash_ends_the_instance_and_the_next_event_gets_a_new_one(emulated):
    with emulated() as function:
        crashed = function.invoke({"do": "crash"})
        assert crashed.payload["errorType"] == "Runtime.ExitError"
        assert "exit status 3" in crashed.payload["errorMessage"]
        assert "asked to crash" in crashed.logs
        assert function.invoke({"do": "echo"}).status == 200


def test_what_takes_longer_than_the_timeout_is_ended(emulated):
    with emulated(timeout_seconds=1) as function:
        assert "Task timed out after 1.00 seconds" in function.invoke({"do": "sleep"}).payload
        assert function.invoke({"do": "echo"}).status == 200


def test_tmp_can_be_written_and_is_a_folder_of_the_function_alone(emulated, tmp_path):
    with emulated() as function:
        where = "/tmp/note" if function.sealed else f"{function.tmp}/note"
        assert function.invoke({"do": "write", "path": where}).payload is None
    assert (tmp_path / "tmp" / "note").read_text(encoding="utf-8") == "written"
    assert not function.sealed or not Path("/tmp/note").exists()


def test_the_folder_of_the_code_is_read_only(emulated, package):
    with emulated() as function:
        if not function.sealed and os.getuid() == 0:
            pytest.skip("permissions do not hold root back, and this machine lets even root make no mounts")
        refused = function.invoke({"do": "write", "path": str(package / "note")})
    assert refused.payload["errorType"] in ("OSError", "PermissionError")
    assert not (package / "note").exists()


def test_every_other_folder_is_read_only(emulated):
    with emulated() as function:
        if not function.sealed:
            pytest.skip(f"this machine lets its users make no mounts (read_only.py ends with {CANNOT})")
        for folder in ("/var/tmp", "/dev/shm", str(Path.home()), "/"):
            refused = function.invoke({"do": "write", "path": f"{folder}/trakt-note"})
            assert "Read-only file system" in refused.payload["errorMessage"], folder


def test_a_function_under_its_memory_limit_lives_and_its_peak_is_known(emulated):
    with emulated(memory_mb=256) as function:
        assert function.invoke({"do": "hold", "mb": 100}).payload == 100 * 1024 * 1024
        assert 100 < function.peak_mb < 256


def test_a_function_over_its_memory_limit_is_killed(emulated):
    with emulated(memory_mb=128) as function:
        killed = function.invoke({"do": "hold", "mb": 300})
        assert killed.payload["errorType"] == "Runtime.ExitError"
        assert "signal: killed" in killed.payload["errorMessage"]
        assert function.invoke({"do": "echo"}).status == 200


def test_an_answer_over_six_megabytes_is_refused(emulated):
    with emulated() as function:
        assert function.invoke({"do": "answer", "bytes": 5_000_000}).status == 200
        assert (
            function.invoke({"do": "answer", "bytes": 7_000_000}).payload["errorType"]
            == "Function.ResponseSizeTooLarge"
        )


def test_no_process_is_left_when_the_block_ends_in_the_middle_of_an_event(emulated):
    with emulated() as function:
        function.invoke({"do": "echo"})
        running = [function._process.pid, *descendants(function._process.pid)]
    assert len(running) > 1
    assert not any(Path(f"/proc/{pid}").exists() for pid in running[:1])
    assert all(_ends(pid) for pid in running[1:])


def _ends(pid, within_seconds=20):
    """A kill is a message: on a busy machine the process takes a moment to hear of it."""
    end = time.monotonic() + within_seconds
    while not _is_over(pid) and time.monotonic() < end:
        time.sleep(0.01)
    return _is_over(pid)


def _is_over(pid):
    """A killed process whose parent is gone waits for whoever adopted it."""
    try:
        return "State:\tZ" in Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return True


def test_the_runtime_api_hands_out_the_trace_id_and_the_arn(package):
    with RuntimeApi(trace_id="Root=1-1-1;Parent=2;Sampled=1") as api:
        api.start(package, "example.handler", {})
        posted = api.invoke({"do": "trace"})
    assert posted.kind == "response"
    assert posted.payload["id"] == "Root=1-1-1;Parent=2;Sampled=1"
    assert posted.payload["arn"].startswith("arn:aws:lambda:")


def test_the_runtime_api_gives_the_time_that_is_left(package):
    with RuntimeApi(timeout_seconds=40) as api:
        api.start(package, "example.handler", {})
        assert 30_000 < api.invoke({"do": "echo"}).payload["left_ms"] <= 40_000


def test_the_runtime_api_keeps_errors_of_the_handler_and_of_its_import(package):
    with RuntimeApi() as api:
        api.start(package, "example.handler", {})
        posted = api.invoke({"do": "refuse"})
        assert (posted.kind, posted.payload["errorType"]) == ("error", "ValueError")
    (package / "example.py").write_text("import nothing_of_that_name", encoding="utf-8")
    with RuntimeApi() as api:
        api.start(package, "example.handler", {})
        posted = api.posted()
        assert (posted.kind, posted.payload["errorType"]) == ("init/error", "Runtime.ImportModuleError")


def test_a_function_that_dies_without_a_word_is_told(package):
    with RuntimeApi() as api:
        api.start(package, "example.handler", {})
        with pytest.raises(RuntimeError, match=r"the function ended with \[3\]"):
            api.invoke({"do": "crash"})


def test_the_xray_daemon_keeps_documents_and_finds_subsegments_in_them():
    document = {"name": "run", "id": "1", "subsegments": [{"name": "step", "annotations": {"rows": 3}}]}
    with XRayDaemon() as daemon, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        host, port = daemon.address.split(":")
        packet = b'{"format": "json", "version": 1}\n' + json.dumps(document).encode()
        sender.sendto(packet, (host, int(port)))
        assert daemon.wait_for("step")["annotations"] == {"rows": 3}
        assert daemon.named("other") == []
