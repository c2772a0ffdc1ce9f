"""What a Glue job is given."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from trakt.parity.glue_job import GLUES_OWN


def glue_arguments(**options: Any) -> list[str]:
    """The arguments of a job run, Glue's own among them, as its script finds them in `sys.argv[1:]`.

    Args:
        options: those of the job by their names with underscores: `client_id="acme"`, `lenient=True`,
            `param={"net.tax": 0.2}`; one that is None is left out.
    """
    ours = {f"--{name.replace('_', '-')}": _word(value) for name, value in options.items() if value is not None}
    return [word for pair in {**GLUES_OWN, **ours}.items() for word in pair]


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(dict(value)) if isinstance(value, Mapping) else str(value)
