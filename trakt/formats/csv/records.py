"""The records of a block of delimited text: a line end inside quotes ends none."""

from __future__ import annotations

import numpy as np

from trakt.formats.csv.cutter import toggles_of
from trakt.formats.csv.options import Dialect
from trakt.formats.csv.record_ends import is_escaped
from trakt.formats.text.block import Block
from trakt.formats.text.line_ends import Positions
from trakt.formats.text.records import Records, line_ends_of


def records_of(block: Block, dialect: Dialect) -> Records:
    """Take a block of whole records apart."""
    line_ends = line_ends_of(block.data)
    return Records.ending_at(block, _outside_quotes(line_ends, block.data, dialect), line_ends)


def _outside_quotes(line_ends: Positions, data: bytes, dialect: Dialect) -> Positions:
    toggles = toggles_of(data, dialect)
    if len(toggles):
        line_ends = line_ends[np.searchsorted(toggles, line_ends) % 2 == 0]
    if dialect.escapechar and dialect.escapechar.encode() in data:
        escaped = [is_escaped(data, at, dialect) for at in line_ends.tolist()]
        line_ends = line_ends[~np.array(escaped, bool)]
    return line_ends
