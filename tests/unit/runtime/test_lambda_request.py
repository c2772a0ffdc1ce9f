from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trakt.errors import PipelineError
from trakt.runtime.lambda_events import Asked, ObjectCreated
from trakt.runtime.lambda_request import FIELDS, understood
from trakt.runtime.lambda_settings import read_settings

ENVIRONMENT = {"TRAKT_INPUT_PREFIXES": "s3://in/a/,s3://more/", "TRAKT_OUTPUT_PREFIXES": "s3://out/b/,s3://also/"}
ASKED = {"pipeline": "orders", "client_id": "acme", "batch_id": "2026-02-05"}
KEY = "a/client=acme/batch=2026-02-05/orders.csv"


@pytest.fixture(autouse=True, scope="module")
def package(tmp_path_factory):
    """Two pipelines of the function's package, and one beside them that is none."""
    folder = tmp_path_factory.mktemp("package")
    for name in ("pipelines/orders", "pipelines/2.returns", "elsewhere/secret"):
        (folder / name).mkdir(parents=True)
        (folder / name / "pipeline.yaml").touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield folder


def settings(**environment):
    return read_settings({**ENVIRONMENT, **environment})


def request(words=None, /, **environment):
    return understood(Asked({**ASKED, **(words or {})}), settings(**environment), "event")


def created(*keys, bucket="in", **environment):
    return understood(ObjectCreated(bucket, keys, "1"), settings(TRAKT_PIPELINE="orders", **environment), "event")


def refused(words, **environment):
    with pytest.raises(PipelineError) as caught:
        understood(Asked(words), settings(**environment), "event")
    return [(fault.where, fault.what, fault.hint) for fault in caught.value.faults]


def test_ids_are_enough_and_places_follow_from_the_settings(package):
    asked = request()
    assert asked.file == package / "pipelines" / "orders" / "pipeline.yaml"
    assert asked.input_dir == "s3://in/a/client=acme/batch=2026-02-05/"
    assert asked.output_dir == "s3://out/b/client={client_id}/batch={batch_id}/"
    blank = {
        "run_id",
        "pipeline_version",
        "manifest_path",
        "mode",
        "engine",
        "chunk_rows",
        "max_batch_rows",
        "on_limit",
    }
    assert {name for name in blank if getattr(asked, name) is None} == blank
    assert (asked.inputs, asked.params) == ({}, {})


def test_every_key_of_a_request_arrives():
    words = {
        **ASKED,
        "action": "plan",
        "run_id": "r1",
        "pipeline_version": "7",
        "input_dir": "s3://more/{client_id}/",
        "output_dir": "s3://also/{batch_id}/{run_id}",
        "manifest_path": "s3://out/b/records/{run_id}.json",
        "baseline": "s3://in/a/{client_id}/manifest.json",
        "inputs": {"orders": "x.csv, s3://in/a/y.csv", "other": "../{batch_id}/z.csv"},
        "params": {"step.param": {"deep": [1, None, "x"]}},
        "mode": "stream",
        "engine": "spark",
        "chunk_rows": 5,
        "max_batch_rows": 6,
        "on_limit": "glue",
        "force": True,
    }
    assert set(words) == {field.name for field in FIELDS}
    asked = request(words)
    assert {name: getattr(asked, name) for name in words} == words


def test_null_is_as_good_as_nothing():
    names = [field.name for field in FIELDS if field.name not in ("client_id", "batch_id")]
    asked = request(dict.fromkeys(names), TRAKT_PIPELINE="orders")
    assert asked.sameness == request().sameness


def test_the_pipeline_of_the_request_goes_before_that_of_the_settings():
    assert request({"pipeline": "2.returns"}, TRAKT_PIPELINE="orders").pipeline == "2.returns"
    assert request({"pipeline": None}, TRAKT_PIPELINE="2.returns").pipeline == "2.returns"


OUTSIDE = "lies outside of what was set up"
NO_PLACE = "is no place in S3"


@pytest.mark.parametrize(
    ("words", "place", "told"),
    [
        # code
        ({"pipeline": "../elsewhere/secret"}, "pipeline", "is no name of a pipeline"),
        ({"pipeline": "/etc"}, "pipeline", "is no name of a pipeline"),
        ({"pipeline": ".."}, "pipeline", "is no name of a pipeline"),
        ({"pipeline": "s3://in/a/p"}, "pipeline", "is no name of a pipeline"),
        ({"pipeline": "orders\n"}, "pipeline", "is no name of a pipeline"),
        ({"pipeline": "ordres"}, "pipeline", "no pipeline 'ordres' is in the function's package"),
        ({"pipeline": ["orders"]}, "pipeline", "must be a text"),
        ({"pipeline_file": "p.yaml"}, "pipeline_file", "unknown key"),
        ({"steps": [{"uses": "os.system"}]}, "steps", "unknown key"),
        ({"uses": "os.system"}, "uses", "unknown key"),
        # places
        *(
            ({name: place}, name, told)
            for name in ("input_dir", "output_dir", "manifest_path")
            for place, told in (
                ("/tmp/x", NO_PLACE),
                ("x", NO_PLACE),
                ("~/x", NO_PLACE),
                ("file:///tmp/x", NO_PLACE),
                ("S3://in/a/", NO_PLACE),
                ("https://in/a/", NO_PLACE),
                (" s3://out/b/x", NO_PLACE),
                (" s3://in/a/x", NO_PLACE),
                ("s3://foreign/x", OUTSIDE),
                ("s3://in/ax", OUTSIDE),
                ("s3://out/bx", OUTSIDE),
                ("s3://", OUTSIDE),
                ("s3://in/a/{tenant}/", "stands for nothing"),
                (7, "must be an s3://"),
            )
        ),
        ({"input_dir": "s3://out/b/"}, "input_dir", OUTSIDE),
        ({"input_dir": "s3://in/a/*/"}, "input_dir", "is a pattern"),
        ({"manifest_path": "s3://out/b"}, "manifest_path", OUTSIDE),
        ({"output_dir": "s3://in/a/"}, "output_dir", OUTSIDE),
        ({"manifest_path": "s3://more/manifest.json"}, "manifest_path", OUTSIDE),
        *(
            ({"inputs": {"orders": uri}}, "inputs.orders", told)
            for uri, told in (
                ("s3://foreign/x.csv", OUTSIDE),
                ("s3://out/b/x.csv", OUTSIDE),
                ("good.csv, s3://foreign/x.csv", OUTSIDE),
                ("good.csv,s3://in/a/good.csv,../../../secret.csv", OUTSIDE),
                ("../../../secret.csv", OUTSIDE),
                ("x/../../../../../secret.csv", "leads out of the bucket"),
                ("/etc/passwd", NO_PLACE),
                ("~/x.csv", NO_PLACE),
                ("good.csv,/etc/passwd", NO_PLACE),
                ("s3://in/a/good.csv, /proc/self/environ", NO_PLACE),
                ("file:///etc/passwd", NO_PLACE),
                ("https://in/a/x.csv", NO_PLACE),
                ("{client}.csv", "stands for nothing"),
                (" ../../../secret.csv", OUTSIDE),
                ("s3://in/a", OUTSIDE),
                (" , ", "must be a uri"),
                (" ", "must be a uri"),
                (7, "must be a uri"),
                (None, "must be a uri"),
            )
        ),
        ({"inputs": ["x.csv"]}, "inputs", "must be a mapping of input name to uri"),
        ({"inputs": "x.csv"}, "inputs", "must be a mapping of input name to uri"),
        # ids
        *(
            ({name: given}, name, told)
            for name in ("client_id", "batch_id", "run_id")
            for given, told in (
                ("..", "is no id"),
                ("a/b", "is no id"),
                ("", "is no id"),
                ("-x", "is no id"),
                ("{batch_id}", "is no id"),
                ("a b", "is no id"),
                ("a,b", "is no id"),
                ("ü", "is no id"),
                ("a\n", "is no id"),
                ("a" * 129, "is no id"),
                (5, "must be a text"),
            )
        ),
        # the rest
        *(({"pipeline_version": given}, "pipeline_version", "is blank or begins with '-'") for given in (" ", "--7")),
        ({"mode": "steam"}, "mode", "must be batch or stream, not 'steam'"),
        ({"on_limit": "spark"}, "on_limit", "must be fail or glue"),
        *(
            ({name: given}, name, f"'{name}' must be")
            for name in ("chunk_rows", "max_batch_rows")
            for given in (0, -1, 1.5, "10", True, [1])
        ),
        ({"chunk_rows": 200_001}, "chunk_rows", "must be 200,000 at most, not 200,001"),
        ({"params": ["x"]}, "params", "must be a mapping"),
        ({"params": {"factor": 1}}, "params", "each key must be STEP.PARAM"),
        ({"params": {"step.": 1}}, "params", "each key must be STEP.PARAM"),
        ({"": 1}, "", "unknown key ''"),
    ],
)
def test_a_request_is_refused_by_the_key_that_is_wrong(words, place, told):
    faults = refused({**ASKED, **words})
    assert [where for where, _, _ in faults] == [f"event, {place}"]
    assert told in faults[0][1]


@pytest.mark.parametrize(("name", "least"), [("client_id", "whose data it is"), ("batch_id", "which delivery")])
def test_ids_cannot_be_left_out(name, least):
    for words in ({**ASKED, name: None}, {key: value for key, value in ASKED.items() if key != name}):
        ((where, what, hint),) = refused(words)
        assert (where, what) == (f"event, {name}", "is missing")
        assert least in hint


def test_a_pipeline_has_to_be_named_by_somebody():
    ((where, what, hint),) = refused({"client_id": "acme", "batch_id": "1"})
    assert (where, what, hint) == ("event, pipeline", "names no pipeline", "name one, or set TRAKT_PIPELINE")


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ({"clientid": "x"}, "did you mean 'client_id'?"),
        ({"input-dir": "x"}, "did you mean 'input_dir'?"),
        ({"mode": "steam"}, "did you mean 'stream'?"),
        ({"pipeline": "ordres"}, "did you mean 'orders'?"),
        ({"pipeline": "xyz"}, "there are: 2.returns, orders"),
        ({"output_dir": "s3://else/"}, "name a place below s3://out/b/ or s3://also/"),
        ({"inputs": {"orders": "s3://else/"}}, "name a place below s3://in/a/ or s3://more/"),
        ({"output_dir": "s3://out/b/{clientid}"}, "did you mean 'client_id'?"),
    ],
)
def test_what_is_nearly_right_gets_a_hint(words, hint):
    ((_, _, given),) = refused({**ASKED, **words})
    assert given == hint


def test_every_fault_is_told_at_once():
    words = {"pipeline": "../x", "client_id": "../acme", "run_id": 3, "mode": "steam", "chunk_rows": 0, "colour": "red"}
    told = [where for where, _, _ in refused({**words, "inputs": {"a": 1}, "params": {"b": 2}})]
    wanted = {*(f"event, {name}" for name in words), "event, batch_id", "event, inputs.a", "event, params"}
    assert (set(told), len(told)) == (wanted, len(wanted))


def test_every_place_that_lies_outside_is_told_at_once():
    places = {
        "input_dir": "s3://x/",
        "output_dir": "/x",
        "manifest_path": "s3://y/m.json",
        "inputs": {"a": "s3://z/,/w"},
    }
    told = [where for where, _, _ in refused({**ASKED, **places})]
    assert told == ["event, input_dir", "event, output_dir", "event, manifest_path", *["event, inputs.a"] * 2]


def test_an_event_that_is_nested_without_end_is_refused():
    deep = json.loads('{"x": ' + "[" * 600 + "]" * 600 + "}")
    for words in ({"params": {"a.b": deep}}, {"client_id": deep}):
        ((where, what, _),) = refused({**ASKED, **words})
        assert (where, what) == ("event", "is nested more than 50 levels deep")


@pytest.mark.parametrize(
    "words", [{"client_id": "\ud800"}, {"inputs": {"x": "\udfff.csv"}}, {"params": {"a.b": ["\udc00"]}}]
)
def test_half_a_character_is_refused_because_no_key_and_no_manifest_can_hold_it(words):
    ((where, what, _),) = refused({**ASKED, **words})
    assert (where, what) == ("event", "holds half a character")


def test_placeholders_are_left_for_the_run_and_still_cannot_lead_outside():
    assert request({"output_dir": "s3://out/b/{run_id}/"}).output_dir == "s3://out/b/{run_id}/"
    # what stands for a placeholder counts, not its letters
    assert request({"input_dir": "s3://in/{client_id}/", "client_id": "a"}).input_dir == "s3://in/{client_id}/"
    ((where, what, _),) = refused({**ASKED, "input_dir": "s3://in/{client_id}/", "client_id": "b"})
    assert (where, what) == ("event, input_dir", f"'s3://in/b/' {OUTSIDE}")


def test_a_key_tells_ids_and_the_folder_they_end_in():
    asked = created(KEY)
    assert (asked.client_id, asked.batch_id, asked.pipeline) == ("acme", "2026-02-05", "orders")
    assert asked.input_dir == "s3://in/a/client=acme/batch=2026-02-05/"
    assert asked.output_dir == "s3://out/b/client={client_id}/batch={batch_id}/"


def test_what_stands_between_prefix_and_ids_stays_in_the_input_folder():
    assert (
        created("x/y/client=acme/batch=1/deep/o.csv", bucket="more").input_dir == "s3://more/x/y/client=acme/batch=1/"
    )


def test_a_key_may_name_the_pipeline():
    template = {"TRAKT_KEY_TEMPLATE": "{pipeline}/{client_id}/{batch_id}/"}
    assert created("a/2.returns/acme/1/o.csv", **template).pipeline == "2.returns"
    with pytest.raises(PipelineError, match="no pipeline 'none' is in the function's package"):
        created("a/none/acme/1/o.csv", **template)


def test_ids_are_not_taken_from_the_prefix():
    places = {"TRAKT_INPUT_PREFIXES": "s3://in/zone/daily/", "TRAKT_KEY_TEMPLATE": "{client_id}/{batch_id}/"}
    asked = created("zone/daily/acme/1/o.csv", **places)
    assert (asked.client_id, asked.batch_id, asked.input_dir) == ("acme", "1", "s3://in/zone/daily/acme/1/")


@pytest.mark.parametrize(
    ("template", "key", "output"),
    [
        ("client={client_id}/batch={batch_id}", KEY, "s3://out/b/client={client_id}/batch={batch_id}/"),
        ("{client_id}_{batch_id}.csv", "a/acme_1.csv", "s3://out/b/{client_id}_{batch_id}.csv/"),
        ("{client_id}/{batch_id}", "a/acme/1", "s3://out/b/{client_id}/{batch_id}/"),
    ],
)
def test_two_batches_never_write_to_one_folder(template, key, output):
    assert created(key, TRAKT_KEY_TEMPLATE=template).output_dir == output


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("a/orders.csv", "s3://in/a/orders.csv does not fit the template"),
        ("a/client=../batch=1/o.csv", "'..' is no id"),
        ("a/client=a b/batch=1/o.csv", "'a b' is no id"),
        ("elsewhere/client=acme/batch=1/o.csv", OUTSIDE),
        ("a/[x]/client=acme/batch=1/o.csv", r"holds \[, so it would be taken for a pattern"),
        ("a/\ud800/client=acme/batch=1/o.csv", "holds half a character"),
    ],
)
def test_an_object_that_is_none_of_ours_is_refused(key, told):
    with pytest.raises(PipelineError, match=told.replace(".", r"\.")):
        created(key)


def test_of_a_key_with_two_readings_the_one_that_fits_is_taken():
    raw, decoded = "a/client%3Dacme/batch%3D1/o.csv", "a/client=acme/batch=1/o.csv"
    assert created(raw, decoded).batch_id == "1"
    assert created("a/client=acme/batch=1%2B/o.csv", "a/client=acme/batch=1+/o.csv", TRAKT_KEY_TEMPLATE="client={client_id}/batch={batch_id}%2B/").batch_id == "1"  # fmt: skip


def test_only_the_marker_starts_a_run_where_one_is_set_up():
    assert created(KEY, TRAKT_READY_SUFFIX="_SUCCESS") is None
    assert created("a/rubbish", TRAKT_READY_SUFFIX="_SUCCESS") is None
    asked = created("a/client=acme/batch=1/_SUCCESS", TRAKT_READY_SUFFIX="_SUCCESS")
    assert asked.input_dir == "s3://in/a/client=acme/batch=1/"


def test_objects_of_one_batch_ask_for_the_same_run_and_nothing_else_does():
    assert created(KEY).sameness == created(KEY + ".2").sameness == request().sameness
    others = [{"batch_id": "x"}, {"params": {"a.b": 1}}, {"inputs": {"a": "x"}}, {"run_id": "r"}, {"mode": "batch"}]
    assert len({request(each).sameness for each in [{}, *others]}) == len(others) + 1


words = st.sampled_from([field.name for field in FIELDS]) | st.text(max_size=5)
places = st.sampled_from(["s3://in/a/", "s3://out/b/", "/tmp", "../..", "{run_id}", "{", "~root", "s3://", "a,b", "\0"])
texts = st.one_of(st.text(max_size=8), places, st.lists(places, max_size=4).map("".join), st.just("orders"))
leaves = st.none() | st.booleans() | st.integers() | st.floats() | texts
values = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3))


@given(st.dictionaries(words, values, max_size=8))
def test_whatever_a_request_says_it_is_understood_within_its_bounds_or_refused(given_words):
    made = settings()
    try:
        asked = understood(Asked({**ASKED, **given_words}), made, "event")
    except PipelineError as error:
        outside = [fault.where for fault in error.faults if not fault.where.startswith("event")]
    else:
        assert asked.sameness
        outside = [
            uri
            for uri in (asked.output_dir, asked.manifest_path)
            if uri and not uri.startswith(("s3://out/b/", "s3://also/"))
        ]
    assert outside == []
