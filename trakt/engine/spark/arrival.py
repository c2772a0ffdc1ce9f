"""Work as it travels to executors, which first look whether they have what this process has.

Where Trakt is missing or is another one, none of it can be unpacked, or worse, can be. So the function that looks is
sent by value, and work as bytes that are opened afterwards; nothing here but the standard library and what it asks for.
"""

from __future__ import annotations

import importlib
import pickle
import platform
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

PACKAGES = ("trakt", "pandas", "numpy", "pyarrow")
"""What has a part in the bytes of an output."""

REFUSED = "an executor has other versions than this process:"

Task = Callable[[int, Iterator[Any]], Iterator[Any]]
"""Given the number of a partition and what is in it; see `RDD.mapPartitionsWithIndex`."""


def travelling(task: Task) -> Task:
    """`task`, for executors; on one with other versions it raises what `unlike` says."""
    from pyspark import cloudpickle

    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    work, here = bytes(cloudpickle.dumps(task)), versions()

    def unpacked(partition: int, items: Iterator[Any]) -> Iterator[Any]:
        there = versions()
        if there != here:
            raise RuntimeError(unlike(here, there))
        yield from pickle.loads(work)(partition, items)

    return unpacked


def versions() -> Mapping[str, str]:
    """Which version of each package there is, blank for none."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = str(importlib.import_module(name).__version__)
        except ImportError:
            found[name] = ""
    return found


def unlike(here: Mapping[str, str], there: Mapping[str, str]) -> str:
    """In which packages an executor differs, and where it runs; the line is found in what Spark says of it."""
    each = [f"{name} {there[name] or 'missing'}, not {here[name]}" for name in here if there[name] != here[name]]
    return f"{REFUSED} {'; '.join(each)} (on {platform.node()}, in {sys.executable})"
