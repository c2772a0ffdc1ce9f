"""Which uploads in progress are Trakt's own: those with a hidden, empty object beside them, their mark.

S3 tells of an upload in progress only its key, when it began and by whom. Metadata and tags show when it is
completed, and the same role may well upload with other tools. So an upload is marked by an object of its own, whose
key follows from the upload's key and id. It is put down when the upload has begun, before any part, and taken away
when it is completed or aborted: what has a mark and is old belongs to a run that was killed. A run that is killed in
the moment between beginning and marking leaves an upload without parts, which costs nothing.
"""

from __future__ import annotations

import hashlib

from trakt.storage.s3.place import MAX_KEY_BYTES, Place

ENDING = ".trakt-part"


def mark_of(place: Place, upload_id: str) -> Place:
    """The mark of an upload: `folder/.name.<from its id>.trakt-part`, hidden as a part on a disk is."""
    folder, slash, name = place.key.rpartition("/")
    told = hashlib.sha256(f"{place.key}\n{upload_id}".encode()).hexdigest()[:16]
    key = f"{folder}{slash}.{name}.{told}{ENDING}"
    if len(key.encode()) > MAX_KEY_BYTES:
        # the name is in the digest too; only a person who looks at the mark misses it
        key = f"{folder}{slash}.{told}{ENDING}"
    return place.beside(key)


def is_mark(key: str) -> bool:
    """Whether a key looks like a mark."""
    name = key.rpartition("/")[2]
    return name.startswith(".") and name.endswith(ENDING)
