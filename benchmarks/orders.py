"""The table that most workloads read: nine mixed columns, 85 bytes a row, the same bytes on every machine."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from pathlib import Path

COLUMNS = {
    "order_id": "int",
    "customer": "string",
    "city": "string",
    "amount": "float",
    "rate": "float",
    "quantity": "int",
    "zip": "string",
    "ordered_at": "string",
    "note": "string",
}
"""Timestamps are text, as the peers have them without a word about it; zip codes have leading zeros."""

_CUSTOMERS = ('"Miller, Ann"', '"The ""Blue"" Door, Inc."', "Acme", "Zoë Grüßer", '"Ortiz, Luz"', "日本商事", "O'Hara")
_CITIES = ("Köln", "Paris", "São Paulo", "", "Reykjavík", "New York", "Łódź")
_NOTES = ("", "", "", '"left at the door, thanks"', "gift", '"said ""later"""')
_BLOCK = 10_000


def write_orders(path: Path, rows: int) -> None:
    """Write the table; a file that is there is taken for it."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8", newline="") as file:
        file.write(",".join(COLUMNS) + "\n")
        for first in range(0, rows, _BLOCK):
            file.writelines(_lines(first, min(_BLOCK, rows - first)))
    part.replace(path)


def _lines(first: int, rows: int) -> Iterator[str]:
    chance = random.Random(first)
    for number in range(first, first + rows):
        amount = chance.randrange(1, 100_000_000) / 100
        rate = "" if number % 9 == 4 else repr(round(chance.random(), 9))
        quantity = "" if number % 11 == 3 else str(chance.randrange(1, 500))
        moment = dt.datetime(2026, 2, 5) + dt.timedelta(seconds=number)
        yield (
            f"{number},{chance.choice(_CUSTOMERS)},{chance.choice(_CITIES)},{amount!r},{rate},{quantity},"
            f"{chance.randrange(100_000):05},{moment},{chance.choice(_NOTES)}\n"
        )
