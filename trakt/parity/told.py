"""What was found, as a table for people and as JSON for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from trakt.errors import counted
from trakt.parity.asked import Variant
from trakt.parity.check import Parity
from trakt.parity.run import Ran

_LETTERS = 12
"""Of a checksum, in the table: enough to tell two apart at a glance."""

_NAMED = 4
"""Of the runs with the same fault."""

_ALONE = "succeeded"
"""What a run has that is equal to itself only."""


def table(found: Parity) -> str:
    """A line for each run: how it was run, how it ended, how long it took, and a checksum for each output."""
    names = list(dict.fromkeys(name for each in found.runs for name in each.checksums))
    rows = [["runtime", "mode", "rows a chunk", "seconds", "result", *names]]
    rows += [_line(each, _words(found, each), names) for each in found.runs]
    widths = [max(len(row[at]) for row in rows if at < len(row)) for at in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip() for row in rows
    )


def _words(found: Parity, ran: Ran) -> str:
    """How a run has ended, beside the others."""
    if ran is found.reference:
        return "compared with" if found.compared > 1 else _ALONE
    return ran.status.replace("_", " ")


def _line(ran: Ran, word: str, names: list[str]) -> list[str]:
    variant = ran.variant
    chunk = f"{variant.chunk_rows:,}" if variant.chunk_rows else "default" if variant.mode == "stream" else "-"
    seconds = f"{ran.seconds:.1f}" if ran.seconds else "-"
    return [
        variant.runtime,
        variant.mode,
        chunk,
        seconds,
        word,
        *(ran.checksums.get(each, "-")[:_LETTERS] for each in names),
    ]


def verdict(found: Parity) -> Iterator[str]:
    """What follows from the table, one thing a line."""
    reasons = [(f"{each.status.replace('_', ' ')}: {each.reason}", each.variant) for each in found.runs if each.reason]
    differences = [(difference.place, variant) for variant, difference in found.differences]
    words = {difference.place: str(difference) for _, difference in reversed(found.differences)}
    counts = [(told, variant) for variant, told in found.counts]
    for what, variants in _grouped([*reasons, *differences, *counts]).items():
        yield f"{words.get(what, what)}\n  in {_listed(variants)}"
    if found.status == "not_compared":
        yield "one run alone has nothing to be compared with"
        yield "  -> ask for another runtime, mode or chunk size too"
    reference = found.reference
    if found.again is not None and reference:
        steps = ", ".join(found.steps) or "what the rejected rows come from"
        if found.again:
            yield f"{reference.variant} gives the same when it is run once more, so something depends on how it is run"
            yield f"  -> look at {steps}: whole columns seen chunk by chunk, the environment, the folder it runs in"
        else:
            yield f"{reference.variant} gives other bytes when it is run once more: a step is not deterministic"
            yield f"  -> look at {steps}: the time, random numbers, the order of a set"


def _grouped(told: list[tuple[str, Variant]]) -> dict[str, list[Variant]]:
    groups: dict[str, list[Variant]] = {}
    for what, variant in told:
        groups.setdefault(what, []).append(variant)
    return groups


def _listed(variants: list[Variant]) -> str:
    more = f" and {len(variants) - _NAMED} more" if len(variants) > _NAMED else ""
    return ", ".join(map(str, variants[:_NAMED])) + more


def summary(found: Parity) -> str:
    """The result in one line."""
    alone = {"equal": _ALONE} if found.compared == 1 else {}
    ended = Counter(alone.get(each.status, each.status) for each in found.runs)
    told = ", ".join(f"{number} {status.replace('_', ' ')}" for status, number in ended.items())
    return f"{found.pipeline}: {found.status.replace('_', ' ')}; {counted(len(found.runs), 'run')}: {told}"


def as_dict(found: Parity) -> dict[str, Any]:
    """All of it as JSON values."""
    reference = found.reference
    return {
        "status": found.status,
        "pipeline": found.pipeline,
        "compared_with": _variant(reference) if reference else None,
        "deterministic": found.again,
        "runs": [
            {
                **_variant(each),
                "status": each.status,
                "reason": each.reason,
                "duration_ms": round(each.seconds * 1000, 3),
                "outputs": {
                    name: {"rows": made.rows, "sha256": each.checksums[name]} for name, made in each.outputs.items()
                },
                "differences": [_difference(one) for variant, one in found.differences if variant == each.variant],
                "counts": [told for variant, told in found.counts if variant == each.variant],
            }
            for each in found.runs
        ],
    }


def _variant(ran: Ran) -> dict[str, Any]:
    variant = ran.variant
    return {"runtime": variant.runtime, "mode": variant.mode, "chunk_rows": variant.chunk_rows}


def _difference(one: Any) -> dict[str, Any]:
    return {name: getattr(one, name) for name in ("output", "line", "row", "column", "expected", "found")}
