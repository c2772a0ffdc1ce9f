"""What is told when a temporary file cannot be kept."""

from __future__ import annotations

import errno

import pytest

from trakt import RunError
from trakt.spooled import kept


def test_a_full_disk_is_told_with_what_was_kept_where_and_what_to_do() -> None:
    with pytest.raises(RunError) as caught, kept("rows cannot be kept"):
        raise OSError(errno.ENOSPC, "No space left on device")
    (fault,) = caught.value.faults
    assert fault.what == "rows cannot be kept: no space left on device"
    assert fault.where
    assert "TMPDIR" in (fault.hint or "")


def test_what_is_no_fault_of_the_disk_goes_through() -> None:
    with pytest.raises(KeyError), kept("rows cannot be kept"):
        raise KeyError("a")
