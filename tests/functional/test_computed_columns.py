"""What steps compute does not depend on how the rows were cut either."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

CHUNKS = (1, 2, 7, 50_000)

COMPUTES = """\
    @step_contract(inputs=["input"], outputs=["output"], supports_stream=True)
    def run(ctx, input):
        return {"output": work(input) if ctx.mode == "batch" else map(work, input)}

    def work(frame):
        frame = frame.copy()
        frame["double"] = frame["n"] * 2
        frame["share"] = frame["x"] / 3
        frame["length"] = frame["t"].str.len()
        frame["known"] = frame["t"].map({"a": 1, "b": 2})
        frame["flag"] = frame["n"] > 3
        frame["when"] = pd.to_datetime(frame["t"].map({"a": "2026-02-05", "b": "2026-02-05 09:30:00.5"}), format="ISO8601")
        return frame
"""


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    rows=st.lists(
        st.tuples(
            st.one_of(st.integers(-20, 20).map(str), st.just("")),
            st.one_of(st.floats(-9, 9).map(repr), st.just("")),
            st.sampled_from("abc"),
        ),
        min_size=1,
        max_size=17,
    )
)
def test_a_step_that_computes_gives_the_same_bytes_for_every_chunk_size(
    new_project: Callable[[], Any], rows: list[tuple[str, str, str]]
) -> None:
    project = new_project()
    project.step("compute", COMPUTES)
    project.write("records.csv", "n,x,t\n" + "".join(",".join(row) + "\n" for row in rows))
    project.pipeline(
        inputs={"records": {"uri": "records.csv", "schema": {"n": "int", "x": "float", "t": "string"}}},
        steps=[{"id": "compute", "uses": "steps.compute", "with": {"input": "records", "output": "computed"}}],
        outputs={"records": "computed"},
    )
    whole = project.good("batch")
    for chunk in CHUNKS:
        assert project.good("stream", chunk).bytes() == whole.bytes()
    shares = [row[4] for row in whole.rows()[1:]]
    for share, row in zip(shares, rows, strict=True):
        assert share == "" if not row[1] else math.isclose(float(share), float(row[1]) / 3)


def test_a_number_format_does_not_depend_on_how_the_rows_are_cut(project: Any) -> None:
    project.step("maps", COMPUTES)
    project.write("records.csv", "n,x,t\n1,1,a\n2,2,z\n3,3,b\n")
    project.pipeline(
        inputs={"records": "records.csv"},
        steps=[{"id": "maps", "uses": "steps.maps", "with": {"input": "records", "output": "mapped"}}],
        outputs={
            "datasets": [
                {"name": "records", "from": "mapped", "metadata": {"float_format": {"known": "%.2f", "x": "%.1f"}}}
            ]
        },
    )
    whole = project.good("batch").bytes()
    assert [project.good("stream", chunk).bytes() == whole for chunk in CHUNKS] == [True] * 4


def test_the_types_in_the_manifest_do_not_depend_on_how_the_rows_are_cut(project: Any) -> None:
    project.step("maps", COMPUTES)
    project.write("records.csv", "n,x,t\n1,1.5,a\n,,z\n3,3.5,b\n")
    project.pipeline(
        inputs={"records": "records.csv"},
        steps=[{"id": "maps", "uses": "steps.maps", "with": {"input": "records", "output": "mapped"}}],
        outputs={"records": "mapped"},
    )
    whole = project.good("batch").manifest["outputs"]["records"]["schema"]
    for chunk in CHUNKS:
        assert project.good("stream", chunk).manifest["outputs"]["records"]["schema"] == whole
