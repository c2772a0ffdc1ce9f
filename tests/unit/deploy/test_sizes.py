"""Sizes against the limits of Lambda."""

import pytest

from deploy import DeployError
from deploy.sizes import MB, Size, check, table

SMALL = Size("function", 10, 4 * MB, 1 * MB)
LAYER = Size("slim layer", 2000, 165 * MB, 56 * MB)


def refused(*sizes):
    with pytest.raises(DeployError) as raised:
        check(*sizes)
    assert raised.value.exit_code != 0
    return [(fault.where, fault.what) for fault in raised.value.faults]


def test_what_fills_the_limits_to_the_last_byte_passes():
    check(Size("function", 1, 250 * MB - LAYER.unzipped, 50 * MB), LAYER)


def test_one_byte_over_the_limit_of_function_and_layer_is_refused():
    function = Size("function", 1, 250 * MB - LAYER.unzipped + 1, MB)
    assert refused(function, LAYER) == [("function + slim layer", "is 250.0 MB unzipped, and Lambda takes 250.0 MB")]


def test_a_zip_of_the_function_over_the_limit_is_refused():
    function = Size("function", 1, 60 * MB, 51 * MB)
    assert refused(function, LAYER) == [("function", "is 51.0 MB zipped, and Lambda takes 50.0 MB")]


def test_every_limit_that_is_passed_is_told_at_once():
    assert len(refused(Size("function", 1, 300 * MB, 70 * MB), LAYER)) == 3


def test_the_table_tells_both_ways_to_bring_the_libraries():
    told = [line.split() for line in table(SMALL, LAYER).splitlines()]
    assert ["function", "10", "4.0", "MB", "1.0", "MB"] in told
    assert ["slim", "layer", "2000", "165.0", "MB", "56.0", "MB"] in told
    assert any(line[:6] == ["function", "+", "slim", "layer", "169.0", "MB"] for line in told)
    assert any(line[:6] == ["left", "for", "managed", "layers", "246.0", "MB"] for line in told)
    assert "by way of S3" in table(SMALL, LAYER)
    assert "by way of S3" not in table(SMALL, Size("slim layer", 1, MB, 50 * MB))


def test_files_are_measured_by_their_bytes(tmp_path):
    (tmp_path / "folder" / "deep").mkdir(parents=True)
    (tmp_path / "folder" / "deep" / "a").write_bytes(b"x" * 1000)
    (tmp_path / "folder" / "b").write_bytes(b"x" * 24)
    (tmp_path / "packed.zip").write_bytes(b"x" * 7)
    assert Size.of("it", tmp_path / "folder", tmp_path / "packed.zip") == Size("it", 2, 1024, 7)
