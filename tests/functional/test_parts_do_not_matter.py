"""Any pipeline over any files gives in parts, stage by stage, what it gives in one go."""

import json
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fakes.executors import in_this_process
from trakt import load_pipeline_from_yaml
from trakt.errors import TraktError
from trakt.runtime.local_runner import LocalRunner

HEAD = "name: p\ninputs:\n" + "".join(f"  {name}: {{uri: {name}, on_bad_rows: quarantine}}\n" for name in "abc")
TIMES = {"run_id", "started_at", "finished_at", "duration_ms", "peak_memory_mb", "at", "path", "engine"}
CELLS = st.sampled_from(["", "x", "y", "1", "20"])
ROWS = st.lists(st.tuples(st.sampled_from(["", "0", "1", "2", "3"]), CELLS).map(",".join) | st.just("bad"), max_size=6)
INPUT = st.lists(ROWS, min_size=1, max_size=3)
KINDS = ["join", "join", "dedupe", "quality_gate", "select", "filter"]


@st.composite
def pipelines(draw: st.DrawFn, mode: str) -> str:
    """One that reads any of what is there by then; of a join the two sides may be one and the same."""
    columns = {"a": ["k", "v"], "b": ["k", "v"], "c": ["k", "w"]}
    lines = []
    for number in range(draw(st.integers(1, 6))):
        made, source = f"s{number}", draw(st.sampled_from(sorted(columns)))
        kind = draw(st.sampled_from(KINDS))
        known = columns[source]
        bound: dict[str, object] = {"input": source, "output": made}
        if kind == "join":
            right = draw(st.sampled_from(sorted(columns)))
            both = set(known) & set(columns[right]) - {"k"}
            columns[made] = [f"{name}_l{number}" if name in both else name for name in known]
            columns[made] += [f"{each}_r{number}" if each in both else each for each in columns[right] if each != "k"]
            bound = {"left": source, "right": right, "output": made}
        else:
            columns[made] = known
        given = {
            "join": {
                "policy": {
                    "keys": ["k"],
                    "how": draw(st.sampled_from(["left", "inner", "right", "outer"])),
                    "unmatched": draw(st.sampled_from(["allow", "warn", "warn", "drop", "fail"])),
                    "suffixes": [f"_l{number}", f"_r{number}"],
                }
            },
            "dedupe": {"policy": {"keys": known[:1], "winner": draw(_winners(mode))}},
            "quality_gate": {
                "policy": {
                    "mode": draw(st.sampled_from(["warn", "quarantine"])),
                    "unique_keys": [["k"], known[-1:]],
                    "not_null": draw(st.sampled_from([["k"], known[-1:]])),
                }
            },
            "select": {"columns": known[: draw(st.integers(1, len(known)))]},
            "filter": {"where": "k != 1"},
        }[kind]
        columns[made] = list(given.get("columns", columns[made]))
        literals = {name: {"const": value} for name, value in given.items()}
        lines.append(json.dumps({"id": made, "uses": f"trakt.steps.{kind}", "with": {**bound, **literals}}))
    outputs = draw(st.sets(st.sampled_from(sorted(columns)), min_size=1))
    steps = "".join(f"  - {line}\n" for line in lines)
    return f"{HEAD}steps:\n{steps}outputs: {json.dumps({name: name for name in sorted(outputs)})}\n"


def _winners(mode: str) -> st.SearchStrategy[str]:
    return st.just("first") if mode == "stream" else st.sampled_from(["first", "last", "non_null"])


@settings(suppress_health_check=list(HealthCheck), max_examples=25, deadline=None)
@given(st.data(), st.sampled_from(["batch", "stream"]), INPUT, INPUT, INPUT)
def test_outputs_rejected_rows_and_manifest_are_those_of_one_machine(data, mode, a, b, c):
    pipeline = data.draw(pipelines(mode))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "pipeline.yaml").write_text(pipeline)
        for name, files in {"a": a, "b": b, "c": c}.items():
            (root / name).mkdir()
            for number, rows in enumerate(files):
                head = "k,w" if name == "c" else "k,v"
                (root / name / f"{number}.csv").write_text("\n".join([head, *rows]) + "\n")
        here = _said(root, "local", mode)
        with in_this_process():
            there = _said(root, "spark", mode)
    assert there == here


def _said(root: Path, engine: str, mode: str) -> object:
    """What came of it: outputs and manifest, or what it said why nothing did."""
    out = root / engine
    pipeline = load_pipeline_from_yaml(root / "pipeline.yaml")
    try:
        LocalRunner(input_dir=root, output_dir=out).run(
            pipeline, engine=engine, execution_mode=mode, stream_chunk_size=2
        )
    except TraktError as error:
        # where a stream was when it failed is not where a part was
        return error.step_id if mode == "stream" else str(error)
    told = _without_times(json.loads((out / "manifest.json").read_text()))
    if mode == "stream":
        # who ends first says first what it has to say
        told["events"].sort(key=str)
    return told, {path.name: path.read_bytes() for path in out.iterdir() if path.name != "manifest.json"}


def _without_times(value):
    if isinstance(value, dict):
        return {key: _without_times(item) for key, item in value.items() if key not in TIMES}
    return [_without_times(item) for item in value] if isinstance(value, list) else value
