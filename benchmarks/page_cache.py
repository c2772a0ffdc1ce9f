"""Resident memory counts mapped pages of libraries, and how many depends on how they came into the page cache.

The kernel maps a fresh copy, just written by an installer, in larger pieces than one that was read from the disk: the
same imports were seen to take 137 MB right after an installation and 102 MB later, with the same 50 MB of their own.
"""

from __future__ import annotations

import os
import sysconfig
from pathlib import Path


def forget_libraries() -> None:
    """Have installed libraries read from the disk again, as after a start of the machine; the same for all peers."""
    if not hasattr(os, "posix_fadvise"):
        return
    # what is not on the disk yet cannot be forgotten
    os.sync()
    for library in Path(sysconfig.get_path("platlib")).rglob("*.so*"):
        file = os.open(library, os.O_RDONLY)
        try:
            os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(file)
