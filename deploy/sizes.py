"""What was built, measured against the limits of Lambda ("Lambda quotas", AWS Lambda Developer Guide)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy import DeployError
from deploy.archive import files_below
from trakt.errors import Fault

MB = 1024 * 1024

UNZIPPED = 250 * MB
"""A function together with its layers."""

ZIPPED = 50 * MB
"""A zip that is uploaded to Lambda itself; a larger one goes by way of S3, as `sam deploy` does with all."""


@dataclass(frozen=True, slots=True)
class Size:
    """An artifact: bytes `unzipped`, in so many `files`, and `zipped`."""

    name: str
    files: int
    unzipped: int
    zipped: int

    @classmethod
    def of(cls, name: str, folder: Path, archive: Path) -> Size:
        """Measure a folder and its zip."""
        files = files_below(folder)
        return cls(name, len(files), sum(path.stat().st_size for path in files), archive.stat().st_size)


def table(function: Size, layer: Size) -> str:
    """The sizes in MB of 1024 x 1024 bytes, with the slim layer and with managed ones."""
    both = function.unzipped + layer.unzipped
    lines = [f"{'':24}{'files':>8}{'unzipped':>12}{'zipped':>12}"]
    lines += [
        f"{each.name:24}{each.files:>8}{_mb(each.unzipped):>12}{_mb(each.zipped):>12}" for each in (function, layer)
    ]
    lines.append(f"{'function + slim layer':32}{_mb(both):>12}   of {_mb(UNZIPPED)} unzipped")
    lines.append(f"{'left for managed layers':32}{_mb(UNZIPPED - function.unzipped):>12}   if they take its place")
    if layer.zipped > ZIPPED:
        lines.append(
            f"the zip of the layer is over {_mb(ZIPPED)}: it goes to Lambda by way of S3, as with `sam deploy`"
        )
    return "\n".join(lines)


def check(function: Size, layer: Size) -> None:
    """Hold them against the limits.

    Raises:
        DeployError: with every limit that is passed.
    """
    faults: list[Fault] = []
    _hold(faults, [function, layer], UNZIPPED, "take something from the steps, or add rules to deploy/trim.py")
    _hold(faults, [function], UNZIPPED, "take large files from the folders of the steps")
    if function.zipped > ZIPPED:
        what = f"is {_mb(function.zipped)} zipped, and Lambda takes {_mb(ZIPPED)}"
        faults.append(Fault(what, function.name, "take large files from the folders of the steps"))
    if faults:
        raise DeployError.of(faults)


def _hold(faults: list[Fault], sizes: Sequence[Size], limit: int, hint: str) -> None:
    unzipped = sum(each.unzipped for each in sizes)
    if unzipped > limit:
        where = " + ".join(each.name for each in sizes)
        faults.append(Fault(f"is {_mb(unzipped)} unzipped, and Lambda takes {_mb(limit)}", where, hint))


def _mb(size: int) -> str:
    return f"{size / MB:.1f} MB"
