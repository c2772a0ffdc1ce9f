from datetime import date

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trakt.errors import PipelineError, RunError
from trakt.steps import filter as filter_step


@pytest.fixture
def frame(text):
    return pd.DataFrame(
        {
            "id": pd.array([1, None, 3, 4], dtype="Int64"),
            "status": pd.array(["paid", "open", None, "paid@x"], dtype=text),
            "due day": pd.array(
                [date(2026, 1, 1), None, date(2026, 3, 1), date(2026, 4, 1)], dtype=pd.ArrowDtype(pa.date32())
            ),
            "amount": [1.5, -2.0, float("nan"), 8.0],
        }
    )


@pytest.mark.parametrize(
    ("where", "kept"),
    [
        ("amount > 0 and status == 'paid'", [0]),
        ("id >= 3", [2, 3]),
        ("not (id >= 3)", [0]),
        ("status.isna() | status.str.startswith('paid')", [0, 2, 3]),
        ("status in ['open', 'paid@x']", [1, 3]),
        ("status == 'paid@x'", [3]),
        ("abs(amount) == 2", [1]),
        ("`due day`.isna()", [1]),
        ("amount > id", [0, 3]),
        ("amount > 0\nand id < 4\n", [0]),
        ("amount > 1000", []),
    ],
)
def test_rows_for_which_the_expression_is_true_stay_with_their_index(run_step, frame, where, kept):
    outcome = run_step.in_every_way(filter_step.run, input=frame, where=where)
    pd.testing.assert_frame_equal(outcome.frame, frame.loc[kept])
    assert outcome.metrics == {"rows_dropped": 4 - len(kept)}


def test_a_stream_yields_a_chunk_for_each_it_was_given_even_an_empty_one(run_step, frame):
    outcome = run_step(filter_step.run, 2, input=frame, where="amount > 1000")
    assert [list(chunk.columns) for chunk in outcome.chunks] == [list(frame.columns)] * 2


def test_metrics_of_a_stream_grow_as_it_drains(run_step, frame):
    result = filter_step.run(run_step.context("stream"), iter([frame, frame]), "id == 1")
    assert result["__metrics__"] == {"rows_dropped": 0}
    next(result["output"])
    assert result["__metrics__"] == {"rows_dropped": 3}
    assert len(list(result["output"])) == 1
    assert result["__metrics__"] == {"rows_dropped": 6}


def test_all_unknown_columns_are_one_error_with_the_nearest(run_step, frame):
    with pytest.raises(RunError) as caught:
        run_step(filter_step.run, input=frame, where="amonut > 5 and `due dya`.isna() and id > 1")
    assert [fault.what for fault in caught.value.faults] == [
        "there is no column 'amonut' in the input",
        "there is no column 'due dya' in the input",
    ]
    assert [fault.hint for fault in caught.value.faults] == ["did you mean 'amount'?", "did you mean 'due day'?"]


@pytest.mark.parametrize(
    ("where", "hint"),
    [
        ("amount >", "write it as for pandas' query"),
        ("amount = 5", "compare with =="),
        ("amount > @limit", "names with @ are Python's"),
        ("due day > 5", "stands in `backticks`"),
        ("  ", "write a condition"),
    ],
)
def test_an_expression_with_a_syntax_error_is_found_at_plan_time(run_step, frame, where, hint):
    (fault,) = filter_step.check({"where": where}, "batch")
    assert fault.path == ("where",)
    assert hint in fault.hint
    with pytest.raises(PipelineError):
        run_step(filter_step.run, input=frame, where=where)


HOSTILE = {
    "amount.to_csv('PATH') == ''": "'.to_csv'",
    "amount.to_pickle('PATH') == 1": "'.to_pickle'",
    "amount.values.tofile('PATH') == amount": "'.tofile'",
    "amount.agg('to_csv', 0, 'PATH') == 1": "'.agg'",
    "amount.transform('to_pickle', 0, 'PATH') == 1": "'.transform'",
    "amount.index.map(amount.to_pickle) == 1": "'.map'",
    "amount.isin(amount.pipe(amount.sum))": "'.pipe'",
    "status.str.replace('a', amount.to_pickle) == 1": "'.to_pickle'",
    "status.str.replace('a', amount.sum) == 1": "'.sum'",
    "status.str.__class__ == 1": "'.__class__'",
    "status.str.__init__.__globals__ == 1": "'.__globals__'",
    "status.str._validate('a') == 1": "'._validate'",
    "status.__init__.__globals__.get('sys').modules.get('os').system('touch PATH') == 1": "'.__globals__'",
    "status.str.upper().__init__.__globals__ == 1": "'.__init__'",
    "status.dt.__init__ == 1": "'.__init__'",
    "'{0.__class__}'.format(status) == status": "'.format'",
    "Timestamp('2026-01-01') > due": "calling 'Timestamp'",
    "Timestamp.now() > due": "'.now'",
    "datetime.__subclasses__() == 1": "'.__subclasses__'",
    "__pd_eval_local_status == 1": "'__pd_eval_local_status'",
    "open('PATH', 'w') == 1": "calling 'open'",
    "status('PATH') == 1": "calling 'status'",
    "amount.fillna('a')('b')": "calling what is no method",
    "(lambda: 1)() == amount": "'lambda'",
    "[each for each in amount] == amount": "'ListComp'",
    "amount[0] == 1": "'[...]'",
    "(1 if amount else 2) == amount": "'if'",
    "amount.isin(*status)": "'*'",
    "amount.isin(**status)": "'**'",
    "f'{amount.to_csv}' == status": "f''",
    "(x := amount) > 1": "'NamedExpr'",
    "amount.fillna(0, inplace=True) != 1": "'inplace'",
}


@pytest.mark.parametrize("mode", ["batch", "stream"])
@pytest.mark.parametrize("where", HOSTILE)
def test_an_expression_only_reads_because_an_event_may_bring_one(run_step, frame, tmp_path, mode, where):
    told, where = HOSTILE[where], where.replace("PATH", str(tmp_path / "written"))
    faults = [fault.what for fault in filter_step.check({"where": where}, mode)]
    assert f"{told} is not for an expression" in faults
    with pytest.raises(PipelineError, match="is not for an expression"):
        run_step(filter_step.run, None if mode == "batch" else 2, input=frame, where=where)
    assert not (tmp_path / "written").exists()


def test_what_pandas_would_read_otherwise_than_we_do_is_read_as_we_do(run_step, frame, tmp_path):
    # pandas looks for backticks before it looks at quotes; what it took for code is a text here
    where = "status != '''x'y ` ''' + status.to_csv('PATH') + ''' ` '''".replace("PATH", str(tmp_path / "written"))
    assert filter_step.check({"where": where}, "batch") == []
    run_step(filter_step.run, input=frame, where=where)
    assert not (tmp_path / "written").exists()


@pytest.mark.parametrize(
    ("where", "kept"),
    [
        ("amount > amount.mean()", [3]),
        ("amount > amount.shift(3)", [3]),
        ("amount == amount.groupby(id).cumsum()", [0, 3]),
        ("status.str.slice(0, 4).str.upper() == 'PAID'", [0, 3]),
        ("status.str.contains('@') & (id > 1)", [3]),
        ("id > 1 & id < 4", [2]),
        ("`due day`.dt.month > 2", [2, 3]),
        ("status == 'a `b` & c' or ~(amount > 0)", [1, 2]),
        ("status.fillna('none').str.len() == 4 and `due day`.dt.day == 1", [0, 2]),
        ("sqrt(abs(amount)) < 2", [0, 1]),
    ],
)
def test_what_a_column_answers_may_be_asked(run_step, frame, where, kept):
    outcome = run_step(filter_step.run, input=frame, where=where)
    assert list(outcome.frame.index) == kept


@pytest.mark.parametrize("where", ["not " * 50_000 + "amount", "(" * 5_000 + "amount" + ")" * 5_000])
def test_an_expression_without_end_is_refused_and_not_a_crash(where):
    (fault,) = filter_step.check({"where": where}, "batch")
    assert fault.path == ("where",)


def test_an_expression_that_is_no_text_is_found_at_plan_time():
    assert [fault.path for fault in filter_step.check({"where": 5}, "batch")] == [("where",)]


@pytest.mark.parametrize(
    "where",
    [
        "amount > amount.mean()",
        "amount > amount.shift(1)",
        "index < 5",
        "id in amount",
        "status.str.cat() == 'x'",
        "amount.size > 1",
    ],
)
def test_what_looks_beyond_its_own_row_is_refused_for_a_stream_with_the_remedy(where):
    (fault,) = filter_step.check({"where": where}, "stream")
    assert "looks at more than its own row" in fault.what
    assert "execution.mode: batch" in fault.hint
    assert filter_step.check({"where": where}, "batch") == []


def test_an_expression_that_is_not_true_or_false_is_an_error(run_step, frame):
    with pytest.raises(RunError, match="must be true or false for each row, and is float64"):
        run_step(filter_step.run, input=frame, where="amount + 1")
    with pytest.raises(RunError, match="and gives one value for all of them") as caught:
        run_step(filter_step.run, input=frame, where="1 == 1")
    assert caught.value.hint == 'compare something of each row, like "amount > 0"'


@pytest.mark.parametrize(
    "where", ["note.str.startswith('a')", "note == 'a'", "note > 5", "amount > 0 and note.str.len() > 1"]
)
def test_a_column_without_a_single_value_makes_no_expression_true(run_step, frame, where):
    frame["note"] = pd.Series([float("nan")] * 4, dtype=object)
    assert len(run_step.in_every_way(filter_step.run, input=frame, where=where).frame) == 0


def test_values_that_cannot_be_compared_are_an_error_that_shows_the_expression(run_step, frame):
    with pytest.raises(RunError, match="cannot be evaluated") as caught:
        run_step(filter_step.run, input=frame, where="status > 5")
    assert caught.value.faults[0].where == "where: status > 5"
    assert "trakt.steps.cast" in caught.value.hint


def test_python_names_around_the_step_are_not_seen(run_step, frame):
    with pytest.raises(RunError, match="there is no column 'chunk'"):
        run_step(filter_step.run, input=frame, where="chunk == 1")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(st.lists(st.integers(-3, 3) | st.none(), min_size=1, max_size=20))
def test_any_rows_are_filtered_the_same_in_any_chunks(run_step, values):
    frame = pd.DataFrame({"n": pd.array(values, dtype="Int64")})
    outcome = run_step.in_every_way(filter_step.run, input=frame, where="n > 0")
    assert outcome.frame["n"].tolist() == [value for value in values if value is not None and value > 0]
