"""How a process of ours is set up, where it is ours: the command line, a Lambda function, a Glue job."""

from __future__ import annotations

import contextlib
import gc
import os
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
