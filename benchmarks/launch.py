"""Starts one command and tells what it took, as JSON: `python -I -S launch.py OUT ERR [--family] COMMAND...`.

A small process of its own, because Linux bills a new process with the peak memory of the one that started it. With
`--family` the processes that the command starts are looked at as well, whoever waits for them: Spark's Java is not
waited for, and its Python workers are forked by a daemon.
"""

import glob
import json
import os
import sys
import threading
import time

LOOK_EVERY_SECONDS = 0.5
TICKS = os.sysconf("SC_CLK_TCK")


class Family:
    """A process and all that it has started: processor time by process, and the most memory of all together."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._cpu_s: dict[int, float] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.peak_mb = 0.0

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._ended.set()
        self._thread.join()

    @property
    def cpu_s(self) -> float:
        return sum(self._cpu_s.values())

    def _watch(self) -> None:
        while not self._ended.wait(LOOK_EVERY_SECONDS):
            pids = [self._pid, *_descendants(self._pid)]
            self.peak_mb = max(self.peak_mb, sum(map(_memory_mb, pids)))
            self._cpu_s |= {pid: used for pid in pids if (used := _cpu_s(pid)) is not None}


def _descendants(pid: int) -> list[int]:
    found = []
    for path in glob.glob(f"/proc/{pid}/task/*/children"):
        for child in map(int, _read(path).split()):
            found += [child, *_descendants(child)]
    return found


def _memory_mb(pid: int) -> float:
    # what forked processes share counts once in all
    lines = [line for line in _read(f"/proc/{pid}/smaps_rollup").splitlines() if line.startswith("Pss:")]
    return int(lines[0].split()[1]) * 1024 / 1e6 if lines else 0.0


def _cpu_s(pid: int) -> float | None:
    # a name may hold spaces and brackets
    fields = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS if fields else None


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def main(out: str, err: str, *command: str) -> None:
    watched, command = command[0] == "--family", command[command[0] == "--family" :]
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    files = [(os.POSIX_SPAWN_OPEN, number, path, flags, 0o644) for number, path in ((1, out), (2, err))]
    started = time.perf_counter()
    process = os.posix_spawn(command[0], command, os.environ, file_actions=files)
    family = Family(process)
    if watched:
        family.start()
    _, status, used = os.wait4(process, 0)
    wall = time.perf_counter() - started
    if watched:
        family.end()
    taken = {
        "wall_s": wall,
        "cpu_s": max(used.ru_utime + used.ru_stime, family.cpu_s),
        "peak_mb": max(used.ru_maxrss * 1024 / 1e6, family.peak_mb),
    }
    print(json.dumps({"code": os.waitstatus_to_exitcode(status), "taken": taken}))


if __name__ == "__main__":
    main(*sys.argv[1:])
