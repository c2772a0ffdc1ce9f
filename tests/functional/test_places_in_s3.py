"""The same pipeline on S3: the same bytes, the same promises."""

from __future__ import annotations

import hashlib
import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from trakt import InputError, OutputError, PipelineError, RunError, StepError

WORK = """\
@step_contract(inputs=["input"], outputs=["output"], supports_stream=True)
def run(ctx, input):
    work = lambda frame: frame.assign(double=frame["amount"] * 2)
    return {"output": work(input) if ctx.mode == "batch" else map(work, input)}
"""
OLD = b"the good old output\n"


def part(number: int, rows: int = 500) -> str:
    lines = (f"{number}-{row:05},Zoë {row},{row}.25,0{row}\n" for row in range(rows))
    return "id,name,amount,zip\n" + "".join(lines)


def double(project: Any, uri: str = "orders/2026-*.csv", **output: Any) -> Any:
    """A pipeline over three files; they lie on disk, too."""
    project.step("work", WORK)
    for number in range(1, 4):
        project.write(f"orders/2026-0{number}.csv", part(number))
    project.pipeline(
        inputs={"orders": {"uri": uri}},
        steps=[{"id": "work", "uses": "steps.work", "with": {"input": "orders", "output": "worked"}}],
        outputs={"datasets": [{"name": "worked", "from": "worked", **output}]},
        execution={"mode": "stream", "chunk_rows": 200},
    )
    return project


def uploaded(project: Any, bucket: Any, prefix: str = "in") -> str:
    """All input files of the project, under the same names in the bucket."""
    folder = project.folder / "in"
    for path in folder.rglob("*"):
        if path.is_file():
            bucket.put(f"{prefix}/{path.relative_to(folder)}", path.read_bytes())
    return str(bucket.uri(prefix))


def run(project: Any, bucket: Any, mode: str | None = None, **more: Any) -> tuple[Any, dict[str, Any]]:
    """Run with its outputs in S3; what the run gave, and its manifest there."""
    more = {"input_dir": bucket.uri("in"), "output_dir": bucket.uri("out"), **more}
    done = project.run(mode, **more)
    at = more.get("manifest_path") or f"{more['output_dir'].rstrip('/')}/manifest.json"
    key = at.removeprefix(bucket.uri())
    manifest = json.loads(bucket.get(key)) if key in bucket.all_keys() else {}
    if manifest:
        project.manifests.append(manifest)
    return done, manifest


def sha256s(manifest: dict[str, Any]) -> dict[str, str]:
    return {name: output["sha256"] for name, output in manifest["outputs"].items()}


@pytest.mark.parametrize("uri", ["orders/2026-*.csv", "orders/", "**/*.csv", "orders/2026-01.csv, orders/2026-02.csv"])
def test_local_and_s3_runs_give_the_same_bytes(project: Any, bucket: Any, mode: str, uri: str) -> None:
    double(project, uri)
    uploaded(project, bucket)
    local = project.good(mode)
    done, manifest = run(project, bucket, mode)
    assert done.error is None
    assert sha256s(manifest) == sha256s(local.manifest)
    assert bucket.get("out/worked.csv") == local.bytes("worked.csv")
    assert hashlib.sha256(bucket.get("out/worked.csv")).hexdigest() == manifest["outputs"]["worked"]["sha256"]
    assert done.result["manifest_path"] == bucket.uri("out/manifest.json")
    assert manifest["outputs"]["worked"]["path"] == bucket.uri("out/worked.csv")
    ours, theirs = (each["inputs"]["orders"]["files"] for each in (manifest, local.manifest))
    assert [file["sha256"] for file in ours] == [file["sha256"] for file in theirs]
    assert all(file["uri"].startswith(bucket.uri("in/orders/")) for file in ours)


def test_a_large_output_in_parts_has_the_same_bytes(project: Any, bucket: Any, mode: str) -> None:
    double(project, "big.csv")
    project.write("big.csv", part(9, 400_000))
    uploaded(project, bucket)
    local = project.good(mode, 50_000)
    assert local.manifest["outputs"]["worked"]["bytes"] > 8 << 20
    done, manifest = run(project, bucket, mode, chunk=50_000)
    assert done.error is None
    assert sha256s(manifest) == sha256s(local.manifest)
    assert bucket.uploads() == []
    assert [key for key in bucket.all_keys() if key.startswith("out/")] == ["out/manifest.json", "out/worked.csv"]


def test_local_and_s3_places_mix(project: Any, bucket: Any, mode: str, tmp_path: Path) -> None:
    double(project)
    uploaded(project, bucket)
    from_s3 = project.good(mode, input_overrides={"orders": bucket.uri("in/orders/2026-*.csv")})
    assert from_s3.bytes("worked.csv") == project.good(mode).bytes("worked.csv")
    absolute = str(project.folder / "in" / "orders")
    done, manifest = run(project, bucket, mode, input_overrides={"orders": absolute})
    assert done.error is None
    assert manifest["inputs"]["orders"]["files"][0]["uri"].startswith(absolute)
    both = f"{bucket.uri('in/orders/2026-01.csv')}, {project.folder}/in/orders/2026-02.csv"
    assert project.good(mode, input_overrides={"orders": both}).manifest["inputs"]["orders"]["rows"] == 1000
    three = ",".join(bucket.uri(f"in/orders/2026-0{number}.csv") for number in (1, 2, 3))
    assert project.good(mode, input_overrides={"orders": three}).manifest["inputs"]["orders"]["rows"] == 1500


def test_an_output_may_name_its_own_place_and_so_may_the_manifest(project: Any, bucket: Any, mode: str) -> None:
    double(project)
    text = project.file.read_text().replace("from: worked", f"from: worked\n    uri: {bucket.uri('elsewhere/w.csv')}")
    project.yaml(text)
    manifest_path = bucket.uri("records/a b+c.json")
    done = project.good(mode, manifest_path=manifest_path)
    assert done.result["manifest_path"] == manifest_path
    assert sorted(bucket.all_keys()) == ["elsewhere/w.csv", "records/a b+c.json"]
    assert json.loads(bucket.get("records/a b+c.json"))["status"] == "success"


def test_a_packed_file_is_read_from_s3(project: Any, bucket: Any, mode: str) -> None:
    import gzip

    double(project)
    bucket.put("in/orders/2026-01.csv.gz", gzip.compress(part(1).encode()))
    done, manifest = run(project, bucket, mode, input_overrides={"orders": "orders/"})
    assert done.error is None
    assert manifest["inputs"]["orders"]["rows"] == 500


def test_a_missing_input_names_what_is_there(project: Any, bucket: Any, mode: str) -> None:
    double(project, "orders/2026-1.csv")
    uploaded(project, bucket)
    done, manifest = run(project, bucket, mode)
    assert isinstance(done.error, InputError)
    assert f"nothing at {bucket.uri('in/orders/2026-1.csv')}" in done.told
    assert f"did you mean '{bucket.uri('in/orders/2026-0')}" in done.told
    assert manifest["status"] == "failed"


def test_an_output_over_an_input_is_refused(project: Any, bucket: Any, mode: str) -> None:
    double(project, "worked.csv")
    bucket.put("in/worked.csv", part(1))
    done, _ = run(project, bucket, mode, output_dir=bucket.uri("in"))
    assert isinstance(done.error, PipelineError)
    assert "would replace" in done.told
    assert bucket.get("in/worked.csv").decode() == part(1)


def test_an_input_named_twice_is_refused(project: Any, bucket: Any) -> None:
    double(project, "orders/2026-01.csv, orders/")
    uploaded(project, bucket)
    assert "more than once" in run(project, bucket)[0].told


def test_a_step_that_fails_leaves_the_old_output_and_says_so_in_s3(project: Any, bucket: Any, mode: str) -> None:
    double(project)
    project.step("work", WORK.replace('frame["amount"] * 2', "no_such_name"))
    uploaded(project, bucket)
    bucket.put("out/worked.csv", OLD)
    done, manifest = run(project, bucket, mode)
    assert isinstance(done.error, StepError)
    assert bucket.get("out/worked.csv") == OLD
    assert done.error.manifest_path == bucket.uri("out/manifest.json")
    assert (manifest["status"], manifest["error"]["step_id"]) == ("failed", "work")
    assert bucket.uploads() == []


def test_kill_9_leaves_the_old_output_and_clean_removes_what_it_left(project: Any, bucket: Any) -> None:
    double(project, "big.csv")
    project.write("big.csv", part(9, 400_000))
    kill = "(os.kill(os.getpid(), 9) if ctx.batch_id == 'die' and frame.index[-1] > 350_000 else frame)"
    project.step("work", WORK.replace("frame.assign", f"{kill}.assign"))
    bucket.put("out/worked.csv", OLD)
    arguments = [
        "run",
        "--pipeline-file",
        "pipeline.yaml",
        "--input-dir",
        "in",
        "--output-dir",
        bucket.uri("out"),
        "--stream-chunk-size",
        "50000",
    ]
    killed = project.cli(*arguments, "--batch-id", "die")
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert bucket.get("out/worked.csv") == OLD
    assert "out/manifest.json" not in bucket.all_keys()
    assert len(bucket.uploads()) == 1
    foreign = bucket.client.create_multipart_upload(Bucket=bucket.name, Key="out/worked.csv")["UploadId"]
    young = project.cli("clean", bucket.uri("out"))
    assert (young.returncode, json.loads(young.stdout)["removed"]) == (0, [])
    cleaned = project.cli("clean", bucket.uri("out"), "--older-than", "0s")
    assert cleaned.returncode == 0, cleaned.stderr
    (removed,) = json.loads(cleaned.stdout)["removed"]
    assert removed["uri"] == bucket.uri("out/worked.csv")
    assert bucket.uploads() == [("out/worked.csv", foreign)]
    lease = "out/.manifest.json.trakt-lease"
    assert bucket.all_keys() == [lease, "out/worked.csv"]
    # nobody can tell yet that its holder is dead
    waits = project.cli(*arguments, "--batch-id", "live")
    assert waits.returncode == 1
    assert "if it was killed, the place is free soon after" in waits.stderr
    said = json.loads(bucket.get(lease))
    bucket.put(lease, json.dumps({**said, "until": said["since"].replace("20", "19", 1)}))
    assert project.cli(*arguments, "--batch-id", "live").returncode == 0
    assert lease not in bucket.all_keys()
    assert bucket.get("out/worked.csv") != OLD


@pytest.mark.parametrize("versioned", [True, False])
def test_when_the_second_output_cannot_be_published_the_first_is_put_back_or_named(
    project: Any, bucket: Any, mode: str, versioned: bool
) -> None:
    double(project)
    bucket.put("in/orders/2026-01.csv", part(1))
    if versioned:
        enabled = {"Status": "Enabled"}
        bucket.client.put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration=enabled)
    bucket.put("out/worked.csv", OLD)
    # the manifest is published last; a folder takes its place while the run is under way
    blocked = project.folder / "records" / "manifest.json"
    project.step("work", WORK.replace("    work =", f"    os.makedirs({str(blocked)!r}, exist_ok=True)\n    work ="))
    done, _ = run(project, bucket, mode, manifest_path=str(blocked))
    assert isinstance(done.error, OutputError)
    assert (bucket.get("out/worked.csv") == OLD) is versioned
    assert done.error.replaced == (() if versioned else (bucket.uri("out/worked.csv"),))
    assert ("cannot be put back" in done.told) is not versioned


def test_the_command_line_names_what_could_not_be_put_back(project: Any, bucket: Any) -> None:
    double(project)
    uploaded(project, bucket)
    bucket.put("out/worked.csv", OLD)
    blocked = project.folder / "records" / "manifest.json"
    project.step("work", WORK.replace("    work =", f"    os.makedirs({str(blocked)!r}, exist_ok=True)\n    work ="))
    places = ("--input-dir", bucket.uri("in"), "--output-dir", bucket.uri("out"), "--manifest-path", str(blocked))
    done = project.cli("run", "--pipeline-file", "pipeline.yaml", *places)
    assert done.returncode == 1
    assert f"previous outputs are as they were, but for {bucket.uri('out/worked.csv')}" in done.stderr


def test_a_file_replaced_between_the_two_passes_is_an_error(
    project: Any, bucket: Any, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trakt.engine import read
    from trakt.storage import s3

    # what is small is fetched once, and cannot be replaced meanwhile
    monkeypatch.setattr(read, "_SMALL_FILE_BYTES", 0)
    double(project)
    uploaded(project, bucket)
    bucket.put("out/worked.csv", OLD)
    real, times = s3.open_read, iter(range(1000))

    def opened(file: Any, *rest: Any) -> Any:
        # head, types, rows: the third time is the pass that makes rows
        if file.uri.endswith("2026-02.csv") and next(times) == 2:
            bucket.put("in/orders/2026-02.csv", part(7))
        return real(file, *rest)

    monkeypatch.setattr(s3, "open_read", opened)
    done, _ = run(project, bucket, mode)
    assert isinstance(done.error, InputError)
    assert "was replaced" in done.told
    assert next(times) > 2
    assert bucket.get("out/worked.csv") == OLD


def test_a_bucket_that_is_not_there_is_told_before_anything_is_read(project: Any, bucket: Any, mode: str) -> None:
    double(project)
    uploaded(project, bucket)
    done = project.run(mode, input_dir=bucket.uri("in"), output_dir="s3://no-such-bucket-here/out")
    assert isinstance(done.error, RunError)
    assert "there is no bucket" in done.told
    assert done.error.manifest_path is None


def test_a_plan_names_objects_and_reads_none(project: Any, bucket: Any) -> None:
    double(project)
    uploaded(project, bucket)
    places = ("--input-dir", bucket.uri("in"), "--output-dir", bucket.uri("out"))
    done = project.cli("plan", "--pipeline-file", "pipeline.yaml", *places)
    assert done.returncode == 0, done.stderr
    files = json.loads(done.stdout)["inputs"]["orders"]["files"]
    assert [file["uri"] for file in files] == [bucket.uri(f"in/orders/2026-0{number}.csv") for number in (1, 2, 3)]
    assert [file["bytes"] for file in files] == [len(part(number).encode()) for number in (1, 2, 3)]
    assert [key for key in bucket.all_keys() if key.startswith("out")] == []
    assert not os.path.exists(project.folder / "out")


def test_a_small_object_is_fetched_once(project: Any, bucket: Any, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from trakt.storage import s3

    double(project)
    uploaded(project, bucket)
    real, opened = s3.open_read, []
    monkeypatch.setattr(s3, "open_read", lambda file, *rest: opened.append(file.uri) or real(file, *rest))
    done, _ = run(project, bucket, mode)
    assert done.error is None
    assert sorted(opened) == [bucket.uri(f"in/orders/2026-0{number}.csv") for number in (1, 2, 3)]


@pytest.mark.parametrize("there", ["in/a[1].csv", "in/a[1].csv/x.csv"])
def test_what_looks_like_a_glob_is_a_name_first(project: Any, bucket: Any, there: str) -> None:
    bucket.put(there, "id\n1\n")
    bucket.put("in/a1.csv", "id\n2\n")
    project.passthrough("id\n", name="a[1].csv")
    _, manifest = run(project, bucket)
    assert [file["uri"] for file in manifest["inputs"]["records"]["files"]] == [bucket.uri(there)]
