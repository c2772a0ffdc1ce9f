"""Where a display can stand at all, and what is said where it cannot."""

from __future__ import annotations

import contextlib
import io
import os
import pty
import sys
import threading

import pytest

from trakt.cli import live, overheard
from trakt.cli.summary import summary

RESULT = {
    "status": "success",
    "run_id": "r1",
    "outputs": {"orders": {"path": "out/orders.csv"}},
    "rejected": {"rows": 2, "path": "out/rejected.jsonl"},
    "manifest_path": "out/manifest.json",
}


@pytest.fixture
def terminal(monkeypatch):
    """A terminal, and nothing that would speak against it."""
    ours, theirs = pty.openpty()
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "__stdin__", sys.stdin)
    monkeypatch.setattr(sys, "__stdout__", sys.stdout)
    with open(theirs, "w", encoding="utf-8") as stream:
        yield stream
    os.close(ours)


def stands_on(stream):
    """Whether there is a display where stderr leads to a stream."""
    # set here and not in the fixture, since pytest sets its own between the two
    with contextlib.redirect_stderr(stream):
        display = live.display_on_stderr()
    if display:
        display.close(keep=False)
    return display is not None


def test_a_terminal_gets_a_display(terminal):
    pytest.importorskip("rich")
    assert stands_on(terminal)


@pytest.mark.parametrize("stream", ["__stdin__", "__stdout__"])
def test_where_a_standard_stream_is_closed_nothing_is_drawn(terminal, monkeypatch, stream):
    monkeypatch.setattr(sys, stream, None)
    assert not stands_on(terminal)


@pytest.mark.parametrize(("name", "value"), [("CI", "true"), ("CI", "1"), ("TERM", "dumb"), ("TERM", "unknown")])
def test_what_cannot_move_its_cursor_gets_none(terminal, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    assert not stands_on(terminal)


@pytest.mark.parametrize("value", ["", "0", "false"])
def test_a_shell_that_says_it_is_no_ci_is_none(terminal, monkeypatch, value):
    pytest.importorskip("rich")
    monkeypatch.setenv("CI", value)
    assert stands_on(terminal)


def test_without_rich_there_is_no_display_and_the_summary_has_no_table(terminal, monkeypatch):
    monkeypatch.setattr("trakt.cli.live.has_rich", lambda: False)
    monkeypatch.setattr("trakt.cli.summary.has_rich", lambda: False)
    assert not stands_on(terminal)
    assert summary(RESULT, [], 1.23, terminal).splitlines() == [
        "done in 1.2 s, run r1",
        "  output    out/orders.csv",
        "  rejected  out/rejected.jsonl (2 rows)",
        "  manifest  out/manifest.json",
    ]


def test_elsewhere_a_run_ends_with_one_line():
    assert summary(RESULT, [], 1.23, io.StringIO()) == "done in 1.2 s; the manifest is out/manifest.json"
    assert summary({**RESULT, "status": "skipped"}, [], 1.23, io.StringIO()) == ""


def test_a_program_that_talks_on_for_ever_does_not_hold_the_end_of_a_display_up(monkeypatch):
    monkeypatch.setattr(overheard, "_HEARS_OUT", 0.05)
    heard, is_gone = [], threading.Event()

    def talk(descriptor):
        with contextlib.suppress(BrokenPipeError):
            while True:
                os.write(descriptor, b"still here\n")
        os.close(descriptor)
        is_gone.set()

    with overheard.Overheard(heard.append):
        talker = threading.Thread(target=talk, args=(os.dup(1),), daemon=True)
        talker.start()
    assert "still here" in heard
    assert is_gone.wait(60)
