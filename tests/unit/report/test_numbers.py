from __future__ import annotations

import pytest

from trakt.report import numbers


@pytest.mark.parametrize(
    ("milliseconds", "told"),
    [
        (0, "0 ms"), (0.4, "0.4 ms"), (9.94, "9.9 ms"), (152.4, "152 ms"), (999.4, "999 ms"), (999.6, "1.0 s"),
        (59_949, "59.9 s"), (59_951, "1 min 00 s"), (185_000, "3 min 05 s"), (7_620_000, "2 h 07 min"),
    ],
)  # fmt: skip
def test_durations_are_told_in_the_unit_that_fits(milliseconds, told):
    assert numbers.duration(milliseconds) == told


@pytest.mark.parametrize(
    ("number", "told"),
    [(0, "0 bytes"), (1, "1 byte"), (1023, "1023 bytes"), (1536, "1.5 KiB"), (238 << 20, "238 MiB"), (1 << 60, "1,048,576 TiB")],
)  # fmt: skip
def test_sizes_are_told_in_the_unit_that_fits(number, told):
    assert numbers.size(number) == told


@pytest.mark.parametrize(
    ("part", "told"), [(0, "0 %"), (1, "100 %"), (0.5, "50 %"), (0.1234, "12.3 %"), (0.0004, "0.04 %"), (1e-9, "1e-07 %")]
)  # fmt: skip
def test_a_share_that_is_not_nothing_is_never_told_as_nothing(part, told):
    assert numbers.share(part) == told


def test_memory_is_told_in_mebibytes():
    assert (numbers.memory(0), numbers.memory(238.4), numbers.memory(2048)) == ("0 MiB", "238 MiB", "2.0 GiB")
