"""What every ready-made step promises: the frame it returns belongs to whoever gets it."""

import pandas as pd
import pytest

from trakt.steps import cast, dedupe, join, quality_gate, rename, select
from trakt.steps import filter as filter_step

FRAME = pd.DataFrame({"id": [1, 1, 2], "amount": [1.5, 2.5, 3.5]})
OTHER = pd.DataFrame({"id": [1, 2], "v": [7, 8]})
STEPS = [
    (quality_gate, {"input": FRAME, "policy": {}}),
    (join, {"left": FRAME, "right": OTHER, "policy": {"keys": "id"}}),
    (dedupe, {"input": FRAME, "policy": {"keys": "id", "winner": "first"}}),
    (dedupe, {"input": FRAME, "policy": {"keys": "id", "winner": "last"}}),
    (dedupe, {"input": FRAME, "policy": {"keys": "id", "winner": "latest", "order_by": "amount"}}),
    (dedupe, {"input": FRAME, "policy": {"keys": "id", "winner": "non_null"}}),
    (rename, {"input": FRAME, "policy": {"mapping": {"amount": "price"}}}),
    (select, {"input": FRAME, "columns": ["id", "amount"]}),
    (cast, {"input": FRAME, "types": {"id": "string"}}),
    (filter_step, {"input": FRAME, "where": "id > 0"}),
]


@pytest.mark.parametrize(("step", "bindings"), STEPS, ids=lambda value: getattr(value, "__name__", ""))
def test_a_later_step_may_change_the_output_without_a_warning_or_a_trace_in_the_input(run_step, step, bindings):
    frames = {name: value.copy() for name, value in bindings.items() if isinstance(value, pd.DataFrame)}
    output = step.run(run_step.context(), **{**bindings, **frames})["output"]
    output[output.columns[1]] = 0
    output.iloc[0, 0] = output.iloc[-1, 0]
    output["new"] = 1
    for name, frame in frames.items():
        pd.testing.assert_frame_equal(frame, bindings[name])


def test_the_contract_of_every_step_names_its_bindings_and_both_modes():
    for step, bindings in STEPS:
        assert step.run.declared_inputs == list(bindings)
        assert step.run.declared_outputs == ["output"]
        assert step.run.supports_batch
        assert step.run.supports_stream
        assert (
            step.run.check(
                {name: value for name, value in bindings.items() if not isinstance(value, pd.DataFrame)}, "batch"
            )
            == []
        )
