"""`python -m trakt.parity.child JOB`: the process that a run has for itself, as it has in each runtime."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trakt.parity.asked import Job
from trakt.parity.places import Places
from trakt.parity.rehearsal import rehearse
from trakt.parity.runtimes import RUNTIMES
from trakt.runtime import console, failure


def main(path: Path) -> None:
    """Run the job in that file, and leave beside it how it ended."""
    job = Job.read(path)
    # opened before the disk may become read-only
    with job.result_file.open("w", encoding="utf-8") as answer:
        rehearse(Places(job.asked.input_dir, job.folder))
        json.dump(_ended(job), answer, default=str)


def _ended(job: Job) -> Mapping[str, Any]:
    try:
        with console.speaking_on_stderr():
            return RUNTIMES[job.variant.runtime].carry_out(job)
    except SystemExit:
        return failure.as_result(failure.quit_by_step())
    except Exception as error:
        return failure.as_result(error)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
