"""Every read and write option does what it says, in both modes; a wrong one is told with its line."""

from __future__ import annotations

from typing import Any

import pytest

from trakt import OutputError, PipelineError

READS = {
    "delimiter": ({"delimiter": ";"}, "a;b\n1;x\n", "a,b\n1,x\n"),
    "sep": ({"sep": "|"}, "a|b\n1|x\n", "a,b\n1,x\n"),
    "tab": ({"delimiter": "\\t"}, "a\tb\n1\tx\n", "a,b\n1,x\n"),
    "quotechar": ({"quotechar": "'"}, "a,b\n1,'x,y'\n", 'a,b\n1,"x,y"\n'),
    "no quotechar": ({"quotechar": None}, 'a,b\n1,"x\n', 'a,b\n1,"""x"\n'),
    "escapechar": ({"escapechar": "\\"}, 'a,b\n1,x\\,y\n2,"q\\"r"\n', 'a,b\n1,"x,y"\n2,"q""r"\n'),
    "no header": ({"header": None, "names": ["a", "b"]}, "1,x\n", "a,b\n1,x\n"),
    "names": ({"names": ["p", "q"]}, "a,b\n1,x\n", "p,q\n1,x\n"),
    "skiprows": ({"skiprows": 2}, "report\n\na,b\n1,x\n", "a,b\n1,x\n"),
    "types text": ({"types": "text"}, "a\n1.50\n", "a\n1.50\n"),
    "decimal": ({"decimal": ",", "delimiter": ";"}, "a;b\n1,5;2\n", "a,b\n1.5,2\n"),
    "na_values": ({"na_values": ["-"]}, "a\n-\n5\n", 'a\n""\n5\n'),
    "keep_default_na": ({"keep_default_na": True}, "a,b\nNA,null\n5,x\n", "a,b\n,\n5,x\n"),
    "date_columns": ({"date_columns": ["a"]}, "a\n2026-02-05\n", "a\n2026-02-05 00:00:00\n"),
    "date_format": (
        {"date_columns": ["a"], "date_format": "%d/%m/%Y %H.%M"}, "a\n05/02/2026 09.30\n", "a\n2026-02-05 09:30:00\n",
    ),
    "dtype": ({"dtype": {"a": "str"}}, "a,b\n1.50,1.50\n", "a,b\n1.50,1.5\n"),
    "dtype of all": ({"dtype": "str"}, "a,b\n1.50,1.50\n", "a,b\n1.50,1.50\n"),
    "encoding": ({"encoding": "cp1252"}, "a\n€\n", "a\n€\n"),
}  # fmt: skip
TABLE = 'i,f,t,d,w,m,q\n1,1.5,é,2026-02-05,2026-02-05 09:30:00,1.25,"x ""y"", z"\n,,,,,,\n'
TYPES = {"i": "int", "f": "float", "t": "string", "d": "date", "w": "timestamp", "m": "decimal"}
HEAD = "i,f,t,d,w,m,q\n"
ROW = "1,1.5,é,2026-02-05,2026-02-05 09:30:00,1.25,"
WRITES = {
    "delimiter": ({"delimiter": ";"}, 'i;f;t;d;w;m;q\n1;1.5;é;2026-02-05;2026-02-05 09:30:00;1.25;"x ""y"", z"\n;;;;;;\n'),
    "line_terminator": ({"line_terminator": "\r\n"}, TABLE.replace("\n", "\r\n")),
    "header": ({"header": False}, TABLE.removeprefix(HEAD)),
    "na_rep": ({"na_rep": "NULL"}, TABLE.replace(",,,,,,", ",".join(["NULL"] * 7))),
    "quotechar": ({"quotechar": "'"}, HEAD + ROW + "'x \"y\", z'\n,,,,,,\n"),
    "escapechar": ({"escapechar": "\\"}, HEAD + ROW + '"x \\"y\\", z"\n,,,,,,\n'),
    "float_format": ({"float_format": {"f": "%.3f"}}, TABLE.replace("1.5", "1.500")),
    "date_format": ({"date_format": "%d.%m.%y"}, TABLE.replace("2026-02-05 09:30:00", "05.02.26").replace("2026-02-05", "05.02.26")),
    "decimal": ({"decimal": ",", "delimiter": ";"}, 'i;f;t;d;w;m;q\n1;1,5;é;2026-02-05;2026-02-05 09:30:00;1,25;"x ""y"", z"\n;;;;;;\n'),
    "quoting": (
        {"quoting": "all"},
        '"i","f","t","d","w","m","q"\n"1","1.5","é","2026-02-05","2026-02-05 09:30:00","1.25","x ""y"", z"\n"","","","","","",""\n',
    ),
    "index": ({"index": False}, TABLE),
}  # fmt: skip


@pytest.mark.parametrize("group", [False, True], ids=["metadata", "read_options"])
@pytest.mark.parametrize("name", READS)
def test_a_read_option_does_what_it_says(project: Any, mode: str, name: str, group: bool) -> None:
    options, content, expected = READS[name]
    metadata = {"read_options": options} if group else options
    project.passthrough(content.encode(options.get("encoding") or "utf-8"), metadata=metadata)
    assert project.good(mode, 1).bytes().decode() == expected


@pytest.mark.parametrize("group", [False, True], ids=["metadata", "write_options"])
@pytest.mark.parametrize("name", WRITES)
def test_a_write_option_does_what_it_says(project: Any, mode: str, name: str, group: bool) -> None:
    options, expected = WRITES[name]
    project.passthrough(TABLE, schema=TYPES, write={"write_options": options} if group else options)
    assert project.good(mode, 1).bytes().decode() == expected


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-16-le", "utf-8-sig", "cp1252"])
def test_an_output_is_written_in_its_encoding_with_one_mark_at_most(project: Any, mode: str, encoding: str) -> None:
    project.passthrough(TABLE, schema=TYPES, write={"encoding": encoding})
    assert project.good(mode, 1).bytes() == TABLE.encode(encoding)


def test_a_character_the_encoding_lacks_is_told_and_nothing_is_published(project: Any, mode: str) -> None:
    project.passthrough("a\nfine\n日本\n", write={"encoding": "latin-1"})
    done = project.bad(OutputError, mode, 1)
    assert "'日'" in done.told
    assert "utf-8" in done.told
    assert not (done.out / "records.csv").exists()


@pytest.mark.parametrize(
    ("place", "key", "value", "told"),
    [
        ("read_options", "delimeter", ";", "did you mean 'delimiter'?"),
        ("read_options", "delimiter", ";;", "one ASCII character"),
        ("read_options", "delimiter", "", "one ASCII character"),
        ("read_options", "encoding", "utf-9", "unknown encoding"),
        ("read_options", "skiprows", -1, "0 or more"),
        ("read_options", "types", "txt", "did you mean 'text'?"),
        ("read_options", "header", 3, "null"),
        ("read_options", "header", None, "names"),
        ("read_options", "names", ["a", "a"], "twice"),
        ("read_options", "dtype", {"a": "integre"}, "integre"),
        ("read_options", "na_values", [1], "strings"),
        ("read_options", "quotechar", ",", "differ"),
        ("write_options", "delimeter", ";", "did you mean 'delimiter'?"),
        ("write_options", "index", True, "reset_index"),
        ("write_options", "float_format", {"a": "%d %d"}, "%d %d"),
        ("write_options", "float_format", "%.2f", "float_format: {<column>: '%.2f'}"),
        ("write_options", "quoting", "some", "quoting"),
        ("write_options", "lineterminator", "\r", "lineterminator"),
        ("write_options", "encoding", "utf-9", "unknown encoding"),
    ],
)  # fmt: skip
def test_a_wrong_option_is_told_with_file_line_and_column(
    project: Any, place: str, key: str, value: Any, told: str
) -> None:
    entry: dict[str, Any] = {"metadata" if place == "read_options" else "write": {place: {key: value}}}
    project.passthrough("a,b\n1,2\n", **entry)
    error = project.bad(PipelineError).told
    assert told in error
    assert f"{project.file}:" in error
    line = int(error.partition(f"{project.file}:")[2].partition(":")[0])
    assert line > 3


def test_all_faults_of_a_file_stand_in_one_report_in_its_order(project: Any) -> None:
    project.yaml(
        """\
        name: many
        inputs:
          records:
            uri: records.csv
            kind: cvs
          other:
            uri: other.csv
            metadata: {delimeter: ";"}
        steps:
          - id: gate
            uses: trakt.steps.quality_gate
            with: {input: records, policy: {const: {row_count_mni: 1}}, output: checked}
          - id: work
            uses: steps.nowhere
            with: {input: checkd, output: worked}
        outputs:
          datasets:
            - {name: a, from: wroked, metadata: {quotng: all}}
        """
    )
    error = project.bad(PipelineError).error
    assert error is not None
    places = [str(fault.where).removeprefix(f"{project.file}:") for fault in error.faults]
    lines = [int(place.partition(":")[0]) for place in places]
    assert lines == sorted(lines)
    assert set(lines) >= {5, 8, 12, 14, 18}
    for hint in ("'csv'", "'delimiter'", "'row_count_min'", "'quoting'"):
        assert f"did you mean {hint}?" in str(error)
