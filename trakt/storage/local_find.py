"""Which files of this machine a uri stands for: a file, a folder, or a glob, in this order."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from pathlib import Path

from trakt.errors import InputError
from trakt.storage import Found, StoredFile


def found_at(uri: str, suffixes: Sequence[str]) -> Found:
    """See `trakt.storage.Storage.find`. Raises what the operating system does."""
    path = Path(uri)
    if path.is_dir():
        visible = [entry for entry in sorted(path.iterdir()) if not entry.name.startswith(".")]
        wanted = [entry for entry in visible if entry.is_file() and entry.name.lower().endswith(tuple(suffixes))]
        names = {entry.name for entry in wanted}
        return Found(_stored(wanted), tuple(str(entry) for entry in visible if entry.name not in names))
    if path.exists() and not path.is_file():
        hint = "save what it gives to a file, and read that: a file may be read more than once"
        raise InputError("is no regular file", where=uri, hint=hint)
    if path.exists():
        return Found(_stored([path]))
    matches = sorted({Path(match) for match in glob.glob(uri, recursive=True)}) if glob.has_magic(uri) else []
    files = [match for match in matches if match.is_file()]
    # a link that leads nowhere may be a delivery on a disk that is not there
    others = tuple(str(match) for match in matches if not match.is_file() and match.name and "**" not in uri)
    return Found(_stored(files), others) if files else _nothing(path)


def _stored(paths: Sequence[Path]) -> tuple[StoredFile, ...]:
    return tuple(StoredFile(str(path), path.stat().st_size) for path in paths)


def _nothing(path: Path) -> Found:
    """Nothing is there: what stands in the folder where it was looked for, or that there is no such folder."""
    folder = next(parent for parent in path.parents if not glob.has_magic(str(parent)))
    if not folder.is_dir():
        return Found((), note=f"there is no folder {folder}")
    visible = [entry for entry in sorted(folder.iterdir()) if not entry.name.startswith(".")]
    return Found((), near=tuple(str(entry) for entry in visible))
