"""Zips and checksums."""

import hashlib
import os
import subprocess
import zipfile

from deploy.archive import SUMS, write_sums, write_zip

CONTENT = {"b.txt": b"b" * 1000, "a/one.py": b"x = 1\n", "a/Gr\u00fc\u00dfe.txt": b"", "a.txt": b"\0\1"}


def lay(folder, names, moment, mode):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(CONTENT[name])
        path.chmod(mode)
        os.utime(path, (moment, moment))


def test_the_same_content_gives_the_same_bytes_whenever_and_by_whomever_it_was_written(tmp_path):
    lay(tmp_path / "first", CONTENT, 1_000_000_000, 0o644)
    lay(tmp_path / "second", reversed(CONTENT), 1_700_000_000, 0o700)
    for name in ("first", "second"):
        write_zip(tmp_path / name, tmp_path / f"{name}.zip")
    assert (tmp_path / "first.zip").read_bytes() == (tmp_path / "second.zip").read_bytes()


def test_a_zip_holds_every_file_readable_for_the_user_that_lambda_runs_as(tmp_path):
    lay(tmp_path / "folder", CONTENT, 1_000_000_000, 0o600)
    write_zip(tmp_path / "folder", tmp_path / "new" / "made.zip")
    with zipfile.ZipFile(tmp_path / "new" / "made.zip") as packed:
        assert {entry.filename: packed.read(entry) for entry in packed.infolist()} == CONTENT
        assert {entry.external_attr >> 16 for entry in packed.infolist()} == {0o100644}


def test_the_checksums_are_those_of_every_file_as_sha256sum_reads_them(tmp_path):
    lay(tmp_path, CONTENT, 1_000_000_000, 0o644)
    write_sums(tmp_path)
    write_sums(tmp_path)  # the list of before is not in the list
    lines = dict(reversed(line.split("  ", 1)) for line in (tmp_path / SUMS).read_text("utf-8").splitlines())
    assert lines == {name: hashlib.sha256(content).hexdigest() for name, content in CONTENT.items()}
    (tmp_path / "b.txt").write_bytes(b"tampered")
    checked = subprocess.run(
        ["sha256sum", "--check", SUMS], cwd=tmp_path, capture_output=True, text=True, check=False, env={"LC_ALL": "C"}
    )
    assert checked.returncode == 1
    assert [line for line in checked.stdout.splitlines() if not line.endswith("OK")] == ["b.txt: FAILED"]
