from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trakt.errors import PipelineError
from trakt.runtime.lambda_settings import Settings, read_settings

PLACES = {"TRAKT_INPUT_PREFIXES": "s3://in/", "TRAKT_OUTPUT_PREFIXES": "s3://out/"}


def test_two_prefixes_are_enough_and_the_rest_is_as_documented():
    settings = read_settings({**PLACES, "TRAKT_PIPELINE": "  ", "TRAKT_GLUE_JOB": ""})
    assert (settings.input_prefixes, settings.output_prefixes) == (("s3://in/",), ("s3://out/",))
    assert (settings.pipeline, settings.glue_job, settings.ready_suffix) == (None, None, "")
    assert settings.key_template.text == "client={client_id}/batch={batch_id}/"
    assert (settings.max_batch_rows, settings.on_limit, settings.deadline_margin_ms) == (50_000, "fail", 10_000)


def test_every_variable_is_read():
    settings = read_settings(
        {
            "TRAKT_PIPELINE": "orders",
            "TRAKT_INPUT_PREFIXES": "s3://in/a , s3://in/b/,",
            "TRAKT_OUTPUT_PREFIXES": "s3://out/c",
            "TRAKT_KEY_TEMPLATE": "{pipeline}/{client_id}/{batch_id}/",
            "TRAKT_READY_SUFFIX": "_SUCCESS",
            "TRAKT_MAX_BATCH_ROWS": "7",
            "TRAKT_ON_LIMIT": "glue",
            "TRAKT_GLUE_JOB": "large",
            "TRAKT_DEADLINE_MARGIN_MS": "0",
        }
    )
    values = {name: getattr(settings, name) for name in Settings.__slots__}
    assert values.pop("key_template").text == "{pipeline}/{client_id}/{batch_id}/"
    assert values == {
        "pipeline": "orders",
        "input_prefixes": ("s3://in/a/", "s3://in/b/"),
        "output_prefixes": ("s3://out/c/",),
        "ready_suffix": "_SUCCESS",
        "max_batch_rows": 7,
        "on_limit": "glue",
        "glue_job": "large",
        "deadline_margin_ms": 0,
    }


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("TRAKT_INPUT_PREFIXES", " , ", "is missing"),
        ("TRAKT_INPUT_PREFIXES", "in/", "'in/' is no place in S3"),
        ("TRAKT_INPUT_PREFIXES", "s3://in/, /data", "'/data' is no place in S3"),
        ("TRAKT_INPUT_PREFIXES", "s3://", "is no place in S3"),
        ("TRAKT_INPUT_PREFIXES", "s3:///in/", "is no place in S3"),
        ("TRAKT_OUTPUT_PREFIXES", "file:///out/", "is no place in S3"),
        ("TRAKT_OUTPUT_PREFIXES", "s3://in/clean", "overlaps"),
        ("TRAKT_OUTPUT_PREFIXES", "s3://in", "overlaps"),
        ("TRAKT_KEY_TEMPLATE", "client={client}/batch={batch_id}/", "'{client}' stands for nothing"),
        ("TRAKT_KEY_TEMPLATE", "{client_id}/", "lacks '{batch_id}'"),
        ("TRAKT_KEY_TEMPLATE", "{client_id}/{batch_id}/{client_id}/", "stands twice"),
        ("TRAKT_MAX_BATCH_ROWS", "0", "a whole number from 1"),
        ("TRAKT_MAX_BATCH_ROWS", "50_000", "a whole number from 1"),
        ("TRAKT_DEADLINE_MARGIN_MS", "-1", "a whole number from 0"),
        ("TRAKT_DEADLINE_MARGIN_MS", "1.5", "a whole number from 0"),
        ("TRAKT_ON_LIMIT", "gleu", "must be fail or glue, not 'gleu'"),
    ],
)
def test_a_wrong_variable_is_refused_by_its_name(name, value, told):
    with pytest.raises(PipelineError) as caught:
        read_settings({**PLACES, name: value})
    assert f"{name}: " in str(caught.value)
    assert told in str(caught.value)


def test_prefixes_that_only_begin_alike_are_apart():
    assert read_settings({"TRAKT_INPUT_PREFIXES": "s3://b/in", "TRAKT_OUTPUT_PREFIXES": "s3://b/in-clean"})


def test_every_pair_of_prefixes_is_held_apart():
    several = {"TRAKT_INPUT_PREFIXES": "s3://a/,s3://b/in/", "TRAKT_OUTPUT_PREFIXES": "s3://c/,s3://b/"}
    with pytest.raises(PipelineError, match="'s3://b/' overlaps 's3://b/in/'"):
        read_settings(several)


def test_glue_needs_a_job():
    with pytest.raises(PipelineError, match="TRAKT_GLUE_JOB: is missing, and TRAKT_ON_LIMIT is glue"):
        read_settings({**PLACES, "TRAKT_ON_LIMIT": "glue"})


def test_all_that_is_wrong_is_told_at_once():
    wrong = {
        "TRAKT_INPUT_PREFIXES": "in",
        "TRAKT_KEY_TEMPLATE": "x",
        "TRAKT_MAX_BATCH_ROWS": "a",
        "TRAKT_ON_LIMIT": "g",
    }
    with pytest.raises(PipelineError) as caught:
        read_settings({**wrong, "TRAKT_DEADLINE_MARGIN_MS": "b"})
    where = {fault.where for fault in caught.value.faults}
    assert where == {*wrong, "TRAKT_OUTPUT_PREFIXES", "TRAKT_DEADLINE_MARGIN_MS"}


names = st.sampled_from(["TRAKT_" + each for each in ("MAX_BATCH_ROWS", "DEADLINE_MARGIN_MS", "KEY_TEMPLATE")])


@given(st.dictionaries(st.one_of(names, st.sampled_from([*PLACES, "TRAKT_ON_LIMIT"])), st.text(max_size=30)))
def test_whatever_the_environment_holds_it_is_read_or_refused(environment):
    try:
        settings = read_settings({**PLACES, **environment})
    except PipelineError as error:
        stray = {fault.where for fault in error.faults} - {*PLACES, *environment, "TRAKT_GLUE_JOB"}
    else:
        stray = {each for each in settings.input_prefixes + settings.output_prefixes if not each.startswith("s3://")}
    assert not stray
