"""How a process of ours is set up, where it is ours: the command line, a Lambda function, a Glue job."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def starting() -> Iterator[None]:
    """For the imports of a start: nothing is collected inside, and what they make is never looked at again."""
    # Arrow's own allocator gives pages back at once and asks for them again with the next chunk; measured, a third of
    # the time and of the memory of a stream. Arrow reads it when it is imported.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    collected = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if collected:
            gc.enable()
        # numpy brings it along; where nothing heavy was imported, no thread will need it
        if "ctypes" in sys.modules:
            _share_arenas()


_M_ARENA_MAX = -8
_ARENAS = 2


def _share_arenas() -> None:
    """Have threads share memory: glibc gives each an arena, and each keeps what its chunks needed (mallopt(3)).

    Measured, a tenth of the memory of a stream, and none of its time. Other systems have no such function.
    """
    import ctypes

    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _ARENAS)
