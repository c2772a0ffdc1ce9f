"""`delimiter: auto`: a bounded sample, scored; ambiguous is an error; the choice is in the manifest."""

from __future__ import annotations

import io
from typing import IO, Any

import pytest

from trakt import InputError
from trakt.formats import SourceFile
from trakt.formats.csv import open_input
from trakt.pipeline.model import Input

AUTO = {"metadata": {"delimiter": "auto"}}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_and_told_in_the_manifest(project: Any, mode: str, delimiter: str) -> None:
    project.passthrough(delimiter.join(["id", "v"]) + "\n" + delimiter.join(["1", "a"]) + "\n", **AUTO)
    done = project.good(mode)
    assert done.rows() == [["id", "v"], ["1", "a"]]
    assert done.manifest["inputs"]["records"]["files"][0]["delimiter"] == delimiter


def test_decimal_commas_do_not_mislead(project: Any, mode: str) -> None:
    project.passthrough("id;price\n1;1,5\n2;2,5\n3;10\n", metadata={"delimiter": "auto", "decimal": ","})
    assert project.good(mode).rows() == [["id", "price"], ["1", "1.5"], ["2", "2.5"], ["3", "10"]]


def test_delimiters_inside_quotes_do_not_count(project: Any, mode: str) -> None:
    project.passthrough('a;b\n"x,y,z";1\n"p,q";2\n', **AUTO)
    assert project.good(mode).rows()[1:] == [["x,y,z", "1"], ["p,q", "2"]]


def test_an_ambiguous_delimiter_is_an_error_that_names_the_candidates(project: Any, mode: str) -> None:
    project.passthrough("a,b;c,d\n1,2;3,4\n", **AUTO)
    told = project.bad(InputError, mode).told
    assert "comma (',')" in told
    assert "semicolon (';')" not in told or "each fits" in told
    project.passthrough("a,b;c\n1,2;3\n", **AUTO)
    told = project.bad(InputError, mode).told
    assert "records.csv" in told
    assert "comma (',')" in told
    assert "semicolon (';')" in told
    assert "delimiter" in told


def test_no_candidate_that_fits_is_an_error_and_never_a_guess(project: Any, mode: str) -> None:
    project.passthrough("text\na,b,c\nd;e\nf,g\n", **AUTO)
    assert "no delimiter" in project.bad(InputError, mode).told


def test_a_single_column_needs_no_delimiter(project: Any, mode: str) -> None:
    project.passthrough("id\n1\n2\n", **AUTO)
    assert project.good(mode).bytes() == b"id\n1\n2\n"


def test_each_file_of_an_input_may_have_its_own(project: Any, mode: str) -> None:
    project.write("parts/a.csv", "id,v\n1,a\n")
    project.write("parts/b.csv", "id;v\n2;b\n")
    project.pipeline(inputs={"records": {"uri": "parts", **AUTO}}, outputs={"records": "records"})
    done = project.good(mode)
    assert done.bytes() == b"id,v\n1,a\n2,b\n"
    assert [file["delimiter"] for file in done.manifest["inputs"]["records"]["files"]] == [",", ";"]


class Counted(io.BytesIO):
    """A file that knows how much of it was read."""

    taken = 0

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        Counted.taken += len(data)
        return data


def test_the_sample_is_bounded_however_large_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    content = b"id;v\n" + b"1;aaaaaaaaaaaaaaaaaaaa\n" * 2_200_000
    assert len(content) > 50_000_000

    def opened() -> IO[bytes]:
        return Counted(content)

    wanted = Input("r", "r.csv", metadata={"delimiter": "auto", "types": "text"})
    reader = open_input(wanted, [SourceFile("r.csv", len(content), opened)])
    assert list(reader.types) == ["id", "v"]
    assert Counted.taken <= 4 << 20


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_record_cut_through_by_the_sample_does_not_count(project: Any, end: str) -> None:
    project.passthrough(end.join(["id;v", *[f'{n};"some, text; {n}{end}more"' for n in range(9000)]]) + end, **AUTO)
    assert project.good("stream").manifest["inputs"]["records"]["rows"] == 9000
