"""What earlier runs have committed: their manifests, read back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from typing import Any

from trakt.engine.manifest import MANIFEST_VERSION
from trakt.errors import InputError
from trakt.storage import storage_for

MAX_BYTES = 64 << 20
"""No manifest is larger; what is, is something else by that name."""


def manifest_at(uri: str) -> Mapping[str, Any] | None:
    """The manifest that lies at `uri`, of a run that succeeded or failed, or None where nothing lies there.

    Raises:
        InputError: what lies there is no manifest, or one of another version.
    """
    storage = storage_for(uri)
    files = storage.find(uri, ()).files
    if not files:
        return None
    if files[0].bytes > MAX_BYTES:
        raise _no_manifest(uri, f"it has {files[0].bytes:,} bytes")
    with closing(storage.open_read(files[0])) as stream:
        content = stream.read()
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


def _no_manifest(uri: str, why: str) -> InputError:
    hint = "name the manifest.json of a run, or another --manifest-path"
    return InputError(f"this is no manifest: {why}", where=uri, hint=hint)
