"""Which of our types a column of a Parquet file has, and what Arrow is to hold its values in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from trakt.schema import LogicalType
from trakt.schema.parse import ARROW_TYPES


@dataclass(frozen=True, slots=True)
class Stored:
    """A column as a file has it.

    Attributes:
        arrow: the type of its values there.
        kind: ours; None for what has none: raw bytes, or values of many parts.
        blanks: whether some of its values may be missing.
    """

    arrow: pa.DataType
    kind: LogicalType | None
    blanks: bool

    @property
    def empty(self) -> bool:
        """Whether it has no value, and no type either."""
        return bool(pa.types.is_null(self.arrow))


_TESTS: tuple[tuple[Callable[[pa.DataType], bool], LogicalType], ...] = (
    (pa.types.is_null, LogicalType.STRING),
    (pa.types.is_boolean, LogicalType.BOOL),
    (pa.types.is_integer, LogicalType.INT),
    (pa.types.is_floating, LogicalType.FLOAT),
    (pa.types.is_decimal, LogicalType.DECIMAL),
    (pa.types.is_date, LogicalType.DATE),
    (pa.types.is_timestamp, LogicalType.TIMESTAMP),
    (pa.types.is_time, LogicalType.STRING),
    (pa.types.is_string, LogicalType.STRING),
    (pa.types.is_large_string, LogicalType.STRING),
    (pa.types.is_string_view, LogicalType.STRING),
)


UUIDS = "arrow.uuid"
_TEXTS = ("arrow.json", UUIDS)
"""Extension types whose values have a text (https://arrow.apache.org/docs/format/CanonicalExtensions.html)."""


def kind_of(arrow: pa.DataType) -> LogicalType | None:
    """Our type for one of Arrow's, or None where there is none."""
    if isinstance(arrow, pa.BaseExtensionType):
        return LogicalType.STRING if arrow.extension_name in _TEXTS else None
    plain = arrow.value_type if pa.types.is_dictionary(arrow) else arrow
    return next((kind for test, kind in _TESTS if test(plain)), None)


def is_bytes(arrow: pa.DataType) -> bool:
    """Whether its values are raw bytes."""
    tests = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary, pa.types.is_binary_view)
    return any(test(arrow) for test in tests)


def held_in(kind: LogicalType, arrow: pa.DataType) -> pa.DataType:
    """What Arrow holds values of our type in that come from a column of that type: a zone stays one."""
    if kind is LogicalType.TIMESTAMP and pa.types.is_timestamp(arrow) and arrow.tz:
        return pa.timestamp("us", arrow.tz)
    return ARROW_TYPES[kind]


def known_zone(arrow: pa.DataType) -> bool:
    """Whether the zone of a timestamp is one that this machine knows; true of all other types."""
    if not pa.types.is_timestamp(arrow) or not arrow.tz:
        return True
    try:
        # pandas and Arrow have their zones from different places, and values pass both
        pa.array([0], arrow).to_pandas()
        pc.cast(pa.array([0], arrow), pa.string())
    except (pa.ArrowException, LookupError, ValueError):
        return False
    return True


def joined(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    """What holds the values of two files in one column without loss; each is one of `held_in`'s."""
    if one == other:
        return one
    if {one, other} == {pa.int64(), pa.float64()}:
        return pa.float64()
    if pa.types.is_timestamp(one) and pa.types.is_timestamp(other) and one.tz and other.tz:
        return pa.timestamp("us", "UTC")
    return pa.string()
