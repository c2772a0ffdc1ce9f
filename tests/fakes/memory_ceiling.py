"""The memory limit of a function without a cgroup: its processes are watched, and killed when they go over it.

What counts is `VmHWM`, the most that was ever resident. It never falls, so a peak between two looks is seen at the next.
Limits of the system (`RLIMIT_AS`, `RLIMIT_DATA`) count what is reserved as well, which Arrow's allocator does by the
gigabyte, and would end a function that Lambda lets live.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import threading
from pathlib import Path
from typing import Self

LOOK_EVERY_SECONDS = 0.01


def descendants(pid: int) -> list[int]:
    """The processes that a process started, and those that they started."""
    found: list[int] = []
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, file.read_text(encoding="ascii").split()):
                found += [child, *descendants(child)]
    return found


def kill(pids: list[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


class MemoryCeiling:
    """`with MemoryCeiling(pid, 512) as ceiling:` holds what that process started under 512 MB, all together."""

    def __init__(self, pid: int, limit_mb: int) -> None:
        self.peak_mb = 0.0
        self._pid, self._limit_mb = pid, limit_mb
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def look(self) -> bool:
        """Whether the processes of now were under the limit all their lives; they are killed if not."""
        pids = descendants(self._pid)
        used = sum(map(_most_resident_mb, pids))
        self.peak_mb = max(self.peak_mb, used)
        if used > self._limit_mb:
            kill(pids)
        return used <= self._limit_mb

    def _watch(self) -> None:
        while not self._ended.wait(LOOK_EVERY_SECONDS):
            self.look()


def _most_resident_mb(pid: int) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0.0
    found = re.search(r"^VmHWM:\s*(\d+) kB", status, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0
