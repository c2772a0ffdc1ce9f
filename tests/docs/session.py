"""Documentation as tests: a markdown file is a session in a folder of its own, and every block of code in it counts.

    ```yaml title="pipelines/orders/pipeline.yaml"    any kind with a path as title: written to that file
    ```console                                        lines that begin with `$ ` are run, the lines below compared;
                                                      `export` holds for the rest of the page
    ```console title="exits 2"                        the same for commands that end with that code
    ```console title="on a terminal"                  the same on a pty: what stands there when they are over
    ```python                                         run as a script
    ```json title="part of outputs/manifest.json"     everything in it stands in that file
    ```text                                           for the eye only

What follows a command is what a person sees, stdout and stderr together. `...` stands for any text
in a line, and for any number of lines where it stands alone. `> FILE` at the end of a command
takes its stdout away and `*` stands for any files, as in a shell. A block of any other kind is a fault: nothing escapes.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fakes.terminal import on_a_terminal

ROOT = Path(__file__).parents[2]
PROGRAMS = {"trakt": [sys.executable, "-m", "trakt"], "python": [sys.executable]}
SYSTEM_PROGRAMS = ("cat", "ls", "head")
SECONDS = 120

_OPENING = re.compile(r'```(?P<kind>[a-z]+)(?: title="(?P<title>[^"]+)")?')
_ON_A_TERMINAL = "on a terminal"
_EXITS = re.compile(r"exits (\d+)")
_PART_OF = re.compile(r"part of (\S+)")


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block; `line` is that of its first fence."""

    kind: str
    title: str | None
    body: str
    line: int


@dataclass(frozen=True, slots=True)
class Command:
    """One line to run, and what is said to follow."""

    line: str
    expected: str


@dataclass(slots=True)
class Session:
    """The blocks of one page, done one after the other in `folder`."""

    page: str
    folder: Path
    written: set[str] = field(default_factory=set)
    unused_files: dict[str, int] = field(default_factory=dict)
    exported: dict[str, str] = field(default_factory=dict)

    def play(self, text: str) -> None:
        """Do every block of the page.

        Raises:
            AssertionError: with the page and line of the first block that does not hold.
        """
        for block in blocks_of(text, self.page):
            try:
                self._do(block)
            except AssertionError as fault:
                raise AssertionError(f"{self.page}:{block.line}: {fault}") from None
        for file, line in self.unused_files.items():
            raise AssertionError(f"{self.page}:{line}: no command below uses the file {file}")

    def _do(self, block: Block) -> None:
        title = block.title or ""
        if block.kind == "console":
            code = _EXITS.fullmatch(title)
            known = code or title in ("", _ON_A_TERMINAL)
            assert known, f'a console block may have the title "exits N" or "{_ON_A_TERMINAL}", not "{title}"'
            for command in commands_of(block.body):
                if title == _ON_A_TERMINAL and command.line.startswith("trakt "):
                    self._show(command)
                else:
                    self._run(command, int(code[1]) if code else 0)
        elif part_of := _PART_OF.fullmatch(title):
            assert block.kind == "json", "only json can be a part of a file"
            _assert_part(json.loads(block.body), json.loads((self.folder / part_of[1]).read_text("utf-8")), "$")
        elif title:
            self._write(title, block)
        elif block.kind == "python":
            script = self.folder / "_block.py"
            script.write_text(block.body, encoding="utf-8")
            self._run(Command("python _block.py", "..."), 0)
            script.unlink()
        else:
            assert block.kind == "text", f"a block of the kind '{block.kind}' needs a title, or nothing would check it"

    def _write(self, title: str, block: Block) -> None:
        assert re.fullmatch(r"[\w./-]+\.\w+", title), f'"{title}" is no path of a file'
        path = (self.folder / title).resolve()
        assert path.is_relative_to(self.folder.resolve()), f"{title} lies outside of the session's folder"
        assert title not in self.unused_files, f"{title} is written again before a command has used it"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.body, encoding="utf-8", newline="")
        self.written.add(title)
        if path.suffix == ".toml":
            tomllib.loads(block.body)
        if path.suffix in (".yaml", ".py") and "steps" not in Path(title).parts:
            self.unused_files[title] = block.line

    def _run(self, command: Command, code: int) -> None:
        self._mark_used(command.line)
        words = shlex.split(command.line)
        if words[0] == "export":
            assert not command.expected, "`export` says nothing"
            self.exported.update(word.split("=", 1) for word in words[1:])
            return
        if words[0] == "make" or words[:4] == ["python", "-m", "pip", "install"]:
            _assert_would_work(words)
            return
        target = words[-1] if words[-2:-1] == [">"] else None
        done = subprocess.run(
            _program(self._globbed(words[:-2] if target else words)),
            cwd=self.folder,
            env={**_environment(), **self.exported},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if target else subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            timeout=SECONDS,
            check=False,
        )
        if target:
            (self.folder / target).write_bytes(done.stdout)
        seen = (done.stderr if target else done.stdout).decode()
        told = f"`{command.line}` says\n{seen}\nand not\n{command.expected}"
        assert done.returncode == code, f"`{command.line}` ends with {done.returncode}, not {code}:\n{seen}"
        assert is_as_told(seen, command.expected), told

    def _globbed(self, words: list[str]) -> list[str]:
        if words[0] not in SYSTEM_PROGRAMS:
            return words
        found = [(word, sorted(self.folder.glob(word)) if "*" in word else []) for word in words]
        return [name for word, paths in found for name in ([str(p.relative_to(self.folder)) for p in paths] or [word])]

    def _show(self, command: Command) -> None:
        self._mark_used(command.line)
        seen = on_a_terminal(shlex.split(command.line)[1:], self.folder, **{"NO_COLOR": "1", **self.exported})
        assert seen.code == 0, f"`{command.line}` ends with {seen.code}:\n{seen.text}"
        told = f"`{command.line}` shows\n{seen.text}\nand not\n{command.expected}"
        assert is_as_told(seen.text, command.expected), told

    def _mark_used(self, line: str) -> None:
        """Files that the command names, and those that a script it names speaks of, have been used."""
        scripts = [word for word in line.split() if word.endswith(".py") and (self.folder / word).is_file()]
        said = "\n".join([line, *((self.folder / script).read_text("utf-8") for script in scripts)])
        for file in list(self.unused_files):
            folder = Path(file).parent
            name = re.escape((folder.parent if folder.name == "clients" else folder).name)
            by_name = (
                rf"(--pipeline |trakt parity |TRAKT_PIPELINE=){name}(\s|$)|(run_pipeline|_same_output)\(\"{name}\""
            )
            if file in said or re.search(by_name, said, re.MULTILINE):
                del self.unused_files[file]
        self._mark_imported()

    def _mark_imported(self) -> None:
        """Modules that a used file names (an import, an entry point, a table) have been used, and so on from there."""
        used = [file for file in self.written if file not in self.unused_files]
        while used:
            said = (self.folder / used.pop()).read_text("utf-8")
            for file in [each for each in self.unused_files if each.endswith(".py")]:
                module = re.escape(file.removesuffix(".py").replace("/", "."))
                if re.search(rf"(?<![\w.]){module}(?![\w.])", said):
                    del self.unused_files[file]
                    used.append(file)


def blocks_of(text: str, page: str) -> Iterator[Block]:
    """Every fenced block of a page; a fence that is none of ours is a fault."""
    opened: tuple[re.Match[str], int] | None = None
    body: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if opened is None and line.lstrip().startswith(("```", "~~~")):
            found = _OPENING.fullmatch(line)
            assert found, f"{page}:{number}: this fence is no block that can be checked: {line}"
            opened, body = (found, number), []
        elif opened and line == "```":
            yield Block(opened[0]["kind"], opened[0]["title"], "".join(f"{each}\n" for each in body), opened[1])
            opened = None
        else:
            body.append(line)
    assert opened is None, f"{page}: the block that opens on line {opened and opened[1]} never closes"


def commands_of(body: str) -> list[Command]:
    """The commands of a console block, each with the lines below it; a line that ends with a backslash goes on."""
    commands: list[tuple[str, list[str]]] = []
    for line in body.splitlines():
        if commands and commands[-1][0].endswith("\\") and not commands[-1][1]:
            commands[-1] = (commands[-1][0].removesuffix("\\") + line.strip(), [])
        elif line.startswith("$ "):
            commands.append((line.removeprefix("$ "), []))
        else:
            assert commands, f"a console block begins with a command, not with {line!r}"
            commands[-1][1].append(line)
    assert commands, "a console block without a command"
    return [Command(line, "\n".join(expected)) for line, expected in commands]


def is_as_told(seen: str, expected: str) -> bool:
    """Whether a command said what the page says that it says."""
    pattern = ""
    for line in expected.rstrip().splitlines():
        if line.strip() == "...":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += r"[^\n]*?".join(re.escape(part) for part in line.rstrip().split("...")) + r"[ \t]*\n"
    return re.fullmatch(pattern, seen.rstrip() + "\n" if seen.strip() else "") is not None


def _program(words: list[str]) -> list[str]:
    known = (*PROGRAMS, *SYSTEM_PROGRAMS, "make")
    assert words[0] in known, f"a console block runs only {', '.join(known)}, not `{words[0]}`"
    return [*PROGRAMS.get(words[0], words[:1]), *words[1:]]


def _environment() -> dict[str, str]:
    """As a person's, but for what would change how things are said: telemetry, colours, width, language."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("OTEL_", "OPENLINEAGE", "PYTEST_", "COV_"))
    }
    return {**kept, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "COLUMNS": "80", "LC_ALL": "C.UTF-8"}


def _assert_would_work(words: list[str]) -> None:
    """Installing takes a network and a minute, and the gate itself runs `make`: look only at what they name."""
    if words[0] == "make":
        makefile = (ROOT / "Makefile").read_text("utf-8")
        for target in words[1:]:
            assert re.search(rf"^{re.escape(target)}:", makefile, re.MULTILINE), f"there is no `make {target}`"
        return
    wanted = re.fullmatch(r"\.(?:\[(\w+)\])?", words[-1])
    assert wanted, f"an install from the checkout is `.` or `.[extra]`, not {words[-1]}"
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    assert wanted[1] is None or wanted[1] in extras, f"there is no extra '{wanted[1]}'"


def _assert_part(said: Any, found: Any, path: str) -> None:
    """Whether all that is said stands in what was found; `...` in a text matches any."""
    if isinstance(said, dict):
        assert isinstance(found, dict), f"{path} is {found!r}"
        for key, value in said.items():
            assert key in found, f"{path} has no '{key}'"
            _assert_part(value, found[key], f"{path}.{key}")
    elif isinstance(said, list):
        assert isinstance(found, list), f"{path} is {found!r}"
        assert len(found) == len(said), f"{path} has {len(found)} items, not {len(said)}"
        for index, value in enumerate(said):
            _assert_part(value, found[index], f"{path}[{index}]")
    elif isinstance(said, str) and "..." in said:
        assert is_as_told(str(found), said), f"{path} is {found!r}, not {said!r}"
    else:
        assert said == found, f"{path} is {found!r}, not {said!r}"
