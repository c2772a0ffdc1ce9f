"""Lines that are records, read apart in stretches and by other processes, are the table that they are together."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.everywhere import InTurn, same_apart
from trakt.errors import InputError
from trakt.formats import open_apart
from trakt.formats.text import decode
from trakt.pipeline.model import Input

VALUE = st.sampled_from(
    ["1", "2.5", '"x"', '"02"', "null", "true", '{"n": [1, 2]}', '"\u00e9"', '"two\\nlines"', "1e3"]
)
NAMES = st.lists(st.sampled_from("abcd"), max_size=3, unique=True)
OBJECT = NAMES.flatmap(
    lambda names: st.tuples(*[VALUE for _ in names]).map(
        lambda values: "{" + ", ".join(f'"{name}": {value}' for name, value in zip(names, values, strict=True)) + "}"
    )
)
LINE = OBJECT | st.sampled_from(["", "  ", "[1]", "{broken", '{"a": 1, "a": 2}', "[{"])
FIELDS = st.sampled_from(
    ["0001  north 12", "0002  s\u00fcd    3", "0003        ", "short", "0004  far too long", "", "    "]
)
ENDS = st.sampled_from(["\n", "\r\n", "\r"])
SIZES = st.sampled_from([None, 1, 60])
COMBINED = st.sampled_from(["concat", "union_by_name"])
PLACES = [{"name": "id", "width": 6}, {"name": "where", "width": 6}, {"name": "n", "width": 2}]


@pytest.fixture(autouse=True)
def small_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode, "READ_BYTES", 40)


def delivered(files: list[list[str]], end: str, *, mark: bool, first: bytes = b"") -> dict[str, bytes]:
    before = (b"\xef\xbb\xbf" if mark else b"") + first
    return {f"{at}.txt": before + end.join([*lines, ""]).encode() for at, lines in enumerate(files)}


@given(st.lists(st.lists(LINE, max_size=20), min_size=1, max_size=3), ENDS, SIZES, COMBINED, st.booleans())
@settings(max_examples=150, deadline=None)
def test_json_lines_are_the_same(files, end, size, combined, mark) -> None:
    wanted = Input("i", "i", kind="jsonl", on_bad_rows="quarantine", combine_strategy=combined)
    # a file that begins like one document is refused
    same_apart(wanted, delivered(files, end, mark=mark, first=b'{"b": 0}\n'), size)


@given(st.lists(st.lists(FIELDS, max_size=20), min_size=1, max_size=3), ENDS, SIZES, st.booleans(), st.booleans())
@settings(max_examples=150, deadline=None)
def test_text_of_fixed_width_is_the_same(files, end, size, exact, mark) -> None:
    options = {"columns": PLACES, "exact_length": exact}
    wanted = Input("i", "i", kind="fixed_width", metadata=options, on_bad_rows="quarantine")
    same_apart(wanted, delivered(files, end, mark=mark), size)


def stretches_of(kind: str, content: bytes, **metadata):
    everywhere = InTurn({"a.txt": content}, aside=[], size=30)
    open_apart(
        Input("i", "i", kind=kind, metadata=metadata, on_bad_rows="quarantine"),
        [everywhere.source("a.txt", None, everywhere.ignored)],
        everywhere,
    )
    return everywhere.stretches["a.txt"]


@pytest.mark.parametrize(
    ("kind", "line", "metadata"),
    [("jsonl", b'{"a": 1}\n', {}), ("fixed_width", b"0001  north 12\n", {"columns": PLACES})],
)
def test_stretches_hold_whole_lines_and_every_byte(kind, line, metadata) -> None:
    content = "\ufeff".encode() + line * 20
    stretches = stretches_of(kind, content, **metadata)
    assert len(stretches) > 2
    assert [each.start for each in stretches[1:]] == [each.end for each in stretches[:-1]]
    assert (stretches[0].start, stretches[-1].end) == (0, len(content))
    for each in stretches[1:]:
        assert content[: each.start].endswith(b"\n")
        assert each.first_line == content[: each.start].count(b"\n") + 1


def test_keys_of_which_there_are_too_many_together_are_told_as_of_one_file() -> None:
    content = b"".join(b'{"k%d": 1}\n' % at for at in range(5_002))
    everywhere = InTurn({"a.jsonl": content}, aside=None, size=20_000)
    with pytest.raises(InputError, match="over 5,000 different keys"):
        open_apart(Input("i", "i", kind="jsonl"), [everywhere.source("a.jsonl")], everywhere)
    assert len(everywhere.stretches["a.jsonl"]) > 1


def test_a_file_that_has_changed_since_it_was_cut_is_refused() -> None:
    everywhere = InTurn({"a.jsonl": b'{"a": 1}\n' * 20}, aside=None, size=1)
    files = open_apart(Input("i", "i", kind="jsonl"), [everywhere.source("a.jsonl")], everywhere)
    everywhere.contents["a.jsonl"] = b'{"a": 2}\n' * 20
    with pytest.raises(InputError, match="changed while it was being read"):
        list(files.reading(everywhere.source("a.jsonl", everywhere.stretches["a.jsonl"][1])).chunks(None))
