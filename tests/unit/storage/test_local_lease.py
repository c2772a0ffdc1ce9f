from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from trakt.errors import BusyError, OutputError
from trakt.storage import local, local_lease

ROOT = Path(__file__).parents[3]
TAKES_TURNS = """\
import os, sys, time
from trakt.errors import BusyError
from trakt.storage import local

place, marker, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
while rounds:
    try:
        with local.lease(place, "run"):
            os.close(os.open(marker, os.O_CREAT | os.O_EXCL))
            time.sleep(0.001)
            os.unlink(marker)
            rounds -= 1
    except BusyError:
        time.sleep(0.0005)
"""
HOLDS = """\
import sys, time
from trakt.storage import local
with local.lease(sys.argv[1], "first"):
    print("held", flush=True)
    time.sleep(60)
"""


def python(code: str, *arguments: object, **more: Any) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, "-c", code, *map(str, arguments)], env=environment, text=True, **more)


@contextmanager
def holder(place: Path) -> Iterator[subprocess.Popen[str]]:
    process = python(HOLDS, place, stdout=subprocess.PIPE)
    try:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "out" / "manifest.json"


def lease_of(place: Path) -> Path:
    return place.parent / ".manifest.json.trakt-lease"


def test_of_many_processes_one_at_a_time_is_admitted(place: Path, tmp_path: Path) -> None:
    place.parent.mkdir()
    processes = [python(TAKES_TURNS, place, tmp_path / "inside", 25, stderr=subprocess.PIPE) for _ in range(8)]
    told = [process.communicate(timeout=120)[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * 8, told
    assert list(place.parent.iterdir()) == []


def test_who_comes_second_is_told_who_is_there(place: Path) -> None:
    with holder(place) as process, pytest.raises(BusyError) as caught:
        local.lease(str(place), "second")
    told = str(caught.value)
    assert told.startswith(f"{place}: another run works on this batch: run first on host {os.uname().nodename}")
    assert f"(process {process.pid}) since 2" in told
    assert "run again when it is done" in told


def test_a_killed_holder_frees_the_place_at_once(place: Path) -> None:
    with holder(place) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert lease_of(place).exists()
        with local.lease(str(place), "second") as lease:
            lease.check()
            assert '"owner": "second"' in lease_of(place).read_text()
    assert not lease_of(place).exists()


def test_two_names_of_one_place_are_one_place(place: Path, tmp_path: Path) -> None:
    place.parent.mkdir()
    (tmp_path / "link").symlink_to(place.parent)
    with local.lease(str(place), "first"), pytest.raises(BusyError, match="run first"):
        local.lease(str(tmp_path / "link" / "manifest.json"), "second")


def test_a_lease_that_somebody_removes_is_noticed_and_that_of_the_next_one_stays(place: Path) -> None:
    with local.lease(str(place), "first") as first:
        lease_of(place).unlink()
        with pytest.raises(BusyError, match=r"somebody has removed \.manifest\.json\.trakt-lease"):
            first.check()
        second = local.lease(str(place), "second")
        first.__exit__()
        with second:
            second.check()
            with pytest.raises(BusyError, match="run second"):
                local.lease(str(place), "third")
            # so that the block may end it once more
            first._file = os.open(place.parent, os.O_RDONLY)


def test_a_lease_that_says_nothing_keeps_others_away_as_well(place: Path) -> None:
    with local.lease(str(place), "first"):
        lease_of(place).write_bytes(b"")
        with pytest.raises(BusyError, match="another run works on this batch\n"):
            local.lease(str(place), "second")


def test_what_a_killed_run_of_another_user_left_is_replaced(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place.parent.mkdir()
    lease_of(place).write_text("theirs")
    real, refused = os.open, []

    def opened(path: Any, flags: int, *mode: int) -> int:
        if flags & os.O_RDWR and Path(path).exists():
            refused.append(path)
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(path, flags, *mode)

    monkeypatch.setattr(local_lease.os, "open", opened)
    with local.lease(str(place), "mine"):
        assert '"owner": "mine"' in lease_of(place).read_text()
    assert refused


def test_where_files_cannot_be_locked_the_run_is_told_so(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(local_lease.fcntl, "flock", refuse)
    with local.lease(str(place), "first") as lease:
        assert lease.warning == "files cannot be locked here (No locks available): runs of one place are not kept apart"
        lease.check()
        assert list(place.parent.iterdir()) == []


def test_a_place_that_cannot_be_written_is_told_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="is a file, not a folder"):
        local.lease(str(tmp_path / "file" / "manifest.json"), "first")


def test_cleaning_removes_the_lease_of_a_killed_run_and_no_other(place: Path) -> None:
    def cleaned() -> list[str]:
        return [Path(each.uri).name for each in local.remove_leftovers(str(place.parent), timedelta(0))]

    with holder(place) as process:
        assert cleaned() == []
        process.kill()
        process.wait()
        assert cleaned() == [".manifest.json.trakt-lease"]
