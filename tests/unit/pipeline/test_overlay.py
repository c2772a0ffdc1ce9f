"""What a client's file does to the pipeline it lies over, key by key; and where faults of both are said to stand."""

import dataclasses

import pytest

from trakt.pipeline.model import Const, Output, Ref
from trakt.pipeline.overlay import overlay_fault, overlays_of
from trakt.pipeline.yaml_file import read_pipeline

PIPELINE = """\
name: orders
inputs:
  orders:
    uri: orders.csv
    metadata:
      delimiter: ";"
      encoding: utf-8
  prices: prices.csv
steps:
  - id: gate
    uses: trakt.steps.quality_gate
    with:
      input: orders
      policy:
        const: {mode: fail, unique_keys: [id]}
      output: checked
  - id: net
    uses: steps.net
    with: {input: checked, tax: 0.2, output: priced}
outputs:
  datasets:
    - {name: priced, from: priced, uri: priced.csv}
    - {name: checked, from: checked}
execution: stream
"""


@pytest.fixture
def write(tmp_path):
    def written(overlay, pipeline=PIPELINE, client="acme"):
        file = tmp_path / "pipeline.yaml"
        file.write_text(pipeline, "utf-8")
        folder = tmp_path / "clients"
        folder.mkdir(exist_ok=True)
        (folder / f"{client}.yaml").write_text(overlay, "utf-8")
        return file

    return written


@pytest.fixture
def laid(write):
    """The pipeline of acme, whose overlay is this text."""

    def laid(overlay, pipeline=PIPELINE):
        reading = read_pipeline(write(overlay, pipeline), client_id="acme")
        assert reading.faults == ()
        return reading.pipeline

    return laid


@pytest.fixture
def faults(write, tmp_path):
    def faults(overlay, pipeline=PIPELINE):
        found = read_pipeline(write(overlay, pipeline), client_id="acme").faults
        return [str(fault).replace(f"{tmp_path}/", "") for fault in found]

    return faults


def the_input(pipeline, name="orders"):
    return next(each for each in pipeline.inputs if each.name == name)


def test_what_differs_is_changed_and_the_rest_stays(laid):
    pipeline = laid('inputs: {orders: {metadata: {delimiter: "|"}}}')
    orders = the_input(pipeline)
    assert orders.uri == "orders.csv"
    assert orders.metadata == {"delimiter": "|", "encoding": "utf-8"}
    assert [step.id for step in pipeline.steps] == ["gate", "net"]


def test_null_takes_a_key_away(laid):
    pipeline = laid("inputs: {orders: {metadata: {encoding: null}}}\nexecution: null\n")
    assert the_input(pipeline).metadata == {"delimiter": ";"}
    assert pipeline.execution.mode == "batch"


def test_a_bare_text_and_a_mapping_are_merged_either_way(laid):
    pipeline = laid("inputs:\n  prices: {required: false}\n  orders: acme.csv\nexecution: {chunk_rows: 7}\n")
    assert (the_input(pipeline, "prices").uri, the_input(pipeline, "prices").required) == ("prices.csv", False)
    assert (the_input(pipeline).uri, the_input(pipeline).metadata["delimiter"]) == ("acme.csv", ";")
    assert (pipeline.execution.mode, pipeline.execution.chunk_rows) == ("stream", 7)


@pytest.mark.parametrize("steps", ["[{id: net, with: {tax: 0.07}}]", "{net: {with: {tax: 0.07}}}"])
def test_a_step_is_found_by_its_id_in_a_list_and_in_a_mapping(laid, steps):
    gate, net = laid(f"steps: {steps}").steps
    assert (net.uses, dict(net.bindings)) == (
        "steps.net",
        {"input": Ref("checked"), "tax": Const(0.07), "output": Ref("priced")},
    )
    assert gate.id == "gate"


def test_a_policy_is_merged_too_and_a_list_in_it_replaced(laid):
    gate, _ = laid("steps: {gate: {with: {policy: {const: {mode: warn, unique_keys: [id, day]}}}}}").steps
    assert gate.bindings["policy"] == Const({"mode": "warn", "unique_keys": ["id", "day"]})


@pytest.mark.parametrize(
    "outputs", ["{datasets: [{name: priced, uri: acme.csv}]}", "{priced: {uri: acme.csv}}"], ids=["list", "mapping"]
)
@pytest.mark.parametrize(
    "pipeline",
    [
        PIPELINE,
        PIPELINE[: PIPELINE.index("outputs")] + "outputs: {priced: {from: priced, uri: x.csv}, checked: checked}",
    ],
    ids=["of a list", "of a mapping"],
)
def test_an_output_is_found_by_its_name_in_either_form(laid, pipeline, outputs):
    assert laid(f"outputs: {outputs}", pipeline).outputs == (
        Output("priced", "priced", "csv", "acme.csv"),
        Output("checked", "checked"),
    )


def test_a_bare_text_for_an_output_of_the_list_is_where_it_comes_from(laid):
    assert laid("outputs: {priced: checked}").outputs[0] == Output("priced", "checked", "csv", "priced.csv")


def test_what_is_taken_away_leaves_the_others_with_their_places(write, tmp_path):
    reading = read_pipeline(write("steps: {gate: null}\noutputs: {priced: null}\n"), client_id="acme")
    pipeline = reading.pipeline
    assert ([step.id for step in pipeline.steps], [each.name for each in pipeline.outputs]) == (["net"], ["checked"])
    assert pipeline.where("steps", 0, "with", "tax") == f"{tmp_path}/pipeline.yaml:19:28"
    assert pipeline.where("outputs", "datasets", 0, "from") == f"{tmp_path}/pipeline.yaml:23:23"


def test_each_key_is_said_to_stand_where_it_was_written_last(write, tmp_path):
    pipeline = read_pipeline(write("steps:\n  net:\n    with: {tax: 0.07}\n"), client_id="acme").pipeline
    assert pipeline.where("steps", 1, "with", "tax") == f"{tmp_path}/clients/acme.yaml:3:12"
    assert pipeline.where("steps", 1, "with", "input") == f"{tmp_path}/pipeline.yaml:19:12"
    assert pipeline.where("steps", 1) == f"{tmp_path}/pipeline.yaml:17:5"


def test_faults_of_both_files_are_told_those_of_the_pipeline_first(faults):
    broken = PIPELINE.replace("uses: steps.net", "uzes: steps.net")
    overlay = "name: acme\ninputs:\n  oders: {uri: a.csv}\n  prices: {kindd: csv}\nsteps:\n  nett: {}\nvershun: 2\n"
    found = faults(overlay, broken)
    assert [fault.splitlines()[0].split(": ", 1)[0] for fault in found] == [
        "pipeline.yaml:17:5",
        "pipeline.yaml:18:5",
        "clients/acme.yaml:1:1",
        "clients/acme.yaml:3:3",
        "clients/acme.yaml:4:12",
        "clients/acme.yaml:6:3",
        "clients/acme.yaml:7:1",
    ]
    text = "\n".join(found)
    assert "clients/acme.yaml:1:1: an overlay cannot rename the pipeline\n  -> remove it" in text
    assert "the pipeline has no input 'oders', and an overlay adds none\n  -> did you mean 'orders'?" in text
    assert "unknown key 'kindd' in input 'prices'\n  -> did you mean 'kind'?" in text
    assert "the pipeline has no step 'nett', and an overlay adds none\n  -> did you mean 'net'?" in text
    assert "unknown key 'vershun' in the pipeline\n  -> did you mean 'version'?" in text


@pytest.mark.parametrize(
    ("overlay", "said"),
    [
        ("- a\n", "clients/acme.yaml:1:1: an overlay must hold a mapping of keys"),
        ("inputs: [\n", "clients/acme.yaml:2:1: the file ends inside a bracket"),
        ("inputs: {orders: 3}\n", "clients/acme.yaml:1:10: input 'orders' must be a uri or a mapping, not 3"),
        ("inputs: 3\n", "clients/acme.yaml:1:1: 'inputs' must be a mapping of name to input, not 3"),
        ("steps: [{with: {}}]\n", "clients/acme.yaml:1:9: this entry does not say which of the steps it changes"),
        ("steps: [{id: net}, {id: net}]\n", "clients/acme.yaml:1:20: 'net' stands twice"),
        ("steps: {net: {id: gross}}\n", "clients/acme.yaml:1:15: an overlay cannot rename 'net'"),
        ("steps: [net]\n", "clients/acme.yaml:1:9: this entry does not say which of the steps it changes"),
        ("outputs: {datasets: [{name: priced, uri: p}], a: 1}\n", "clients/acme.yaml:1:47: unknown key 'a' in outputs"),
        ("executoin:\n", "clients/acme.yaml:1:1: the pipeline has no 'executoin' here that could be taken away"),
        (
            "inputs: {orders: {metadata: {delimeter: null}}}\n",
            "clients/acme.yaml:1:30: the pipeline has no 'delimeter'",
        ),
        ("a: 1\na: 2\n", "clients/acme.yaml:2:1: the key 'a' stands twice: in lines 1 and 2"),
    ],
)
def test_an_overlay_that_is_no_overlay_is_refused_at_its_place(faults, overlay, said):
    assert any(fault.startswith(said) for fault in faults(overlay)), faults(overlay)


@pytest.mark.parametrize("overlay", ["", "# nothing yet\n", "{}\n"])
def test_an_overlay_that_says_nothing_changes_nothing(laid, overlay):
    pipeline = laid(overlay)
    plain = read_pipeline(pipeline.origin.path).pipeline
    assert dataclasses.replace(pipeline, origin=plain.origin) == plain
    assert pipeline.origin.overlay.path.name == "acme.yaml"


def test_a_client_without_an_overlay_has_the_pipeline_as_it_is(write):
    file = write("execution: batch")
    pipeline = read_pipeline(file, client_id="globex").pipeline
    assert (pipeline.execution.mode, pipeline.origin.overlay) == ("stream", None)


@pytest.mark.parametrize("client", ["../acme", "clients/acme", "/etc/passwd", "", ".", "ACME", "acme.yaml"])
def test_a_client_id_leads_to_no_other_file(write, client):
    assert read_pipeline(write("execution: batch"), client_id=client).pipeline.origin.overlay is None


def test_a_client_with_two_overlays_has_one_too_many(write, tmp_path):
    file = write("execution: batch\n")
    (tmp_path / "clients" / "acme.YML").write_text("execution: stream\n")
    (fault,) = read_pipeline(file, client_id="acme").faults
    assert fault.what == "client 'acme' has two overlays, acme.YML and acme.yaml"
    assert read_pipeline(file, client_id="globex").faults == ()


def test_clients_are_known_by_their_files(write, tmp_path):
    file = write("")
    (tmp_path / "clients" / "globex.yml").write_text("")
    (tmp_path / "clients" / "notes.txt").write_text("")
    (tmp_path / "clients" / "old.yaml").mkdir()
    assert sorted(overlays_of(file)) == ["acme", "globex"]


def test_a_broken_pipeline_tells_its_own_faults_whatever_lies_over_it(faults):
    found = faults("steps: {net: {uses: steps.other}}", "name: orders\nsteps: 3\n")
    assert [fault.splitlines()[0] for fault in found] == [
        "pipeline.yaml:2:1: 'steps' must be a list of steps, not 3",
    ]


def test_a_pipeline_may_only_run_for_the_client_it_was_loaded_for(write):
    file = write("execution: batch")
    for loaded_for, run_for in (("acme", "globex"), ("acme", None), (None, "acme"), ("globex", "acme")):
        origin = read_pipeline(file, client_id=loaded_for).pipeline.origin
        assert "this run is of client" in overlay_fault(origin, run_for).what
    for loaded_for, run_for in (("acme", "acme"), (None, None), (None, "globex"), ("globex", None)):
        assert overlay_fault(read_pipeline(file, client_id=loaded_for).pipeline.origin, run_for) is None
