"""AWS Lambda on this machine: Amazon's Runtime Interface Emulator and runtime client, one function, one instance.

The emulator knows timeouts, crashes and payload limits, and starts an instance anew as Lambda does. What it leaves out
is added: a read-only file system but for `/tmp` (see read_only.py) and the memory limit (see memory_ceiling.py). It
sets no trace id; runtime_api.py does.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, Self

from tests.fakes import read_only
from tests.fakes.memory_ceiling import MemoryCeiling, descendants, kill

ROOT = Path(__file__).parents[2]
INVOKE = "/2015-03-31/functions/function/invocations"
STARTS_WITHIN_SECONDS = 20.0
# the last thing the emulator says about an invocation that ended well, and about one that took the instance with it
_TOLD = re.compile(r"^REPORT RequestId|Waiting for runtime domain processes termination", re.MULTILINE)
_OVER_MEMORY = {"errorType": "Runtime.ExitError", "errorMessage": "Runtime exited with error: signal: killed"}


class Answer(NamedTuple):
    """What a caller of the function sees, and what CloudWatch would show of it."""

    status: int
    payload: Any
    logs: str


@cache
def binary() -> str:
    """The emulator, fetched once for this machine."""
    found = subprocess.run([sys.executable, ".ci/emulator"], cwd=ROOT, capture_output=True, text=True, check=False)
    if found.returncode:
        raise RuntimeError(f"no Lambda emulator: {found.stderr.strip()}")
    return found.stdout.strip()


@dataclass
class LambdaEmulator:
    """`with LambdaEmulator(package, "module.handler", tmp) as function:`, then `function.invoke(event)`.

    package: the folder that holds the function's code, `/var/task` in Lambda.
    tmp: what the function sees as `/tmp`.
    sealed: whether everything else is read-only for it. Where this machine does not let mounts be made, only the
    folders of the package are, by their permissions.
    """

    package: Path
    handler: str
    tmp: Path
    environment: dict[str, str] = field(default_factory=dict)
    timeout_seconds: int = 60
    memory_mb: int = 1769
    sealed: bool = field(default=False, init=False)

    def __enter__(self) -> Self:
        self.tmp.mkdir(parents=True, exist_ok=True)
        self._ended = contextlib.ExitStack()
        try:
            self._start()
        except BaseException:
            self._ended.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.close()

    @property
    def peak_mb(self) -> float:
        """The most memory that the function ever had."""
        self._ceiling.look()
        return self._ceiling.peak_mb

    def invoke(self, event: Any) -> Answer:
        """Call the function and wait for its answer; the payload is text where it is no JSON."""
        said = len(self._log())
        with contextlib.closing(self._connection(self.timeout_seconds + 60)) as connection:
            connection.request("POST", INVOKE, json.dumps(event), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            status, body = answer.status, answer.read().decode("utf-8")
        within = self._ceiling.look()
        _until(lambda: _TOLD.search(self._log()[said:]), "the emulator to end the invocation")
        # one write of the function is one line, which the emulator's own lines never share
        logs = "\n".join(line for line in self._log()[said:].splitlines() if "(rapid)" not in line)
        if not within and status == 200:
            return Answer(502, _OVER_MEMORY, logs)
        try:
            return Answer(status, json.loads(body), logs)
        except ValueError:
            return Answer(status, body, logs)

    def _start(self) -> None:
        self._port, runtime_port = _free_ports(2)
        addresses = ("--runtime-interface-emulator-address", f"127.0.0.1:{self._port}")
        addresses += ("--runtime-api-address", f"127.0.0.1:{runtime_port}")
        command = [binary(), *addresses, sys.executable, "-m", "awslambdaric", self.handler]
        self.sealed = _can_seal()
        if self.sealed:
            command = [*_seal(self.tmp, self.package), *command]
        else:
            self._ended.enter_context(_no_writing(self.package))
        self._log_file = self.tmp.with_name(f"{self.tmp.name}.log")
        with self._log_file.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                cwd=self.package,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._ended.callback(self._kill)
        self._ceiling = self._ended.enter_context(MemoryCeiling(self._process.pid, self.memory_mb))
        _until(self._listens, "the emulator to listen")

    def _environment(self) -> dict[str, str]:
        # what Lambda sets and the emulator does not; nothing of this process leaks in
        return {
            "PATH": os.defpath,
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "PYTHONDONTWRITEBYTECODE": "1",
            "LAMBDA_TASK_ROOT": str(self.package),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_FUNCTION_TIMEOUT": str(self.timeout_seconds),
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(self.memory_mb),
            **self.environment,
        }

    def _listens(self) -> bool:
        if self._process.poll() is not None:
            raise RuntimeError(f"the emulator ended with {self._process.returncode}: {self._log()}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self._port), timeout=1):
            return True
        return False

    def _connection(self, timeout: float) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self._port, timeout=timeout)

    def _log(self) -> str:
        return self._log_file.read_bytes().decode("utf-8", errors="replace")

    def _kill(self) -> None:
        # stopped first, so that it starts no further process between the look and the kill
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGSTOP)
        kill([*descendants(self._process.pid), self._process.pid])
        self._process.wait()


def _seal(tmp: Path, package: Path) -> list[str]:
    kept = {Path(sys.prefix), Path(sys.base_prefix), ROOT}
    keep = [word for path in sorted(kept) for word in ("--keep", str(path))]
    return [sys.executable, read_only.__file__, "--tmp", str(tmp), "--cwd", str(package), *keep]


@cache
def _can_seal() -> bool:
    trial = subprocess.run([*_seal(Path("/tmp"), Path("/")), "true"], capture_output=True, text=True, check=False)
    if trial.returncode not in (0, read_only.CANNOT):
        raise RuntimeError(f"the file system could not be made read-only: {trial.stderr}")
    return trial.returncode == 0


@contextlib.contextmanager
def _no_writing(package: Path) -> Iterator[None]:
    folders = [package, *(path for path in package.rglob("*") if path.is_dir())]
    modes = {folder: stat.S_IMODE(folder.stat().st_mode) for folder in folders}
    for folder, mode in modes.items():
        folder.chmod(mode & ~0o222)
    try:
        yield
    finally:
        for folder, mode in modes.items():
            folder.chmod(mode)


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [each.getsockname()[1] for each in sockets]


def _until(true: Callable[[], object], what: str) -> None:
    end = time.monotonic() + STARTS_WITHIN_SECONDS
    while not true():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {STARTS_WITHIN_SECONDS:.0f} s for {what}")
        time.sleep(0.005)
