from datetime import date
from decimal import Decimal

import pandas as pd
import pytest

from trakt.errors import PipelineError, RunError
from trakt.steps import cast


@pytest.fixture
def frame(text):
    return pd.DataFrame(
        {
            "id": pd.array(["007", None, "12"], dtype=text),
            "price": pd.array(["1.50", "2.0", None], dtype=text),
            "day": pd.array(["2026-02-05", None, "2026-12-31"], dtype=text),
            "count": pd.array([5, None, 6], dtype="Int64"),
            "ratio": [1.0, 2.0, 3.0],
        }
    )


def test_values_get_their_types_and_missing_ones_stay_missing(run_step, frame):
    types = {"id": "int", "price": "decimal", "day": "date", "count": "string", "ratio": "Int64"}
    outcome = run_step.in_every_way(cast.run, input=frame, types=types)
    casted = outcome.frame
    assert casted["id"].tolist() == [7, pd.NA, 12]
    assert casted["price"].tolist() == [Decimal("1.50"), Decimal("2.0"), None]
    assert casted["day"].tolist()[0] == date(2026, 2, 5)
    assert casted["count"].fillna("-").tolist() == ["5", "-", "6"]
    assert str(casted["ratio"].dtype) == "Int64"
    assert list(casted.columns) == list(frame.columns)


def test_rows_keep_their_index(run_step, frame):
    frame.index = pd.RangeIndex(100, 103)
    casted = run_step.in_every_way(cast.run, input=frame, types={"id": "int"}).frame
    assert casted.index.tolist() == [100, 101, 102]
    assert casted["id"].tolist() == [7, pd.NA, 12]


@pytest.mark.parametrize("chunk_rows", [None, 1, 2, 7])
def test_bad_values_of_the_whole_input_are_one_error_with_row_column_and_value(run_step, chunk_rows):
    frame = pd.DataFrame({"n": ["1", "x", "3", "4.5"] * 3, "day": ["2026-02-30"] + ["2026-02-05"] * 11})
    with pytest.raises(RunError) as caught:
        run_step(cast.run, chunk_rows, input=frame, types={"n": "int", "day": "date"})
    *first, total = caught.value.faults
    assert [fault.where for fault in first] == [
        "row 1, column 'day'",
        "row 2, column 'n'",
        "row 4, column 'n'",
        "row 6, column 'n'",
        "row 8, column 'n'",
    ]
    assert first[1].what.startswith("'x' is not a whole number")
    assert total.what == "7 values do not have the wanted type"


def test_no_chunk_follows_one_with_a_bad_value(run_step):
    chunks = iter([pd.DataFrame({"n": [text]}) for text in ("1", "x", "3")])
    stream = cast.run(run_step.context("stream"), chunks, {"n": "int"})["output"]
    assert next(stream)["n"].tolist() == [1]
    with pytest.raises(RunError, match="row 2, column 'n'"):
        next(stream)


def test_bytes_are_an_error_that_names_the_column(run_step):
    with pytest.raises(RunError, match="column 'raw': raw bytes"):
        run_step(cast.run, input=pd.DataFrame({"raw": [b"x"]}), types={"raw": "int"})


def test_columns_that_are_not_there_are_named(run_step, frame):
    with pytest.raises(RunError, match="did you mean 'price'"):
        run_step(cast.run, input=frame, types={"prise": "int"})


def test_every_unknown_type_is_found_at_plan_time(run_step, frame):
    types = {"id": "itn", "price": 5, "day": "date", "count": "whatsoever"}
    faults = {fault.path: fault.hint for fault in cast.check({"types": types}, "stream")}
    assert faults == {
        ("types", "id"): "did you mean 'int'?",
        ("types", "price"): "use string, int, float, decimal, bool, date or timestamp",
        ("types", "count"): "use string, int, float, decimal, bool, date or timestamp",
    }
    assert [fault.path for fault in cast.check({"types": ["id"]}, "batch")] == [("types",)]
    assert [fault.path for fault in cast.check({"types": {}}, "batch")] == [("types",)]
    with pytest.raises(PipelineError):
        run_step(cast.run, input=frame, types=types)
