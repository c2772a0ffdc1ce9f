"""`trakt verify` reads again what a manifest names, and says of each file whether it is what it was."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT

OUT = "out/manifest.json"


@pytest.fixture
def ran(project: Any) -> Any:
    """A project whose run has been committed: two inputs, of which one is not read, and an output."""
    project.write("a.csv", "id\n1\n")
    project.write("b.csv", "id\n2\n")
    project.write("unread.csv", "id\n3\n")
    project.pipeline(
        inputs={"records": "[ab].csv", "unread": "unread.csv"}, outputs={"records": "records", "again": "records"}
    )
    assert project.run_cli("--run-id", "r1").returncode == 0
    return project


def verified(project: Any, *words: str, code: int = 0) -> tuple[dict[str, Any], list[str]]:
    done = project.cli("verify", *words)
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout), done.stderr.splitlines()


def states(result: dict[str, Any]) -> dict[str, str]:
    return {f"{each['role']} {Path(each['uri']).name}": each["state"] for each in result["files"]}


SAME = {
    "output records.csv": "same",
    "output again.csv": "same",
    "input a.csv": "same",
    "input b.csv": "same",
    "input unread.csv": "unknown",
}


def test_what_is_as_it_was_is_told_file_by_file(ran: Any) -> None:
    result, lines = verified(ran, OUT)
    assert states(result) == SAME
    assert (result["status"], result["run_id"], result["run_status"]) == ("ok", "r1", "success")
    first = result["files"][0]
    assert (first["found_bytes"], first["found_sha256"]) == (first["bytes"], first["sha256"])
    assert lines == [
        f"same     output records: {ran.folder}/out/records.csv",
        f"same     output again: {ran.folder}/out/again.csv",
        f"same     input records: {ran.folder}/in/a.csv",
        f"same     input records: {ran.folder}/in/b.csv",
        f"unknown  input unread: {ran.folder}/in/unread.csv: the manifest has no checksum of it",
        "5 files of run r1: 4 same, 1 unknown",
    ]


@pytest.mark.parametrize(
    ("name", "content", "state", "why"),
    [
        ("out/records.csv", b"id\n1\n3\n", "changed", "output 'records': holds other bytes than it did"),
        ("out/records.csv", b"id\n1\n", "changed", "output 'records': has 5 bytes, and had 7"),
        ("out/again.csv", None, "missing", "output 'again': is not there"),
        ("in/b.csv", b"id\n3\n", "changed", "input 'records': holds other bytes than it did"),
        ("in/b.csv", None, "missing", "input 'records': is not there"),
        ("in/unread.csv", None, "missing", "input 'unread': is not there"),
        ("in/unread.csv", b"", "changed", "input 'unread': has 0 bytes, and had 5"),
    ],
)
def test_what_is_not_as_it_was_fails_and_all_others_are_told_too(
    ran: Any, name: str, content: bytes | None, state: str, why: str
) -> None:
    path = ran.folder / name
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    result, lines = verified(ran, OUT, code=1)
    role = "output" if name.startswith("out") else "input"
    assert states(result) == {**SAME, f"{role} {path.name}": state}
    assert (result["status"], result["run_id"], result["manifest_path"]) == ("failed", "r1", OUT)
    (fault,) = result["error"]["faults"]
    assert (fault["what"], fault["where"]) == (why, str(path))
    assert f"{path}: {why}" in lines


def test_only_outputs_or_only_inputs_may_be_asked_for(ran: Any) -> None:
    (ran.folder / "in" / "b.csv").write_text("id\n9\n")
    assert set(states(verified(ran, OUT, "--outputs")[0])) == {"output records.csv", "output again.csv"}
    result, _ = verified(ran, OUT, "--inputs", code=1)
    assert {each["role"] for each in result["files"]} == {"input"}
    assert ran.cli("verify", OUT, "--inputs", "--outputs").returncode == 2


def test_a_folder_or_a_pattern_by_the_name_of_a_file_is_not_that_file(ran: Any) -> None:
    path = ran.folder / "out" / "again.csv"
    path.unlink()
    path.mkdir()
    (path / "inner.csv").write_text("id\n1\n2\n")
    assert states(verified(ran, OUT, code=1)[0])["output again.csv"] == "missing"


def test_relative_paths_are_told_as_what_was_looked_at(ran: Any) -> None:
    other = ran.folder / "other"
    other.mkdir()
    command = [sys.executable, "-m", "trakt", "verify", "../out/manifest.json", "--outputs"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    told = subprocess.run(command, cwd=other, env=environment, capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert f"{other}/out/records.csv: output 'records': is not there" in told.stderr
    assert "the path is relative: verify it in the folder where the run was started" in told.stderr


def test_outputs_of_a_failed_run_were_never_published(ran: Any) -> None:
    (ran.folder / "in" / "a.csv").write_text("id\n1,2\n")
    assert ran.run_cli("--run-id", "r2").returncode == 1
    result, lines = verified(ran, OUT)
    assert result["not_checked"] == "run r2 has failed, so its outputs were never published"
    assert "outputs not checked: run r2 has failed, so its outputs were never published" in lines
    assert {each["role"] for each in result["files"]} == {"input"}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "there is no manifest"),
        ("[]", "this is no manifest: it has no manifest_version"),
        ("{", "this is no manifest: it is no JSON"),
        ('{"manifest_version": 1}', "this is no whole manifest"),
        ('{"manifest_version": 2}', "this Trakt reads version 1"),
    ],
)
def test_what_is_no_manifest_is_told(project: Any, content: str | None, told: str) -> None:
    if content is not None:
        (project.folder / "m.txt").write_text(content)
    done = project.cli("verify", "m.txt")
    assert done.returncode == 1
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_a_large_file_is_read_piece_by_piece(ran: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from trakt.engine import committed
    from trakt.storage import StoredFile, local

    sizes: list[int] = []
    real = local.open_read

    def opened(file: StoredFile) -> Any:
        stream = real(file)
        read = stream.read
        monkeypatch.setattr(committed, "_PIECE_BYTES", 2)

        class Noting:
            def read(self, size: int) -> bytes:
                sizes.append(size)
                return read(size)

            close = stream.close

        return Noting()

    monkeypatch.setattr(local, "open_read", opened)
    path = str(ran.folder / "out" / "records.csv")
    size, _ = committed.sha256_of(StoredFile(path, 7))
    assert (size, set(sizes)) == (7, {2})


def test_objects_in_s3_are_verified_as_files_are(project: Any, bucket: Any) -> None:
    project.passthrough("id\n1\n")
    bucket.put("in/records.csv", "id\n1\n")
    assert not project.run(input_dir=bucket.uri("in"), output_dir=bucket.uri("out")).error
    manifest = bucket.uri("out/manifest.json")
    assert set(states(verified(project, manifest)[0]).values()) == {"same"}
    bucket.put("out/records.csv", "id\n2\n")
    bucket.client.delete_object(Bucket=bucket.name, Key="in/records.csv")
    result, lines = verified(project, manifest, code=1)
    assert states(result) == {"output records.csv": "changed", "input records.csv": "missing"}
    assert f"changed  output records: {bucket.uri('out/records.csv')}: holds other bytes than it did" in lines


def test_a_file_that_cannot_be_read_is_unknown_and_wrong(ran: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from trakt.engine import verify
    from trakt.errors import InputError

    def refuse(file: Any) -> None:
        raise InputError("permission denied", where=file.uri)

    monkeypatch.setattr(verify, "sha256_of", refuse)
    monkeypatch.chdir(ran.folder)
    found = verify.verify(OUT, ["output"], lambda _: None)
    assert [(each.state, each.why) for each in found.files] == [("unknown", "cannot be read: permission denied")] * 2
    assert len(found.faults) == 2


def test_rejected_rows_are_verified_as_an_output_and_missed_by_the_next_run(project: Any) -> None:
    project.write("records.csv", "id\n1\n1,2\n")
    project.pipeline(
        inputs={"records": {"uri": "records.csv", "on_bad_rows": "quarantine"}}, outputs={"records": "records"}
    )
    assert project.run_cli().returncode == 0
    assert states(verified(project, OUT, "--outputs")[0]) == {
        "output records.csv": "same",
        "output rejected.jsonl": "same",
    }
    (project.folder / "out" / "rejected.jsonl").unlink()
    assert states(verified(project, OUT, "--outputs", code=1)[0])["output rejected.jsonl"] == "missing"
    assert json.loads(project.run_cli().stdout)["status"] == "success"
    assert json.loads(project.run_cli().stdout)["status"] == "skipped"
