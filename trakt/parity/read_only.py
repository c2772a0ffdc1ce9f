"""A disk that takes nothing but in some folders, as that of a Lambda function does.

Python is asked before it opens a file (PEP 578). What code in C writes by itself is not seen.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_ALWAYS = ("/dev/", "/proc/")
_LAMBDAS_OWN = "/tmp/"

_Looked = tuple[Any, Any]
"""A path, and the open folder that it starts at: -1 where it is the current one."""

_EVENTS: dict[str, Callable[[tuple[Any, ...]], Sequence[_Looked]]] = {
    "open": lambda said: [(said[0], -1)] if said[2] & _WRITING else [],
    "os.mkdir": lambda said: [(said[0], said[2])],
    "os.remove": lambda said: [(said[0], said[1])],
    "os.rmdir": lambda said: [(said[0], said[1])],
    "os.rename": lambda said: [(said[0], said[2]), (said[1], said[3])],
    "os.link": lambda said: [(said[1], said[3])],
    "os.symlink": lambda said: [(said[1], said[2])],
    "os.truncate": lambda said: [(said[0], -1)],
}
"""What writes, and which paths of it ("Audit events table" of the Python documentation)."""


def make_read_only(but: Sequence[Path]) -> None:
    """From now on this process writes below `but` and, as in Lambda, `/tmp` only; there is no way back.

    `but` have one folder in common, that of the run: it may lie below `/tmp` here, and is read-only all the same.
    """
    allowed = tuple(f"{path}{os.sep}" for path in but)
    own = os.path.join(os.path.commonpath(list(map(str, but))), "")

    def look(event: str, said: tuple[Any, ...]) -> None:
        paths_of = _EVENTS.get(event)
        for path, start in paths_of(said) if paths_of else ():
            if isinstance(path, str | bytes | os.PathLike) and start in (-1, None):
                where = os.path.abspath(os.fsdecode(path))
                below = f"{where}{os.sep}"
                temporary = where.startswith(_LAMBDAS_OWN) and not where.startswith(own)
                if not (below.startswith(allowed) or where.startswith(_ALWAYS) or temporary):
                    raise OSError(errno.EROFS, os.strerror(errno.EROFS), where)

    sys.addaudithook(look)
