"""An event may ask for a packaged pipeline and places that were set up: here it tries for more."""

from __future__ import annotations

import pytest

from tests.fakes.lambda_function import FOLDER, IDS, PASS, ROWS
from trakt.errors import InputError, PipelineError

FILTERED = {
    "inputs": {"orders": "*.csv"},
    "steps": [
        {
            "id": "it",
            "uses": "trakt.steps.filter",
            "with": {"input": "orders", "where": {"const": "gross > 0"}, "output": "out"},
        }
    ],
    "outputs": {"clean": "out"},
}


@pytest.mark.parametrize(
    "where",
    [
        "gross.__init__.__globals__.get('sys').modules.get('os').system('touch PATH') == 1",
        "gross.to_csv('PATH') == 1",
        "order_id != '''x'y ` ''' + order_id.to_csv('PATH') + ''' ` '''",
    ],
)
def test_a_param_of_an_event_runs_no_code(function, bucket, tmp_path, mode, where):
    function.pipeline(**FILTERED)
    event = {**IDS, "mode": mode, "params": {"it.where": where.replace("PATH", str(tmp_path / "touched"))}}
    if "`" in where:
        # a text of a strange shape is a text
        assert function.invoke(event)["outputs"]["clean"]["rows"] == ROWS.count("\n") - 1
    else:
        error = function.refused(event)
        assert isinstance(error, PipelineError)
        assert "is not for an expression" in str(error)
    assert not (tmp_path / "touched").exists()


SECRET = "order_id,gross\n666,666\n"


@pytest.fixture
def begun(monkeypatch):
    """Which objects were really opened."""
    from trakt.storage import s3

    opened, real = [], s3.open_read
    monkeypatch.setattr(s3, "open_read", lambda file, waiting: opened.append(file.uri) or real(file, waiting))
    return opened


def created(bucket, key):
    return {
        "detail-type": "Object Created",
        "source": "aws.s3",
        "detail": {"bucket": {"name": bucket.name}, "object": {"key": f"incoming/{key}", "sequencer": "1"}},
    }


@pytest.mark.parametrize(
    "uri",
    [
        " s3://BUCKET/incoming/../../../../../../secret/x.csv",
        "s3://BUCKET/incoming/a.csv, s3://BUCKET/secret/x.csv",
        "../../../secret/x.csv",
        " ../../../secret/x.csv ",
        "s3://BUCKET/incoming",
        "s3://BUCKET/secret/*.csv",
        "s3://BUCKET/*/x.csv",
        ",",
        " , ",
    ],
)
def test_an_input_of_an_event_stays_below_its_prefix_however_it_is_spelled(function, bucket, begun, uri):
    for key in ("secret/x.csv", "incoming"):
        bucket.put(key, SECRET)
    error = function.refused({**IDS, "inputs": {"orders": uri.replace("BUCKET", bucket.name)}})
    assert isinstance(error, PipelineError | InputError)
    assert begun == []


@pytest.mark.parametrize("name", ["manifest_path", "output_dir"])
def test_what_is_written_stays_below_its_prefix(function, bucket, name):
    before = set(bucket.all_keys())
    place = bucket.uri("clean") if name == "manifest_path" else bucket.uri("cleaner/")
    assert isinstance(function.refused({**IDS, name: place}), PipelineError)
    assert set(bucket.all_keys()) == before


def test_a_pipeline_cannot_climb_out_of_a_shallow_folder_that_an_event_chose(function, bucket, begun):
    bucket.put("ref/x.csv", SECRET)
    function.pipeline(inputs={"orders": "../ref/x.csv"}, outputs=PASS["outputs"])
    error = function.refused({**IDS, "input_dir": bucket.uri("incoming/")})
    assert f"input 'orders': '{bucket.uri('ref/x.csv')}' lies outside of what was set up" in str(error)
    assert begun == []
    up = {"datasets": [{"name": "clean", "from": "orders", "uri": "../clean.csv"}]}
    function.pipeline("up", inputs=PASS["inputs"], outputs=up)
    error = function.refused({**IDS, "pipeline": "up", "output_dir": bucket.uri("clean/")})
    assert f"output 'clean': '{bucket.uri('clean.csv')}' lies outside of what was set up" in str(error)
    assert "clean.csv" not in bucket.all_keys()


def test_a_place_that_the_pipeline_names_in_full_is_its_authors_choice(function, bucket):
    bucket.put("ref/x.csv", ROWS)
    elsewhere = {"datasets": [{"name": "clean", "from": "orders", "uri": bucket.uri("reports/clean.csv")}]}
    function.pipeline(inputs={"orders": bucket.uri("ref/x.csv")}, outputs=elsewhere)
    assert function.invoke(IDS)["status"] == "success"
    assert bucket.get("reports/clean.csv").decode() == ROWS


@pytest.mark.parametrize("folder", ["[a]/", "*/", "a?/", "{run_id}/", "{x}/", "a}b/"])
def test_a_key_that_reads_like_a_pattern_is_refused_and_not_widened(function, bucket, begun, folder):
    bucket.put(f"incoming/{folder}{FOLDER}x.csv", ROWS)
    bucket.put(f"incoming/a/{FOLDER}x.csv", SECRET)
    error = function.refused(created(bucket, f"{folder}{FOLDER}x.csv"))
    assert "would be taken for a pattern or a placeholder" in str(error)
    assert begun == []


def test_an_input_folder_of_an_event_is_no_pattern(function, bucket, begun):
    error = function.refused({**IDS, "input_dir": bucket.uri("incoming/*/")})
    assert "is a pattern" in str(error)
    assert begun == []


@pytest.mark.parametrize(
    ("template", "uri", "key", "lacks"),
    [
        ("{client_id}/{batch_id}.csv", "*.csv", "acme/1.csv", "{batch_id}"),
        ("{client_id}-{batch_id}.csv", "{batch_id}*.csv", "acme-1.csv", "{client_id}"),
        ("{client_id}-{batch_id}.csv", "./", "acme-1.csv", "{client_id}, {batch_id}"),
    ],
)
def test_where_batches_share_a_folder_an_input_has_to_name_its_own(
    function, bucket, monkeypatch, template, uri, key, lacks
):
    monkeypatch.setenv("TRAKT_KEY_TEMPLATE", template)
    for each in (key, key.replace("1", "2")):
        bucket.put(f"incoming/{each}", ROWS)
    function.pipeline(inputs={"orders": uri}, outputs=PASS["outputs"])
    error = function.refused(created(bucket, key))
    assert "input 'orders' would read every batch" in str(error)
    assert error.hint == f"name {lacks} in its uri"
    function.pipeline("apart", inputs={"orders": template.rpartition("/")[2]}, outputs=PASS["outputs"])
    monkeypatch.setenv("TRAKT_PIPELINE", "apart")
    (run,) = function.invoke(created(bucket, key))["runs"]
    assert run["outputs"]["clean"]["rows"] == 3


@pytest.mark.parametrize("name", ["client_id", "batch_id", "pipeline"])
def test_an_id_that_reads_like_a_placeholder_is_refused_and_stands_for_nothing(function, bucket, begun, name):
    event = {"pipeline": "orders", **IDS, "inputs": {"orders": "*.csv"}, name: "{nobody}"}
    error = function.refused(event)
    assert isinstance(error, PipelineError)
    assert name in str(error)
    assert "bug" not in str(error)
    assert begun == []


def test_a_message_of_sqs_without_an_id_is_refused(function, begun):
    error = function.refused({"Records": [{"eventSource": "aws:sqs", "body": "{}"}]})
    assert "messageId" in str(error)
    assert begun == []
