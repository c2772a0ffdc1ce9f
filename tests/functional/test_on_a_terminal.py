"""`trakt` in front of a person: on a real pty, what stands there while a run lasts and in the end."""

from __future__ import annotations

import itertools
import json
import os
import re
import signal
from typing import Any

import pytest

from tests.fakes.terminal import Seen, on_a_terminal

pytest.importorskip("rich")

SLOW = """\
import subprocess, time, warnings

@step_contract(inputs=["input", "pause"], outputs=["output"], supports_stream=True)
def run(ctx, input, pause):
    def work(number, frame):
        time.sleep(pause)
        if number == 3:
            print("printed " + "p" * 150)
            os.write(1, b"written to the descriptor\\n")
            subprocess.run(["echo", "said by a program"])
            warnings.warn("a warning of a library")
        return frame
    if ctx.mode == "batch":
        return {"output": work(3, input)}
    return {"output": (work(number, frame) for number, frame in enumerate(input))}
"""
PRINTED = ["printed " + "p" * 150, "written to the descriptor", "said by a program"]
RUN = ("run", "--pipeline-file", "pipeline.yaml", "--input-dir", "in", "--output-dir", "out")
HIDES_CURSOR = "\x1b[?25l"
COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:3\d|9\d)[;m]")


@pytest.fixture
def slow(project: Any) -> Any:
    """Twenty chunks of a thousand rows, a bad row among them, and a step that takes a second for all."""
    project.step("slow", SLOW)
    rows = "".join(f"{number},some text to make it longer,{number % 7}\n" for number in range(20_000))
    project.write("records.csv", f"id,note,n\n{rows}1,2\n")
    project.pipeline(
        execution={"mode": "stream", "chunk_rows": 1000},
        inputs={"records": {"uri": "records.csv", "on_bad_rows": "quarantine"}},
        steps=[{"id": "slow", "uses": "steps.slow", "with": {"input": "records", "pause": 0.06, "output": "worked"}}],
        outputs={"worked": "worked"},
    )
    return project


def look(project: Any, *more: str, words: tuple[str, ...] = RUN, **how: Any) -> Seen:
    return on_a_terminal([*words, *more], project.folder, **how)


def numbers(seen: Seen, kind: str, name: str) -> list[str]:
    """The cells behind a name in the table of the end."""
    (line,) = [line for line in seen.screen if line.split()[:2] == [kind, name]]
    return line.split()[2:]


def test_a_run_ends_as_a_table_of_the_manifest_s_numbers_and_says_where_all_lies(slow: Any) -> None:
    seen = look(slow, "--run-id", "r1")
    assert seen.code == 0, seen.text
    manifest = json.loads((slow.folder / "out" / "manifest.json").read_bytes())
    (step,), worked, records = manifest["steps"], manifest["outputs"]["worked"], manifest["inputs"]["records"]
    read = numbers(seen, "read", "records")
    assert read[:2] == [f"{records['rows']:,}", f"{records['rejected']:,}"] == ["20,000", "1"]
    assert read[2:4] == [f"{records['files'][0]['bytes'] / 1000:.1f}", "kB"]
    assert numbers(seen, "step", "slow") == ["20,000", "20,000", "0", f"{step['duration_ms'] / 1000:.2f}"]
    assert numbers(seen, "write", "worked")[:3] == [f"{worked['rows']:,}", f"{worked['bytes'] / 1000:.1f}", "kB"]
    assert re.search(r"^done in \d+\.\d s, run r1$", seen.text, re.MULTILINE)
    places = [line.split()[:2] for line in seen.screen[-5:]]
    for place in (["output", "out/worked.csv"], ["rejected", "out/rejected.jsonl"], ["manifest", "out/manifest.json"]):
        assert place in places
    # neither the lines of the run nor its result as JSON stay
    assert "running" not in seen.text
    assert "run_id" not in seen.text
    assert seen.has_its_cursor


def test_while_it_lasts_each_input_step_and_output_has_a_line_that_goes_on(slow: Any) -> None:
    seen = look(slow)
    assert HIDES_CURSOR in seen.raw
    for line in (
        r"read +records +rows 2/2 +\d+%.*[\d,]+.*kB",
        r"step +slow +running +[\d,]+",
        r"write +worked +writing",
    ):
        assert re.search(line, seen.plain), line
    rows = [int(told.replace(",", "")) for told in re.findall(r"step +slow +running +([\d,]+)", seen.plain)]
    assert rows == sorted(rows)
    assert len(set(rows)) >= 3
    for which in ("types 1/2", "rows 2/2"):
        percents = [int(told) for told in re.findall(rf"{which} +(\d+)%", seen.plain)]
        assert percents == sorted(percents)
        assert max(percents, default=0) < 100


@pytest.mark.parametrize("chosen", ["stream", "batch"])
def test_what_anybody_prints_meanwhile_stands_whole_above_the_lines(slow: Any, chosen: str) -> None:
    text = slow.file.read_text(encoding="utf-8").replace("mode: stream", f"mode: {chosen}")
    slow.yaml(text.replace("chunk_rows: 1000", "chunk_rows: 1000" if chosen == "stream" else ""))
    seen = look(slow)
    assert seen.code == 0, seen.text
    for line in PRINTED:
        assert line in seen.screen
    assert "UserWarning: a warning of a library" in seen.text
    assert any(line.startswith("warning: 1 row set aside: out/rejected.jsonl") for line in seen.screen)
    told = [index for index, line in enumerate(seen.screen) if line in PRINTED]
    assert max(told) < next(index for index, line in enumerate(seen.screen) if "rows in" in line)


def test_nobody_waits_for_a_program_that_a_step_left_behind(slow: Any) -> None:
    left = 'subprocess.Popen(["sleep", "300"], stdin=subprocess.DEVNULL).pid'
    slow.step("slow", SLOW.replace('print("printed', f'open("pid", "w").write(str({left})); print("printed'))
    seen = look(slow)
    try:
        assert seen.code == 0, seen.text
        assert PRINTED[1] in seen.screen
    finally:
        os.kill(int((slow.folder / "pid").read_text()), signal.SIGKILL)


def test_a_run_that_fails_leaves_its_lines_and_the_error_below_them(slow: Any) -> None:
    seen = look(slow, "--param", "slow.pause=long")
    assert seen.code == 1
    assert seen.has_its_cursor
    lines = [index for index, line in enumerate(seen.screen) if re.match(r"(read|step|write) +\w", line)]
    (error,) = [index for index, line in enumerate(seen.screen) if "TypeError" in line]
    assert len(lines) == 3
    assert max(lines) < error
    assert "-> mend the step" in seen.text
    assert '"status"' not in seen.text


@pytest.mark.parametrize(("number", "code", "word"), [(signal.SIGINT, 130, "interrupted"), (15, 143, "terminated")])
def test_a_signal_gives_the_terminal_back_and_says_what_stands(slow: Any, number: int, code: int, word: str) -> None:
    sent: list[int] = []

    def stop(raw: str, pid: int) -> None:
        if "writing" in raw and not sent:
            sent.append(pid)
            os.kill(pid, number)

    seen = look(slow, during=stop)
    assert seen.code == code
    assert seen.has_its_cursor
    assert f"{word}; previous outputs are as they were" in seen.screen
    assert "running" not in seen.text


def test_a_breakpoint_in_a_step_ends_the_lines_and_can_be_talked_to(slow: Any) -> None:
    slow.step(
        "slow", SLOW.replace("if number == 3:", "if number == 3:\n            seven = 7\n            breakpoint()")
    )
    seen = look(slow, types=("(Pdb) ", "seven * 6\nc\n"))
    assert seen.code == 0, seen.text
    assert re.search(r"^(\(Pdb\) )*42$", seen.plain, re.MULTILINE)
    assert seen.plain.count("running") == seen.plain[: seen.plain.index("(Pdb)")].count("running")


@pytest.mark.parametrize(
    "asks", ["builtins.input('Which year? ')", "(print('Which year?', flush=True), next(iter(sys.stdin)))[1]"]
)
def test_a_step_that_asks_something_ends_the_lines_and_is_answered(slow: Any, asks: str) -> None:
    asking = f"if number == 3:\n            import builtins, sys\n            print('it was', int({asks}) + 1)"
    slow.step("slow", SLOW.replace("if number == 3:", asking))
    seen = look(slow, types=("Which year?", "2025\n"))
    assert seen.code == 0, seen.text
    assert re.search(r"^(2025)?it was 2026$", seen.plain, re.MULTILINE), seen.plain
    assert "running" not in seen.plain[seen.plain.index("it was 2026") :]


@pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {"CI": "true"}])
def test_where_lines_cannot_move_there_are_log_lines_and_the_table(slow: Any, environment: dict[str, str]) -> None:
    seen = look(slow, **environment)
    assert seen.code == 0, seen.text
    assert HIDES_CURSOR not in seen.raw
    assert "read records: 20,000 rows from in/records.csv" in seen.screen
    assert numbers(seen, "read", "records")[:2] == ["20,000", "1"]


def test_json_is_what_is_printed_when_it_is_asked_for(slow: Any) -> None:
    seen = look(slow, "--json", streams="stdout")
    assert json.loads(seen.raw)["status"] == "success"
    assert "read records: 20,000 rows" in seen.out
    failed = look(slow, "--json", "--param", "slow.pause=long", streams="stdout")
    assert json.loads(failed.raw)["status"] == "failed"
    assert HIDES_CURSOR not in look(slow, "--json", "--force").raw


def test_quiet_says_nothing_of_a_run_that_went_well(slow: Any) -> None:
    slow.step("slow", SLOW.replace("number == 3", "False"))
    seen = look(slow, "--quiet")
    assert (seen.code, seen.raw) == (0, "")


def test_verbose_has_lines_to_read_along(slow: Any) -> None:
    seen = look(slow, "--verbose")
    assert HIDES_CURSOR not in seen.raw
    assert "read records: 20,000 rows from in/records.csv" in seen.screen


def test_a_result_that_is_piped_on_is_json_and_the_table_stays_on_the_terminal(slow: Any) -> None:
    seen = look(slow, streams="stderr")
    assert json.loads(seen.out)["status"] == "success"
    assert HIDES_CURSOR in seen.raw
    assert numbers(seen, "read", "records")[:2] == ["20,000", "1"]


def test_a_log_that_is_kept_in_a_file_has_no_control_codes(slow: Any) -> None:
    seen = look(slow, streams="stdout")
    assert "\x1b" not in seen.out
    assert "read records: 20,000 rows" in seen.out
    assert numbers(seen, "read", "records")[:2] == ["20,000", "1"]


def test_colours_are_left_out_where_nobody_wants_them(slow: Any) -> None:
    assert COLOUR.search(look(slow).raw)
    seen = look(slow, "--force", NO_COLOR="1")
    assert not COLOUR.search(seen.raw)
    assert HIDES_CURSOR in seen.raw


def test_a_narrow_terminal_and_a_long_name_still_make_whole_lines(slow: Any) -> None:
    long = "a_name_that_is_longer_than_the_terminal_is_wide"
    slow.yaml(slow.file.read_text(encoding="utf-8").replace("worked", long))
    seen = look(slow, size=(40, 12))
    assert seen.code == 0, seen.text
    drawn = [line for line in seen.plain.replace("\r", "\n").splitlines() if re.search(r"(running|writing) ", line)]
    assert drawn
    assert max(map(len, drawn)) <= 40
    table = [line for line in seen.screen if line.startswith(("records ", "slow ", "a_name"))]
    assert [line.split()[1] for line in table] == ["20,000"] * 3
    assert max(map(len, table)) <= 40


def test_more_steps_than_lines_of_the_terminal_show_those_that_go_on(slow: Any) -> None:
    names = ["records", *(f"v{number}" for number in range(20))]
    steps = [
        {"id": f"s{number}", "uses": "steps.slow", "with": {"input": read, "pause": 0.003, "output": made}}
        for number, (read, made) in enumerate(itertools.pairwise(names))
    ]
    slow.pipeline(
        execution={"mode": "stream", "chunk_rows": 1000},
        inputs={"records": {"uri": "records.csv", "on_bad_rows": "quarantine"}},
        steps=steps,
        outputs={"v19": "v19"},
    )
    seen = look(slow, size=(100, 12))
    assert seen.code == 0, seen.text
    assert re.search(r"tested \(stream\) +0:0\d, \d+ more", seen.plain)
    assert numbers(seen, "step", "s19")[:2] == ["20,000", "20,000"]


def test_a_terminal_without_utf_8_gets_what_it_can_show(slow: Any) -> None:
    text = slow.file.read_text(encoding="utf-8")
    slow.yaml(text.replace("outputs:\n  worked: worked", "outputs:\n  größe: {from: worked, uri: size.csv}"))
    seen = look(slow, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", PYTHONIOENCODING="ascii")
    assert seen.code == 0, seen.text
    assert seen.raw.isascii()
    assert numbers(seen, "write", "gr\\xf6\\xdfe")[0] == "20,000"


def test_what_was_done_already_is_told_with_its_places(slow: Any) -> None:
    look(slow)
    seen = look(slow)
    assert seen.code == 0
    assert seen.screen[0].startswith("skipped: run ")
    assert "  manifest  out/manifest.json" in seen.screen


def test_a_plan_and_an_inspection_are_words_on_a_terminal_and_json_on_request(slow: Any) -> None:
    plan = ("plan", *RUN[1:])
    seen = look(slow, words=plan)
    assert seen.screen[0] == "plan of tested (stream, 1,000 rows a chunk)"
    assert "manifest_path" not in seen.text
    assert json.loads(look(slow, "--json", words=plan).raw)["mode"] == "stream"
    inspect = ("inspect", "in/records.csv")
    seen = look(slow, words=inspect)
    assert seen.screen[0] == "in/records.csv: 20,000 rows, 1 bad row"
    assert "on_bad_rows: quarantine" in seen.text
    assert "confidence" not in seen.text
    assert json.loads(look(slow, "--json", words=inspect).raw)["rows"] == 20_000


def test_the_words_of_the_other_commands_stand_once_on_a_terminal(slow: Any) -> None:
    look(slow)
    seen = look(slow, words=("verify", "out/manifest.json"))
    assert (seen.code, len([line for line in seen.screen if line])) == (0, 4), seen.text
    seen = look(slow, words=("validate", "--pipeline-file", "pipeline.yaml"))
    assert [line for line in seen.screen if line] == ["ok: tested: 1 input, 1 step, 1 output"]
    seen = look(slow, words=("validate", "--pipeline-file", "pipeline.yaml", "--json"))
    assert json.loads(seen.raw)["faults"] == []
    seen = look(slow, words=("init", "orders"))
    assert [seen.screen[0], '"files"' in seen.text] == ["wrote pipelines/orders; next:", False]
