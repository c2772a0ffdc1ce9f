"""The promise "same file, same answer": over chunk sizes, modes, combine strategies and ways of typing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

CHUNKS = (1, 2, 7, 50_000)
EXAMPLES = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)

_text = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0\ufeff"), max_size=6)
_nasty = st.sampled_from(
    (
        "02116",
        "+49 30",
        "12345678901234567890",
        "NA",
        "null",
        "nan",
        "None",
        '"',
        '""',
        "a\nb",
        "a\r\nb",
        "a\rb",
        "a,b",
        ";",
        "\t",
        " ",
        " 7",
        "7 ",
        "é",
        "日本",
        "True",
        "true",
        "1e5",
        "1E+2",
        "-0",
        "0x1F",
        "1_000",
        "\uff11\uff12",
        "inf",
        "2026-02-05",
        "\\",
        "'",
        "9007199254740993",
        "9223372036854775807",
        "9223372036854775808",
        "0.1",
        "1.50",
        "-0.0",
        "1e-400",
        "1e+400",
    )
)
_ints = st.integers(-(2**63), 2**63 - 1).map(str)
_small = st.integers(-20, 20).map(str)
_floats = st.floats(allow_nan=False, allow_infinity=False).map(repr)
_long_floats = st.floats(-1e6, 1e6).map(lambda value: f"{value:.17g}")
_columns = (
    _text,
    _nasty,
    _ints,
    _small,
    _floats,
    _long_floats,
    st.sampled_from(["True", "False"]),
    st.one_of(_small, st.just("")),
    st.one_of(_floats, st.just("")),
    st.one_of(_small, _floats),
    st.one_of(_ints, _long_floats, st.just("")),
    st.one_of(_nasty, _small, _text, st.just("")),
    st.just(""),
)
Table = tuple[list[str], list[list[str]]]


@st.composite
def tables(draw: st.DrawFn, names: st.SearchStrategy[str] | None = None) -> Table:
    spelled = _text.filter(lambda name: bool(name.strip())) if names is None else names
    header = draw(st.lists(spelled, min_size=1, max_size=4, unique=True))
    # one column with a delimiter in its name is refused: it is the wrong delimiter more often than not
    assume(len(header) > 1 or not any(delimiter in header[0] for delimiter in ",;\t|"))
    values = [draw(st.sampled_from(_columns)) for _ in header]
    rows = draw(st.lists(st.tuples(*values), max_size=17))
    return header, [list(row) for row in rows]


def as_csv(table: Table, end: str = "\r\n") -> str:
    """RFC 4180 by hand: csv.writer of Python 3.11 leaves a lone CR without quotes."""
    return "".join(",".join(map(_field, row)) + end for row in [table[0], *table[1]])


def _field(value: str) -> str:
    needs_quotes = not value or any(sign in value for sign in '",\r\n')
    return '"' + value.replace('"', '""') + '"' if needs_quotes else value


def everywhere(project: Any) -> Any:
    """The one answer of batch and every chunk size, with what the manifests say of it."""
    whole = project.good("batch")
    for chunk in CHUNKS:
        part = project.good("stream", chunk)
        assert part.bytes() == whole.bytes(), f"chunks of {chunk} rows give other bytes than batch"
        for entry in ("inputs", "outputs"):
            assert facts(part, entry) == facts(whole, entry), f"chunks of {chunk} rows: other {entry} in the manifest"
    return whole


def facts(done: Any, entry: str) -> dict[str, Any]:
    return {
        name: {key: value for key, value in each.items() if key not in ("path", "duration_ms")}
        for name, each in done.manifest[entry].items()
    }


def assert_same_values(done: Any, table: Table) -> None:
    header, *rows = done.rows()
    assert header == table[0]
    assert len(rows) == len(table[1])
    kinds = list(done.manifest["inputs"]["records"]["schema"].values())
    for row, expected in zip(rows, table[1], strict=True):
        for value, original, kind in zip(row, expected, kinds, strict=True):
            if kind == "float" and original:
                assert float(value) == float(original)
                assert (float(original) == 0) == (not original.lower().partition("e")[0].strip("+-0."))
            else:
                assert value == original


@EXAMPLES
@given(table=tables(), end=st.sampled_from(["\n", "\r\n"]))
def test_a_pass_through_changes_no_value_and_no_chunk_size_changes_a_byte(
    new_project: Callable[[], Any], table: Table, end: str
) -> None:
    project = new_project()
    project.passthrough(as_csv(table, end))
    assert_same_values(everywhere(project), table)


@EXAMPLES
@given(table=tables(), block=st.sampled_from([5, 16, 64]))
def test_where_a_file_is_cut_for_reading_changes_nothing(
    new_project: Callable[[], Any], table: Table, block: int
) -> None:
    project = new_project()
    project.passthrough(as_csv(table))
    whole = project.good("batch")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("trakt.formats.text.decode.READ_BYTES", block)
        pieces = project.good("batch")
    assert pieces.bytes() == whole.bytes()
    assert facts(pieces, "inputs") == facts(whole, "inputs")
    assert_same_values(pieces, table)


@EXAMPLES
@given(table=tables())
def test_types_text_keeps_every_byte_of_every_value(new_project: Callable[[], Any], table: Table) -> None:
    project = new_project()
    project.passthrough(as_csv(table), metadata={"types": "text"})
    done = everywhere(project)
    assert done.rows() == [table[0], *table[1]]


@EXAMPLES
@given(table=tables())
def test_types_pandas_gives_one_answer_too(new_project: Callable[[], Any], table: Table) -> None:
    project = new_project()
    project.passthrough(as_csv(table), metadata={"types": "pandas"})
    done = everywhere(project)
    assert len(done.rows()) == len(table[1]) + 1


@EXAMPLES
@given(parts=st.lists(tables(st.sampled_from(["id", "a", "b", "NA"])), min_size=2, max_size=3))
def test_union_by_name_gives_one_answer_and_blanks_where_a_file_lacks_a_column(
    new_project: Callable[[], Any], parts: list[Table]
) -> None:
    project = new_project()
    for number, part in enumerate(parts):
        project.write(f"parts/{number}.csv", as_csv(part))
    project.pipeline(
        inputs={"records": {"uri": "parts", "combine_strategy": "union_by_name"}}, outputs={"records": "records"}
    )
    header = list(dict.fromkeys(name for part in parts for name in part[0]))
    rows = [
        [dict(zip(part[0], row, strict=True)).get(name, "") for name in header] for part in parts for row in part[1]
    ]
    assert_same_values(everywhere(project), (header, rows))


@EXAMPLES
@given(column=st.sampled_from(_columns), data=st.data())
def test_concat_of_files_whose_blocks_look_different_loses_no_digit(
    new_project: Callable[[], Any], column: st.SearchStrategy[str], data: st.DataObject
) -> None:
    project = new_project()
    parts = data.draw(
        st.lists(st.lists(st.one_of(column, _ints, _floats), min_size=1, max_size=3), min_size=2, max_size=3)
    )
    for number, part in enumerate(parts):
        project.write(f"parts/{number}.csv", as_csv((["v"], [[value] for value in part])))
    project.pipeline(inputs={"records": {"uri": "parts"}}, outputs={"records": "records"})
    assert_same_values(everywhere(project), (["v"], [[value] for part in parts for value in part]))


def test_validate_schema_gives_one_answer_and_refuses_files_of_other_types(project: Any, mode: str) -> None:
    project.write("parts/a.csv", "id,n\n02116,1\n")
    project.write("parts/b.csv", "id,n\n03,\n")
    entry = {"uri": "parts", "combine_strategy": "validate_schema"}
    project.pipeline(inputs={"records": entry}, outputs={"records": "records"})
    assert everywhere(project).bytes() == b"id,n\n02116,1\n03,\n"
    project.write("parts/c.csv", "id,n\n04,many\n")
    error = project.bad(Exception, mode).told
    assert "c.csv" in error
    assert "'n'" in error
    project.write("parts/c.csv", "n,id\n1,04\n")
    assert "another order" in project.bad(Exception, mode).told
