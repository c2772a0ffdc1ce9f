"""`kind: jsonl`: what stands in a line is in its row, however the bytes and the rows were cut, or its line is set aside."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trakt import InputError, OutputError, PipelineError
from trakt.engine.inspect import as_yaml, inspect

EXAMPLES = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
KIND = {"kind": "jsonl"}

_text = st.text(st.characters(exclude_categories=("Cs",)), max_size=5)
_nasty = st.sampled_from(
    ("", "02116", "true", "null", "NaN", '"', "\\", "\u2028", "\r\n", "\x00", "5", "1.50", "\ufeff")
)
_numbers = st.sampled_from(
    ("0", "-0", "1", "7.0", "1.50", "1e5", "1E+2", "-1e-7", "12345678901234567890", "0.1", "9007199254740993", "1e400")
)


class Raw(str):
    """JSON as it is to stand in the line."""


_scalars = st.one_of(
    st.none().map(lambda _: Raw("null")),
    st.booleans().map(lambda each: Raw(json.dumps(each))),
    _numbers.map(Raw),
    st.integers(-(2**70), 2**70).map(lambda each: Raw(str(each))),
    st.one_of(_text, _nasty).map(lambda each: Raw(json.dumps(each, ensure_ascii=len(each) % 2 == 0))),
)
_nested = st.one_of(
    st.lists(_scalars, max_size=2).map(lambda held: Raw(f"[{', '.join(held)}]")),
    st.dictionaries(_text, _scalars, max_size=2).map(lambda held: Raw(_object(held))),
)
_values = st.one_of(_scalars, _scalars, _nested)
_keys = st.one_of(st.sampled_from(("id", "a", "b c", "ä", "")), _text)
_objects = st.lists(st.dictionaries(_keys, _values, max_size=4), min_size=1, max_size=8)


def _object(members: dict[str, Raw]) -> str:
    return "{" + ", ".join(f"{json.dumps(key)}: {value}" for key, value in members.items()) + "}"


def as_lines(objects: list[dict[str, Raw]], end: str = "\n") -> bytes:
    return "".join(_object(each) + end for each in objects).encode()


def through(project: Any, content: bytes, name: str = "records.jsonl", **entry: Any) -> None:
    """A pipeline that reads JSON Lines and writes them again."""
    project.write(name, content)
    metadata = entry.pop("write", {})
    project.pipeline(
        inputs={"records": {"uri": name, **KIND, **entry}},
        outputs={"datasets": [{"name": "records", "from": "records", **KIND, "metadata": metadata}]},
    )


def objects_in(done: Any, name: str = "records.jsonl") -> list[dict[str, Any]]:
    return [json.loads(line, parse_float=Decimal) for line in done.bytes(name).split(b"\n")[:-1]]


def rejected(done: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.bytes("rejected.jsonl").splitlines()]


def test_each_value_keeps_its_kind_and_its_text(project: Any, mode: str) -> None:
    through(
        project,
        b'{"id": 1, "zip": "02116", "price": 1.50, "big": 12345678901234567890, "ok": true, "at": {"x": [1.0, "\\u00e4"]}}\n'
        b'{"ok": false, "id": 2, "late": "NA", "zip": ""}\n',
    )
    done = project.good(mode, 1)
    assert done.bytes("records.jsonl").decode() == (
        '{"id":1,"zip":"02116","price":1.5,"big":"12345678901234567890","ok":true,'
        '"at":"{\\"x\\":[1.0,\\"ä\\"]}","late":null}\n'
        '{"id":2,"zip":"","price":null,"big":null,"ok":false,"at":null,"late":"NA"}\n'
    )
    assert done.manifest["inputs"]["records"]["schema"] == {
        "id": "int", "zip": "string", "price": "float", "big": "string", "ok": "bool", "at": "string", "late": "string",
    }  # fmt: skip


def test_a_text_is_never_taken_for_a_number_unless_it_is_declared_one(project: Any) -> None:
    through(project, b'{"a": "5", "b": "5"}\n{"a": "6", "b": "6"}\n', schema={"b": "int"})
    assert objects_in(project.good()) == [{"a": "5", "b": 5}, {"a": "6", "b": 6}]


def test_numbers_among_texts_are_texts_and_that_is_told(project: Any, mode: str) -> None:
    through(project, b'{"a": 5}\n{"a": "x"}\n{"a": 1.50}\n{"a": true}\n')
    done = project.good(mode, 1)
    assert objects_in(done) == [{"a": "5"}, {"a": "x"}, {"a": "1.50"}, {"a": "true"}]
    assert done.events["warning.mixed_types"]["columns"] == ["a"]


def test_how_objects_are_dealt_out_to_files_does_not_matter(project: Any) -> None:
    project.write("parts/1.jsonl", '{"a": 1}\n')
    project.write("parts/2.ndjson", "")
    project.write("parts/3.jsonl", '{"b": "x", "a": 2}\n')
    project.pipeline(inputs={"records": {"uri": "parts/", **KIND}}, outputs={"records": "records"})
    done = project.good()
    assert done.rows() == [["a", "b"], ["1", ""], ["2", "x"]]
    assert [file["rows"] for file in done.manifest["inputs"]["records"]["files"]] == [1, 0, 1]


def test_with_validate_schema_each_file_must_have_the_same_keys_in_any_order(project: Any) -> None:
    project.write("parts/1.jsonl", '{"a": 1, "b": 2}\n')
    project.write("parts/2.jsonl", '{"b": 1, "a": 2}\n')
    entry = {"uri": "parts/", **KIND, "combine_strategy": "validate_schema"}
    project.pipeline(inputs={"records": entry}, outputs={"records": "records"})
    assert project.good().rows() == [["a", "b"], ["1", "2"], ["2", "1"]]
    project.write("parts/3.jsonl", '{"a": 1}\n')
    assert "3.jsonl: has other columns than" in project.bad(InputError).told


def test_a_declared_column_that_no_object_names_is_blank_and_told(project: Any) -> None:
    through(project, b'{"a": 1}\n', schema={"a": "int", "late": "string", "aa": "int"})
    done = project.good()
    assert objects_in(done) == [{"a": 1, "late": None, "aa": None}]
    assert (
        "no record names late, aa, declared in its schema; did you mean 'a'?"
        in (done.events["warning.blank_columns"]["message"])
    )


def test_without_any_object_the_columns_must_be_declared(project: Any) -> None:
    through(project, b"")
    assert "nothing says which there are" in project.bad(InputError).told
    through(project, b"\n", schema={"a": "int"})
    project.pipeline(
        inputs={"records": {"uri": "records.jsonl", **KIND, "schema": {"a": "int"}}}, outputs={"records": "records"}
    )
    assert project.good().rows() == [["a"]]


def test_a_file_without_a_single_object_says_what_its_lines_are(project: Any) -> None:
    through(project, b"id,name\n1,Ada\n")
    told = project.bad(InputError).told
    assert "records.jsonl:1: this is no JSON" in told
    assert "records.jsonl:2: this is no JSON" in told


def test_where_all_lines_are_set_aside_the_run_says_what_is_wrong_with_them(project: Any) -> None:
    through(project, b'{"a": 1},\n{"a": 2},\n', on_bad_rows="quarantine")
    error = project.bad(InputError)
    assert [fault.where.rpartition(":")[2] for fault in error.error.faults] == ["1", "2"]
    assert "this is no JSON" in error.told


def test_half_of_a_character_in_utf_8_is_told_by_its_first_byte(project: Any, mode: str) -> None:
    content = b'{"a": "\xed\xa0\x80"}\n{"a": "x"}\n'
    through(project, content)
    assert "byte 0xed is not utf-8" in project.bad(InputError, mode, 1).told
    through(project, content, on_bad_rows="quarantine")
    (row,) = map(json.loads, project.good(mode, 1).bytes("rejected.jsonl").splitlines())
    assert row["message"] == "byte 0xed is not utf-8"


def test_objects_without_any_key_are_rows(project: Any, mode: str) -> None:
    through(project, b"{}\n{}\n", schema={"a": "int"})
    assert objects_in(project.good(mode, 1)) == [{"a": None}, {"a": None}]


BAD = [
    (b"{", "not_json"),
    (b'{"a": 1', "not_json"),
    (b"{'a': 1}", "not_json"),
    (b'{"a": NaN}', "not_json"),
    (b'{"a": -Infinity}', "not_json"),
    (b'{"a": 01}', "not_json"),
    (b'{"a": 1,}', "not_json"),
    (b'{"a": 1} {"a": 2}', "not_json"),
    (b'{"a": "x\x01"}', "not_json"),
    (b'{"a": "\\ud800"}', "not_json"),
    (b'{"\\udc00": 1}', "not_json"),
    (b'{"a": ' + b"[" * 101 + b"]" * 101 + b"}", "not_json"),
    (b'{"a": ' + b"[" * 200_000, "not_json"),
    (b"a,b", "not_json"),
    (b"[1]", "not_an_object"),
    (b'"x"', "not_an_object"),
    (b"5", "not_an_object"),
    (b"null", "not_an_object"),
    (b"true", "not_an_object"),
    (b'{"a": 1, "a": 1}', "duplicate_key"),
    (b'{"a": {"b": 1, "b": 2}}', "duplicate_key"),
    (b'{"a": "\xe9"}', "undecodable_bytes"),
    (b'{"\xff": 1}', "undecodable_bytes"),
]


@pytest.mark.parametrize(("line", "reason"), BAD)
def test_a_bad_line_costs_itself_alone(project: Any, line: bytes, reason: str) -> None:
    content = b'{"a": 1}\n\n  \n' + line + b'\r\n{"a": 2}'
    through(project, content, on_bad_rows="quarantine")
    done = project.good("stream", 1)
    assert objects_in(done) == [{"a": 1}, {"a": 2}]
    (row,) = rejected(done)
    assert (row["line"], row["byte_offset"], row["reason"]) == (4, content.index(line, 8), reason)
    assert (base64.b64decode(row["raw_base64"]) if row["raw_base64"] else row["raw"].encode()) == line
    lines = done.manifest["inputs"]["records"]["lines"]
    assert (lines["total"], lines["blank"], lines["rows"], lines["rejected"]) == (5, 2, 2, 1)


@pytest.mark.parametrize(("line", "reason"), BAD)
def test_a_bad_line_fails_the_run_where_it_is_not_set_aside(project: Any, line: bytes, reason: str) -> None:
    through(project, b'{"a": 1}\n' + line + b"\n")
    told = project.bad(InputError).told
    assert "records.jsonl:2: " in told
    assert "bug" not in told, reason


def test_what_must_not_be_quoted_is_told_without_the_key(project: Any) -> None:
    through(project, b'{"Ada Lovelace": 1, "Ada Lovelace": 2}\n{"a": "\\ud83d"}\n')
    error = project.bad(InputError).error
    assert "'Ada Lovelace' stands twice" in str(error)
    assert [str(fault.unquoted) for fault in error.faults] == [
        "a key stands twice in one object", "an escape is half of a character",
    ]  # fmt: skip


def test_a_value_that_is_not_of_its_type_is_set_aside_and_decides_no_type(project: Any, mode: str) -> None:
    through(project, b'{"n": 1, "t": 1}\n{"n": "x", "t": "text"}\n', on_bad_rows="quarantine", schema={"n": "int"})
    done = project.good(mode, 1)
    assert objects_in(done) == [{"n": 1, "t": 1}]
    assert [(row["reason"], row["column"]) for row in rejected(done)] == [("type_mismatch", "n")]


@pytest.mark.parametrize("content", [b'[\n{"a": 1},\n{"a": 2}\n]\n', b'{\n  "a": 1\n}\n', b'[{"a": 1}]'])
def test_one_document_is_told_from_lines(project: Any, content: bytes) -> None:
    through(project, content)
    told = project.bad(InputError).told
    assert "one JSON document, not one object per line" in told
    assert "jq -c" in told


def test_keys_that_are_values_are_refused_before_memory_is(project: Any) -> None:
    through(project, "".join(f'{{"{number}": 1}}\n' for number in range(5_001)).encode())
    assert "over 5,000 different keys" in project.bad(InputError).told


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "cp1252"])
def test_other_encodings_are_read(project: Any, encoding: str) -> None:
    declared = {"metadata": {"encoding": encoding}} if encoding == "cp1252" else {}
    through(project, '{"a": "ä€"}\n'.encode(encoding), **declared)
    assert objects_in(project.good()) == [{"a": "ä€"}]


def test_words_that_mean_nothing_are_missing_and_blank_texts_are_not(project: Any) -> None:
    through(project, b'{"a": "N/A", "b": ""}\n{"a": "", "b": "N/A"}\n', metadata={"na_values": ["N/A"]})
    assert objects_in(project.good()) == [{"a": None, "b": ""}, {"a": "", "b": None}]


def test_json_columns_are_written_as_they_are(project: Any, mode: str) -> None:
    lines = b'{"a":{"b":1.50,"c":[null,"x"]}}\n{"a":null}\n{"a":[]}\n'
    through(project, lines, write={"json_columns": ["a"]})
    assert project.good(mode, 1).bytes("records.jsonl") == lines
    through(project, b'{"a": "{"}\n', write={"json_columns": ["a"]})
    assert "`json_columns` wants JSON: this is no JSON ('{')" in project.bad(OutputError, mode).told
    through(project, b'{"a": 1}\n', write={"json_columns": ["b"]})
    assert "`json_columns` names 'b', which is no column" in project.bad(OutputError, mode).told


def test_a_value_is_written_alike_whatever_stands_beside_it(project: Any) -> None:
    project.step(
        "make",
        """\
        import datetime as dt
        from decimal import Decimal
        import numpy as np

        @step_contract(inputs=["input"], outputs=["output"])
        def run(ctx, input):
            values = [5, 5.0, True, np.True_, None, "5", Decimal("1.50"), dt.date(2026, 2, 5), np.float64("nan"), 'a"b']
            return {"output": pd.DataFrame({"mixed": pd.Series(values, dtype=object), "floats": [0.5] * 9 + [1e22]})}
        """,
    )
    project.write("records.jsonl", '{"a": 1}\n')
    project.pipeline(
        inputs={"records": {"uri": "records.jsonl", **KIND}},
        steps=[{"id": "make", "uses": "steps.make", "with": {"input": "records", "output": "made"}}],
        outputs={"datasets": [{"name": "made", "from": "made", **KIND}]},
    )
    lines = project.good().bytes("made.jsonl").decode().splitlines()
    assert [line.split(",")[0] for line in lines] == [
        '{"mixed":5', '{"mixed":5', '{"mixed":true', '{"mixed":true', '{"mixed":null', '{"mixed":"5"', '{"mixed":1.50',
        '{"mixed":"2026-02-05"', '{"mixed":null', '{"mixed":"a\\"b"',
    ]  # fmt: skip
    assert lines[-1].endswith(',"floats":1e+22}')


def test_infinity_is_an_error_and_never_a_word(project: Any) -> None:
    project.step(
        "make",
        """\
        @step_contract(inputs=["input"], outputs=["output"])
        def run(ctx, input):
            return {"output": input.assign(a=float("inf"))}
        """,
    )
    project.write("records.jsonl", '{"a": 1}\n')
    project.pipeline(
        inputs={"records": {"uri": "records.jsonl", **KIND}},
        steps=[{"id": "make", "uses": "steps.make", "with": {"input": "records", "output": "made"}}],
        outputs={"datasets": [{"name": "made", "from": "made", **KIND}]},
    )
    assert "infinity is no number in JSON" in project.bad(OutputError).told


def test_options_of_delimited_text_and_names_of_other_kinds_are_refused(project: Any) -> None:
    project.pipeline(
        inputs={"records": {"uri": "records.csv", **KIND, "metadata": {"delimiter": ";"}}},
        outputs={"datasets": [{"name": "a", "from": "records", **KIND, "uri": "a.csv"}]},
    )
    told = project.bad(PipelineError).told
    assert "unknown key 'delimiter' in metadata" in told
    assert "'records.csv' is not named like JSON Lines" in told
    assert "'a.csv' would be JSON Lines under another kind's name" in told


def test_what_was_rejected_is_mended_and_replayed(project: Any) -> None:
    through(
        project,
        b'{"id": 1, "n": 1}\n{"id": 2, "n": "x", "more": true}\n{"id": 3, "n": 3\n',
        on_bad_rows="quarantine",
        schema={"n": "int"},
    )
    done = project.good()
    mended = project.folder / "mended.jsonl"
    rows = rejected(done)
    rows[0]["raw"] = rows[0]["raw"].replace('"x"', "2")
    rows[1]["raw"] += "}"
    mended.write_text("".join(json.dumps(row) + "\n" for row in rows))
    told = project.cli("replay", str(done.out / "manifest.json"), "--rows", str(mended), "--output-dir", "again")
    assert told.returncode == 0, told.stderr
    again = [json.loads(line) for line in (project.folder / "again" / "records.jsonl").read_text().splitlines()]
    assert [{"id": row["id"], "n": row["n"]} for row in again] == [{"id": 2, "n": 2}, {"id": 3, "n": 3}]


def test_a_file_is_inspected_and_the_yaml_reads_it(project: Any) -> None:
    path = project.write(
        "look.jsonl",
        b'{"id": 1, "zip": "02116", "b": 5}\r\n{"id": 2, "id": 3}\n\n{"id": 12345678901234567, "b": "x", "n": 0.5}\nxx\n',
    )
    found = inspect(str(path))
    assert (found.kind, found.rows, found.bad_rows, found.delimiter) == ("jsonl", 2, 2, None)
    assert {each.code: each.lines for each in found.problems} == {
        "mixed_line_ends": (), "mixed_types": (), "duplicate_key": (2,), "not_json": (5,),
    }  # fmt: skip
    assert [(each.name, each.type, each.blanks) for each in found.columns] == [
        ("id", "int", 0), ("zip", "string", 1), ("b", "string", 0), ("n", "float", 1),
    ]  # fmt: skip
    # in quotes a zero at the beginning is safe
    assert [(each.name, risk.code, risk.line) for each in found.columns for risk in each.risks] == [
        ("id", "long_ids", 4)
    ]
    pasted = yaml.safe_load(as_yaml(str(path), found))
    project.pipeline(**pasted, outputs={"look": "look"})
    assert project.good().rows("look.csv")[1:] == [["1", "02116", "5", ""], ["12345678901234567", "", "x", "0.5"]]


def test_the_first_rows_of_a_file_are_inspected(project: Any) -> None:
    path = project.write("look.ndjson", b'{"a": 1}\n{"a": "x"}\nbad\n')
    found = inspect(str(path), rows=1)
    assert (found.rows, found.bad_rows, found.is_whole) == (1, 0, False)
    assert [(each.name, each.type) for each in found.columns] == [("a", "int")]


def test_where_columns_of_fixed_width_begin_is_not_guessed(project: Any) -> None:
    path = project.write("look.fwf", b"001Ada\n")
    with pytest.raises(InputError, match="declare `columns`"):
        inspect(str(path))


@given(objects=_objects, end=st.sampled_from(("\n", "\r\n", "\n\n")), block=st.sampled_from((1, 3, 64, 1 << 20)))
@EXAMPLES
def test_what_stands_in_a_file_stands_in_the_output_and_no_cut_changes_a_byte(
    new_project: Callable[[], Any], objects: list[dict[str, Raw]], end: str, block: int
) -> None:
    project = new_project()
    through(project, as_lines(objects, end), schema=["id"])
    whole = project.good("batch")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("trakt.formats.text.decode.READ_BYTES", block)
        for chunk in (1, 3):
            part = project.good("stream", chunk)
            assert part.bytes("records.jsonl") == whole.bytes("records.jsonl")
            assert part.manifest["inputs"]["records"]["schema"] == whole.manifest["inputs"]["records"]["schema"]
    written = objects_in(whole)
    assert len(written) == len(objects)
    for row, members in zip(written, objects, strict=True):
        for key, value in row.items():
            assert _says(value, members.get(key, Raw("null"))), (key, value, members)
    again = new_project()
    through(again, whole.bytes("records.jsonl"), schema=["id"])
    assert again.good("stream", 2).bytes("records.jsonl") == whole.bytes("records.jsonl")


def _says(written: Any, raw: Raw) -> bool:
    """Whether a value that was written says what stood there."""
    value = json.loads(raw, parse_float=Decimal)
    if isinstance(value, (dict, list)):
        return isinstance(written, str) and json.loads(written, parse_float=Decimal) == value
    if isinstance(written, str) and not isinstance(value, str):
        return written == raw.strip()
    return type(written) in (int, Decimal) and written == value if type(value) in (int, Decimal) else written == value


_pieces = st.sampled_from([*(line for line, _ in BAD if len(line) < 100), b'{"a": 1}', b'{"a": "x"}', b"", b" ", b"{}"])
_ends = st.sampled_from((b"\n", b"\r\n", b"\r"))


@given(lines=st.lists(st.tuples(_pieces, _ends), max_size=12), block=st.sampled_from((1, 5, 1 << 20)))
@EXAMPLES
def test_every_hostile_line_is_a_row_or_blank_or_set_aside(
    new_project: Callable[[], Any], lines: list[tuple[bytes, bytes]], block: int
) -> None:
    project = new_project()
    content = b'{"a": 0}\n' + b"".join(line + end for line, end in lines)
    through(project, content, on_bad_rows="quarantine")
    bad = dict(BAD)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("trakt.formats.text.decode.READ_BYTES", block)
        done = project.good("stream", 2)
    assert [row["reason"] for row in rejected(done)] == [bad[line] for line, _ in lines if line in bad]
    for row in rejected(done):
        raw = base64.b64decode(row["raw_base64"]) if row["raw_base64"] else row["raw"].encode()
        assert content[row["byte_offset"] :].startswith(raw)
    told = done.manifest["inputs"]["records"]["lines"]
    assert told["total"] == told["blank"] + told["rows"] + told["rejected"]
    assert told["rows"] == 1 + sum(line.startswith(b"{") and line not in bad for line, _ in lines)
    assert len(objects_in(done)) == told["rows"]
