"""One module for each kind of work; `prepared` makes its files and starts its servers."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from benchmarks.workload import Setting, Workload
from benchmarks.workloads import growth, lambda_warm, memory, modes, s3_to_s3, small_files, start, stream

Prepared = Callable[[Setting], AbstractContextManager[Workload]]

WORKLOADS: dict[str, Prepared] = {
    "stream": stream.prepared,
    "modes": modes.prepared,
    "memory": memory.prepared,
    "growth": growth.prepared,
    "s3": s3_to_s3.prepared,
    "small_files": small_files.prepared,
    "start": start.prepared,
    "lambda_warm": lambda_warm.prepared,
}

ON_REQUEST: dict[str, Prepared] = {"memory_large": memory.prepared_large}
"""Too large to be a part of every run."""
