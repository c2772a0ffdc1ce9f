"""Rules of declared columns: a value that breaks one fails the run with its line, or sets its row aside."""

from __future__ import annotations

import json
from typing import Any

import pytest

from trakt import InputError, PipelineError

COLUMNS = [
    {"name": "id", "type": "int", "nullable": False, "min": 1},
    {"name": "amount", "type": "float", "min": 0, "max": 99.5},
    {"name": "land", "allowed": ["de", "at"]},
    {"name": "zip", "pattern": "[0-9]{4,5}"},
    {"name": "day", "type": "date", "min": "2026-01-01", "max": "2026-12-31"},
]
ROWS = """\
id,amount,land,zip,day
1,0,de,02116,2026-02-05
,1,de,02116,2026-02-05
0,1,de,02116,2026-02-05
2,-0.5,de,02116,2026-02-05
3,99.6,de,02116,2026-02-05
4,1,DE,02116,2026-02-05
5,1,at,021x6,2026-02-05
6,1,at,02116,2025-12-31
7,1,at,02116,2027-01-01
8,,,,
9,99.5,at,1234,2026-12-31
"""
BROKEN = [
    (3, "missing_value", "id", "column 'id' has no value"),
    (4, "out_of_range", "id", "column 'id' holds '0', less than 1"),
    (5, "out_of_range", "amount", "column 'amount' holds '-0.5', less than 0"),
    (6, "out_of_range", "amount", "column 'amount' holds '99.6', more than 99.5"),
    (7, "not_allowed", "land", "column 'land' holds 'DE', none of de, at"),
    (8, "pattern_mismatch", "zip", "column 'zip' holds '021x6', not like [0-9]{4,5}"),
    (9, "out_of_range", "day", "column 'day' holds '2025-12-31', less than 2026-01-01"),
    (10, "out_of_range", "day", "column 'day' holds '2027-01-01', more than 2026-12-31"),
]


@pytest.mark.parametrize("types", ["infer", "text", "pandas"])
def test_a_row_that_breaks_a_rule_is_set_aside(project: Any, mode: str, types: str) -> None:
    entry = {"on_bad_rows": "quarantine", "schema": {"columns": COLUMNS}, "metadata": {"types": types}}
    project.passthrough(ROWS, **entry)
    done = project.good(mode, 2)
    rows = [json.loads(line) for line in done.bytes("rejected.jsonl").splitlines()]
    assert [(row["line"], row["reason"], row["column"], row["message"]) for row in rows] == BROKEN
    assert [row[0] for row in done.rows()] == ["id", "1", "8", "9"]


def test_or_the_run_fails_and_names_them_all(project: Any, mode: str) -> None:
    project.passthrough(ROWS, schema={"columns": COLUMNS})
    done = project.bad(InputError, mode, 2)
    for line, _, _, told in BROKEN:
        assert f"records.csv:{line}: {told}" in done.told
    assert "'DE'" not in str(done.error.without_values())


def test_a_column_that_a_file_lacks_has_no_value_there(project: Any) -> None:
    project.write("parts/a.csv", "id,x\n1,2\n")
    project.write("parts/b.csv", "id\n3\n")
    entry = {"uri": "parts", "on_bad_rows": "quarantine", "combine_strategy": "union_by_name"}
    schema = {"columns": [{"name": "x", "nullable": False}]}
    project.pipeline(inputs={"r": {**entry, "schema": schema}}, outputs={"o": "r"})
    done = project.good()
    assert done.rows("o.csv") == [["id", "x"], ["1", "2"]]
    assert done.manifest["rejected"]["reasons"] == {"missing_value": 1}


@pytest.mark.parametrize(
    ("column", "told"),
    [
        ({"name": "a", "min": 1}, "'min' of column 'a' needs a type with an order, not none"),
        ({"name": "a", "type": "string", "max": 1}, "'max' of column 'a' needs a type with an order, not string"),
        ({"name": "a", "type": "int", "min": "x"}, "'min' of column 'a': 'x' is not a whole number"),
        ({"name": "a", "type": "int", "allowed": [1, "x"]}, "'allowed' of column 'a': 'x' is not a whole number"),
        ({"name": "a", "allowed": [True, False]}, "YAML takes yes, on or true for a truth value, not a text"),
        ({"name": "a", "pattern": "("}, "'pattern' is no regular expression"),
        ({"name": "a", "nullabel": False}, "did you mean 'nullable'?"),
    ],
)
def test_a_wrong_rule_has_a_line_in_the_pipeline_file(project: Any, column: dict[str, Any], told: str) -> None:
    project.passthrough("a\n1\n", schema={"columns": [column]})
    done = project.run_cli()
    assert done.returncode == 2
    assert told in done.stderr
    assert "pipeline.yaml:" in done.stderr
    with pytest.raises(PipelineError):
        project.good()
