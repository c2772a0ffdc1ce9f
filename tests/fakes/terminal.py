"""A terminal: a program talks to one end of a pty, and this keeps what a person would see at the other."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SECONDS = 60

_TOKEN = re.compile(r"\x1b\[(\??[\d;]*)([A-Za-z])|(\r)|(\n)|([^\x1b\r\n]+)")


@dataclass
class Seen:
    """What went to the terminal, and how the program ended.

    Attributes:
        raw: every character, in its order.
        out: what went to stdout, where that was no terminal.
    """

    code: int
    raw: str
    out: str = ""

    @property
    def screen(self) -> list[str]:
        """The lines that stand there in the end, those that have scrolled away too. Long lines are not wrapped."""
        return screen(self.raw)

    @property
    def text(self) -> str:
        return "\n".join(self.screen)

    @property
    def plain(self) -> str:
        """All of it without control codes."""
        return re.sub(r"\x1b\[\??[\d;]*[A-Za-z]", "", self.raw)

    @property
    def has_its_cursor(self) -> bool:
        """Whether the cursor is there in the end."""
        return self.raw.rfind("\x1b[?25h") >= self.raw.rfind("\x1b[?25l")


def screen(raw: str) -> list[str]:
    """The lines that a terminal shows after all these characters; an unknown control code is a fault."""
    lines, row, column = [""], 0, 0
    position = 0
    while position < len(raw):
        token = _TOKEN.match(raw, position)
        assert token, f"no terminal code that is known here: {raw[position : position + 20]!r}"
        position = token.end()
        code, kind, back, feed, text = token.groups()
        if back:
            column = 0
        elif feed:
            row += 1
            lines += [""] * (row + 1 - len(lines))
            # the line discipline of a terminal makes it a new line
            column = 0
        elif text:
            lines[row] = lines[row].ljust(column)[:column] + text + lines[row][column + len(text) :]
            column += len(text)
        elif kind == "A":
            assert row >= int(code or 1), "the cursor moves above the first line"
            row -= int(code or 1)
        elif kind == "K":
            assert code == "2"
            lines[row] = ""
        else:
            assert kind in "mhl", f"no terminal code that is known here: {token[0]!r}"
    return [line.rstrip() for line in lines]


def on_a_terminal(
    words: Sequence[str],
    cwd: Path,
    *,
    size: tuple[int, int] = (100, 30),
    during: Callable[[str, int], Any] = lambda raw, pid: None,
    types: tuple[str, str] | None = None,
    streams: str = "both",
    **environment: str,
) -> Seen:
    """`python -m trakt ...` on a terminal of `size` columns and lines.

    Args:
        during: called with what was seen so far and the process id, whenever something comes.
        types: what to wait for, and what to type then, once.
        streams: what leads to the terminal: `both`, or only `stdout` or `stderr`.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    left_out = ("CI", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLORTERM")
    inherited = {name: value for name, value in os.environ.items() if name not in left_out}
    given = {"PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", **environment}
    process = subprocess.Popen(
        [sys.executable, "-m", "trakt", *words],
        cwd=cwd,
        env={**inherited, **given},
        stdin=theirs,
        stdout=theirs if streams in ("both", "stdout") else subprocess.PIPE,
        stderr=theirs if streams in ("both", "stderr") else subprocess.PIPE,
        start_new_session=True,
    )
    os.close(theirs)
    raw, until = b"", time.monotonic() + SECONDS
    try:
        while time.monotonic() < until:
            if not select.select([ours], [], [], 1)[0]:
                continue
            try:
                piece = os.read(ours, 1 << 16)
            except OSError:  # the last one at the other end has left (pty(7): EIO)
                break
            raw += piece
            during(raw.decode("utf-8", "replace"), process.pid)
            if types and types[0].encode() in raw:
                os.write(ours, types[1].encode())
                types = None
        out, err = process.communicate(timeout=max(1, until - time.monotonic()))
    finally:
        process.poll() is None and os.killpg(process.pid, signal.SIGKILL)
        os.close(ours)
    other = (out or b"") + (err or b"")
    return Seen(process.returncode, raw.decode("utf-8").replace("\r\n", "\n"), other.decode())
