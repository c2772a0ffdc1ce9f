"""Commands in turns, each in a process of its own."""

from __future__ import annotations

import sys

import pytest

from benchmarks.measure import Command, in_turns, removal, taken


def command(name, code, **more):
    return Command(name=name, arguments=(sys.executable, "-c", code), **more)


def appending(path, name):
    return command(name, f"open({str(path)!r}, 'a').write({name!r})")


def test_what_a_process_takes_is_not_what_its_parent_took():
    # this process, which has pytest and more in it, is larger than one that does nothing
    kept = b"1" * 60_000_000
    assert taken(command("nothing", "pass"))["peak_mb"] < 50 < len(kept)


def test_memory_and_processor_time_of_the_command_are_counted():
    measured = taken(command("busy", "x = bytearray(b'1' * 80_000_000); sum(range(3_000_000))"))
    assert measured["peak_mb"] > 80
    assert measured["cpu_s"] > 0


def test_what_the_command_measured_itself_is_kept_beside_it():
    assert taken(command("telling", "print('noise'); print('{\"transfer_s\": 2.5}')", tells=True))["transfer_s"] == 2.5


def test_a_command_that_fails_ends_the_benchmark_with_its_words():
    with pytest.raises(SystemExit, match=r"(?s)broken ended with 1:.*no such thing"):
        taken(command("broken", "raise KeyError('no such thing')"))


def test_each_command_runs_once_per_round_and_once_before_the_first(tmp_path):
    log = tmp_path / "log"
    looked = []
    commands = [appending(log, name) for name in "abc"]
    series = in_turns(commands, 4, lambda: looked.append(log.read_text()))
    assert looked == ["abc"]
    rounds = log.read_text()[3:]
    turns = [rounds[start : start + 3] for start in range(0, 12, 3)]
    assert [sorted(turn) for turn in turns] == [["a", "b", "c"]] * 4
    assert len(set(turns)) > 1
    assert {name: len(each) for name, each in series.items()} == {"a": 4, "b": 4, "c": 4}


def test_every_run_finds_its_output_removed_and_none_is_left(tmp_path):
    made = tmp_path / "made"
    once = command("once", f"open({str(made)!r}, 'x').close()", clear=removal(made))
    there = []
    in_turns([once], 2, lambda: there.append(made.exists()))
    assert there == [True]
    assert not made.exists()


def test_settings_of_the_shell_do_not_reach_a_command(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "of-the-developer")
    monkeypatch.setenv("TRAKT_S3_SSE", "aws:kms")
    code = "import os, json; print(json.dumps({'given': sum(n.startswith(('AWS_', 'TRAKT_')) for n in os.environ)}))"
    assert taken(command("asking", code, tells=True))["given"] == 0
    assert taken(command("asking", code, tells=True, environment={"AWS_REGION": "us-east-1"}))["given"] == 1


def test_of_a_family_the_memory_and_time_of_all_processes_count_even_of_those_nobody_waits_for():
    orphan = "import time; x = bytearray(b'1' * 90_000_000); sum(range(20_000_000)); time.sleep(9)"
    code = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {orphan!r}]); time.sleep(%s)"
    alone, together = (taken(command("parent", code % 4, family=family)) for family in (False, True))
    assert alone["peak_mb"] < 60
    assert together["peak_mb"] > 90
    assert together["cpu_s"] > alone["cpu_s"] + 0.2
