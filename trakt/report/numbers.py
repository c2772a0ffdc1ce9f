"""Numbers as people read them; the page keeps the whole number beside."""

from __future__ import annotations

from collections.abc import Callable, Mapping


def whole(number: float) -> str:
    """`1,234,567`."""
    return f"{number:,.0f}"


def duration(milliseconds: float) -> str:
    """`8 ms`, `1.2 s`, `3 min 05 s`, `2 h 07 min`."""
    if milliseconds < 999.5:
        return f"{milliseconds:.0f} ms" if milliseconds >= 10 or not milliseconds else f"{milliseconds:.1f} ms"
    seconds = milliseconds / 1000
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02} s"
    return f"{minutes // 60} h {minutes % 60:02} min"


def size(number: float) -> str:
    """`12 bytes`, `3.4 KiB`, `120 MiB`."""
    if number < 1024:
        return f"{number:.0f} byte{'' if number == 1 else 's'}"
    for unit in ("KiB", "MiB", "GiB", "TiB"):
        number /= 1024
        if number < 1023.5 or unit == "TiB":
            break
    return f"{number:.1f} {unit}" if number < 99.95 else f"{number:,.0f} {unit}"


def memory(mebibytes: float) -> str:
    """`238 MiB`."""
    return size(mebibytes * (1 << 20)) if mebibytes else "0 MiB"


def share(part: float) -> str:
    """Of 1, in percent: `0 %`, `0.04 %`, `12.5 %`."""
    percent = part * 100
    return f"{percent:.1f} %".replace(".0 ", " ") if not 0 < percent < 0.1 else f"{percent:.2g} %"


TOLD: Mapping[str, Callable[[float], str]] = {
    "rows": whole, "ms": duration, "bytes": size, "MiB": memory, "share": share,
}  # fmt: skip
