import pytest

from trakt.errors import Fault
from trakt.runtime.excerpt import place_of, told_with_line


@pytest.fixture
def pipeline(tmp_path):
    def written(text, name="pipeline.yaml"):
        file = tmp_path / name
        file.write_text(text, "utf-8")
        return file

    return written


def told(file, line, column, what="is wrong", hint="mend it"):
    return told_with_line(Fault(what, f"{file}:{line}:{column}", hint))


def test_the_line_stands_between_what_is_wrong_and_what_to_do(pipeline):
    file = pipeline("name: orders\ninputs:\n  orders:\n    kindd: csv\n")
    assert told(file, 4, 5) == f"{file}:4:5: is wrong\n     4 |     kindd: csv\n       |     ^\n  -> mend it"


def test_a_fault_without_advice_has_its_line_too(pipeline):
    file = pipeline("name: 1\n")
    assert told(file, 1, 7, hint=None) == f"{file}:1:7: is wrong\n     1 | name: 1\n       |       ^"


def test_the_mark_stands_below_its_character_whatever_stands_before_it(pipeline):
    line, mark = told(pipeline('"名前\u0301\tx": y\n'), 1, 6).splitlines()[1:3]
    assert line == '     1 | "名前\u0301 x": y'
    # two of the characters are two columns wide, one has no width
    assert mark == "       | " + " " * 6 + "^"


def test_of_a_long_line_the_part_around_the_column_is_shown(pipeline):
    file = pipeline("a: '" + "x" * 300 + "?" + "y" * 300 + "'\n")
    line, mark = told(file, 1, 305).splitlines()[1:3]
    assert len(line) == 9 + 100
    assert line[mark.index("^")] == "?"


def test_what_moves_the_cursor_is_not_shown(pipeline):
    assert "\x1b" not in told(pipeline("a: '\x1b[2J'\n"), 1, 4)


@pytest.mark.parametrize("place", ["{}:9:1", "{}:1:99", "{}:1", "{}", "{}.gone:1:1", "orders, line 3"])
def test_a_place_that_is_no_column_of_the_file_has_no_line(pipeline, place):
    fault = Fault("is wrong", place.format(pipeline("name: orders\n")), "mend it")
    assert told_with_line(fault) == str(fault)


def test_a_line_of_data_is_never_shown(pipeline):
    data = pipeline("id,name\n1,Ada,secret\n", "orders.csv")
    fault = Fault("has 3 fields, expected 2", f"{data}:2:1")
    assert told_with_line(fault) == str(fault)


def test_a_file_that_is_no_text_has_no_line(pipeline, tmp_path):
    file = tmp_path / "pipeline.yaml"
    file.write_bytes(b"name: \xff\n")
    assert told(file, 1, 1) == f"{file}:1:1: is wrong\n  -> mend it"


def test_a_place_in_a_file_has_its_parts(pipeline):
    file = pipeline("name: orders\n")
    place = place_of(f"{file}:12:5")
    assert (place.file, place.line, place.column) == (file, 12, 5)
    assert place_of(f"{file}:12").column is None
    assert place_of("a\0b:1:2") is None
    assert place_of(None) is None
