"""Times of different work are not compared."""

from __future__ import annotations

import pytest

from benchmarks.compare import OutputsDifferError, compared

HEADER = "order_id,zip,amount\n"


@pytest.fixture
def outputs(tmp_path):
    def write(**texts):
        made = {}
        for name, text in texts.items():
            made[name] = tmp_path / f"{name}.csv"
            made[name].write_bytes(text.encode())
        return made

    return write


def test_the_same_bytes_are_told_so(outputs):
    made = outputs(ours=HEADER + "1,02116,5\n", peer=HEADER + "1,02116,5\n")
    assert compared("ours", made) == {"ours": "-", "peer": "same bytes"}


def test_other_quotes_line_ends_and_forms_of_a_number_are_the_same_values(outputs):
    made = outputs(ours=HEADER + "1,02116,5\n2,,\n", peer=HEADER.strip() + '\r\n1,"02116",5.0\r\n2,"",\r\n')
    assert compared("ours", made)["peer"] == "same values"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (HEADER + "1,2116,5\n", "values differ in zip"),
        (HEADER + "1,02116,5.000000000000001\n", "values differ in amount"),
        (HEADER + "1,02116,5\n1,02116,5\n", "1 rows and 2"),
        ("order_id,amount,zip\n1,5,02116\n", "columns"),
        (HEADER + "1,,5\n", "values differ in zip"),
    ],
)
def test_other_work_is_an_error_that_names_what_differs(outputs, text, what):
    with pytest.raises(OutputsDifferError, match=f"ours and peer did different work.*{what}"):
        compared("ours", outputs(ours=HEADER + "1,02116,5\n", peer=text))
