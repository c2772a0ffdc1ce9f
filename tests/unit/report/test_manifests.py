"""What stands in place of a manifest is told: where, what, and what to do, all of it at once."""

from __future__ import annotations

import json

import pytest

from trakt.errors import InputError
from trakt.report.manifests import manifests_at
from trakt.report.page import page_of
from trakt.report.runs import groups_of


@pytest.fixture
def folder(tmp_path_factory):
    """A folder whose manifests nobody holds against their schema."""
    return tmp_path_factory.mktemp("reports")


@pytest.fixture
def put(folder):
    def write(name, content):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
        return str(path)

    return write


def told(*places):
    with pytest.raises(InputError) as caught:
        manifests_at(places)
    assert all(fault.where and fault.hint for fault in caught.value.faults)
    return [(fault.where, fault.what) for fault in caught.value.faults]


def test_a_folder_stands_for_every_manifest_in_it_and_below(put, folder, another):
    put("a/b1/manifest.json", another(1))
    put("a/manifest.json", another(2))
    put("a/b1/orders.json", "[]")
    assert sorted(each.manifest["run_id"] for each in manifests_at([str(folder)])) == ["run-1", "run-2"]


def test_a_pattern_stands_for_what_fits(put, folder, another):
    put("b1.json", another(1))
    put("b2.json", another(2))
    put("c1.json", another(3))
    assert [each.manifest["run_id"] for each in manifests_at([f"{folder}/b*.json"])] == ["run-1", "run-2"]


def test_a_manifest_that_is_named_twice_counts_once(put, folder, another):
    put("m/manifest.json", another(1))
    assert len(manifests_at([str(folder), f"{folder}/m/manifest.json", f"{folder}/m"])) == 1


def test_a_copy_of_a_manifest_is_left_out_with_a_warning(put, another, caplog):
    first, copy = put("manifest.json", another(1)), put("copy.json", another(1))
    assert [each.uri for each in manifests_at([first, copy])] == [first]
    assert caplog.messages == [f"{copy} tells of run run-1, as {first} does, and is left out"]


def test_all_that_is_wrong_is_told_at_once_in_the_order_of_the_command_line(put, folder, another):
    good = put("good.json", another(1))
    broken = {name: value for name, value in another(2).items() if name != "steps"}
    places = [
        (put("text.json", "{"), "this is no manifest: it is no JSON"),
        (put("list.json", "[]"), "this is no manifest: it has no manifest_version"),
        (put("old.json", {"manifest_version": 0}), "a manifest of version 0, this Trakt reads version 1"),
        (put("new.json", {"manifest_version": 2}), "a manifest of version 2, this Trakt reads version 1"),
        (put("broken.json", broken), "this is no whole manifest: $: 'steps' is a required property"),
        (str(folder / "none.json"), "there is no manifest"),
        (str(folder / "no" / "folder.json"), f"there is no folder {folder / 'no'}"),
        (f"{folder}/*.xml", "nothing fits this pattern"),
        (put("result.json", {"status": "success", "manifest_path": "out/m.json"}), "this is the result of a run, not its manifest"),
    ]  # fmt: skip
    assert told(good, *(place for place, _ in places)) == places


def test_a_folder_without_manifests_says_how_to_name_others(put, folder):
    put("m/b1.json", "{}")
    with pytest.raises(InputError, match=r"there is no manifest\.json in this folder or below") as caught:
        manifests_at([str(folder / "m")])
    assert caught.value.hint == f"name manifests, or a pattern of theirs: '{folder}/m/*.json'"


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda m: m["inputs"]["orders"].update(rows="many"), "inputs.orders.rows: 'many' is not of type 'integer', 'null'"),
        (lambda m: m.update(started_at="yesterday"), "started_at: 'yesterday' is not a 'date-time'"),
        (lambda m: m.update(started_at="0001-01-01T00:00:00+23:00"), "started_at: '0001-01-01T00:00:00+23:00' is not a 'date-time'"),
        (lambda m: m.update(duration_ms=float("nan")), "duration_ms: nan is no number that a run counts"),
        (lambda m: m["rejected"].update(rows=10**30), f"rejected.rows: {10**30} is no number that a run counts"),
        (lambda m: m.update(steps=[]) or m.update(inputs=7), "inputs: 7 is not of type 'object'"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_manifest_is_told_by_its_place(put, another, change, what):
    one = another(1)
    change(one)
    place = put("manifest.json", one)
    assert told(place) == [(place, f"this is no whole manifest: {what}")]


def test_of_very_many_faults_the_first_are_told(put, another):
    one = another(1)
    one["events"] = [7] * 100
    ((_, what),) = told(put("manifest.json", one))
    assert what.count("is not of type") == 3
    assert what.endswith("; and 97 more")


def test_manifests_of_older_and_newer_trakts_of_this_version_are_read(put, another):
    older, newer = another(1), another(2)
    del older["pipeline"]["overlay"], older["steps"][0]["inputs"]
    del older["inputs"]["orders"]["duration_ms"], older["outputs"]["known"]["duration_ms"]
    newer["something_new"] = newer["inputs"]["orders"]["something_new"] = 1
    found = manifests_at([put("older.json", older), put("newer.json", newer)])
    page = page_of(groups_of(found))
    assert "an older Trakt wrote it" in page
    assert len(found) == 2
