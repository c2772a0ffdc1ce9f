"""Pipelines from a file and from Python, several in one process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from trakt import LocalRunner, artifact, load_pipeline_from_yaml, step, workflow


def test_a_pipeline_built_in_python_has_no_file(tmp_path: Path) -> None:
    def double(ctx: Any, input: Any) -> Any:
        return {"output": input.assign(n=input["n"] * 2)}

    double.declared_inputs, double.declared_outputs = ["input"], ["output"]  # type: ignore[attr-defined]
    (tmp_path / "r.csv").write_text("n\n2\n")
    pipeline = (
        workflow("built")
        .source(artifact("r").as_kind("csv").at("r.csv"))
        .step(step("double", run=double).input(input="r").output(output="doubled"))
        .output("doubled", from_="doubled")
        .build()
    )
    result = LocalRunner(input_dir=tmp_path, output_dir=tmp_path / "out").run(pipeline)
    assert (tmp_path / "out" / "doubled.csv").read_text() == "n\n4\n"
    manifest = json.loads(Path(result["manifest_path"]).read_bytes())
    assert (manifest["pipeline"]["file"], manifest["pipeline"]["sha256"]) == (None, None)


def test_two_pipelines_in_one_process_each_run_their_own_steps(new_project: Any, mode: str) -> None:
    projects = [new_project(), new_project()]
    for number, project in enumerate(projects, 1):
        project.step("word", f"WORD = 'project {number}'")
        project.step(
            "work",
            """\
            @step_contract(inputs=["input"], outputs=["output"], supports_stream=True)
            def run(ctx, input):
                from steps.word import WORD
                work = lambda frame: frame.assign(word=WORD)
                return {"output": work(input) if ctx.mode == "batch" else map(work, input)}
            """,
        )
        project.write("records.csv", "id\n1\n")
        project.pipeline(
            inputs={"records": "records.csv"},
            steps=[{"id": "work", "uses": "steps.work", "with": {"input": "records", "output": "worked"}}],
            outputs={"records": "worked"},
        )
    for _ in range(2):
        for number, project in enumerate(projects, 1):
            assert project.good(mode).bytes().decode() == f"id,word\n1,project {number}\n"


def test_a_literal_that_a_step_changes_is_fresh_in_the_next_run(project: Any, mode: str) -> None:
    project.step(
        "grow",
        """\
        @step_contract(inputs=["input", "names"], outputs=["output"], supports_stream=True)
        def run(ctx, input, names):
            names.append("more")
            ctx.emit_event("names", names=list(names))
            return {"output": input}
        """,
    )
    project.write("records.csv", "id\n1\n")
    bound = {"input": "records", "names": {"const": ["first"]}, "output": "kept"}
    project.pipeline(
        inputs={"records": "records.csv"},
        steps=[{"id": "grow", "uses": "steps.grow", "with": bound}],
        outputs={"records": "kept"},
    )
    pipeline = load_pipeline_from_yaml(project.file)
    for number in range(2):
        out = project.folder / f"again{number}"
        LocalRunner(input_dir=project.folder / "in", output_dir=out).run(pipeline, execution_mode=mode)
        (event,) = json.loads((out / "manifest.json").read_bytes())["events"]
        assert event["attributes"]["names"] == ["first", "more"]
