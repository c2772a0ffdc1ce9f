"""The reader against Python's own csv module, which reads by the letter: the same rows, or an error."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from trakt.errors import InputError
from trakt.formats import SourceFile
from trakt.formats.csv import open_input
from trakt.pipeline.model import Input

BLOCKS = (1, 2, 3, 7, 1 << 20)
_settings = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

_pieces = st.sampled_from(["a", '"', ",", ";", "\n", "\r", "\r\n", "1", "0", " ", "\\", "é", "\0", '","', '"\n"', '""'])
_wild = st.lists(_pieces, max_size=24).map("".join)
_cell = st.lists(_pieces, max_size=4).map("".join)
_quoted = _cell.map(lambda text: '"' + text.replace('"', '""') + '"')
_plain = st.text('a10 é\\;"', max_size=3)


@st.composite
def mostly_right(draw: st.DrawFn) -> str:
    """Text that has a header and mostly whole rows, so that something is really read."""
    width = draw(st.integers(1, 3))
    cells = st.one_of(_plain, _quoted, _cell)
    rows = [",".join(f"c{number}" for number in range(width))]
    rows += [",".join(draw(st.tuples(*[cells] * width))) for _ in range(draw(st.integers(0, 5)))]
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    return end.join(rows) + draw(st.sampled_from(["", end, end * 2]))


def by_csv(text: str, **dialect: Any) -> list[list[str]] | None:
    """The rows as csv reads them, header first; None when it cannot, or when the rows are no table."""
    quoting = csv.QUOTE_NONE if dialect.get("quotechar", '"') is None else csv.QUOTE_MINIMAL
    try:
        reader = csv.reader(io.StringIO(text, newline=""), strict=True, quoting=quoting, **dialect)
        rows = [row for row in reader if row]
    except csv.Error:
        return None
    if not rows or len({len(row) for row in rows}) > 1 or len(set(rows[0])) < len(rows[0]):
        return None
    if len(rows[0]) == 1 and any(delimiter in rows[0][0] for delimiter in ",;\t|"):
        return None  # one column with a delimiter in its name: far more likely the wrong delimiter
    return rows if all(name.strip() for name in rows[0]) else None


def by_trakt(data: bytes, block: int = 1 << 20, **metadata: Any) -> list[list[str]]:
    """The rows as Trakt reads them, header first."""
    wanted = Input("records", "x.csv", metadata={"types": "text", **metadata})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("trakt.formats.text.decode.READ_BYTES", block)
        reader = open_input(wanted, [SourceFile("x.csv", len(data), lambda: io.BytesIO(data))])
        (frame,) = reader.chunks(None)
    rows = [["" if value != value else value for value in row] for row in frame.to_numpy(object).tolist()]
    assert reader.files[0].rows == len(rows)
    return [list(frame.columns), *rows]


def assert_alike(text: str, block: int, **dialect: Any) -> None:
    expected = by_csv(text, **dialect)
    try:
        found = by_trakt(text.encode(), block, **dialect)
    except InputError:
        # many NULs in few bytes are taken for UTF-16
        assert expected is None or "\0" in text, f"refused, though it is the table {expected}"
    else:
        assert found == expected


@_settings
@given(text=_wild, block=st.sampled_from(BLOCKS))
@example(text='a\n"x"\r', block=1)
@example(text='a\r"x\r\n"\r\n', block=1)
def test_any_bytes_give_the_rows_of_csv_or_an_error(text: str, block: int) -> None:
    assert_alike(text, block)


@_settings
@given(text=mostly_right(), block=st.sampled_from(BLOCKS))
def test_tables_with_nasty_fields_give_the_rows_of_csv_or_an_error(text: str, block: int) -> None:
    assert_alike(text, block)


@_settings
@given(text=st.one_of(_wild, mostly_right()), block=st.sampled_from(BLOCKS))
def test_without_a_quote_character_quotes_are_text(text: str, block: int) -> None:
    assert_alike(text, block, quotechar=None)


@_settings
@given(text=st.one_of(_wild, mostly_right()), block=st.sampled_from(BLOCKS), delimiter=st.sampled_from(";1 "))
def test_other_delimiters_and_quotes_are_read_alike(text: str, block: int, delimiter: str) -> None:
    assert_alike(text.replace(",", delimiter).replace('"', "'"), block, delimiter=delimiter, quotechar="'")


@_settings
@given(text=st.one_of(_wild, mostly_right()), block=st.sampled_from(BLOCKS))
@example(text='a,b\nx\\,"y,z\n1,2\n', block=1 << 20)
def test_an_escape_character_is_never_read_as_something_else(text: str, block: int) -> None:
    # csv calls a last record that begins with an escaped line end unfinished, unless a line end follows it
    expected = by_csv(text if text.endswith(("\n", "\r")) else f"{text}\n", escapechar="\\")
    try:
        found = by_trakt(text.encode(), block, escapechar="\\")
    except InputError:
        return
    assert found == expected


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("text", ["a,b\n\ufeff1,2\n", 'a,b\n\ufeff"1",2\n\ufeff,\n', "a\n\ufeff\n\ufeff\n"])
def test_a_byte_order_mark_inside_a_file_is_text_wherever_a_block_begins(text: str, block: int) -> None:
    """As in the middle of two files that were joined into one."""
    assert by_trakt(text.encode(), block) == by_csv(text)


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize(
    "text",
    [
        "a,b\n1,2\n",
        "a,b\r\n1,2\r\n",
        "a,b\r1,2\r",
        'a,b\n"1\n,""x""",2\n\n\n3,4',
        'a,b\r\n"1\r\n2",3\r\n',
        'a,b\r"1\r2",3\r"",""\r',
        'a\n""\n" "\nx',
        'a,b\n5" pipe,x"y\n',
    ],
)
def test_a_block_border_may_fall_anywhere(text: str, block: int) -> None:
    assert by_trakt(text.encode(), block) == by_csv(text)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252", "utf-8-sig"])
@pytest.mark.parametrize("block", BLOCKS)
def test_every_encoding_is_read_alike_wherever_it_is_cut(encoding: str, block: int) -> None:
    text = 'näme,b\r\n"ü\r\né",2\r\n'
    assert by_trakt(text.encode(encoding), block, encoding=encoding) == by_csv(text)


@_settings
@given(data=st.binary(max_size=40), block=st.sampled_from(BLOCKS), packed=st.booleans())
def test_no_bytes_at_all_give_anything_but_rows_or_an_error(data: bytes, block: int, packed: bool) -> None:
    uri = "x.csv.gz" if packed else "x.csv"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("trakt.formats.text.decode.READ_BYTES", block)
        try:
            reader = open_input(Input("r", uri), [SourceFile(uri, len(data), lambda: io.BytesIO(data))])
            rows = sum(len(frame) for frame in reader.chunks(2))
            outcome = "" if reader.files[0].rows == rows else f"{rows} rows, not {reader.files[0].rows}"
        except InputError as error:
            outcome = "" if uri in str(error) else f"the file is not named: {error}"
    assert outcome == ""
