import pandas as pd
import pytest

from trakt.errors import PipelineError, RunError
from trakt.steps import select

FRAME = pd.DataFrame({"id": [1, 2, 3], "amount": [1.5, 2.5, 3.5], "note": ["x", "y", "z"]})


def test_columns_come_in_the_order_asked_for(run_step):
    outcome = run_step.in_every_way(select.run, input=FRAME, columns=["note", "id"])
    pd.testing.assert_frame_equal(outcome.frame, FRAME[["note", "id"]])
    assert list(run_step(select.run, input=FRAME, columns="id").frame.columns) == ["id"]


def test_all_columns_that_are_not_there_are_one_error_with_the_nearest(run_step):
    with pytest.raises(RunError) as caught:
        run_step(select.run, 2, input=FRAME, columns=["idd", "id", "amonut"])
    assert [fault.hint for fault in caught.value.faults] == ["did you mean 'id'?", "did you mean 'amount'?"]


def test_what_happens_to_the_selection_never_reaches_the_input(run_step):
    frame = FRAME.copy()
    selected = select.run(run_step.context(), frame, ["amount"])["output"]
    selected.loc[0, "amount"] = 99.0
    pd.testing.assert_frame_equal(frame, FRAME)


@pytest.mark.parametrize("columns", [[], ["id", "id"], ["id", 5], {"id": "x"}, None, ""])
def test_a_list_that_cannot_be_meant_is_found_at_plan_time(run_step, columns):
    (fault,) = select.check({"columns": columns}, "batch")
    assert fault.path == ("columns",)
    with pytest.raises(PipelineError):
        run_step(select.run, input=FRAME, columns=columns)


def test_other_literals_of_the_step_are_not_its_business():
    assert select.check({"output": "x", "columns": ["id"]}, "stream") == []
