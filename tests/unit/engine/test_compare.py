"""The rules of drift, as tables."""

from __future__ import annotations

import pytest

from trakt.engine.drift.compare import shape_findings, size_findings
from trakt.engine.profile import Finding, Profile

OLD = {"id": "string", "gross": "float", "country": "string"}


def shapes(before, after, blank_before=(), blank_after=()):
    old, new = Profile(before, blank_before), Profile(after, blank_after)
    return [(each.kind, each.column, each.before, each.after) for each in shape_findings("orders", old, new)]


@pytest.mark.parametrize(
    ("after", "findings"),
    [
        (OLD, []),
        # their order is nobody's concern
        ({"country": "string", "id": "string", "gross": "float"}, []),
        ({**OLD, "zip": "string"}, [("column_added", "zip", None, "string")]),
        ({"id": "string", "gross": "float"}, [("column_lost", "country", "string", None)]),
        ({**OLD, "gross": "string"}, [("type_changed", "gross", "float", "string")]),
        ({**OLD, "gross": "int"}, [("type_changed", "gross", "float", "int")]),
        # alike, wherever it stands and whatever its type
        (
            {"id": "string", "country": "string", "Gross_EUR": "string"},
            [("column_renamed", "gross", "gross", "Gross_EUR")],
        ),
        # in the same place, and of the same type
        ({"id": "string", "net": "float", "country": "string"}, [("column_renamed", "gross", "gross", "net")]),
        # in the same place, and of another type
        (
            {"id": "string", "zz": "string", "country": "string"},
            [("column_lost", "gross", "float", None), ("column_added", "zz", None, "string")],
        ),
        ({}, [("column_lost", name, kind, None) for name, kind in OLD.items()]),
    ],
)
def test_columns_and_types_are_compared_by_name(after, findings):
    assert shapes(OLD, after) == findings


def test_the_likest_names_belong_together_and_none_is_taken_twice():
    before, after = {"amount_net": "float", "amount": "float"}, {"amounts": "float", "amount_nett": "float"}
    assert shapes(before, after) == [
        ("column_renamed", "amount_net", "amount_net", "amount_nett"),
        ("column_renamed", "amount", "amount", "amounts"),
    ]
    assert shapes({"amount_1": "float", "amount_2": "float"}, {"amount_3": "float"}) == [
        ("column_renamed", "amount_1", "amount_1", "amount_3"),
        ("column_lost", "amount_2", "float", None),
    ]


def test_a_column_without_a_value_has_no_type_to_change():
    changed = {**OLD, "gross": "string"}
    assert shapes(OLD, changed, blank_after={"gross"}) == []
    assert shapes(changed, OLD, blank_before={"gross"}) == []


def sizes(before, after):
    return [(each.kind, each.column, each.before, each.after) for each in size_findings("orders", before, after)]


@pytest.mark.parametrize(
    ("before", "after", "differs"),
    [
        (20, 20, False),
        (20, 40, False),
        (20, 41, True),
        (20, 10, False),
        (20, 9, True),
        (20, 0, True),
        (19, 0, False),
        (19, 1000, False),
        (0, 1000, False),
        (1_000_000, 400_000, True),
    ],
)
def test_rows_may_double_or_halve_and_few_rows_say_little(before, after, differs):
    found = sizes(Profile({}, rows=before), Profile({}, rows=after))
    assert found == ([("row_count", None, before, after)] if differs else [])


@pytest.mark.parametrize(
    ("before", "after", "differs"),
    [(0, 10, False), (0, 11, True), (50, 40, False), (50, 39, True), (100, 90, False), (100, 89, True), (7, 7, False)],
)
def test_a_share_of_missing_values_may_move_by_a_tenth_of_all_rows(before, after, differs):
    found = sizes(Profile(OLD, (), 100, {"id": 0, "gross": before}), Profile(OLD, (), 100, {"id": 0, "gross": after}))
    assert found == ([("null_share", "gross", before / 100, after / 100)] if differs else [])


def test_a_share_is_of_its_own_rows():
    assert sizes(Profile(OLD, (), 100, {"gross": 20}), Profile(OLD, (), 150, {"gross": 30})) == []


def test_what_was_not_counted_is_not_compared():
    counted, empty = Profile(OLD, (), 100, {"gross": 100}), Profile(OLD, (), 0, {"gross": 0})
    assert sizes(Profile(OLD, (), 100), counted) == []
    assert sizes(counted, Profile(OLD, (), 100)) == []
    assert sizes(counted, empty) == [("row_count", None, 100, 0)]
    assert sizes(counted, Profile(OLD)) == []


@pytest.mark.parametrize(
    ("finding", "told", "unquoted"),
    [
        (("column_added", "zip", None, "int", 4), "column 'zip' is new", "column 4 is new"),
        (("column_lost", "zip", "int", None, 4), "column 'zip' is gone", "column 4 is gone"),
        (
            ("column_renamed", "zip", "zip", "plz", 4),
            "column 'zip' is gone, and is probably what is now called 'plz'",
            "column 4 has probably another name now",
        ),
        (
            ("type_changed", "zip", "int", "string", 4),
            "column 'zip' is string, and was int",
            "column 4 is string, and was int",
        ),
        (("row_count", None, 1, 2000, 0), "2,000 rows, and 1 row before", "2,000 rows, and 1 row before"),
        (
            ("null_share", "zip", 0.0312, 0.5, 4),
            "column 'zip' lacks 50.0% of its values, and 3.1% before",
            "column 4 lacks 50.0% of its values, and 3.1% before",
        ),
    ],
)
def test_each_finding_is_told_with_names_and_without(finding, told, unquoted):
    found = Finding("orders", *finding)
    assert (found.told(), found.told(quoted=False)) == (told, unquoted)


@pytest.mark.parametrize(
    "entry",
    [None, [], {}, {"rows": None, "schema": {}}, {"rows": "5", "schema": {}}, {"rows": 5}, {"rows": 5, "schema": []}],
)
def test_what_says_nothing_of_an_input_is_no_profile(entry):
    assert Profile.of(entry) is None


def test_an_entry_of_a_manifest_is_a_profile_and_back():
    entry = {"rows": 2, "schema": {"a": "int", "b": "string"}, "nulls": {"a": 0, "b": 2}}
    profile = Profile.of({**entry, "files": []})
    assert profile.as_dict() == entry
    assert profile.blank == {"b"}
    assert Profile.of({"rows": 0, "schema": {"a": "string"}}).blank == {"a"}
