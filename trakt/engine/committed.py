"""What earlier runs have committed: their manifests, read back, and the files that these name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any

from trakt.errors import InputError
from trakt.storage import StoredFile, storage_for

MANIFEST_VERSION = 1
MAX_BYTES = 64 << 20
"""No manifest is larger; what is, is something else by that name."""

_PIECE_BYTES = 1 << 20


def manifest_at(uri: str) -> Mapping[str, Any] | None:
    """The manifest that lies at `uri`, of a run that succeeded or failed, or None where nothing lies there.

    Raises:
        InputError: what lies there is no manifest, or one of another version.
    """
    content = storage_for(uri).start_of(uri, MAX_BYTES + 1)
    if content is None:
        return None
    if len(content) > MAX_BYTES:
        raise _no_manifest(uri, f"it has over {MAX_BYTES:,} bytes")
    try:
        manifest = json.loads(content)
    except (ValueError, RecursionError) as fault:
        raise _no_manifest(uri, "it is no JSON") from fault
    if not isinstance(manifest, dict) or "manifest_version" not in manifest:
        raise _no_manifest(uri, "it has no manifest_version")
    if manifest["manifest_version"] != MANIFEST_VERSION:
        told = f"version {manifest['manifest_version']!r}, this Trakt reads version {MANIFEST_VERSION}"
        raise InputError(f"a manifest of {told}", where=uri, hint="use the Trakt that wrote it")
    return manifest


class Standing:
    """The manifest that lies where that of a run will go, before the run takes its place. It is read once."""

    def __init__(self) -> None:
        self._read: tuple[str, Mapping[str, Any] | InputError | None] | None = None

    def at(self, uri: str) -> Mapping[str, Any] | None:
        """What `manifest_at` says, or raises, of this place."""
        if self._read is None or self._read[0] != uri:
            try:
                self._read = (uri, manifest_at(uri))
            except InputError as error:
                self._read = (uri, error)
        known = self._read[1]
        if isinstance(known, InputError):
            raise known
        return known


def listed(entry: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The files of an output by its entry in a manifest: those it lists, or the one it is."""
    return entry["files"] if entry.get("files") is not None else (entry,)


def stored_at(uri: str) -> StoredFile | None:
    """The file that has exactly this name, or None where there is none."""
    found = storage_for(uri).find(uri, ()).files
    # a folder or a pattern of that name stands for other files
    return found[0] if len(found) == 1 and found[0].uri == uri else None


def sha256_of(file: StoredFile) -> tuple[int, str]:
    """How many bytes a file has, and their checksum; read piece by piece.

    Raises:
        InputError: it cannot be read.
    """
    digest, size = hashlib.sha256(), 0
    with closing(storage_for(file.uri).open_read(file)) as stream:
        while piece := stream.read(_PIECE_BYTES):
            digest.update(piece)
            size += len(piece)
    return size, digest.hexdigest()


def _no_manifest(uri: str, why: str) -> InputError:
    hint = "name the manifest.json of a run, or another --manifest-path"
    return InputError(f"this is no manifest: {why}", where=uri, hint=hint)
