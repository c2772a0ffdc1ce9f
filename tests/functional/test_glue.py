"""A Glue job on this machine: the script as Glue runs it, the command as a person does, and the local run beside them."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from trakt.runtime.glue_main import customer_settings

ROOT = Path(__file__).parents[2]
SMOKE = ROOT / "examples" / "glue_smoke"
JOB_RUN_ID = "jr_" + "5f0c" * 16
GLUES = [
    *("--job-bookmark-option", "job-bookmark-disable", "--JOB_ID", "j_" + "0a" * 32, "--enable-metrics", "true"),
    *("--JOB_RUN_ID", JOB_RUN_ID, "--enable-continuous-cloudwatch-log", "--TempDir", "s3://bucket/temporary/"),
    *("--JOB_NAME", "trakt-glue-smoke", "--job-language", "python", "--enable-glue-datacatalog", "true"),
    *("--spark-event-logs-path", "s3://bucket/logs/", "--extra-py-files", "s3://bucket/trakt.whl,s3://bucket/p.zip"),
]
WORK = """\
from trakt import step_contract

@step_contract(inputs=["input"], outputs=["output"])
def run(ctx, input):
    print("a step speaks")
    BODY
"""


@pytest.fixture
def smoke(tmp_path):
    """A copy of the example, since step code is compiled where it lies."""
    return shutil.copytree(SMOKE, tmp_path / "glue_smoke", ignore=shutil.ignore_patterns("outputs", "__pycache__"))


def ours(out):
    return [
        *("--pipeline_file", "pipeline.yaml", "--client-id", "demo", "--batch_id=smoke-20260205"),
        *("--input-dir", "input", "--output-dir", str(out)),
    ]


def python(folder, *words, path=()):
    return subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, [ROOT, *path]))},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def as_script(folder, *argv, path=()):
    """As Glue does: its copy of the script, from S3, in a folder that holds nothing else of ours."""
    script = folder / "tmp" / "glue-script.py"
    script.parent.mkdir(exist_ok=True)
    shutil.copy(ROOT / "handlers" / "glue_job.py", script)
    return python(folder, script, *argv, path=path)


def comparable(folder):
    """The manifest but for time, ids, places of outputs, runtime and job, of which the fingerprint is made as well."""
    manifest = json.loads((folder / "manifest.json").read_bytes())
    for volatile in ("run_id", "fingerprint", "started_at", "finished_at", "duration_ms", "peak_memory_mb"):
        del manifest[volatile]
    name = manifest["runtime"].pop("name")
    for part in (*manifest["inputs"].values(), *manifest["steps"], *manifest["outputs"].values()):
        del part["duration_ms"]
    for output in manifest["outputs"].values():
        output["path"] = str(Path(output["path"]).relative_to(folder))
    return name, manifest


def with_step(folder, body):
    (folder / "steps" / "normalize.py").write_text(WORK.replace("BODY", body), encoding="utf-8")
    text = (folder / "pipeline.yaml").read_text(encoding="utf-8")
    (folder / "pipeline.yaml").write_text(text.replace("      currency:\n        const: usd\n", ""), encoding="utf-8")


def test_the_same_files_give_the_same_bytes_and_manifest_as_a_local_run(smoke, tmp_path):
    local, script, module = (tmp_path / name for name in ("local", "script", "module"))
    words = ours(local)
    words[0], words[4:5] = "--pipeline-file", ["--batch-id", "smoke-20260205"]
    done = [
        python(smoke, "-m", "trakt", "run", *words),
        as_script(smoke, *GLUES, *ours(script)),
        python(smoke, "-m", "trakt.runtime.glue_main", *ours(module)),
    ]
    assert [each.returncode for each in done] == [0, 0, 0], [each.stderr for each in done]
    assert (local / "final.csv").read_bytes() == (script / "final.csv").read_bytes()
    name, manifest = comparable(local)
    assert name == "local"
    assert len(manifest["outputs"]["final"]["sha256"]) == 64
    assert comparable(script) == comparable(module) == ("glue", manifest)


def test_the_job_run_is_the_run_and_the_result_is_one_line_of_json(smoke, tmp_path):
    with_step(smoke, "return {'output': input.assign(job=ctx.metadata['job_name'])}")
    done = as_script(smoke, *GLUES, *ours(tmp_path / "{client_id}" / "{run_id}"))
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    result = json.loads(line)
    out = tmp_path / "demo" / JOB_RUN_ID
    assert (result["status"], result["run_id"], result["job_name"]) == ("success", JOB_RUN_ID, "trakt-glue-smoke")
    assert result["manifest_path"] == str(out / "manifest.json")
    assert "a step speaks" in done.stderr
    assert "0001,10.5,02116,trakt-glue-smoke" in (out / "final.csv").read_text()


def test_every_argument_reaches_the_run(smoke, tmp_path):
    shutil.copy(smoke / "input" / "records" / "part1.csv", smoke / "demo.csv")
    text = (smoke / "pipeline.yaml").read_text()
    (smoke / "pipeline.yaml").write_text("colour: blue\nexecution: {mode: stream}\n" + text)
    step = (smoke / "steps" / "normalize.py").read_text().replace('["output"])', '["output"], supports_stream=True)')
    step = step.replace('{"output": input', '{"output": (each').replace(
        "client=ctx.client_id)", "client=ctx.client_id) for each in input)"
    )
    (smoke / "steps" / "normalize.py").write_text(step)
    done = as_script(
        smoke,
        *ours(tmp_path / "out"),
        *("--input", f"source__records={smoke}/{{client_id}}.csv", "--param", "{normalize.currency: eur}"),
        *("--manifest-path", str(tmp_path / "{batch_id}.json"), "--run_id=r1", "--pipeline-version", "7"),
        *("--stream_chunk_size", "1", "--lenient", "true"),
    )
    assert done.returncode == 0, done.stderr
    manifest = json.loads((tmp_path / "smoke-20260205.json").read_bytes())
    assert (manifest["run_id"], manifest["pipeline"]["version"]) == ("r1", "7")
    assert manifest["execution"] == {"engine": "local", "mode": "stream", "chunk_rows": 1}
    assert manifest["params"] == {"normalize.currency": "eur"}
    assert (tmp_path / "out" / "final.csv").read_text().splitlines()[1:] == [
        "0001,10.5,02116,eur,demo",
        "0002,,10115,eur,demo",
    ]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("raise ValueError('no such currency')", "no such currency"),
        ("raise SystemExit(0)", "SystemExit"),
        ("import sys; sys.exit()", "SystemExit"),
    ],
)
def test_a_failed_run_raises_with_its_message_even_if_a_step_exits_with_0(smoke, tmp_path, body, said):
    with_step(smoke, body)
    done = as_script(smoke, *GLUES, *ours(tmp_path / "out"))
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert said in done.stderr.splitlines()[-2] + done.stderr.splitlines()[-3] + done.stderr.splitlines()[-1]
    result = json.loads(done.stdout)
    assert result["status"] == "failed"
    assert said in result["error"]["message"]
    assert json.loads((tmp_path / "out" / "manifest.json").read_bytes())["status"] == "failed"
    assert not (tmp_path / "out" / "final.csv").exists()


def test_the_error_of_a_failed_run_names_its_manifest(smoke, tmp_path):
    (smoke / "input" / "records" / "part1.csv").write_text("id,amount,zip\n1,2\n")
    done = as_script(smoke, *GLUES, *ours(tmp_path / "out"))
    assert done.returncode == 1
    assert f"run {JOB_RUN_ID} failed; its manifest is {tmp_path}/out/manifest.json" in done.stderr
    assert "part1.csv:2: 2 fields where the header has 3" in done.stderr


def test_wrong_arguments_raise_in_the_script_and_exit_with_2_in_the_command(smoke, tmp_path):
    script = as_script(smoke, *GLUES, "--pipeline-fiel", "pipeline.yaml")
    module = python(smoke, "-m", "trakt.runtime.glue_main", *GLUES, "--pipeline-fiel", "pipeline.yaml")
    assert (script.returncode, module.returncode) == (1, 2)
    assert "Traceback" in script.stderr
    assert "Traceback" not in module.stderr
    for done in (script, module):
        assert "did you mean '--pipeline-file'?" in done.stderr
        assert "missing: --client-id, --batch-id, --input-dir, --output-dir" in done.stderr
        assert json.loads(done.stdout)["status"] == "failed"


def test_a_pipeline_that_is_not_there_is_told_in_words(smoke, tmp_path):
    words = ["--pipeline", "orders", *ours(tmp_path)[2:]]
    done = python(smoke, "-m", "trakt.runtime.glue_main", *words)
    assert done.returncode == 2
    assert "no pipeline 'orders'" in done.stderr


def test_a_pipeline_delivered_as_a_zip_runs_by_its_name(smoke, tmp_path, glue_arguments):
    archive = tmp_path / "pipelines.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for file in (smoke / "pipeline.yaml", *(smoke / "steps").glob("*.py")):
            packed.write(file, Path("pipelines", "smoke", file.relative_to(smoke)))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    places = {"input_dir": smoke / "input", "output_dir": tmp_path / "out"}
    words = glue_arguments(pipeline="smoke", client_id="demo", batch_id="b1", **places)
    done = as_script(elsewhere, *words, path=[archive])
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "final.csv").read_text().startswith("id,amount,zip,currency,client\n0001,")
    unpacked = Path(json.loads((tmp_path / "out" / "manifest.json").read_bytes())["pipeline"]["file"])
    assert unpacked.name == "pipeline.yaml"
    assert not unpacked.exists()


def test_spans_are_sent_when_they_are_asked_for(smoke, tmp_path):
    pytest.importorskip("opentelemetry.sdk")
    done = as_script(smoke, *ours(tmp_path / "out"), "--otel-enabled", "true", "--otel_service_name=nightly")
    assert done.returncode == 0
    assert "OpenTelemetry is enabled, but spans have nowhere to go" in done.stderr


@pytest.fixture
def get_resolved_options(monkeypatch):
    """Amazon's own, without the rest of its package, which needs Spark."""
    pytest.importorskip("py4j")
    spec = importlib.util.find_spec("awsglue")
    if spec is None:
        pytest.skip("AWSGlueDataplanePython is made for Python 3.11 and 3.13 only")
    package = ModuleType("awsglue")
    package.__path__ = list(spec.submodule_search_locations)
    for name in ("awsglue", "awsglue.job", "awsglue.utils"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "awsglue", package)
    yield importlib.import_module("awsglue.utils").getResolvedOptions
    for name in ("awsglue.job", "awsglue.utils"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("join", [False, True])
@pytest.mark.parametrize("mark", ["-", "_"])
def test_the_arguments_are_the_ones_that_glue_itself_reads(get_resolved_options, mark, join):
    from trakt.runtime.glue_arguments import read_arguments

    given = {
        "pipeline-file": "pipeline.yaml",
        "client-id": "demo",
        "batch-id": "b1",
        "input-dir": "s3://bucket/in/",
        "output-dir": "s3://bucket/out/",
        "manifest-path": "s3://bucket/m.json",
        "pipeline-version": "v7",
        "job-name": "mine",
        "run-id": "r1",
        "engine": "spark",
        "otel-service-name": "nightly",
    }
    argv = list(GLUES)
    for name, value in given.items():
        spelled = f"--{name.replace('-', mark)}"
        argv += [f"{spelled}={value}"] if join else [spelled, value]
    glue = get_resolved_options(["script.py", *argv], ["JOB_NAME", *(name.replace("-", mark) for name in given)])
    ours = vars(read_arguments(argv))
    assert (glue["JOB_NAME"], glue["JOB_RUN_ID"]) == ("trakt-glue-smoke", JOB_RUN_ID)
    for name, value in given.items():
        dest = name.replace("-", "_")
        assert glue[dest] == ours[dest] == value


def test_variables_that_glue_lets_through_say_how_objects_are_made(smoke, bucket, monkeypatch):
    monkeypatch.setenv("CUSTOMER_TRAKT_S3_TAGS", '"team=data&kind=output"')
    done = as_script(smoke, *ours(bucket.uri("out/")))
    assert done.returncode == 0, done.stderr
    for key in bucket.all_keys():
        tags = bucket.client.get_object_tagging(Bucket=bucket.name, Key=key)["TagSet"]
        assert {each["Key"]: each["Value"] for each in tags} == {"team": "data", "kind": "output"}


def test_only_variables_about_objects_are_taken_over_and_none_that_is_set():
    given = {"CUSTOMER_TRAKT_S3_SSE": "AES256", "CUSTOMER_TRAKT_S3_TAGS": "a=b", "TRAKT_S3_TAGS": "c=d"}
    assert customer_settings({**given, "CUSTOMER_PATH": "/tmp", "TRAKT_S3_KMS_KEY_ID": "k"}) == {
        "TRAKT_S3_SSE": "AES256"
    }
