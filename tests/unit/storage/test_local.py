from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from trakt.errors import InputError, OutputError, RunError
from trakt.storage import StoredFile, scheme_of, storage_for
from trakt.storage.local import find, join, open_read, read_head, stage


def parts(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if "trakt-part" in path.name)


def test_an_output_is_invisible_until_published_and_then_whole(tmp_path: Path) -> None:
    target = tmp_path / "sub" / "o.csv"
    staged = stage(str(target))
    staged.stream.write(b"new")
    assert not target.exists()
    assert all(name.startswith(".") for name in os.listdir(target.parent))
    staged.publish()
    assert target.read_bytes() == b"new"
    assert parts(target.parent) == []


def test_the_old_output_stays_until_the_new_one_is_published(tmp_path: Path) -> None:
    target = tmp_path / "o.csv"
    target.write_bytes(b"old")
    staged = stage(str(target))
    staged.stream.write(b"new")
    staged.stream.flush()
    assert target.read_bytes() == b"old"
    staged.abort()
    assert target.read_bytes() == b"old"
    assert parts(tmp_path) == []


def test_abort_is_harmless_when_called_again_and_after_publish(tmp_path: Path) -> None:
    staged = stage(str(tmp_path / "o.csv"))
    staged.abort()
    staged.abort()
    staged = stage(str(tmp_path / "o.csv"))
    staged.publish()
    staged.abort()
    assert (tmp_path / "o.csv").exists()


def test_parts_of_a_killed_run_are_swept_and_only_those_of_the_same_target(tmp_path: Path) -> None:
    code = "import os, sys; from trakt.storage.local import stage; s = [stage(p) for p in sys.argv[1:]]; os.kill(os.getpid(), 9)"
    targets = [str(tmp_path / name) for name in ("o.csv", "p.csv")]
    root = Path(__file__).parents[3]
    subprocess.run([sys.executable, "-c", code, *targets], cwd=root, check=False, timeout=60)
    assert len(parts(tmp_path)) == 2
    bystander = tmp_path / ".o.csv.mine"
    bystander.write_text("not ours")
    stage(targets[0]).abort()
    (left,) = parts(tmp_path)
    assert "p.csv" in left
    assert bystander.exists()


def test_a_part_of_a_living_run_is_left_alone(tmp_path: Path) -> None:
    code = "import sys, time; from trakt.storage.local import stage; s = stage(sys.argv[1]); print('staged', flush=True); time.sleep(60)"
    target = tmp_path / "o.csv"
    root = Path(__file__).parents[3]
    with subprocess.Popen(
        [sys.executable, "-c", code, str(target)], cwd=root, stdout=subprocess.PIPE, text=True
    ) as living:
        try:
            assert living.stdout is not None
            assert living.stdout.readline() == "staged\n"
            mine = stage(str(target))
            assert len(parts(tmp_path)) == 2
            mine.abort()
            assert len(parts(tmp_path)) == 1
        finally:
            living.kill()


def test_two_attempts_in_one_process_do_not_sweep_each_other(tmp_path: Path) -> None:
    target = str(tmp_path / "o.csv")
    with stage(target) as one, stage(target) as two:
        one.stream.write(b"one")
        two.stream.write(b"two")
        one.publish()
        assert Path(target).read_bytes() == b"one"
        two.publish()
        assert Path(target).read_bytes() == b"two"


def test_what_was_there_before_can_be_put_back_though_another_run_has_begun_meanwhile(tmp_path: Path) -> None:
    target = tmp_path / "o.csv"
    target.write_bytes(b"old")
    with stage(str(target)) as one:
        one.stream.write(b"new")
        one.publish()
        with stage(str(target)):
            one.revert()
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["o.csv"]


def test_what_a_killed_run_has_kept_of_before_is_cleared_away_at_once(tmp_path: Path) -> None:
    target = tmp_path / "o.csv"
    target.write_bytes(b"new")
    (tmp_path / ".o.csv.0123456789ab.trakt-before").write_bytes(b"old")
    stage(str(target)).abort()
    assert os.listdir(tmp_path) == ["o.csv"]


def test_a_target_with_the_longest_name_a_folder_takes_can_be_staged(tmp_path: Path) -> None:
    target = tmp_path / ("n" * 251 + ".csv")
    target.touch()
    with stage(str(target)) as staged:
        staged.publish()
    assert parts(tmp_path) == []


@pytest.mark.parametrize("name", ["a[1].csv", "*.csv", "?.csv", "ü.csv", "a b.csv", "..csv"])
def test_sweeping_takes_a_name_by_its_letters(tmp_path: Path, name: str) -> None:
    other = tmp_path / ".x.csv.abc.trakt-part"
    other.touch()
    stage(str(tmp_path / name)).publish()
    assert other.exists()
    assert (tmp_path / name).exists()


def test_a_target_that_is_a_folder_or_lies_below_a_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="is a directory"):
        stage(str(tmp_path))
    (tmp_path / "file").touch()
    with pytest.raises(OutputError) as raised:
        stage(str(tmp_path / "file" / "o.csv"))
    assert str(tmp_path / "file" / "o.csv") in str(raised.value)


@pytest.mark.parametrize("look", [open_read, lambda file: read_head(file, 3)])
def test_a_file_that_went_away_is_told(tmp_path: Path, look: Any) -> None:
    with pytest.raises(InputError) as raised:
        look(StoredFile(str(tmp_path / "gone.csv"), 5))
    assert "gone.csv" in str(raised.value)


def test_the_head_of_a_file_is_its_first_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    file = StoredFile(str(tmp_path / "a"), 3)
    assert [read_head(file, size) for size in (2, 3, 4)] == [b"ab", b"abc", b"abc"]


def test_files_are_found_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv", "c.txt", ".d.csv"):
        (tmp_path / name).write_bytes(b"12345")
    found = find(str(tmp_path), (".csv",))
    assert [Path(file.uri).name for file in found.files] == ["a.csv", "b.csv"]
    assert [file.bytes for file in found.files] == [5, 5]
    assert [Path(uri).name for uri in found.passed_over] == ["c.txt"]


def test_a_hidden_file_is_not_found_by_a_glob(tmp_path: Path) -> None:
    (tmp_path / ".a.csv").touch()
    assert find(str(tmp_path / "*.csv"), (".csv",)).files == ()


def test_a_broken_link_in_a_folder_does_not_end_in_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "a.csv").touch()
    (tmp_path / "b.csv").symlink_to(tmp_path / "nowhere")
    found = find(str(tmp_path), (".csv",))
    assert "a.csv" in found.files[0].uri


def test_a_path_that_is_too_long_or_odd_finds_nothing(tmp_path: Path) -> None:
    for name in ("x" * 5000, "a\0b.csv", "x" * 5000 + "*.csv"):
        with contextlib.suppress(RunError):
            assert find(str(tmp_path / name), (".csv",)).files == ()


def test_a_uri_joins_its_base_unless_it_is_absolute() -> None:
    assert join("/data", "in/../a.csv") == "/data/a.csv"
    assert join("/data", "/b/a.csv") == "/b/a.csv"
    assert join("/data", "file:///b/a.csv") == "/b/a.csv"


@pytest.mark.parametrize(
    ("uri", "scheme"),
    [
        ("a.csv", "file"),
        ("/a/b", "file"),
        ("s3://b/k", "s3"),
        ("S3://b/k", "s3"),
        ("C:\\a", "file"),
        ("a:b.csv", "file"),
    ],
)
def test_a_scheme_is_what_stands_before_two_slashes(uri: str, scheme: str) -> None:
    assert scheme_of(uri) == scheme


def test_an_unknown_scheme_is_told() -> None:
    with pytest.raises(RunError, match="gopher://"):
        storage_for("gopher://x/y")


def test_publishing_makes_the_bytes_durable_before_the_name_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    real_fsync, real_replace = os.fsync, os.replace

    def fsync(handle: int) -> None:
        done.append("fsync")
        real_fsync(handle)

    def replace(source: str, target: str) -> None:
        done.append("replace")
        real_replace(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    staged = stage(str(tmp_path / "o.csv"))
    staged.stream.write(b"x" * 100_000)
    staged.publish()
    assert done[: done.index("replace") + 1][-2:] == ["fsync", "replace"]


def test_staging_beside_many_files_is_quick(tmp_path: Path) -> None:
    for number in range(2000):
        (tmp_path / f"{number}.csv").touch()
    began = time.perf_counter()
    stage(str(tmp_path / "o.csv")).abort()
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize("published", [True, False])
@pytest.mark.parametrize("old", [b"old", None])
def test_what_stands_in_goes_with_the_publication_or_when_it_is_reverted(
    tmp_path: Path, published: bool, old: bytes | None
) -> None:
    target = tmp_path / "o"
    if old is not None:
        target.write_bytes(old)
    with stage(str(target)) as staged:
        staged.stream.write(b"new")
        staged.withdraw(b"meanwhile")
        assert target.read_bytes() == b"meanwhile"
        # whoever cannot put all back says so once more
        staged.withdraw(b"meanwhile")
        if published:
            staged.publish()
            assert target.read_bytes() == b"new"
        staged.revert()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == ({} if old is None else {"o": old})
