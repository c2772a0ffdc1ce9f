"""Files, pipelines, events and command lines that were made to break things.

Whatever comes in: no traceback, no hang, nothing read or written outside the places that were given, and every line of
a file is a row, a rejected row, or the run fails. `make fuzz` searches for longer.
"""

from __future__ import annotations

import base64
import contextlib
import gzip
import io
import json
import os
import re
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Project
from tests.fakes.lambda_function import LambdaFunction
from tests.fuzz.budget import no_longer_than, search
from tests.fuzz.csv_bytes import Delivered, deliveries, read_by_csv
from tests.fuzz.documents import command_lines, events, yaml_texts
from trakt import TraktError
from trakt.cli import main

ROOT = Path(__file__).parents[2]

# hypothesis would rather not print the larger files, and pytest makes errors of what it says
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")
FORMULA = "=cmd|'/C calc'!A0"


def delivered_to(project: Project, file: Delivered, on_bad_rows: str) -> Any:
    """A run over the file, each in an empty folder."""
    for old in ("in", "out"):
        shutil.rmtree(project.folder / old, ignore_errors=True)
    project.write(file.name, file.stored)
    project.pipeline(
        inputs={"records": {"uri": file.name, "metadata": file.metadata, "on_bad_rows": on_bad_rows}},
        outputs={"datasets": [{"name": "records", "from": "records"}]},
        execution={"mode": "stream", "chunk_rows": 3},
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("trakt.formats.text.decode.READ_BYTES", file.block)
        done = project.run(out="out")
    # held against its schema here: thousands are too many to keep
    project.manifests.clear()
    assert "bug in Trakt" not in done.told
    assert "do not add up" not in done.told
    return done


def rejected_of(done: Any) -> list[dict[str, Any]]:
    path = done.manifest["rejected"]["path"]
    return [json.loads(line) for line in Path(path).read_bytes().splitlines()] if path else []


def require_accounted(file: Delivered, done: Any) -> None:
    """Every physical line is somewhere, and every row that is promised is there."""
    (entry,) = done.manifest["inputs"]["records"]["files"]
    lines = entry["lines"]
    parts = ("header", "skipped", "blank", "continued", "rows", "rejected")
    assert lines["total"] == sum(lines[name] for name in parts)
    if not file.content.startswith((b"\xff", b"\xfe")) and file.metadata.get("encoding") != "utf-16":
        assert lines["total"] == file.lines
    rejected = rejected_of(done)
    assert entry["rejected"] == len(rejected)
    if file.name.endswith(".csv") and "encoding" not in file.metadata and entry["encoding"] == "utf-8":
        for row in rejected:
            raw = base64.b64decode(row["raw_base64"]) if row["raw_base64"] else row["raw"].encode()
            assert file.content[row["byte_offset"] :].startswith(raw)
            assert len(re.findall(rb"\r\n|\r|\n", file.content[: row["byte_offset"]])) + 1 == row["line"]
    rows = read_by_csv(done.bytes().decode())
    assert len(rows) - 1 == entry["rows"] == done.manifest["outputs"]["records"]["rows"]


def require_same_as_csv(file: Delivered, done: Any) -> None:
    """Where Python's own reader finds its way, the good rows are those it finds, and the ragged ones are rejected."""
    records = file.records() if file.text is not None and set(file.metadata) == {"types"} else None
    if records is None or file.metadata["types"] != "text" or not records or "\x00" in (file.text or ""):
        return
    good = [row for row in records if len(row) == len(records[0])]
    assert read_by_csv(done.bytes().decode()) == good
    assert len(rejected_of(done)) == len(records) - len(good)


@pytest.mark.parametrize("on_bad_rows", ["fail", "quarantine"])
def test_any_file_is_read_accounted_for_or_refused(project: Project, on_bad_rows: str) -> None:
    read = 0

    def check(file: Delivered) -> None:
        nonlocal read
        done = delivered_to(project, file, on_bad_rows)
        if done.error:
            assert isinstance(done.error, TraktError)
            assert all(fault.what for fault in done.error.faults)
            assert not (done.out / "records.csv").exists()
            return
        read += 1
        require_accounted(file, done)
        if file.name.endswith(".csv"):
            require_same_as_csv(file, done)

    assert search(deliveries(), check) > 40
    assert read > 10


@contextlib.contextmanager
def kept_inside(folder: Path) -> Iterator[None]:
    """Nothing of the machine outside `folder` is written or replaced while inside."""
    touched: list[str] = []

    def heard(event: str, arguments: tuple[Any, ...]) -> None:
        if not listening:
            return
        if event == "open":
            path, _, flags = arguments
            if isinstance(path, str) and isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR):
                touched.append(path)
        elif event in ("os.rename", "os.link"):
            touched.append(str(arguments[1]))
        elif event in ("os.remove", "os.mkdir", "os.rmdir"):
            touched.append(str(arguments[0]))

    listening = True
    sys.addaudithook(heard)
    try:
        yield
    finally:
        listening = False
    allowed = (str(folder), os.path.realpath(folder), "/tmp/trakt-", "/dev/")
    outside = [path for path in touched if os.path.isabs(path) and not path.startswith(allowed)]
    temporary = os.path.realpath(os.environ.get("TMPDIR", "/tmp"))
    assert [path for path in outside if os.path.dirname(path) != temporary and path != temporary] == []


def test_any_pipeline_file_is_run_or_refused(project: Project, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> None:
    monkeypatch.chdir(project.folder)
    project.write("records.csv", "id\n1\n2\n2\n3,4\n")
    codes = set()

    def check(text: bytes) -> None:
        project.file.write_bytes(text)
        code = main(["run", "--pipeline-file", "pipeline.yaml", "--input-dir", "in", "--output-dir", "out", "-q"])
        told = capfd.readouterr().err
        assert "Traceback" not in told
        assert "bug in Trakt" not in told, told
        assert code in (0, 1, 2)
        assert code == 0 or told.strip()
        codes.add(code)

    assert search(yaml_texts(), check) > 40
    assert {0, 2} <= codes


def test_any_command_line_is_understood_or_refused(
    project: Project, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    work = project.folder / "work"
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")

    def check(words: list[str]) -> None:
        shutil.rmtree(work, ignore_errors=True)
        (work / "in").mkdir(parents=True)
        monkeypatch.chdir(work)
        (work / "in" / "records.csv").write_text("id\n1\n2\n")
        (work / "pipeline.yaml").write_text("inputs: {orders: records.csv}\noutputs: {same: orders}\n")
        # a clean of the machine's root would look for long, and is what was asked for
        if "clean" in words and {"/", "..", "file:///"} & set(words):
            return
        monkeypatch.setattr("sys.stdin", io.StringIO("{}"))
        code = main(words)
        told = capfd.readouterr().err
        assert "Traceback" not in told
        assert "bug in Trakt" not in told, told
        assert code in (0, 1, 2)

    assert search(command_lines(), check) > 40


def test_any_event_is_carried_out_inside_its_places_or_refused(
    function: LambdaFunction, bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trakt.storage import s3

    bucket.put("secret/orders.csv", "order_id,gross\n666,666\n")
    inputs, outputs = bucket.uri("incoming/"), bucket.uri("clean/")
    # what a run has made is looked at when it is asked for again
    either = (inputs, outputs)
    touched: list[tuple[tuple[str, ...], str]] = []
    find, read, stage = s3.find, s3.open_read, s3.stage
    monkeypatch.setattr(s3, "find", lambda uri, suffixes: touched.append((either, uri)) or find(uri, suffixes))
    monkeypatch.setattr(
        s3, "open_read", lambda file, waiting: touched.append((either, file.uri)) or read(file, waiting)
    )
    monkeypatch.setattr(s3, "stage", lambda uri: touched.append(((outputs,), uri)) or stage(uri))

    def check(event: Any) -> None:
        touched.clear()
        said = len(function.text)
        with contextlib.suppress(TraktError):
            function.invoke(event)
        assert "bug in Trakt" not in function.text[said:], function.text[said:]
        for prefixes, uri in touched:
            assert uri.startswith(prefixes), f"{uri} is not below {prefixes}"
            assert "/../" not in uri

    assert search(events(), check) > 20
    assert {key.split("/")[0] for key in bucket.all_keys()} <= {"incoming", "clean", "secret"}


def limited(project: Project, megabytes: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`trakt run` in a process that may not reserve more memory than an idle one and so much."""
    # what is imported reserves a lot, and is no part of the question
    code = (
        "import os, resource, sys\nimport trakt.engine.run, trakt.formats.text.read, trakt.formats.csv.write\n"
        "from trakt.cli import main\n"
        "now = int(open('/proc/self/statm').read().split()[0]) * os.sysconf('SC_PAGE_SIZE')\n"
        f"resource.setrlimit(resource.RLIMIT_AS, (now + ({megabytes} << 20),) * 2)\nsys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", code, "run", "--pipeline-file", "pipeline.yaml", "--input-dir", "in", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TRAKT_THREADS": "1", "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        command, cwd=project.folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize(
    ("filling", "megabytes", "limit", "code"),
    [(b"\0", 300, 400, 1), (b"x", 300, 400, 1), (b"\n", 120, 100, 0), (b'"', 48, 300, 1)],
    ids=["nul", "one field", "blank lines", "quotes"],
)
def test_a_gzip_bomb_ends_in_bounded_memory(
    project: Project, filling: bytes, megabytes: int, limit: int, code: int
) -> None:
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1) as stream:
        stream.write(b"id\n")
        for _ in range(megabytes):
            stream.write(filling * (1 << 20))
    project.passthrough(packed.getvalue(), name="records.csv.gz", metadata={"types": "text"})
    project.file.write_text(project.file.read_text() + "execution: {mode: stream}\n")
    done = limited(project, limit, "--output-dir", "out", "-q")
    assert "Traceback" not in done.stderr
    assert "bug in Trakt" not in done.stderr
    assert done.returncode == code, done.stderr
    if code:
        assert not (project.folder / "out" / "records.csv").exists()


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
            f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(12)
        ),
        "a: &a {x: 1}\n" + "".join(
            f"{chr(98 + n)}: &{chr(98 + n)} {{<<: [{', '.join(['*' + chr(97 + n)] * 9)}]}}\n" for n in range(12)
        ),
        "a: " + "[" * 100_000,
        "a: " + "{a: " * 20_000 + "}" * 20_000,
        "- " * 100_000,
        "name: " + "9" * 1_000_000,
        "a: &a [*a, *a]\nb: *a\n",
        "? " * 50_000,
        "name: !!python/object/apply:os.system ['touch touched']\n",
    ],
    ids=["aliases", "merges", "brackets", "braces", "dashes", "digits", "itself", "keys", "python"],
)  # fmt: skip
def test_a_yaml_bomb_is_refused_in_bounded_memory_and_time(project: Project, text: str) -> None:
    project.yaml(text)
    with no_longer_than(30):
        done = limited(project, 500, "--output-dir", "out")
    assert done.returncode == 2, done.stderr[:2000]
    assert "Traceback" not in done.stderr
    assert not (project.folder / "touched").exists()


def test_formula_text_is_data_byte_for_byte(project: Project, mode: str) -> None:
    content = f'id,text\n1,{FORMULA}\n2,@SUM(1+1)*cmd\n3,+49 30\n4,-1+1\n5,"=HYPERLINK(""http://127.0.0.1"")"\n6,\t=1\n'
    project.passthrough(content)
    assert project.good(mode).bytes().decode() == content


@pytest.mark.parametrize("place", ["../outside.csv", "a/../../outside.csv"])
def test_an_output_that_climbs_is_the_authors_own_word_and_goes_where_it_says(project: Project, place: str) -> None:
    """A pipeline file is trusted, as a script is; an event is not: see test_lambda_keeps_inside.py."""
    project.write("records.csv", "id\n1\n")
    project.pipeline(
        inputs={"records": "records.csv"}, outputs={"datasets": [{"name": "o", "from": "records", "uri": place}]}
    )
    done = project.good(out="deep/out")
    assert Path(done.manifest["outputs"]["o"]["path"]) == (project.folder / "deep" / "outside.csv")


def test_memory_of_this_test_run_may_be_limited() -> None:
    """The bombs above would prove nothing on a system without RLIMIT_AS."""
    assert resource.getrlimit(resource.RLIMIT_AS)
    assert Path("/proc/self/statm").exists()
