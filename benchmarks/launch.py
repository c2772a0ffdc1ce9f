"""Starts one command and tells what it took, as JSON: `python -I -S launch.py OUT ERR COMMAND...`.

A small process of its own, because Linux bills a new process with the peak memory of the one that started it.
"""

import json
import os
import sys
import time


def main(out: str, err: str, *command: str) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    files = [(os.POSIX_SPAWN_OPEN, number, path, flags, 0o644) for number, path in ((1, out), (2, err))]
    started = time.perf_counter()
    process = os.posix_spawn(command[0], command, os.environ, file_actions=files)
    _, status, used = os.wait4(process, 0)
    wall = time.perf_counter() - started
    taken = {"wall_s": wall, "cpu_s": used.ru_utime + used.ru_stime, "peak_mb": used.ru_maxrss * 1024 / 1e6}
    print(json.dumps({"code": os.waitstatus_to_exitcode(status), "taken": taken}))


if __name__ == "__main__":
    main(*sys.argv[1:])
