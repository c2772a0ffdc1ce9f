"""A run that something happens to at its n-th point: a kill, a signal, a disk that is full from there on.

Points are what changes the world: files opened to be written, each write that reaches the system, syncs, renames,
links, deletions, and requests to S3 that change something. Python itself tells of most of them (audit events), so a new
place that writes is a new point without a word here.

`with FaultPoints(folder) as points:` starts a process that has imported everything and forks a child for each run;
that takes a fifth of the time of a new one.
"""

from __future__ import annotations

import builtins
import contextlib
import errno
import io
import json
import mmap
import os
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self

ROOT = Path(__file__).parents[2]

_WRITING = os.O_WRONLY | os.O_RDWR
_CHANGES = frozenset(("os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.symlink"))
_TAKE_ROOM = frozenset(("open", "write", "sync", "os.link", "os.mkdir"))
_HANG_SECONDS = 60


@dataclass(frozen=True)
class Ended:
    """How a run ended: its exit code (negative: the signal that killed it) and the points it came to."""

    code: int
    out: str
    err: str
    reached: int


class FaultPoints:
    """Runs of `trakt` in `folder`, each in a child of one process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> Self:
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
            # a process with several threads should not be forked
            "OPENBLAS_NUM_THREADS": "1",
        }
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore::DeprecationWarning", __file__],
            cwd=self._folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(timeout=2 * _HANG_SECONDS)
        self._process.stdout.close()

    def run(self, *arguments: str, action: str = "nothing", point: int = 0) -> Ended:
        """`trakt ARGUMENTS`, with `action` at the point of that number, counted from 1 (0: never)."""
        assert self._process.stdin
        assert self._process.stdout
        asked = {"arguments": arguments, "action": action, "point": point}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return Ended(**json.loads(self._process.stdout.readline()))


class _Points:
    """Counts points, and acts at one of them."""

    def __init__(self, action: str, point: int, reached: mmap.mmap) -> None:
        self._act: Callable[[str], None] = getattr(self, f"_{action}")
        self._point = point
        self._reached = reached
        self._count = 0
        self._lock = threading.RLock()
        self._inside = threading.local()

    def come_to(self, what: str, before_kill: Callable[[], object] = lambda: None) -> None:
        """One more point; what is done `before_kill` stands for the half of it that the system has seen."""
        # looking at a point may pass others
        if getattr(self._inside, "a_point", False):
            return
        self._inside.a_point = True
        try:
            with self._lock:
                self._count += 1
                self._reached[:8] = self._count.to_bytes(8, "little")
                if self._point and self._count >= self._point:
                    if self._count == self._point and self._act == self._kill:
                        before_kill()
                    self._act(what)
        finally:
            self._inside.a_point = False

    def _nothing(self, what: str) -> None:
        pass

    def _kill(self, what: str) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def _terminate(self, what: str) -> None:
        if self._count == self._point:
            os.kill(os.getpid(), signal.SIGTERM)

    def _interrupt(self, what: str) -> None:
        if self._count == self._point:
            os.kill(os.getpid(), signal.SIGINT)

    def _full(self, what: str) -> None:
        """Nothing can grow any more; what exists can be renamed and deleted."""
        if what in _TAKE_ROOM:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _broken(self, what: str) -> None:
        """The disk fails once, whatever was asked of it."""
        if self._count == self._point and what != "S3":
            raise OSError(errno.EIO, os.strerror(errno.EIO))


class _File(io.FileIO):
    """A file whose every write is a point."""

    points: _Points

    def write(self, data: Any) -> int:
        half = bytes(memoryview(data).cast("B"))
        half = half[: len(half) // 2]
        self.points.come_to("write", lambda: super(_File, self).write(half))
        return super().write(data)


def _install(points: _Points) -> None:
    genuine_open, genuine_sync = builtins.open, os.fsync
    _File.points = points

    def opened(file: Any, mode: str = "r", buffering: int = -1, *rest: Any, **more: Any) -> Any:
        if "b" in mode and set(mode) & set("wxa+") and buffering == -1 and not isinstance(file, int):
            raw = _File(file, mode.replace("b", ""), opener=more.get("opener"))
            return io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
        return genuine_open(file, mode, buffering, *rest, **more)

    def synced(number: int) -> None:
        points.come_to("sync")
        genuine_sync(number)

    def heard(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if isinstance(flags, int) and flags & _WRITING and not str(path).startswith("/dev/"):
                points.come_to("open")
        elif event in _CHANGES:
            points.come_to(event)

    builtins.open = io.open = opened  # type: ignore[assignment]
    os.fsync = synced  # type: ignore[assignment]
    if "AWS_ENDPOINT_URL" in os.environ:
        _hear_of_requests(points)
    sys.addaudithook(heard)


def _hear_of_requests(points: _Points) -> None:
    from trakt.storage.s3.client import client

    def sent(request: Any, **_: Any) -> None:
        if request.method not in ("GET", "HEAD"):
            points.come_to("S3")

    client().meta.events.register_first("before-send.s3", sent)


def _child(asked: dict[str, Any], files: tuple[Any, Any], reached: mmap.mmap) -> NoReturn:
    code = 70
    try:
        for number, file in enumerate(files, 1):
            os.dup2(file.fileno(), number)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        from trakt.cli import main

        _install(_Points(asked["action"], asked["point"], reached))
        code = main(asked["arguments"])
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        traceback.print_exc()
    os._exit(code)


def _ended(asked: dict[str, Any]) -> Ended:
    reached = mmap.mmap(-1, 8)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        sys.stdout.flush()
        child = os.fork()
        if not child:
            _child(asked, (out, err), reached)
        # a run that hangs is killed by the clock, and fails its test by its exit code
        timer = threading.Timer(_HANG_SECONDS, os.kill, (child, signal.SIGALRM))
        timer.start()
        _, status = os.waitpid(child, 0)
        timer.cancel()
        timer.join()
        said = []
        for file in (out, err):
            file.seek(0)
            said.append(file.read().decode("utf-8", "replace"))
    return Ended(os.waitstatus_to_exitcode(status), said[0], said[1], int.from_bytes(reached[:8], "little"))


def _serve() -> None:
    import trakt.engine.run
    import trakt.formats.csv.write
    import trakt.formats.text.read
    import trakt.runtime.local_runner
    import trakt.steps.dedupe

    with contextlib.suppress(ModuleNotFoundError):
        import trakt.storage.s3.listing
        import trakt.storage.s3.read
        import trakt.storage.s3.write  # noqa: F401
        from trakt.storage.s3.client import client

        if "AWS_ENDPOINT_URL" in os.environ:
            # its children share what it has loaded; it is connected to nothing yet
            client()
    for line in sys.stdin:
        print(json.dumps(_ended(json.loads(line)).__dict__), flush=True)


if __name__ == "__main__":
    _serve()
