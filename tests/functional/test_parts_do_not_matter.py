"""Any pipeline over any files gives in parts, stage by stage, what it gives in one go."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.fakes.executors import in_this_process
from trakt import load_pipeline_from_yaml
from trakt.errors import TraktError
from trakt.runtime.local_runner import LocalRunner

HEADS = {"a": ["k", "v"], "b": ["k", "v"], "c": ["k", "w"]}
INPUTS = "name: p\ninputs:\n" + "".join(f"  {name}: {{uri: {name}, on_bad_rows: quarantine}}\n" for name in HEADS)
TIMES = {"run_id", "started_at", "finished_at", "duration_ms", "peak_memory_mb", "at", "path", "engine"}
KINDS = ["join", "join", "join", "dedupe", "quality_gate", "select", "filter"]


def pipeline_of(random: Random, mode: str) -> str:
    """Each step reads any of what is there by then; of a join both sides may be one and the same."""
    columns, lines = dict(HEADS), []
    for number in range(random.randint(2, 7)):
        made, kind = f"s{number}", random.choice(KINDS)
        source, right = random.choice([*columns]), random.choice([*columns])
        bound = {"left": source, "right": right} if kind == "join" else {"input": source}
        literals, columns[made] = literals_of(random, kind, columns[source], mode), columns[source]
        if kind == "join":
            columns[made] = joined(columns[source], columns[right], literals["policy"]["suffixes"])
        elif kind == "select":
            columns[made] = literals["columns"]
        const = {name: {"const": value} for name, value in literals.items()}
        lines.append(
            json.dumps({"id": made, "uses": f"trakt.steps.{kind}", "with": {**bound, **const, "output": made}})
        )
    outputs = {name: name for name in columns if random.random() < 0.5} | {made: made}
    return f"{INPUTS}steps:\n{''.join(f'  - {line}{chr(10)}' for line in lines)}outputs: {json.dumps(outputs)}\n"


def literals_of(random: Random, kind: str, columns: list[str], mode: str) -> dict[str, Any]:
    if kind == "select":
        return {"columns": columns[: random.randint(1, len(columns))]}
    if kind == "filter":
        return {"where": "k != 1"}
    if kind == "dedupe":
        winner = "first" if mode == "stream" else random.choice(["first", "last", "non_null", "latest", "min"])
        order = {"order_by": random.choice(columns)} if winner in ("latest", "min") else {}
        return {"policy": {"keys": columns[: random.randint(1, 2)], "winner": winner, **order}}
    if kind == "quality_gate":
        keys = random.choice([["k"], [["k"], columns[-1:]]])
        gate = {"mode": random.choice(["warn", "quarantine"]), "unique_keys": keys}
        return {"policy": gate | ({"not_null": [random.choice(columns)]} if random.random() < 0.5 else {})}
    how, suffix = random.choice(["left", "inner", "right", "outer"]), random.randrange(10**6)
    unmatched = "fail" if random.random() < 0.05 else random.choice(["allow", "warn", "drop"])
    return {"policy": {"keys": ["k"], "how": how, "unmatched": unmatched, "suffixes": [f"_l{suffix}", f"_r{suffix}"]}}


def joined(left: list[str], right: list[str], suffixes: list[str]) -> list[str]:
    both = {*left} & {*right} - {"k"}
    sides = ((left, suffixes[0]), ([name for name in right if name != "k"], suffixes[1]))
    return [f"{name}{suffix}" if name in both else name for names, suffix in sides for name in names]


def write_files(random: Random, root: Path) -> None:
    """Each input is one to four files, some without a row, with keys of which many are missing and many repeat."""
    for name, head in HEADS.items():
        (root / name).mkdir()
        for number in range(random.choice([1, 1, 2, 4])):
            lines = [",".join(head)]
            for row in range(random.choice([0, 1, 3, 9])):
                key = random.choice(["", *map(str, range(random.choice([2, 4, 9])))])
                lines.append(f"{key},{random.choice(['x', 'y', '', '1'])}{row if random.random() < 0.5 else ''}")
                lines += ["bad"] if random.random() < 0.06 else []
            (root / name / f"{number}.csv").write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize("mode", ["batch", "stream"])
@pytest.mark.parametrize("seed", [*range(10), 41, 50])
def test_outputs_rejected_rows_and_manifest_are_those_of_one_machine(tmp_path, seed, mode):
    random = Random(f"{mode} {seed}")
    (tmp_path / "pipeline.yaml").write_text(pipeline_of(random, mode))
    write_files(random, tmp_path)
    here = said(tmp_path, "local", mode)
    with in_this_process():
        there = said(tmp_path, "spark", mode)
    assert there == here


def said(root: Path, engine: str, mode: str) -> object:
    """What came of it: outputs and manifest, or what it said why nothing did."""
    out = root / engine
    pipeline = load_pipeline_from_yaml(root / "pipeline.yaml")
    runner = LocalRunner(input_dir=root, output_dir=out)
    try:
        runner.run(pipeline, engine=engine, execution_mode=mode, stream_chunk_size=2)
    except TraktError as error:
        # where a stream was when it failed is not where a part was
        return error.step_id if mode == "stream" else str(error)
    told = without_times(json.loads((out / "manifest.json").read_text()))
    if mode == "stream":
        # who ends first says first what it has to say
        told["events"].sort(key=str)
    return told, {path.name: path.read_bytes() for path in out.iterdir() if path.name != "manifest.json"}


def without_times(value):
    if isinstance(value, dict):
        return {key: without_times(item) for key, item in value.items() if key not in TIMES}
    return [without_times(item) for item in value] if isinstance(value, list) else value
