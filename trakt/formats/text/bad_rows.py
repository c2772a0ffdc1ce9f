"""The bad rows of a file: each a fault that ends the run, or set aside with its text."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from trakt.errors import Fault, InputError
from trakt.formats import BadRow
from trakt.formats.text.block import Block, Flaw
from trakt.formats.text.encodings import is_text, stored_as

_SHOWN = 20

UNDECODABLE, MISFIT, STRANGER = "undecodable_bytes", "type_mismatch", "unknown_column"
"""Why a row of any kind of text is bad; each kind has more."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with one record of a block: its `reason`, the `column` if it is one, and what to say of it."""

    record: Block
    reason: str
    what: str
    hint: str
    column: str | None = None
    unquoted: str | None = None

    @classmethod
    def of(cls, record: Block, flaw: Flaw) -> Finding:
        """What is wrong with all of a record."""
        return cls(record, flaw.reason, flaw.what, flaw.hint, None, flaw.unquoted)


@dataclass
class Findings:
    """What is wrong in one block, in no order. Where nothing is set aside, only so much as will be shown."""

    aside: bool
    discarded: Counter[str] = field(default_factory=Counter)
    listed: list[Finding] = field(default_factory=list)
    count: int = 0

    @property
    def records(self) -> int:
        """How many records they are about, where all are listed."""
        return len({finding.record.first_byte for finding in self.listed})

    @property
    def room(self) -> int | None:
        """How many more are wanted in words; None: all."""
        return None if self.aside else max(0, _SHOWN - len(self.listed))

    def add(self, finding: Finding) -> None:
        """Note one."""
        self.count += 1
        if self.room != 0:
            self.listed.append(finding)


@dataclass
class Faults:
    """What is wrong with one file that must be without fault: the first faults in full, the rest counted."""

    uri: str
    shown: list[Fault] = field(default_factory=list)
    count: int = 0

    def __bool__(self) -> bool:
        return self.count > 0

    def take(self, found: Findings) -> None:
        """Note what was found in the next block."""
        self.count += found.count
        for each in found.listed[: _SHOWN - len(self.shown)]:
            self.shown.append(Fault(each.what, f"{self.uri}:{each.record.first_line}", each.hint, each.unquoted))

    def raise_any(self, last: InputError | None = None) -> None:
        """Raise all of them as one error, if there is any, and `last` with them."""
        if not self.count and not last:
            return
        more = self.count - len(self.shown)
        rest = [Fault(f"and {more:,} more faults like these", self.uri)] if more else []
        raise InputError.of([*sorted(self.shown, key=_line), *rest, *(last.faults if last else ())]) from last


def _line(fault: Fault) -> int:
    return int(str(fault.where).rpartition(":")[2])


def bad_rows(found: Findings, block: Block, encoding: str, base: int) -> list[BadRow]:
    """What is to be set aside of a block, one for each row, in the order of the file.

    Args:
        base: where the block begins in the stored file.
    """
    rows: dict[int, BadRow] = {}
    # step by step: in a block of bad rows, each counted from its beginning would take ages
    place, counted = base, 0
    for each in sorted(found.listed, key=lambda finding: finding.record.first_byte):
        record = each.record
        if known := rows.get(record.first_byte):
            said = f"{known.unquoted or known.what}; {each.unquoted or each.what}"
            rows[record.first_byte] = replace(known, what=f"{known.what}; {each.what}", unquoted=said)
            continue
        place += len(stored_as(block.data[counted : record.first_byte], encoding))
        counted = record.first_byte
        raw = _without_line_end(record.data)
        stored = None if is_text(raw) else stored_as(raw, encoding)
        rows[record.first_byte] = BadRow(
            line=record.first_line,
            byte=place,
            reason=each.reason,
            column=each.column,
            what=each.what,
            # who replays it knows by this, in any encoding, that nobody has mended it
            text=raw.decode() if stored is None else stored.decode("utf-8", "backslashreplace"),
            stored=stored,
            hint=each.hint,
            unquoted=each.unquoted,
        )
    return list(rows.values())


def _without_line_end(data: bytes) -> bytes:
    return data.removesuffix(b"\n").removesuffix(b"\r")
