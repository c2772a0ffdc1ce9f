"""Which delimiter a file has, from a bounded sample: the one that cuts its records alike, or an error."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import replace

from trakt.errors import InputError
from trakt.formats.csv.header import rows_of
from trakt.formats.csv.options import DELIMITERS, Dialect

SAMPLE_BYTES = 1 << 16
_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
# A record may be broken, but a delimiter that breaks one record in ten is no delimiter
_CONSISTENT = 0.9


def sniff_delimiter(head: bytes, dialect: Dialect, uri: str) -> str:
    """The delimiter of a file that begins with `head`; `,` for a file of one column.

    Raises:
        InputError: two candidates fit equally well, or some occur and none fits.
    """
    scores = consistencies(head, dialect)
    present = list(scores)
    fitting = [candidate for candidate, score in scores.items() if score >= _CONSISTENT]
    best = [candidate for candidate in fitting if scores[candidate] == max(scores.values())]
    if len(best) == 1:
        return best[0]
    if not present:
        return ","
    hint = "declare it: `metadata: {delimiter: ...}`"
    if best:
        raise InputError(f"the delimiter may be {_listed(best)}: each fits", where=uri, hint=hint)
    raise InputError(f"no delimiter cuts the records alike (tried {_listed(present)})", where=uri, hint=hint)


def consistencies(head: bytes, dialect: Dialect) -> dict[str, float]:
    """For each delimiter that occurs: the share of records with as many fields as the first one, if that is several."""
    sample = head[:SAMPLE_BYTES].decode("utf-8", "replace")
    if len(head) > SAMPLE_BYTES:
        # the last record may be cut through
        sample = sample[: max(sample.rfind("\n"), sample.rfind("\r")) + 1] or sample
    present = [candidate for candidate in DELIMITERS if candidate in sample]
    return {candidate: _consistency(sample, replace(dialect, delimiter=candidate)) for candidate in present}


def _consistency(sample: str, dialect: Dialect) -> float:
    """The share of records with as many fields as the first one, or 0 if that has one only."""
    try:
        counts = [len(row) for row in rows_of(sample, dialect) if row]
    except csv.Error:
        return 0.0
    if not counts or counts[0] < 2:
        return 0.0
    return Counter(counts)[counts[0]] / len(counts)


def _listed(candidates: list[str]) -> str:
    return " or ".join(f"{_NAMES[candidate]} ({candidate!r})" for candidate in candidates)
