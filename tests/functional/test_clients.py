"""One pipeline for many clients: what `clients/CLIENT.yaml` says holds in every runtime, in its record, and in a replay."""

import json
import shutil
from pathlib import Path

import pytest

from tests.fakes.lambda_function import IDS
from trakt import LocalRunner, cli, load_pipeline_from_yaml
from trakt.errors import PipelineError
from trakt.runtime import glue_main

PIPELINE = """\
name: orders
inputs:
  orders:
    uri: orders.csv
    schema: {id: string, gross: float}
    on_bad_rows: quarantine
steps:
  - id: net
    uses: steps.net
    with: {input: orders, tax: 0.2, output: net_orders}
outputs:
  net_orders: {from: net_orders, uri: net_orders.csv}
"""
STEP = """\
from trakt import step_contract


@step_contract(inputs=["input", "tax"], outputs=["output"])
def run(ctx, input, tax):
    return {"output": input.assign(net=input["gross"] * (1 - tax))}
"""
ACME = """\
inputs:
  orders:
    metadata: {delimiter: ";", decimal: ","}
steps:
  net:
    with: {tax: 0.5}
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder with the pipeline `orders`, an overlay of the client acme, and a batch of theirs."""
    folder = tmp_path / "pipelines" / "orders"
    for name, text in {"pipeline.yaml": PIPELINE, "steps/net.py": STEP, "clients/acme.yaml": ACME}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (tmp_path / "orders.csv").write_text("id;gross\n007;10,5\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def manifest():
    return json.loads(Path("outputs/manifest.json").read_text())


def test_a_run_of_the_client_is_what_their_file_says(home, capsys):
    assert cli.main(["run", "--pipeline", "orders", "--client-id", "acme"]) == 0
    assert Path("outputs/net_orders.csv").read_text() == "id,gross,net\n007,10.5,5.25\n"
    overlay = manifest()["pipeline"]["overlay"]
    assert overlay["file"] == "pipelines/orders/clients/acme.yaml"
    assert len(overlay["sha256"]) == 64


def test_a_run_of_another_client_is_what_the_pipeline_says(home, capsys):
    Path("orders.csv").write_text("id,gross\n007,10.5\n")
    assert cli.main(["run", "--pipeline", "orders", "--client-id", "globex"]) == 0
    assert Path("outputs/net_orders.csv").read_text() == "id,gross,net\n007,10.5,8.4\n"
    assert manifest()["pipeline"]["overlay"] is None


def test_a_changed_overlay_is_run_again_and_an_unchanged_one_is_not(home, capsys):
    run = ["run", "--pipeline", "orders", "--client-id", "acme"]
    assert [cli.main(run), json.loads(capsys.readouterr().out)["status"]] == [0, "success"]
    assert [cli.main(run), json.loads(capsys.readouterr().out)["status"]] == [0, "skipped"]
    overlay = Path("pipelines/orders/clients/acme.yaml")
    overlay.write_text(ACME.replace("0.5", "0.25"))
    assert [cli.main(run), json.loads(capsys.readouterr().out)["status"]] == [0, "success"]
    assert Path("outputs/net_orders.csv").read_text() == "id,gross,net\n007,10.5,7.875\n"


def test_a_glue_job_of_the_client_writes_the_same_bytes(home, capsys):
    assert cli.main(["run", "--pipeline", "orders", "--client-id", "acme", "--output-dir", "here"]) == 0
    places = ["--input-dir", ".", "--output-dir", "there", "--client-id", "acme", "--batch-id", "b1"]
    glue_main.main(["--JOB_NAME", "orders", "--pipeline", "orders", *places])
    assert Path("there/net_orders.csv").read_bytes() == Path("here/net_orders.csv").read_bytes()


def test_a_warm_lambda_function_runs_each_client_by_their_own_file(home, function, bucket):
    package = home / "package" / "pipelines" / "orders"
    shutil.copytree(home / "pipelines" / "orders", package, dirs_exist_ok=True)

    def run(client, rows):
        bucket.put(f"incoming/{client}/b1/orders.csv", rows)
        ids = {"client_id": client, "batch_id": "b1"}
        places = {"input_dir": bucket.uri(f"incoming/{client}/b1/"), "output_dir": bucket.uri(f"clean/{client}/b1/")}
        function.invoke({**IDS, **ids, **places})
        return bucket.get(f"clean/{client}/b1/net_orders.csv").decode()

    assert run("acme", "id;gross\n007;10,5\n") == "id,gross,net\n007,10.5,5.25\n"
    assert run("globex", "id,gross\n007,10.5\n") == "id,gross,net\n007,10.5,8.4\n"
    (package / "clients" / "acme.yaml").write_text(ACME.replace("0.5", "0.25"))
    assert run("acme", "id;gross\n007;10,5\n") == "id,gross,net\n007,10.5,7.875\n"


def test_rejected_rows_are_replayed_with_the_file_of_their_client(home, capsys):
    Path("orders.csv").write_text("id;gross\n007;10,5\n008;ten\n")
    assert cli.main(["run", "--pipeline", "orders", "--client-id", "acme"]) == 0
    rejected = Path("outputs/rejected.jsonl")
    rejected.write_text(rejected.read_text().replace("ten", "10,0"))
    assert cli.main(["replay", "outputs/manifest.json", "--output-dir", "replayed"]) == 0
    assert Path("replayed/net_orders.csv").read_text() == "id,gross,net\n008,10,5\n"


def test_in_python_a_pipeline_runs_only_for_the_client_it_was_loaded_for(home):
    with pytest.raises(PipelineError) as refused:
        LocalRunner().run(load_pipeline_from_yaml("pipelines/orders/pipeline.yaml"), client_id="acme")
    assert str(refused.value) == (
        "pipelines/orders/pipeline.yaml: the pipeline was loaded without pipelines/orders/clients/acme.yaml, and this "
        "run is of client 'acme'\n  -> load_pipeline_from_yaml(..., client_id='acme')"
    )
    pipeline = load_pipeline_from_yaml("pipelines/orders/pipeline.yaml", client_id="acme")
    assert LocalRunner().run(pipeline, client_id="acme")["status"] == "success"


def test_validate_checks_the_pipeline_alone_and_with_each_client(home, capsys):
    assert cli.main(["validate", "--pipeline", "orders"]) == 0
    said = capsys.readouterr()
    assert "ok: orders: 1 input, 1 step, 1 output; clients: acme" in said.err
    assert json.loads(said.out)["clients"] == ["acme"]
    clients = Path("pipelines/orders/clients")
    (clients / "globex.yaml").write_text("inputs: {ordres: a.csv}\n")
    (clients / "initech.yaml").write_text("steps: {net: {with: {taxx: 1}}}\n")
    assert cli.main(["validate", "--pipeline", "orders"]) == 2
    said = capsys.readouterr().err
    assert said.count("globex.yaml:1:10: the pipeline has no input 'ordres', and an overlay adds none") == 1
    assert "     1 | inputs: {ordres: a.csv}\n       |          ^\n  -> did you mean 'orders'?" in said
    assert "initech.yaml:1:22:" in said
    assert cli.main(["validate", "--pipeline", "orders", "--client-id", "acme"]) == 0


def test_validate_says_when_a_client_has_no_overlay(home, capsys):
    assert cli.main(["validate", "--pipeline", "orders", "--client-id", "acmee"]) == 0
    said = capsys.readouterr().err
    assert said.endswith("; clients: acmee, who has no overlay (did you mean 'acme'?)\n")


def test_a_fault_of_the_pipeline_is_told_once_however_many_clients_it_has(home, capsys):
    file = Path("pipelines/orders/pipeline.yaml")
    file.write_text(PIPELINE.replace("uses: steps.net", "uses: steps.nett"))
    for client in ("globex", "initech"):
        Path(f"pipelines/orders/clients/{client}.yaml").write_text("")
    assert cli.main(["validate", "--pipeline", "orders"]) == 2
    assert capsys.readouterr().err.count("there is no step 'steps.nett'") == 1


def test_the_plan_and_the_graph_are_those_of_the_client(home, capsys):
    Path("pipelines/orders/clients/acme.yaml").write_text("outputs: {net_orders: {uri: '{client_id}.csv'}}\n")
    assert cli.main(["plan", "--pipeline", "orders", "--client-id", "acme"]) == 0
    assert json.loads(capsys.readouterr().out)["outputs"]["net_orders"]["uri"] == "outputs/acme.csv"
    assert cli.main(["graph", "--pipeline", "orders", "--client-id", "acme", "--format", "json"]) == 0
