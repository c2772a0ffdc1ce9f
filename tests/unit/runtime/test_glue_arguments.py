"""Arguments of a Glue job: every spelling, everything Glue itself adds, and every mistake in one message."""

from __future__ import annotations

import logging
import re

import pytest

from trakt.errors import PipelineError
from trakt.runtime.glue_arguments import GLUES_OWN, REQUIRED, _declared, read_arguments

NEEDED = {
    "--pipeline": "orders",
    "--client-id": "acme",
    "--batch-id": "2026-02-05",
    "--input-dir": "in",
    "--output-dir": "out",
}
FLAGS = {"--lenient", "--otel-enabled", "--force"}
VALUES = {
    "--pipeline": "orders",
    "--pipeline-file": "orders.yaml",
    "--client-id": "acme",
    "--batch-id": "b1",
    "--input-dir": "in put",
    "--output-dir": "s3://bucket/out=1",
    "--manifest-path": "m.json",
    "--baseline": "b.json",
    "--run-id": "r1",
    "--pipeline-version": "v2",
    "--stream-chunk-size": "7",
    "--execution-mode": "stream",
    "--engine": "spark",
    "--otel-service-name": "nightly",
    "--job-name": "trakt-orders",
    "--input": "records=in/a=b.csv",
    "--param": "net.tax=0.1",
}
READ = {
    **VALUES,
    "--stream-chunk-size": 7,
    "--input": [("records", "in/a=b.csv")],
    "--param": [("net.tax", 0.1)],
}


def words(*more, without=(), **changed):
    """The needed arguments as Glue passes them, then `more`."""
    given = {name: value for name, value in NEEDED.items() if name not in without}
    return [word for pair in given.items() for word in pair] + list(more)


def faults(*argv):
    with pytest.raises(PipelineError) as raised:
        read_arguments(argv)
    return str(raised.value)


def read_one(name, *spelled):
    return getattr(
        read_arguments(words(*spelled, without=(name, *(["--pipeline"] if name == "--pipeline-file" else [])))),
        name[2:].replace("-", "_"),
    )


def test_these_tests_know_every_argument():
    assert set(_declared()) == {*VALUES, *FLAGS}


@pytest.mark.parametrize("underscores", [False, True])
@pytest.mark.parametrize("name", VALUES)
def test_a_value_may_stand_apart_or_after_an_equals_sign_hyphen_or_underscore(name, underscores):
    spelled = "--" + name[2:].replace("-", "_") if underscores else name
    assert read_one(name, spelled, VALUES[name]) == READ[name]
    assert read_one(name, f"{spelled}={VALUES[name]}") == READ[name]


@pytest.mark.parametrize("name", sorted(FLAGS))
@pytest.mark.parametrize(
    ("given", "read"),
    [([], True), (["true"], True), (["True"], True), ([""], True), (["false"], False)],
)
def test_a_flag_may_have_the_value_that_glue_always_gives(name, given, read):
    for spelled in (name, "--" + name[2:].replace("-", "_")):
        assert read_one(name, spelled, *given, "--TempDir", "s3://t/") is read
        if given:
            assert read_one(name, f"{spelled}={given[0]}") is read


def test_without_options_the_defaults_of_the_command_line_hold():
    read = read_arguments(words())
    assert (read.lenient, read.otel_enabled, read.otel_service_name) == (False, False, "trakt")
    assert (read.stream_chunk_size, read.manifest_path, read.input, read.param) == (None, None, [], [])
    assert (read.job_name, read.pipeline_version) == (None, None)
    assert re.fullmatch(r"\d{8}T\d{6}Z-[0-9a-f]{8}", read.run_id)


def test_all_that_glue_itself_passes_is_accepted_with_or_without_a_value(caplog):
    for name in sorted(GLUES_OWN - {"--python-modules-installer-option"}):
        with caplog.at_level(logging.WARNING, "trakt"):
            assert read_arguments([name, *words()]).client_id == "acme"
            assert read_arguments([name, "some-value", *words()]).client_id == "acme"
            assert read_arguments(words(f"{name}=some-value", name)).client_id == "acme"
    assert caplog.messages == []


def test_options_of_pip_that_glue_hands_through_are_not_taken_for_ours():
    assert read_arguments(["--python-modules-installer-option", "--input-dri x", *words()]).input_dir == "in"


def test_no_argument_of_ours_is_one_of_glues():
    assert {"--mode", "--debug", "--conf", "--endpoint", "--JOB_NAME"} <= GLUES_OWN
    assert not GLUES_OWN & {spelled for name in _declared() for spelled in (name, "--" + name[2:].replace("-", "_"))}


def test_the_run_is_called_as_glue_calls_it_unless_the_caller_says_otherwise():
    glues = ("--JOB_NAME", "nightly", "--JOB_RUN_ID", "jr_" + "0" * 64)
    read = read_arguments(words(*glues))
    assert (read.run_id, read.job_name) == ("jr_" + "0" * 64, "nightly")
    read = read_arguments(words("--run-id", "r1", "--job_name", "mine", *glues))
    assert (read.run_id, read.job_name) == ("r1", "mine")


@pytest.mark.parametrize(
    ("typo", "meant"),
    [
        ("--clientid", "client-id"),
        ("--client", "client-id"),
        ("--CLIENT_ID", "client-id"),
        ("--batch", "batch-id"),
        ("--chunk_size", "stream-chunk-size"),
        ("--params", "param"),
        ("--output", "output-dir"),
        ("--manifest", "manifest-path"),
    ],
)
@pytest.mark.parametrize("value", [[], ["x"]])
def test_what_is_close_to_one_of_ours_is_a_typo(typo, meant, value):
    said = faults(*words(typo, *value))
    assert said == f"{typo}: no such argument\n  -> did you mean '--{meant}'?"


def test_what_is_close_to_none_is_passed_over_and_logged_without_its_value(caplog):
    argv = words("--table-name", "t", "--api_secret=hunter2", "--database", "stray", "word")
    with caplog.at_level(logging.WARNING, "trakt"):
        assert read_arguments(argv).client_id == "acme"
    (said,) = caplog.messages
    assert "--table-name, --api_secret, --database, a word without an option" in said
    assert not any(value in said for value in ("hunter2", "stray"))


def test_all_that_is_missing_is_told_at_once():
    said = faults("--JOB_NAME", "nightly")
    for name in (*REQUIRED, "--pipeline or --pipeline-file"):
        assert name in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("name", NEEDED)
def test_each_needed_argument_is_missed(name):
    assert faults(*words(without=[name])).startswith(f"missing: {name}")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--pipeline-file", "x.yaml"], "not both of --pipeline and --pipeline-file"),
        (["--manifest-path", ""], "--manifest-path: must not be blank"),
        (["--run-id"], "--run-id: needs a value"),
        (["--run-id", "--lenient"], "--run-id: needs a value; one that begins with -- is written --run-id=--VALUE"),
        (["--stream_chunk_size", "0"], "--stream_chunk_size: must be a whole number of rows from 1, not '0'"),
        (["--lenient", "perhaps"], "--lenient: is a flag"),
        (["--input", "records"], "--input: must be NAME=PATH"),
        (["--param", "tax=1"], "--param: must be STEP.PARAM=VALUE"),
        (["--client_id", "other"], "--client-id: given twice, with different values (--client-id and --client_id)"),
        (["--param", "{a.b: 1"], "--param: a value in braces must be a mapping in YAML or JSON"),
        (["--param", "{a: 1}"], "--param: each key must be STEP.PARAM, not 'a'"),
        (["--input", "{records: 5}"], "--input: 'records' must be given a path, not 5"),
        (["--input", '{"records": ""}'], "--input: must be NAME=PATH"),
        (["--manifest-path", "{clinet_id}.json"], "--manifest-path: '{clinet_id}' stands for nothing\n  -> did you mean"),
        (["--input", "records={date}.csv"], "--input records: '{date}' stands for nothing\n  -> there are: {client_id}"),
        (["--JOB_RUN_ID", "../x"], "--JOB_RUN_ID: '../x' is no id"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_told_with_its_argument(more, said):
    assert said in faults(*words(*more))


def test_several_faults_are_told_together():
    said = faults("--client-id", "a/b", "--batch-id", "-", "--input_dri", "x", "--output-dir", "{x}", "--lenient=2")
    for fault in (
        "missing: --input-dir, --pipeline or",
        "'a/b' is no id",
        "'-' is no id",
        "--input_dri",
        "{x}",
        "flag",
    ):
        assert fault in said


def test_the_same_value_twice_is_no_fault():
    assert read_arguments(words("--client_id", "acme")).client_id == "acme"


@pytest.mark.parametrize("given", ["a", "0", "A" * 128, "a.b_c-d", "2026-02-05"])
def test_ids_of_letters_digits_dots_underscores_and_hyphens_are_accepted(given):
    read = read_arguments(words("--client-id", given, "--batch-id", given, without=["--client-id", "--batch-id"]))
    assert (read.client_id, read.batch_id) == (given, given)


@pytest.mark.parametrize("given", ["..", ".a", "-a", "_a", "a/b", "a b", "a\n", "ä", "A" * 129, "a\\b", "{run_id}"])
@pytest.mark.parametrize("name", ["--client-id", "--batch-id", "--run-id"])
def test_any_other_id_is_refused(name, given):
    assert f"{name}: '{given}' is no id" in faults(*words(f"{name}={given}", without=[name]))


def test_a_mapping_holds_several_params_since_glue_keeps_one_value_per_key():
    json = '{"net.tax": 0.1, "net.code": "007", "net.list": [1, "a"]}'
    assert read_one("--param", "--param", json) == [("net.tax", 0.1), ("net.code", "007"), ("net.list", [1, "a"])]
    assert read_one("--param", "--param", "{net.code: '007', net.since: 2026-02-05}")[0] == ("net.code", "007")
    assert read_one("--param", "--param", "a.b=1", "--param", "{c.d: 2}") == [("a.b", 1), ("c.d", 2)]
