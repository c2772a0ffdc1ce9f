"""The runtimes in AWS: which Python and platform, what they hold, and what is brought there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

CONSTRAINTS = Path(__file__).parent / "constraints"

PLATFORMS = (*(f"manylinux_2_{minor}_x86_64" for minor in range(34, 16, -1)), "manylinux2014_x86_64")
"""Wheels that Amazon Linux 2023 (glibc 2.34) takes; pip wants every older platform named (PEP 600)."""

_BROUGHT = "# brought"


@dataclass(frozen=True, slots=True)
class Runtime:
    """A place where Trakt runs; its `constraints/NAME.txt` names every package that stands there with it."""

    name: str
    python: str

    @property
    def constraints(self) -> Path:
        """The file, which pip reads as well."""
        return CONSTRAINTS / f"{self.name}.txt"

    @property
    def there(self) -> tuple[str, ...]:
        """What the runtime holds already, as pip reads it."""
        return tuple(line for line in self._lines() if not line.endswith(_BROUGHT))

    @property
    def brought(self) -> tuple[str, ...]:
        """What is brought there, each with its one version."""
        return tuple(line.removesuffix(_BROUGHT).strip() for line in self._lines() if line.endswith(_BROUGHT))

    def _lines(self) -> list[str]:
        lines = map(str.strip, self.constraints.read_text("utf-8").splitlines())
        return [line for line in lines if line and not line.startswith("#")]


LAMBDA = Runtime("lambda", "3.13")
GLUE = (Runtime("glue-5.1", "3.11"), Runtime("glue-6.0", "3.13"))


def name_of(requirement: str) -> str:
    """The normalized name (PEP 503) of `Name[extra]==1.0`."""
    found = re.match(r"[\w.-]+", requirement)
    return re.sub(r"[-_.]+", "-", found[0]).lower() if found else ""
