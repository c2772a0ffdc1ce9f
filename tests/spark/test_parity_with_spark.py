"""`trakt parity` with Spark among the runtimes."""

import json

from trakt import cli

PIPELINE = """\
name: orders
inputs:
  orders: {uri: orders.csv, on_bad_rows: quarantine, schema: {gross: float}}
steps:
  - id: net
    uses: %s
    with: {input: orders, output: net_orders}
outputs:
  net_orders: net_orders
"""
STEP = """\
from trakt import step_contract


@step_contract(inputs=["input"], outputs=["output"], supports_partitions=True)
def run(ctx, input):
    return {"output": input.assign(net=input["gross"] / 1.2)}
"""
ORDERS = "order_id,zip,gross\n0001,02116,100\n0002,10115,62.5\n0004,80331,5,9\n0005,01002,x\n"
PARITY = ["parity", "--pipeline-file", "pipeline.yaml", "--mode", "batch", "--runtime", "local", "--runtime", "spark"]


def test_spark_gives_the_bytes_of_the_local_engine_rejected_rows_too(tmp_path, monkeypatch, capsys):
    files = {"pipeline.yaml": PIPELINE % "steps.net", "steps/net.py": STEP, "in/orders.csv": ORDERS}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    assert cli.main([*PARITY, "--input-dir", "in"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(run["runtime"], run["status"]) for run in told["runs"]] == [("local", "equal"), ("spark", "equal")]
    here, there = (run["outputs"] for run in told["runs"])
    assert here == there
    assert here["(rejected)"]["rows"] == 2
    assert not (tmp_path / "outputs").exists()


def test_what_spark_cannot_work_on_in_parts_is_not_run_and_no_failure_of_parity(tmp_path, monkeypatch, capsys):
    (tmp_path / "pipeline.yaml").write_text(
        "name: orders\ninputs: {orders: orders.csv}\nsteps:\n  - id: once\n    uses: steps.once\n"
        "    with: {input: orders, output: once}\noutputs: {once: once}\n"
    )
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps/once.py").write_text("def run(ctx, input):\n    return {'output': input.drop_duplicates()}\n")
    (tmp_path / "orders.csv").write_text("id\n1\n1\n")
    monkeypatch.chdir(tmp_path)
    cli.main([*PARITY, "--runtime", "glue"])
    said = capsys.readouterr()
    assert [run["status"] for run in json.loads(said.out)["runs"]] == ["equal", "not_run", "equal"]
    assert "not run: step 'once' does not say that it may be called for parts of the rows" in said.err


def test_rows_that_are_sorted_have_the_same_order_everywhere(tmp_path, monkeypatch, capsys):
    (tmp_path / "in/orders").mkdir(parents=True)
    for part in range(3):
        rows = "".join(f"{row},{row % 7},{'ab'[row % 2]}\n" for row in range(part * 50, part * 50 + 50))
        (tmp_path / f"in/orders/{part}.csv").write_text(f"id,n,word\n{rows}")
    (tmp_path / "pipeline.yaml").write_text(
        "name: orders\ninputs: {orders: orders}\noutputs:\n  datasets:\n"
        "    - {name: o, from: orders, sort_by: [word, {column: n, descending: true}]}\n"
    )
    monkeypatch.chdir(tmp_path)
    both = [each for each in PARITY if each not in ("--mode", "batch")]
    assert cli.main([*both, "--chunk-rows", "9", "--input-dir", "in"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {run["runtime"] for run in told["runs"]} == {"local", "spark"}
    assert {run["status"] for run in told["runs"]} == {"equal"}
    assert {run["outputs"]["o"]["rows"] for run in told["runs"]} == {150}
