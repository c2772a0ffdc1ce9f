"""How several Parquet files become one table: columns are matched by name."""

from __future__ import annotations

from collections.abc import Sequence

from trakt.errors import Fault, InputError
from trakt.formats.parquet.file import ParquetFile
from trakt.pipeline.model import Input
from trakt.schema import LogicalType


def combined_columns(wanted: Input, files: Sequence[ParquetFile]) -> tuple[str, ...]:
    """The columns of the whole input, by its combine strategy.

    `concat` and `validate_schema` want the same columns in every file, in any order; `union_by_name` takes all that
    occur, in order of first appearance, and leaves blank what a file does not have.

    Raises:
        InputError: files differ where they must not; every file that does is named.
    """
    if wanted.combine_strategy == "union_by_name":
        return tuple(dict.fromkeys(name for file in files for name in file.columns))
    first, faults = files[0], []
    for file in files[1:]:
        lacks = [repr(name) for name in first.columns if name not in file.columns]
        adds = [repr(name) for name in file.columns if name not in first.columns]
        if not lacks and not adds:
            continue
        parts = [f"lacks {', '.join(lacks)}"] * bool(lacks) + [f"adds {', '.join(adds)}"] * bool(adds)
        what, hint = f"has other columns than {first.uri}", "mend the file, or set `combine_strategy: union_by_name`"
        faults.append(
            Fault(f"{what}: {'; '.join(parts)}", file.uri, hint, f"{what}: lacks {len(lacks)}, adds {len(adds)}")
        )
    if faults:
        raise InputError.of(faults)
    return tuple(first.columns)


def require_same_kinds(names: Sequence[str], files: Sequence[ParquetFile]) -> None:
    """Every file must have the same type in each column; one without type or value agrees with all.

    Raises:
        InputError: some do not; each is named with both types.
    """
    seen: dict[str, tuple[str, LogicalType | None]] = {}
    faults = []
    for file in files:
        for position, name in enumerate(names, 1):
            stored = file.columns.get(name)
            if stored is None or stored.empty:
                continue
            first_uri, first = seen.setdefault(name, (file.uri, stored.kind))
            if stored.kind is not first:
                what = f"is {stored.kind}, but {first} in {first_uri}"
                hint = "mend the file, or set `combine_strategy: concat`"
                faults.append(Fault(f"column '{name}' {what}", file.uri, hint, f"column {position} {what}"))
    if faults:
        raise InputError.of(faults)
