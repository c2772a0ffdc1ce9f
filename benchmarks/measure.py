"""Commands, each in a process of its own, taking turns; and what each of them took."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]

Taken = dict[str, float]
"""wall_s, cpu_s (user and system, children included), peak_mb (resident), and what the command itself told."""

Series = Mapping[str, list[Taken]]
"""By the command's name, one per round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One way to do the work.

    Attributes:
        clear: removes what it makes; called before it, since to replace is other work than to make, and after it.
        tells: its last line on stdout is a JSON object of numbers that it measured itself.
        ours: whether it is Trakt.
        family: what the processes that it starts take counts too: all together, twice a second.
    """

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    clear: Callable[[], None] = lambda: None
    tells: bool = False
    ours: bool = False
    family: bool = False


def in_turns(commands: list[Command], rounds: int, when_warm: Callable[[], None]) -> dict[str, list[Taken]]:
    """Run each command once per round, each round in another order.

    A round before the first warms the disk and the bytecode; it is forgotten, and `when_warm` may look at its outputs.
    """
    for command in commands:
        command.clear()
        taken(command)
    when_warm()
    series: dict[str, list[Taken]] = {command.name: [] for command in commands}
    for number in range(rounds):
        order = random.Random(number).sample(commands, len(commands))
        for command in order:
            command.clear()
            series[command.name].append(taken(command))
            command.clear()
    return series


def taken(command: Command) -> Taken:
    """Run it once. A command that fails ends everything: what it took would mean nothing."""
    # nothing of the shell's own configuration may make one of them faster or slower
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TRAKT_", "PYTHON"))}
    with tempfile.TemporaryDirectory() as made:
        out, err = Path(made, "out"), Path(made, "err")
        launch = [sys.executable, "-I", "-S", str(ROOT / "benchmarks" / "launch.py"), str(out), str(err)]
        launch += ["--family"] if command.family else []
        answer = subprocess.run(
            [*launch, *command.arguments],
            cwd=ROOT,
            env={**kept, **command.environment},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        ended = json.loads(answer.stdout)
        if ended["code"]:
            said = err.read_text(encoding="utf-8", errors="replace")[-3000:]
            sys.exit(f"{command.name} ended with {ended['code']}:\n{said}")
        told = json.loads(out.read_text(encoding="utf-8").splitlines()[-1]) if command.tells else {}
    return {**ended["taken"], **told}


def removal(path: Path) -> Callable[[], None]:
    """Removes a file or a folder, if it is there."""

    def remove() -> None:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)

    return remove
