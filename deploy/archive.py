"""Zips and checksums: the same content gives the same bytes, so what was deployed can be told from what was built."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

SUMS = "SHA256SUMS"

_FIRST_DATE = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o100644 << 16


def write_zip(folder: Path, file: Path) -> None:
    """Every file below `folder`, by name, without its date, its owner and its rights."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in files_below(folder):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _FIRST_DATE)
            entry.external_attr = _READABLE
            entry.create_system = 3  # Unix, on whatever it is written
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, path.read_bytes())


def write_sums(folder: Path) -> None:
    """`SHA256SUMS` of every file below `folder`, as `sha256sum --check` reads it."""
    names = [path.relative_to(folder).as_posix() for path in files_below(folder) if path.name != SUMS]
    lines = (f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in names)
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")


def files_below(folder: Path) -> list[Path]:
    """Every file, in an order that no file system decides."""
    return sorted((path for path in folder.rglob("*") if path.is_file()), key=lambda path: path.as_posix())
