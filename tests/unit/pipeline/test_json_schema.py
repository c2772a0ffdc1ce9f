"""Every key of every table: its schema lets pass what its check lets pass, and refuses wrong types and choices."""

from __future__ import annotations

import datetime as dt

import jsonschema
import pytest

from trakt.formats.csv import options, output_options
from trakt.pipeline import declared_schema, schema_contract, yaml_fields
from trakt.pipeline.fields import Field
from trakt.pipeline.json_schema import mapping_of, value_of
from trakt.steps import cast, dedupe_policy, filter, join_policy, quality_policy, rename, select

TABLES = {
    "top": yaml_fields.TOP,
    "input": yaml_fields.INPUT,
    "step": yaml_fields.STEP,
    "output": yaml_fields.OUTPUT,
    "rejected": yaml_fields.REJECTED,
    "execution": yaml_fields.EXECUTION,
    "column": (*declared_schema.COLUMN, *declared_schema.RULE),
    "schema": declared_schema.THIRD_SHAPE,
    "schema_contract": schema_contract.FIELDS,
    "read_options": options.READ_FIELDS,
    "write_options": output_options.WRITE_FIELDS,
    "gate": quality_policy.FIELDS,
    "row_count": quality_policy.ROW_COUNT_FIELDS,
    "gate_modes": quality_policy.GATE_FIELDS,
    "join": join_policy.FIELDS,
    "dedupe": dedupe_policy.FIELDS,
    "rename": rename.FIELDS,
    "cast": cast.FIELDS,
    "filter": filter.FIELDS,
    "select": select.FIELDS,
}
FIELDS = [pytest.param(entry, id=f"{name}.{entry.name}") for name, table in TABLES.items() for entry in table]
VALUES = [
    None, True, False, 0, 1, -1, 5, 50_000, 0.0, 0.5, 1.5, -0.1, 1e300,
    "", " ", "a", "a b", "a.b", ".a", "auto", "sniff", ",", ";", "\t", "\\t", "||", "é", "\n", "\r\n", "\x7f", '"',
    "str", "Int64", "integr", "string[pyarrow]", "utf-8", "nope", "batch", "fail", "[0-9]+", "%.2f", "id > 0",
    [], [""], ["a"], ["a", "a"], ["a", "b"], [1], [["a", "b"]], [["a", 1]], [None], ["_a", "_b"], ["a", "b", "c"],
    {}, {"a": "b"}, {"a": 1}, {"a": "Int64"}, {"a": "%.2f"}, {"a": 0.5}, {"a": 5}, {"a": ""}, {"a": None}, {"a": ["b"]},
    {"min": 1}, {"min": -1}, {"not_null": "warn"},
]  # fmt: skip


def editor(entry):
    return jsonschema.Draft202012Validator(value_of(entry))


@pytest.mark.parametrize("entry", FIELDS)
def test_the_schema_of_a_key_is_never_stricter_than_its_check(entry):
    sound = [value for value in [*VALUES, *entry.choices] if entry.problem(value) is None]
    assert sound
    assert [value for value in sound if not editor(entry).is_valid(value) and not is_refused_deeper(entry, value)] == []


def is_refused_deeper(entry, value):
    """Whether the owner of the table refuses the value, looking at more than the table does."""
    if entry in cast.FIELDS:
        return cast.check({"types": value}, "batch") != []
    return entry in quality_policy.FIELDS and quality_policy.QualityGatePolicy.read({entry.name: value})[1] != []


@pytest.mark.parametrize("entry", [each for each in FIELDS if each.values[0].accepts])
def test_a_value_of_a_wrong_type_is_refused(entry):
    whole = (float,) if int in entry.accepts and float not in entry.accepts else ()
    for value in VALUES:
        fits = isinstance(value, (*entry.accepts, *whole)) and (not isinstance(value, bool) or bool in entry.accepts)
        if not fits:
            assert not editor(entry).is_valid(value), value


@pytest.mark.parametrize("entry", [each for each in FIELDS if each.values[0].choices])
def test_a_word_that_is_no_choice_is_refused(entry):
    assert all(editor(entry).is_valid(choice) for choice in entry.choices)
    assert not editor(entry).is_valid("nope")


def test_another_spelling_is_a_key_too_and_an_unknown_one_is_none():
    table = (Field("delimiter", (str,), aliases=("sep",)), Field("name", (str,), required=True))
    known = jsonschema.Draft202012Validator(mapping_of(table))
    assert known.is_valid({"name": "a", "sep": ";"})
    assert not known.is_valid({"name": "a", "sep": 5})
    assert not known.is_valid({"name": "a", "separator": ";"})
    assert not known.is_valid({"sep": ";"})


def test_a_date_of_yaml_is_a_text_to_an_editor():
    assert value_of(Field("min", (int, dt.date)))["type"] == ["integer", "string"]
