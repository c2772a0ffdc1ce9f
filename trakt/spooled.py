"""Temporary files that hold what does not fit into memory: what goes wrong with them, in words."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator

from trakt.errors import RunError


@contextlib.contextmanager
def kept(what: str) -> Iterator[None]:
    """A block that writes or reads a temporary file; `what` is kept there, as an error says it.

    Raises:
        RunError: the disk is full, or does not do what it is asked.
    """
    try:
        yield
    except OSError as fault:
        raise RunError(
            f"{what}: {(fault.strerror or str(fault)).lower()}",
            where=tempfile.tempdir or "the temporary folder",
            hint="make room there, or set TMPDIR to a folder that has some",
        ) from fault
