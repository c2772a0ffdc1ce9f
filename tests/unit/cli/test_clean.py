from __future__ import annotations

import os
import time

import pytest

DAY = 86_400


@pytest.fixture
def left(tmp_path):
    """A part of a killed run, so many seconds old, and things that are none."""

    def make(name=".o.csv.0123456789ab.trakt-part", seconds=2 * DAY):
        path = tmp_path / "out" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        os.utime(path, (time.time() - seconds,) * 2)
        return path

    return make


def test_what_is_old_is_removed_and_listed(trakt, left, tmp_path):
    part, deeper = left(), left("deeper/.p.csv.0123456789ab.trakt-part")
    others = [left("o.csv"), left(".o.csv.mine"), left("o.trakt-part")]
    said = trakt("clean", str(tmp_path / "out"))
    assert said.code == 0
    assert said.result["status"] == "ok"
    assert {entry["uri"] for entry in said.result["removed"]} == {str(part), str(deeper)}
    assert said.lines[-1] == f"removed 2 leftovers from {tmp_path / 'out'}"
    assert not part.exists()
    assert not deeper.exists()
    assert all(other.exists() for other in others)


@pytest.mark.parametrize(("age", "goes"), [("1d", True), ("47h", True), ("49h", False), ("3d", False), ("0s", True)])
def test_what_is_younger_stays(trakt, left, tmp_path, age, goes):
    part = left()
    assert trakt("clean", str(tmp_path / "out"), "--older-than", age).code == 0
    assert part.exists() is not goes


def test_by_default_a_day_is_old(trakt, left, tmp_path):
    young = left(seconds=DAY - 3600)
    trakt("clean", str(tmp_path / "out"))
    assert young.exists()


def test_the_part_of_a_living_run_stays_however_old_it_is(trakt, tmp_path):
    from trakt.storage.local import stage

    living = stage(str(tmp_path / "out" / "o.csv"))
    try:
        assert trakt("clean", str(tmp_path / "out"), "--older-than", "0s").result["removed"] == []
    finally:
        living.publish()
    assert (tmp_path / "out" / "o.csv").exists()


def test_of_one_output_only_its_own_parts_go(trakt, left, tmp_path):
    part, other = left(), left(".p.csv.0123456789ab.trakt-part")
    trakt("clean", str(tmp_path / "out" / "o.csv"))
    assert (part.exists(), other.exists()) == (False, True)


def test_a_folder_that_is_not_there_has_nothing_to_clean(trakt, tmp_path):
    said = trakt("clean", str(tmp_path / "nothing"))
    assert (said.code, said.result["removed"]) == (0, [])


@pytest.mark.parametrize("age", ["24", "h", "-1h", "1.5h", "1w", ""])
def test_an_age_that_is_none_is_told(trakt, tmp_path, age):
    said = trakt("clean", str(tmp_path), f"--older-than={age}")
    assert said.code == 2
    assert "such as 24h" in said.err


def test_a_place_of_no_known_kind_is_told(trakt):
    said = trakt("clean", "gopher://x")
    assert said.code == 1
    assert "no storage for 'gopher://'" in said.err
