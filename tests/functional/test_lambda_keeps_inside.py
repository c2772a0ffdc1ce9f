"""An event may ask for a packaged pipeline and places that were set up: here it tries for more."""

from __future__ import annotations

import pytest

from tests.fakes.lambda_function import IDS, ROWS
from trakt.errors import PipelineError

FILTERED = {
    "inputs": {"orders": "*.csv"},
    "steps": [
        {
            "id": "it",
            "uses": "trakt.steps.filter",
            "with": {"input": "orders", "where": {"const": "gross > 0"}, "output": "out"},
        }
    ],
    "outputs": {"clean": "out"},
}


@pytest.mark.parametrize(
    "where",
    [
        "gross.__init__.__globals__.get('sys').modules.get('os').system('touch PATH') == 1",
        "gross.to_csv('PATH') == 1",
        "order_id != '''x'y ` ''' + order_id.to_csv('PATH') + ''' ` '''",
    ],
)
def test_a_param_of_an_event_runs_no_code(function, bucket, tmp_path, mode, where):
    function.pipeline(**FILTERED)
    event = {**IDS, "mode": mode, "params": {"it.where": where.replace("PATH", str(tmp_path / "touched"))}}
    if "`" in where:
        # a text of a strange shape is a text
        assert function.invoke(event)["outputs"]["clean"]["rows"] == ROWS.count("\n") - 1
    else:
        error = function.refused(event)
        assert isinstance(error, PipelineError)
        assert "is not for an expression" in str(error)
    assert not (tmp_path / "touched").exists()
