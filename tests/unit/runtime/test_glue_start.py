"""What Lambda hands to Glue, read back by the job's own reader of arguments."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from trakt.runtime.glue_arguments import read_arguments
from trakt.runtime.glue_start import glue_arguments
from trakt.runtime.lambda_request import LambdaRequest
from trakt.runtime.options import input_overrides, param_overrides

PLAIN = LambdaRequest(
    action="run",
    pipeline="orders",
    file=Path("pipelines/orders/pipeline.yaml"),
    client_id="acme",
    batch_id="2026-02-05",
    input_dir="s3://in/{client_id}/",
    output_dir="s3://out/{run_id}/",
    run_id=None,
    pipeline_version=None,
    manifest_path=None,
    baseline=None,
    inputs={},
    params={},
    mode="stream",
    engine=None,
    chunk_rows=None,
    max_batch_rows=7,
    on_limit="glue",
    force=False,
)
DIRECT = {
    "pipeline": "pipeline",
    "client_id": "client_id",
    "batch_id": "batch_id",
    "input_dir": "input_dir",
    "output_dir": "output_dir",
    "run_id": "run_id",
    "pipeline_version": "pipeline_version",
    "manifest_path": "manifest_path",
    "baseline": "baseline",
    "chunk_rows": "stream_chunk_size",
    "engine": "engine",
}


def changed(**parts):
    return LambdaRequest(**{**{name: getattr(PLAIN, name) for name in LambdaRequest.__slots__}, **parts})


def read_back(asked):
    """As Glue passes them: a key and its value as two words each, whatever else stands around them."""
    words = [word for pair in glue_arguments(asked).items() for word in pair]
    return read_arguments(["--JOB_NAME", "large", *words, "--JOB_RUN_ID", "jr_1", "--enable-metrics"])


def test_only_what_was_said_is_passed_on_and_never_what_glue_reserves():
    assert list(glue_arguments(PLAIN)) == ["--pipeline", "--client-id", "--batch-id", "--input-dir", "--output-dir"]
    assert not {"--mode", "--conf", "--debug", "--endpoint", "--JOB_NAME"} & set(glue_arguments(PLAIN))


def test_who_forces_a_run_forces_that_of_the_job():
    assert not read_back(PLAIN).force
    assert read_back(changed(force=True)).force


def test_the_engine_that_was_asked_for_goes_before_that_of_the_job():
    assert read_back(changed(engine="local")).engine == "local"
    assert read_back(PLAIN).engine is None


def test_without_an_id_of_the_caller_the_job_run_is_the_run():
    assert read_back(PLAIN).run_id == "jr_1"


ids = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", fullmatch=True)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
places = texts.map(lambda text: "s3://in/" + text.replace("{", "").replace("}", ""))
numbers = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
leaves = st.none() | st.booleans() | numbers | texts
values = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3))
params = st.dictionaries(st.from_regex(r"[a-z_]{1,6}\.[a-z_ü=:]{1,6}", fullmatch=True), values, max_size=4)
inputs = st.dictionaries(st.from_regex(r"[a-z_ü:]{1,9}", fullmatch=True), places, max_size=3)
rows = st.none() | st.integers(1, 10**9)


# a machine that is busy with other things is no fault of these requests
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    ids, ids, st.none() | ids, st.none() | places, st.none() | texts.filter(lambda text: text.strip() and not text.strip().startswith("-")), rows, inputs, params
)  # fmt: skip
@example("a", "b", None, None, None, None, {}, {"step.param": 1e20})
@example("a", "b", None, None, None, None, {}, {"step.param": "\U0001f600 \x7f \u2028"})
@example("a", "b", None, None, None, None, {}, {"step.param": ["2026-02-05", "yes", "0o7", "1_000", "null", "=", "<<"]})
@example("a", "b", None, None, None, None, {}, {"step.<<": {"<<": "x", "=": {"1": 1}}})
def test_any_request_arrives_at_the_job_as_it_was_asked(client, batch, run, manifest, version, chunk, given_inputs, given_params):  # fmt: skip
    asked = changed(
        client_id=client,
        batch_id=batch,
        run_id=run,
        manifest_path=manifest,
        pipeline_version=version,
        chunk_rows=chunk,
        inputs=given_inputs,
        params=given_params,
    )
    options = read_back(asked)
    told = {name: getattr(options, dest) for name, dest in DIRECT.items()}
    assert told == {name: getattr(asked, name) for name in DIRECT} | {"run_id": run or "jr_1"}
    assert input_overrides(options) == given_inputs
    assert json.dumps(param_overrides(options), sort_keys=True) == json.dumps(given_params, sort_keys=True)


def test_without_boto3_the_extra_is_named(monkeypatch):
    from trakt.errors import MissingExtra
    from trakt.runtime.glue_start import start_glue_job

    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(MissingExtra, match="on_limit: glue needs packages") as caught:
        start_glue_job(PLAIN, "large")
    assert caught.value.without_values().hint == 'python -m pip install "trakt-etl[aws]"'
