"""How several files of one input become one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trakt.errors import Fault, InputError
from trakt.formats.text.file import TextFile
from trakt.pipeline.model import Input
from trakt.schema.infer import ColumnType


def combined_columns(wanted: Input, files: Sequence[TextFile], *, by_name: bool = False) -> tuple[str, ...]:
    """The columns of the whole input, by its combine strategy.

    `concat` and `validate_schema` want the same columns in the same order in every file; `union_by_name` takes all
    that occur, in order of first appearance, and leaves blank what a file does not have.

    Args:
        by_name: each record names its fields. Then the order is nothing, a file without records agrees with all, and
            `concat` means what `union_by_name` does: how records are dealt out to files must not matter.

    Raises:
        InputError: files differ where they must not; every file that does is named.
    """
    union = tuple(dict.fromkeys(name for file in files for name in file.columns))
    if wanted.combine_strategy == "union_by_name" or (by_name and wanted.combine_strategy == "concat"):
        return union
    if by_name:
        files = [file for file in files if file.columns] or files
    first = files[0]
    faults = [
        Fault(
            f"has other columns than {first.uri}: {_difference(first.columns, file.columns)}",
            file.uri if by_name else f"{file.uri}:1",
            f"mend the {'records' if by_name else 'header'}, or set `combine_strategy: union_by_name`",
            f"has other columns than {first.uri}: {_count_of_difference(first.columns, file.columns)}",
        )
        for file in files[1:]
        if file.columns != first.columns and not (by_name and set(file.columns) == set(first.columns))
    ]
    if faults:
        raise InputError.of(faults)
    return first.columns


def _difference(expected: Sequence[str], found: Sequence[str]) -> str:
    lacks = [repr(name) for name in expected if name not in found]
    adds = [repr(name) for name in found if name not in expected]
    parts = [f"lacks {', '.join(lacks)}"] if lacks else []
    parts += [f"adds {', '.join(adds)}"] if adds else []
    return "; ".join(parts) or f"the same in another order ({', '.join(found)})"


def _count_of_difference(expected: Sequence[str], found: Sequence[str]) -> str:
    lacks, adds = len(set(expected) - set(found)), len(set(found) - set(expected))
    return f"lacks {lacks}, adds {adds}" if lacks or adds else "the same in another order"


def require_same_types(per_file: Mapping[str, Mapping[str, ColumnType]]) -> None:
    """Every file must have the same type in each column; a column without any value agrees with all.

    Raises:
        InputError: some do not; each is named with both types.
    """
    seen: dict[str, tuple[str, ColumnType]] = {}
    faults = []
    for uri, columns in per_file.items():
        for position, (name, column) in enumerate(columns.items(), 1):
            if column.empty:
                continue
            first_uri, first = seen.setdefault(name, (uri, column))
            if column.kind is not first.kind:
                what = f"is {column.kind}, but {first.kind} in {first_uri}"
                hint = "mend the file, or set `combine_strategy: concat`"
                faults.append(Fault(f"column '{name}' {what}", uri, hint, f"column {position} {what}"))
    if faults:
        raise InputError.of(faults)
