"""Which objects a uri stands for now. Keys that `/` parts are treated as the folders they look like."""

from __future__ import annotations

import contextlib
import glob
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from botocore.exceptions import ClientError

from trakt.errors import InputError, RunError
from trakt.storage import Found, StoredFile
from trakt.storage.s3.client import client
from trakt.storage.s3.faults import is_missing, told
from trakt.storage.s3.place import MAX_KEY_BYTES, Place, place_of

_HADOOP_FOLDER = "_$folder$"
_LIST = "s3:ListBucket"
_READ = "s3:GetObject (and s3:ListBucket, without which S3 also denies what is not there)"


@dataclass(frozen=True, slots=True)
class _Folder:
    """What lies directly below a place, hidden names left out."""

    files: tuple[StoredFile, ...]
    folders: tuple[str, ...]
    is_there: bool


def found(uri: str, suffixes: Sequence[str]) -> Found:
    """See `trakt.storage.Storage.find`: an object, a folder, or a glob, in this order."""
    place = place_of(uri)
    if len(place.key.encode("utf-8", "surrogatepass")) > MAX_KEY_BYTES:
        return Found(())
    if glob.has_magic(place.key):
        fitting = _fitting(place)
        if fitting is not None:
            return Found(fitting) if fitting else Found((), near=_near(place))
    if place.key and not place.key.endswith("/") and (file := _object(place)):
        return Found((file,))
    folder = _folder(place)
    if folder.is_there:
        names = {file.uri for file in folder.files if file.uri.lower().endswith(tuple(suffixes))}
        wanted = tuple(file for file in folder.files if file.uri in names)
        return Found(wanted, tuple(file.uri for file in folder.files if file.uri not in names))
    return Found((), near=_near(place))


def _object(place: Place) -> StoredFile | None:
    with told(InputError, place.uri, _READ):
        try:
            head = client().head_object(Bucket=place.bucket, Key=place.key)
        except ClientError as fault:
            if not is_missing(fault):
                # an answer to HEAD has no body, and so no reason: asking in another way brings the true one, if any
                client().list_objects_v2(Bucket=place.bucket, Prefix=place.key, MaxKeys=1)
                raise
            return None
    return StoredFile(place.uri, head["ContentLength"], head["ETag"])


def _folder(place: Place) -> _Folder:
    files: list[StoredFile] = []
    folders: list[str] = []
    is_there = False
    for page in pages(place, place.folder, Delimiter="/"):
        is_there = is_there or bool(page.get("Contents") or page.get("CommonPrefixes"))
        files += _stored(place, page)
        folders += [place.beside(each["Prefix"]).uri for each in page.get("CommonPrefixes", ())]
    visible = [file for file in files if not _name(file.uri).startswith(".")]
    return _Folder(tuple(visible), tuple(uri for uri in folders if not _name(uri[:-1]).startswith(".")), is_there)


def _fitting(place: Place) -> tuple[StoredFile, ...] | None:
    """What a glob stands for, in the order of a disk: by path, name by name. None when it is a name after all."""
    patterns = place.key.split("/")
    literal = re.split(r"[*?[]", place.key, maxsplit=1)[0]
    # what lies deeper cannot fit, and may be much
    flat = {} if "**" in patterns or "/" in place.key[len(literal) :] else {"Delimiter": "/"}
    fitting: list[StoredFile] = []
    for page in pages(place, literal, **flat):
        keys = [each["Key"] for each in page.get("Contents", ())]
        keys += [each["Prefix"] for each in page.get("CommonPrefixes", ())]
        if any(key == place.key or key.startswith(place.folder) for key in keys):
            return None
        fitting += [file for file in _stored(place, page) if _fits(place_of(file.uri).key.split("/"), patterns)]
    return tuple(sorted(fitting, key=lambda file: place_of(file.uri).key.split("/")))


def _fits(names: Sequence[str], patterns: Sequence[str]) -> bool:
    """As `glob.glob(recursive=True)` decides for a path: `*` stays in its folder, `**` descends, none finds dots."""
    if not patterns:
        return not names
    first, rest = patterns[0], patterns[1:]
    if first == "**" and rest:
        deeper = bool(names) and _is_visible(names[0]) and _fits(names[1:], patterns)
        return _fits(names, rest) or deeper
    if first == "**":
        return bool(names) and all(map(_is_visible, names))
    if not names or not (names[0] == first or _fits_one(names[0], first)):
        return False
    return _fits(names[1:], rest)


def _fits_one(name: str, pattern: str) -> bool:
    return glob.has_magic(pattern) and (_is_visible(name) or pattern.startswith(".")) and fnmatchcase(name, pattern)


def _is_visible(name: str) -> bool:
    return bool(name) and not name.startswith(".")


def _near(place: Place) -> tuple[str, ...]:
    """What stands where the object was looked for, or one folder up, from a single page each."""
    names = place.key.rstrip("/").split("/")
    for depth in (1, 2):
        if depth > len(names):
            break
        above = place.beside("/".join(names[:-depth]))
        with contextlib.suppress(RunError):
            page = next(pages(above, above.folder, Delimiter="/"), {})
            keys = [file.uri for file in _stored(above, page)]
            keys += [above.beside(each["Prefix"]).uri for each in page.get("CommonPrefixes", ())]
            if visible := [uri for uri in keys if not _name(uri.rstrip("/")).startswith(".")]:
                return tuple(sorted(visible))
    return ()


def pages(place: Place, prefix: str, **options: str) -> Iterator[dict[str, Any]]:
    """The answers of ListObjectsV2, up to 1000 keys each, in the order of the keys' bytes."""
    # botocore has keys sent url-encoded, for those that XML cannot hold, and decodes them itself
    with told(InputError, place.uri, _LIST):
        lister = client().get_paginator("list_objects_v2")
        yield from lister.paginate(Bucket=place.bucket, Prefix=prefix, **options)


def _stored(place: Place, page: dict[str, Any]) -> Iterator[StoredFile]:
    """The objects of a page, but for those that only make a folder visible in a console."""
    for each in page.get("Contents", ()):
        key, size = each["Key"], each["Size"]
        if not key.endswith("/") and (size or not key.endswith(_HADOOP_FOLDER)):
            yield StoredFile(place.beside(key).uri, size, each["ETag"])


def _name(uri: str) -> str:
    return uri.rpartition("/")[2]


def exists(place: Place) -> bool | None:
    """Whether there is such an object; None when S3 does not tell."""
    try:
        client().head_object(Bucket=place.bucket, Key=place.key)
    except ClientError as fault:
        return False if is_missing(fault) else None
    return True
