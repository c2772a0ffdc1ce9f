"""`trakt lineage`: events that say what the manifest says, by the names and rules of OpenLineage, and reach a receiver."""

from __future__ import annotations

import inspect
import json
import os
import signal
import socket
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import attr
import jsonschema
import pytest
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.fakes.lineage_receiver import LineageReceiver
from trakt.cli import main
from trakt.errors import InputError, MissingExtra
from trakt.lineage import Parent, as_json_line, run_events

SECRET = "Rosenthal"
ORDERS = f"id,name,amount\n1,{SECRET},5\n2,,7\n3,Miller,1\n"
PARENT = "airflow/night.load/6f6c1d9e-5b0e-4d3c-9f10-0d5b0e4d3c9f"
PUBLISHED = Path(__file__).parents[1] / "assets" / "openlineage" / "spec"
"""The schemas of OpenLineage that our events name, one folder per version, as they are published."""

FACET = {
    "type": "object",
    "required": ["_producer", "_schemaURL"],
    "properties": {
        "_producer": {"type": "string", "format": "uri"},
        "_schemaURL": {"pattern": r"^https://openlineage\.io/spec/facets/\d-\d-\d/(\w+)\.json#/\$defs/\1$"},
    },
}
FACETS = {"type": "object", "minProperties": 1, "additionalProperties": FACET}
NAMED = {"type": "string", "minLength": 1}
DATASET = {
    "type": "object",
    "required": ["namespace", "name"],
    "additionalProperties": False,
    "properties": {
        "namespace": {"pattern": r"^(file|s3://[^/]+)$"},
        "name": NAMED,
        "facets": FACETS,
        "inputFacets": {"type": "object", "additionalProperties": FACET},
        "outputFacets": {"type": "object", "additionalProperties": FACET},
    },
}
# what the specification demands of a run event, and what is ours to promise on top
EVENT = {
    "type": "object",
    "required": ["eventTime", "eventType", "producer", "schemaURL", "run", "job", "inputs", "outputs"],
    "additionalProperties": False,
    "properties": {
        "eventTime": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00$"},
        "eventType": {"enum": ["START", "COMPLETE", "ABORT", "FAIL"]},
        "producer": {"type": "string", "pattern": "^pkg:pypi/trakt-etl@"},
        "schemaURL": {"const": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"},
        "run": {
            "required": ["runId", "facets"],
            "additionalProperties": False,
            "properties": {"runId": {"type": "string"}, "facets": FACETS},
        },
        "job": {
            "required": ["namespace", "name", "facets"],
            "additionalProperties": False,
            "properties": {"namespace": NAMED, "name": NAMED, "facets": FACETS},
        },
        "inputs": {"type": "array", "items": DATASET},
        "outputs": {"type": "array", "items": DATASET},
    },
}


@pytest.fixture(autouse=True)
def _nothing_configured(monkeypatch, tmp_path):
    for name in [name for name in os.environ if name.startswith("OPENLINEAGE")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    before = dict(os.environ)
    yield
    # the client writes variables of its own
    for name in set(os.environ) - set(before):
        if name.startswith("OPENLINEAGE"):
            del os.environ[name]


@pytest.fixture
def ran(project, monkeypatch):
    """A run with rejected rows, in the folder where it was started; its manifest is out/manifest.json."""
    monkeypatch.chdir(project.folder)
    project.write("orders.csv", ORDERS)
    project.write("codes/a.csv", "code\n1\n")
    project.write("codes/b.csv", "code\n2\n3\n")
    project.pipeline(
        inputs={"orders": "orders.csv", "codes": "codes/"},
        steps=[
            {
                "id": "gate",
                "uses": "trakt.steps.quality_gate",
                "with": {
                    "input": "orders",
                    "policy": {"const": {"mode": "quarantine", "not_null": ["name"]}},
                    "output": "checked",
                },
            }
        ],
        outputs={"checked": "checked", "codes": "codes"},
    )
    project.good(input_dir="in", output_dir="out", out="out", client_id="acme", batch_id="2026-02-05", run_id="r1")
    return project


@pytest.fixture
def lineage(capsys):
    """`trakt lineage` with these words: what it printed, the events of its lines if it printed them."""

    def call(*words, code=0):
        assert main(["lineage", *words]) == code
        captured = capsys.readouterr()
        return captured.out, captured.err

    return call


def events_in(text):
    events = [json.loads(line) for line in text.splitlines()]
    for event in events:
        hold_to_the_rules(event)
    return events


def facets_of(event):
    yield from event["run"]["facets"].items()
    yield from event["job"]["facets"].items()
    for dataset in event["inputs"] + event["outputs"]:
        for room in ("facets", "inputFacets", "outputFacets"):
            yield from dataset.get(room, {}).items()


def hold_to_the_rules(event):
    jsonschema.validate(event, EVENT)
    assert UUID(event["run"]["runId"])
    for _, facet in facets_of(event):
        made_again(facet)


def made_again(facet):
    """OpenLineage generates its classes from its schemas: they refuse what the schema has not, or demands."""
    from openlineage.client import facet_v2

    kind = facet["_schemaURL"].rpartition("/")[2]
    known = {
        name: each
        for module in vars(facet_v2).values()
        if inspect.ismodule(module)
        for name, each in vars(module).items()
        if attr.has(each)
    }
    assert known[kind]._get_schema() == facet["_schemaURL"]
    known[kind](**{key: value for key, value in facet.items() if not key.startswith("_")})


def test_a_run_is_told_by_its_start_and_its_end(ran, lineage):
    start, end = events_in(lineage("out/manifest.json")[0])
    manifest = ran.manifests[0]
    assert (start["eventType"], end["eventType"]) == ("START", "COMPLETE")
    assert (start["eventTime"], end["eventTime"]) == (manifest["started_at"], manifest["finished_at"])
    assert start["run"]["runId"] == end["run"]["runId"]
    assert (end["job"]["namespace"], end["job"]["name"]) == ("default", "tested")
    assert "errorMessage" not in end["run"]["facets"]


def test_files_are_datasets_by_their_absolute_path_and_say_what_was_counted(ran, lineage):
    start, end = events_in(lineage("out/manifest.json")[0])
    folder = str(ran.folder.resolve())
    names = ["in/orders.csv", "in/codes/a.csv", "in/codes/b.csv"]
    assert [each["name"] for each in end["inputs"]] == [f"{folder}/{name}" for name in names]
    assert {each["namespace"] for each in end["inputs"] + end["outputs"]} == {"file"}
    orders, first, second = end["inputs"]
    fields = [(field["name"], field["type"]) for field in orders["facets"]["schema"]["fields"]]
    assert fields == [("id", "int"), ("name", "string"), ("amount", "int")]
    assert orders["inputFacets"]["inputStatistics"]["rowCount"] == 3
    assert orders["inputFacets"]["inputStatistics"]["size"] == len(ORDERS)
    assert orders["inputFacets"]["dataQualityMetrics"]["columnMetrics"]["name"]["nullCount"] == 1
    assert orders["facets"]["version"]["datasetVersion"] == ran.manifests[0]["inputs"]["orders"]["files"][0]["sha256"]
    # missing values are counted per input: of two files nobody knows which has them
    for each, rows in ((first, 1), (second, 2)):
        assert each["inputFacets"]["inputStatistics"]["rowCount"] == rows
        assert "dataQualityMetrics" not in each["inputFacets"]
    written = {Path(each["name"]).name: each["outputFacets"]["outputStatistics"] for each in end["outputs"]}
    assert {name: facet["rowCount"] for name, facet in written.items()} == {
        "checked.csv": 2,
        "codes.csv": 3,
        "rejected.jsonl": 1,
    }
    assert written["codes.csv"]["size"] == (ran.folder / "out" / "codes.csv").stat().st_size
    assert all("outputFacets" not in each or not each["outputFacets"] for each in start["outputs"])
    assert [each["name"] for each in start["inputs"]] == [each["name"] for each in end["inputs"]]


def test_no_value_of_a_row_is_told(ran, project, lineage):
    out, _ = lineage("out/manifest.json")
    assert SECRET not in out
    assert "Miller" not in out


def test_the_same_run_told_twice_is_one_run_and_another_one_is_another(ran, lineage):
    first, again = (events_in(lineage("out/manifest.json")[0]) for _ in range(2))
    assert first == again
    ran.good(input_dir="in", output_dir="out", out="out", run_id="r1", force=True)
    assert events_in(lineage("out/manifest.json")[0])[0]["run"]["runId"] != first[0]["run"]["runId"]


def test_a_run_that_was_skipped_is_told_as_the_one_that_did_its_work(ran, lineage):
    before = lineage("out/manifest.json")[0]
    done = ran.run(input_dir="in", output_dir="out", out="out", client_id="acme", batch_id="2026-02-05")
    assert done.result["status"] == "skipped"
    assert lineage("out/manifest.json")[0] == before


def test_a_failed_run_says_where_it_failed_and_quotes_nothing(project, monkeypatch, lineage):
    monkeypatch.chdir(project.folder)
    project.write("orders.csv", ORDERS)
    project.step(
        "fail",
        f"""
        @step_contract(inputs=["records"], outputs=["output"])
        def run(ctx, records):
            raise ValueError("{SECRET} is wrong")
    """,
    )
    project.pipeline(
        inputs={"orders": "orders.csv"},
        steps=[{"id": "look", "uses": "steps.fail", "with": {"records": "orders", "output": "o"}}],
        outputs={"o": "o"},
    )
    project.run(input_dir="in", output_dir="out", out="out", run_id="r2")
    assert SECRET in json.dumps(project.manifests[0])
    out, _ = lineage("out/manifest.json")
    _, end = events_in(out)
    assert end["eventType"] == "FAIL"
    assert SECRET not in out
    message = end["run"]["facets"]["errorMessage"]["message"]
    assert message == "ValueError in step 'look'; the manifest of run r2 says what was wrong"
    assert [Path(each["name"]).name for each in end["outputs"]] == ["o.csv"]
    assert not end["outputs"][0].get("outputFacets")


def test_a_run_that_was_stopped_is_aborted(ran, lineage):
    manifest = dict(ran.manifests[0])
    told = {"message": "", "step_id": None, "chunk": None, "hint": None, "faults": []}
    endings = {"FAIL": ("failed", "InputError"), "ABORT": ("timed_out", "DeadlineError")}
    for ending, (status, kind) in endings.items():
        failed = {**manifest, "status": status, "error": {"type": kind, **told}}
        assert run_events(failed)[1].eventType.value == ending


def test_a_run_that_got_sigterm_or_ctrl_c_is_aborted(project, monkeypatch, lineage):
    monkeypatch.chdir(project.folder)
    project.write("orders.csv", ORDERS)
    project.step(
        "wait",
        """
        import time
        @step_contract(inputs=["records"], outputs=["output"])
        def run(ctx, records):
            open("here", "w").close()
            time.sleep(60)
    """,
    )
    project.pipeline(
        inputs={"orders": "orders.csv"},
        steps=[{"id": "wait", "uses": "steps.wait", "with": {"records": "orders", "output": "o"}}],
        outputs={"o": "o"},
    )
    for stop in (signal.SIGTERM, signal.SIGINT):
        places = ("--pipeline-file", "pipeline.yaml", "--input-dir", "in", "--output-dir", "out")
        process = project.spawn("run", *places)
        limit = time.monotonic() + 30
        while not Path("here").exists() and time.monotonic() < limit:
            time.sleep(0.02)
        process.send_signal(stop)
        process.communicate(timeout=30)
        Path("here").unlink()
        assert events_in(lineage("out/manifest.json")[0])[1]["eventType"] == "ABORT"


def test_in_s3_the_bucket_is_the_namespace_and_the_key_is_the_name(project, bucket, lineage):
    bucket.put("in/orders.csv", ORDERS)
    project.pipeline(inputs={"orders": "orders.csv"}, outputs={"orders": "orders"})
    out = bucket.uri("out/")
    project.good(input_dir=bucket.uri("in/"), output_dir=out)
    _, end = events_in(lineage(f"{out}manifest.json")[0])
    space = f"s3://{bucket.name}"
    assert [(each["namespace"], each["name"]) for each in end["inputs"]] == [(space, "in/orders.csv")]
    assert [(each["namespace"], each["name"]) for each in end["outputs"]] == [(space, "out/orders.csv")]
    assert end["inputs"][0]["facets"]["dataSource"]["uri"] == space


def test_the_names_are_those_of_openlineages_own_rules():
    naming = pytest.importorskip("openlineage.client.naming.dataset", reason="older clients have no rules")
    from trakt.lineage.datasets import name_of

    theirs = [naming.S3("acme", "in/2026/a b.csv"), naming.LocalFileSystem("/data/a.csv")]
    ours = [name_of("s3://acme/in/2026/a b.csv"), name_of("/data/a.csv")]
    assert ours == [(each.get_namespace(), each.get_name()) for each in theirs]


def test_who_started_the_run_and_the_namespace_come_from_the_variables_of_openlineage(ran, lineage, monkeypatch):
    monkeypatch.setenv("OPENLINEAGE_PARENT_ID", PARENT)
    monkeypatch.setenv("OPENLINEAGE_NAMESPACE", "acme-night")
    _, end = events_in(lineage("out/manifest.json")[0])
    assert end["job"]["namespace"] == "acme-night"
    parent = end["run"]["facets"]["parent"]
    assert (parent["job"]["namespace"], parent["job"]["name"]) == ("airflow", "night.load")
    assert parent["run"]["runId"] == PARENT.rpartition("/")[2]
    _, end = events_in(lineage("out/manifest.json", "--namespace", "mine")[0])
    assert end["job"]["namespace"] == "mine"


@pytest.mark.parametrize("wrong", ["night", "airflow/night", "airflow/night/7", "/night/" + PARENT.rpartition("/")[2]])
def test_a_parent_that_names_no_run_is_refused(ran, lineage, monkeypatch, wrong):
    monkeypatch.setenv("OPENLINEAGE_PARENT_ID", wrong)
    _, err = lineage("out/manifest.json", code=2)
    assert err == (
        f"OPENLINEAGE_PARENT_ID: '{wrong}' names no run\n  -> write NAMESPACE/JOB/RUN, where RUN is a UUID, or unset it\n"
    )


def test_events_of_several_runs_go_to_one_file(ran, lineage):
    ran.good(input_dir="in", output_dir="two", out="two")
    out, err = lineage("out/manifest.json", "two/manifest.json", "--output", "events.jsonl")
    assert [each["eventType"] for each in events_in(Path("events.jsonl").read_text())] == ["START", "COMPLETE"] * 2
    result = json.loads(out)
    assert [each["manifest_path"] for each in result["runs"]] == ["out/manifest.json", "two/manifest.json"]
    assert (result["output"], result["sent_to"]) == ("events.jsonl", None)
    assert err == "4 events written to events.jsonl\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "there is no manifest\n  -> name the manifest.json of a run"),
        ("{", "this is no manifest: it is no JSON"),
        ('{"manifest_version": 1}', "this is no whole manifest: KeyError('pipeline')"),
        ('{"manifest_version": 1, "started_at": "noon"}', "this is no whole manifest: "),
    ],
)
def test_what_is_no_manifest_is_named(tmp_path, monkeypatch, lineage, content, said):
    monkeypatch.chdir(tmp_path)
    if content is not None:
        Path("record").write_text(content)
    out, err = lineage("record", code=1)
    assert err.startswith(f"record: {said}")
    assert "Traceback" not in err
    assert json.loads(out)["status"] == "failed"


def test_in_another_folder_relative_paths_are_warned_of(ran, lineage, monkeypatch):
    monkeypatch.chdir(ran.folder.parent)
    _, err = lineage(f"{ran.folder.name}/out/manifest.json")
    assert "warning: " in err
    assert "there is no in/orders.csv here; if the run was started in another folder" in err


def test_events_are_sent_to_the_url_of_the_environment(ran, lineage, monkeypatch):
    with LineageReceiver() as receiver:
        monkeypatch.setenv("OPENLINEAGE_URL", receiver.url)
        monkeypatch.setenv("OPENLINEAGE_API_KEY", "k1")
        out, err = lineage("out/manifest.json", "--send")
    for event in receiver.events:
        jsonschema.validate(event, EVENT)
    assert [event["eventType"] for event in receiver.events] == ["START", "COMPLETE"]
    assert receiver.paths == ["/api/v1/lineage"] * 2
    assert receiver.keys == ["Bearer k1"] * 2
    assert err == f"2 events sent to {receiver.url}/api/v1/lineage\n"
    assert json.loads(out)["sent_to"] == f"{receiver.url}/api/v1/lineage"
    assert json.loads(out)["runs"][0]["openlineage_run_id"] == receiver.events[0]["run"]["runId"]


def test_openlineages_own_configuration_file_is_followed(ran, lineage):
    Path("openlineage.yml").write_text("transport: {type: file, log_file_path: sent.jsonl, append: true}\n")
    _, err = lineage("out/manifest.json", "--send")
    assert len(events_in(Path("sent.jsonl").read_text())) == 2
    assert err == "2 events sent to the transport 'file'\n"


def test_disabled_is_disabled_and_said(ran, lineage, monkeypatch):
    monkeypatch.setenv("OPENLINEAGE_DISABLED", "true")
    monkeypatch.setenv("OPENLINEAGE_URL", "http://127.0.0.1:9")
    out, err = lineage("out/manifest.json", "--send")
    assert err == "warning: nothing was sent: OPENLINEAGE_DISABLED is set\n"
    assert json.loads(out)["sent_to"] is None


def test_without_any_configuration_nothing_is_sent_and_it_says_what_to_set(ran, lineage):
    _, err = lineage("out/manifest.json", "--send", code=1)
    file = "openlineage.yml (https://openlineage.io/docs/client/python)"
    hint = f"set OPENLINEAGE_URL to http://HOST:PORT, or write {file}"
    assert err == f"--send: nothing says where to send events to\n  -> {hint}\n"


def test_a_configuration_file_that_cannot_be_read_is_named(ran, lineage):
    Path("openlineage.yml").write_text("transport: {")
    _, err = lineage("out/manifest.json", "--send", code=1)
    assert "nothing says where to send events to; Couldn't read content of the OpenLineage config file" in err
    assert "openlineage.yml" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("url", ["localhost", "http//x", "ftp://127.0.0.1:9"])
def test_an_address_that_is_none_is_told_without_a_traceback(ran, lineage, monkeypatch, url):
    monkeypatch.setenv("OPENLINEAGE_URL", url)
    _, err = lineage("out/manifest.json", "--send", code=1)
    assert "->" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "the receiver answered 401 Unauthorized\n  -> check OPENLINEAGE_API_KEY"),
        (404, "the receiver answered 404 Not Found\n  -> check OPENLINEAGE_URL, and OPENLINEAGE_ENDPOINT"),
        (422, "the receiver answered 422"),
        (500, "again later; events that arrive twice count once"),
    ],
)
def test_a_receiver_that_refuses_is_told(ran, lineage, monkeypatch, status, said):
    with LineageReceiver(status) as receiver:
        host = urlsplit(receiver.url).netloc
        config = {"type": "http", "url": f"http://me:hidden@{host}", "retry": {"total": 0}}
        Path("openlineage.yml").write_text(json.dumps({"transport": config}))
        out, err = lineage("out/manifest.json", "--send", code=1)
    assert err.startswith(f"http://{host}/api/v1/lineage: events could not be sent: ")
    assert said in err
    assert "hidden" not in err + out
    assert receiver.events == []


def test_a_receiver_that_does_not_listen_is_told(ran, lineage, monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        config = {"type": "http", "url": url, "retry": {"total": 0}}
        Path("openlineage.yml").write_text(json.dumps({"transport": config}))
        _, err = lineage("out/manifest.json", "--send", code=1)
    assert err == (
        f"{url}/api/v1/lineage: events could not be sent: the receiver cannot be reached\n"
        "  -> check OPENLINEAGE_URL, and that it listens there\n"
    )


def test_without_the_extra_its_name_is_told(ran, lineage, monkeypatch):
    for name in [name for name in sys.modules if name.startswith(("openlineage", "trakt.lineage."))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "openlineage", None)
    with pytest.raises(MissingExtra, match="OpenLineage needs packages that are not installed"):
        run_events(ran.manifests[0])
    _, err = lineage("out/manifest.json", code=1)
    assert 'pip install "trakt-etl[lineage]"' in err


def test_from_python_a_manifest_gives_events(ran):
    events = run_events(ran.manifests[0], namespace="n", parent=Parent("a", "b", PARENT.rpartition("/")[2]))
    assert [event.eventType.value for event in events] == ["START", "COMPLETE"]
    with pytest.raises(InputError, match="no whole manifest"):
        run_events({"status": "success"})


def test_events_obey_the_published_schemas(ran, lineage, monkeypatch):
    monkeypatch.setenv("OPENLINEAGE_PARENT_ID", PARENT)

    def published(uri):
        file = PUBLISHED / urlsplit(uri).path.removeprefix("/spec/")
        assert file.is_file(), f"OpenLineage's client names {uri}: add it, as the README beside {PUBLISHED} says"
        return Resource.from_contents(json.loads(file.read_bytes()), DRAFT202012)

    registry = Registry(retrieve=published)
    told = {"type": "InputError", "message": "", "step_id": "gate", "chunk": 1, "hint": None, "faults": []}
    failed = {**ran.manifests[0], "status": "failed", "error": told}
    lines = [lineage("out/manifest.json")[0], *map(as_json_line, run_events(failed))]
    events = events_in("\n".join(line.strip() for line in lines))
    assert [event["eventType"] for event in events] == ["START", "COMPLETE", "START", "FAIL"]
    for event in events:
        for url in {event["schemaURL"], *(facet["_schemaURL"] for _, facet in facets_of(event))}:
            bodies = (
                [event]
                if url == event["schemaURL"]
                else [each for _, each in facets_of(event) if each["_schemaURL"] == url]
            )
            validator = jsonschema.Draft202012Validator(
                {"$ref": url}, registry=registry, format_checker=jsonschema.FormatChecker()
            )
            for body in bodies:
                validator.validate(body)
