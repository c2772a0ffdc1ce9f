"""Run a command as Lambda does: everything is read-only but `/tmp`, which is a folder of its own.

    python read_only.py --tmp FOLDER --cwd FOLDER [--keep FOLDER]... COMMAND...

By mounts in a namespace of the command's own, so nothing is left of them. Folders below the real `/tmp` are hidden with
it; those to keep are seen in their old place, read-only. Root may do this, and so may others where the system lets them
have user namespaces; elsewhere it ends with `CANNOT`.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import signal
import sys
from pathlib import Path

CANNOT = 77
_NEW_MOUNTS, _NEW_USERS = 0x00020000, 0x10000000  # sched.h
_BIND, _RECURSIVE, _PRIVATE = 4096, 16384, 1 << 18  # sys/mount.h
_SYS_MOUNT_SETATTR, _AT_RECURSIVE, _ATTR_READ_ONLY = 442, 0x8000, 1  # mount_setattr(2), the same on every machine
_DEATH_SIGNAL = 1  # prctl.h

_libc = ctypes.CDLL(None, use_errno=True)


class _Attributes(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "userns")]


def _done(result: int, what: str) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def _mount(source: str, target: str, flags: int) -> None:
    _done(_libc.mount(source.encode(), target.encode(), None, ctypes.c_ulong(flags), None), f"mount on {target}")


def _set_read_only(target: str, on: bool, flags: int = 0) -> None:
    attributes = _Attributes(set=_ATTR_READ_ONLY if on else 0, clear=0 if on else _ATTR_READ_ONLY)
    pointer, size = ctypes.byref(attributes), ctypes.c_size_t(ctypes.sizeof(attributes))
    _done(_libc.syscall(_SYS_MOUNT_SETATTR, -100, target.encode(), flags, pointer, size), f"mount_setattr {target}")


def seal(tmp: Path, kept: list[Path]) -> None:
    """Give this process mounts of its own: `tmp` on `/tmp`, and everything else read-only."""
    user, group = os.getuid(), os.getgid()
    _done(_libc.unshare(_NEW_MOUNTS | (_NEW_USERS if user else 0)), "unshare")
    if user:
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="ascii")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1", encoding="ascii")
    # the old places can be named no more once /tmp is covered, but open folders can
    hidden = {path: os.open(path, os.O_PATH) for path in sorted(kept) if path.is_relative_to("/tmp")}
    _mount("none", "/", _PRIVATE | _RECURSIVE)
    _mount(str(tmp), "/tmp", _BIND | _RECURSIVE)
    for path, opened in hidden.items():
        path.mkdir(parents=True, exist_ok=True)
        _mount(f"/proc/self/fd/{opened}", str(path), _BIND | _RECURSIVE)
        os.close(opened)
    _set_read_only("/", True, _AT_RECURSIVE)
    _set_read_only("/tmp", False)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tmp", type=Path, required=True)
    parser.add_argument("--cwd", type=Path, required=True)
    parser.add_argument("--keep", type=Path, action="append", default=[])
    parser.add_argument("command", nargs=argparse.REMAINDER)
    given = parser.parse_args()
    try:
        seal(given.tmp, [given.cwd, *given.keep])
    except OSError as error:
        print(error, file=sys.stderr)
        sys.exit(CANNOT)
    _libc.prctl(_DEATH_SIGNAL, signal.SIGKILL)
    os.chdir(given.cwd)
    os.execvp(given.command[0], given.command)


if __name__ == "__main__":
    main()
