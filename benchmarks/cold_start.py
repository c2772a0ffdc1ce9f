"""How long a Lambda function takes from the start of its process to its first answer: ours beside handlers by hand.

    python -m benchmarks.cold_start [--rounds N] [--no-bytecode] [--imports]

What is measured, and how to read the table: benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import compileall
import os
import py_compile
import re
import resource
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.fakes.runtime_api import RuntimeApi
from tests.fakes.xray_daemon import XRayDaemon
from trakt.testing.s3_server import S3Bucket, S3Server

ROOT = Path(__file__).parents[1]
FUNCTIONS = ROOT / "benchmarks" / "cold_start_functions"
OURS = "handlers.lambda_handler.handler"
KEY = "incoming/client=acme/batch=2026-02-05/orders.csv"
TINY = "order_id,amount,day\n" + "".join(f"A-{row},{row}.5,2026-02-05\n" for row in range(100))


@dataclass
class Function:
    """One handler and the event that it gets; `answers` is what must come back (a response or an error)."""

    name: str
    handler: str
    event: dict[str, Any]
    answers: str = "response"
    first_batch: list[float] = field(default_factory=list)
    response: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)


# (ours, what it is compared with, which moments, the most that ours may take of it)
PAIRS = [
    ("ours refuses", "Logger + Metrics", ("response", "response"), 1.5),
    ("ours runs", "pandas + S3 client + Powertools", ("first_batch", "response"), 1.25),
    ("ours runs", "the same, reading the CSV", ("first_batch", "first_batch"), None),
    ("ours runs", "the same, reading the CSV", ("response", "response"), None),
    ("ours refuses", "Logger + Metrics", ("processor", "processor"), None),
    ("ours runs", "the same, reading the CSV", ("processor", "processor"), None),
]


def functions(bucket: str) -> list[Function]:
    direct = {"pipeline": "tiny", "client_id": "acme", "batch_id": "2026-02-05"}
    return [
        Function("Logger + Metrics", "logger_metrics.handler", {}, "error"),
        Function("ours refuses", OURS, {**direct, "client_id": "../etc", "colour": "red"}, "error"),
        Function("pandas + S3 client + Powertools", "pandas_s3.handler", {}),
        Function("the same, reading the CSV", "pandas_s3.handler", {"bucket": bucket, "key": KEY}),
        Function("ours runs", OURS, direct),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description="Cold starts of the Lambda function, side by side.")
    parser.add_argument("--rounds", type=int, default=15, help="how often each function is started (15)")
    parser.add_argument(
        "--no-bytecode", action="store_true", help="compile only the standard library, as Lambda has it"
    )
    parser.add_argument("--imports", action="store_true", help="show what ours imports and the peers do not, and stop")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as made, S3Server() as server, server.bucket() as bucket, XRayDaemon() as daemon:
        work = Path(made)
        bucket.put(KEY, TINY)
        environment = {**server.environment, **settings(bucket, daemon, work)}
        environment |= without_bytecode(work / "bytecode") if given.no_bytecode else {}
        package(work / "package", compiled=not given.no_bytecode)
        listed = functions(bucket.name)
        if given.imports:
            show_imports(work, environment, listed)
            return
        # the first round warms the disk and the server, and is forgotten
        for number in range(given.rounds + 1):
            turn = number % len(listed)
            for function in listed[turn:] + listed[:turn]:
                measure(function, work, environment, keep=number > 0)
    show(listed)


def settings(bucket: S3Bucket, daemon: XRayDaemon, work: Path) -> dict[str, str]:
    return {
        "TRAKT_INPUT_PREFIXES": bucket.uri("incoming/"),
        "TRAKT_OUTPUT_PREFIXES": bucket.uri("clean/"),
        "POWERTOOLS_SERVICE_NAME": "trakt",
        "POWERTOOLS_METRICS_NAMESPACE": "trakt",
        "AWS_XRAY_DAEMON_ADDRESS": daemon.address,
        "PYTHONDONTWRITEBYTECODE": "1",
        "FIRST_BATCH_AT": str(work / "first-batch-at"),
    }


def package(folder: Path, compiled: bool) -> None:
    """The function's folder as it is deployed, with the peers beside it."""
    uncompiled = shutil.ignore_patterns("__pycache__")
    shutil.copytree(FUNCTIONS, folder, ignore=uncompiled)
    for source in (ROOT / "trakt", ROOT / "handlers", Path(yaml.__file__).parent):
        shutil.copytree(source, folder / source.name, ignore=uncompiled)
    if compiled:
        compileall.compile_dir(folder, quiet=2, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)


def without_bytecode(cache: Path) -> dict[str, str]:
    """Bytecode is looked for in a folder that has that of the standard library alone."""
    environment = {"PYTHONPYCACHEPREFIX": str(cache)}
    library = sysconfig.get_path("stdlib")
    command = [sys.executable, "-m", "compileall", "-q", "-x", "site-packages|/test/|/idlelib/|/lib2to3/", library]
    subprocess.run(command, env={**os.environ, **environment}, check=False, capture_output=True)
    return environment


def measure(function: Function, work: Path, environment: dict[str, str], keep: bool = True, **more: Any) -> None:
    """Start the process, hand it the event, and note how long the first batch and the answer took, in milliseconds."""
    mark = Path(environment["FIRST_BATCH_AT"])
    mark.unlink(missing_ok=True)
    # one processor, as a function of 1 769 MB has; the servers keep the other
    pinned = {"preexec_fn": lambda: os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})}
    more = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **pinned, **more}
    before = processor_seconds()
    with RuntimeApi() as api:
        started = time.monotonic()
        api.start(work / "package", function.handler, environment, **more)
        posted = api.invoke(function.event)
    if posted.kind != function.answers:
        sys.exit(f"{function.name}: expected a {function.answers}, got {posted.kind}: {posted.payload}")
    if keep:
        function.response.append((posted.at - started) * 1000)
        function.processor.append((processor_seconds() - before) * 1000)
        if mark.exists():
            function.first_batch.append((float(mark.read_text(encoding="ascii")) - started) * 1000)


def processor_seconds() -> float:
    """Of all processes that were started here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def show(listed: list[Function]) -> None:
    print(
        f"Python {sys.version.split()[0]}, {len(listed[0].response)} rounds; medians in ms from the process's start\n"
    )
    moments = ("first_batch", "response", "processor")
    print(f"{'function':34}" + "".join(f"{moment.replace('_', ' '):>14}{'lowest':>8}" for moment in moments))
    for function in listed:
        taken = [getattr(function, moment) for moment in moments]
        cells = [
            f"{statistics.median(each):>14.0f}{min(each):>8.0f}" if each else f"{'-':>14}{'-':>8}" for each in taken
        ]
        print(f"{function.name:34}{''.join(cells)}")
    print(f"\n{'ours':14}{'moment':>12}   {'against':34}{'moment':>12}{'ratio':>7}{'of the lowest':>15}  wanted")
    by_name = {function.name: function for function in listed}
    for ours, peer, (moment, peer_moment), most in PAIRS:
        taken, theirs = getattr(by_name[ours], moment), getattr(by_name[peer], peer_moment)
        ratio = statistics.median(one / other for one, other in zip(taken, theirs, strict=True))
        names = (moment.replace("_", " "), peer_moment.replace("_", " "))
        line = f"{ours:14}{names[0]:>12}   {peer:34}{names[1]:>12}{ratio:>7.2f}{min(taken) / min(theirs):>15.2f}"
        print(f"{line}  {f'<= {most}' if most else '-'}")


def show_imports(work: Path, environment: dict[str, str], listed: list[Function]) -> None:
    """Modules that ours imports and its peer does not, the dearest first."""
    by_name = {function.name: function for function in listed}
    for ours, peer in (("ours refuses", "Logger + Metrics"), ("ours runs", "the same, reading the CSV")):
        known = imports(by_name[peer], work, environment)
        own = {name: cost for name, cost in imports(by_name[ours], work, environment).items() if name not in known}
        print(f"{ours}: {len(own)} modules more than {peer}, {sum(own.values()) / 1000:.0f} ms in them alone")
        for name, cost in sorted(own.items(), key=lambda pair: -pair[1])[:25]:
            print(f"{cost / 1000:>8.1f} ms  {name}")


def imports(function: Function, work: Path, environment: dict[str, str]) -> dict[str, int]:
    """Microseconds spent in each module itself, without what it imports."""
    told = work / "imports.txt"
    with told.open("wb") as errors:
        measure(function, work, {**environment, "PYTHONPROFILEIMPORTTIME": "1"}, stderr=errors)
    lines = re.findall(r"^import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)$", told.read_text(encoding="utf-8"), re.MULTILINE)
    return {name: int(cost) for cost, name in lines}


if __name__ == "__main__":
    main()
