import threading
from pathlib import Path

import numpy as np
import pandas as pd

from trakt.steps.seen_keys import SeenKeys


def test_each_row_learns_which_row_had_its_key_first():
    with SeenKeys() as seen:
        assert seen.first_rows(pd.DataFrame({"id": ["b", "a", "b"]}), ["id"]).tolist() == [1, 2, 1]
        assert seen.first_rows(pd.DataFrame({"id": ["c", "a"]}), ["id"]).tolist() == [4, 2]
        assert seen.first_rows(pd.DataFrame({"id": ["d"]}), ["id"]).tolist() == [6]
        assert seen.rows == 6


def test_a_chunk_without_rows_changes_nothing():
    with SeenKeys() as seen:
        assert seen.first_rows(pd.DataFrame({"id": []}), ["id"]).tolist() == []
        assert seen.rows == 0


def test_a_key_is_known_again_when_a_chunk_stores_it_otherwise():
    with SeenKeys() as seen:
        for dtype in ("int64", "float64", "Int64"):
            first = seen.first_rows(pd.DataFrame({"id": pd.Series([5], dtype=dtype)}), ["id"])
        assert first.tolist() == [1]


def test_keys_beyond_the_cache_are_still_known_and_leave_no_file(tmp_path, monkeypatch):
    monkeypatch.setattr("trakt.steps.seen_keys.CACHE_KIB", 64)
    monkeypatch.setenv("SQLITE_TMPDIR", str(tmp_path))
    rows = 60_000
    frame = pd.DataFrame({"id": np.arange(rows)})
    with SeenKeys() as seen:
        assert (seen.first_rows(frame, ["id"]) == np.arange(1, rows + 1)).all()
        assert (seen.first_rows(frame[::-1], ["id"]) == np.arange(rows, 0, -1)).all()
    assert list(Path(tmp_path).iterdir()) == []


def test_a_stream_may_be_drained_by_another_thread():
    found = []
    with SeenKeys() as seen:
        seen.first_rows(pd.DataFrame({"id": [1]}), ["id"])
        work = threading.Thread(
            target=lambda: found.extend(seen.first_rows(pd.DataFrame({"id": [1]}), ["id"]).tolist())
        )
        work.start()
        work.join()
    assert found == [1]
