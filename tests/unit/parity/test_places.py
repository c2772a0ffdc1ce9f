"""Where a rehearsal reads and writes, whatever it was told."""

from __future__ import annotations

from pathlib import Path

import pytest

from trakt.parity.places import FILES, INPUT, OUTPUT, Places

PLACES = Places("/data/in[1]", Path("/run"))


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        (f"{INPUT}a.csv", "/data/in[1]/a.csv"),
        (f"{INPUT}*.csv", "/data/in[[]1]/*.csv"),
        (f"{FILES}etc/hosts", "/etc/hosts"),
        (f"{OUTPUT}x/a.csv", "/run/out/x/a.csv"),
        ("s3://bucket/a.csv", None),
        ("/data/a.csv", None),
    ],
)
def test_places_of_a_function_stand_for_folders(uri, path):
    assert PLACES.on_disk(uri) == path


def test_a_file_has_one_name_in_s3_and_it_leads_back():
    for path in ("/data/in[1]/deep/a.csv", "/data/in[1]x/a.csv", "/elsewhere.csv"):
        assert PLACES.on_disk(PLACES.in_s3(path)) == path


@pytest.mark.parametrize("uri", ["/data/a.csv", "file:///data/a.csv", "s3://bucket/a.csv", "relative.csv", "/run/../a"])
def test_whatever_is_written_stays_in_the_folder_of_the_run(uri):
    written = Path(PLACES.written(uri))
    assert written.is_relative_to("/run/elsewhere")
    assert written.name == uri.rpartition("/")[2]


def test_two_places_by_one_name_are_kept_apart_and_outputs_keep_theirs():
    assert PLACES.written("/a/x.csv") != PLACES.written("/b/x.csv")
    assert PLACES.written("/run/out/x.csv") == PLACES.written(f"{OUTPUT}x.csv") == "/run/out/x.csv"


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("a.csv", "a.csv"),
        ("/data/a.csv", f"{FILES}data/a.csv"),
        ("a.csv, /data/b.csv", f"a.csv,{FILES}data/b.csv"),
        ("s3://bucket/x.csv", "s3://bucket/x.csv"),
    ],
)
def test_an_event_names_files_as_places_in_s3(uri, told):
    assert PLACES.for_event(uri) == told
