"""How a Lambda function is set up: environment variables, read once per event and refused as a whole.

| variable | means |
|---|---|
| TRAKT_PIPELINE | the pipeline of an event that names none |
| TRAKT_INPUT_PREFIXES | s3:// prefixes below which events may read, parted by commas |
| TRAKT_OUTPUT_PREFIXES | s3:// prefixes below which events may write; the first is where outputs go |
| TRAKT_KEY_TEMPLATE | how ids stand in a key; default `client={client_id}/batch={batch_id}/` |
| TRAKT_READY_SUFFIX | only keys with this ending start a run, `_SUCCESS` for example |
| TRAKT_MAX_BATCH_ROWS | rows that a run may read; default 50 000 |
| TRAKT_ON_LIMIT, TRAKT_GLUE_JOB | `fail`, or `glue` and the job that takes what is too large |
| TRAKT_DEADLINE_MARGIN_MS | how long before the function's deadline a run stops; default 10 000 |
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from trakt.errors import Fault, PipelineError, did_you_mean, one_of
from trakt.pipeline.choices import ON_LIMIT
from trakt.runtime.key_template import KeyTemplate

MAX_BATCH_ROWS = 50_000
DEADLINE_MARGIN_MS = 10_000
KEY_TEMPLATE = "client={client_id}/batch={batch_id}/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """See the table above. Prefixes end with a slash."""

    pipeline: str | None
    input_prefixes: tuple[str, ...]
    output_prefixes: tuple[str, ...]
    key_template: KeyTemplate
    ready_suffix: str
    max_batch_rows: int
    on_limit: str
    glue_job: str | None
    deadline_margin_ms: int


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings that `environment` holds.

    Raises:
        PipelineError: with every variable that is missing or wrong.
    """
    read = _Reader(environment)
    inputs, outputs = read.prefixes("TRAKT_INPUT_PREFIXES"), read.prefixes("TRAKT_OUTPUT_PREFIXES")
    read.require_apart(inputs, outputs)
    settings = Settings(
        pipeline=read.text("TRAKT_PIPELINE"),
        input_prefixes=inputs,
        output_prefixes=outputs,
        key_template=read.template("TRAKT_KEY_TEMPLATE"),
        ready_suffix=read.text("TRAKT_READY_SUFFIX") or "",
        max_batch_rows=read.number("TRAKT_MAX_BATCH_ROWS", MAX_BATCH_ROWS, least=1),
        on_limit=read.choice("TRAKT_ON_LIMIT", ON_LIMIT),
        glue_job=read.text("TRAKT_GLUE_JOB"),
        deadline_margin_ms=read.number("TRAKT_DEADLINE_MARGIN_MS", DEADLINE_MARGIN_MS, least=0),
    )
    if settings.on_limit == "glue" and not settings.glue_job:
        read.faults.append(Fault("is missing, and TRAKT_ON_LIMIT is glue", "TRAKT_GLUE_JOB", "name the Glue job"))
    if read.faults:
        raise PipelineError.of(read.faults)
    return settings


class _Reader:
    """One variable after the other; what is wrong is kept for the end."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.faults: list[Fault] = []

    def text(self, name: str) -> str | None:
        return self._environment.get(name, "").strip() or None

    def prefixes(self, name: str) -> tuple[str, ...]:
        given = [each.strip() for each in (self.text(name) or "").split(",") if each.strip()]
        if not given:
            self.faults.append(Fault("is missing", name, "name one s3:// prefix or several, parted by commas"))
        for each in given:
            if not re.match("s3://[^/]", each):
                self.faults.append(Fault(f"'{each}' is no place in S3", name, "write s3://BUCKET/PREFIX/"))
        return tuple(each if each.endswith("/") else f"{each}/" for each in given)

    def require_apart(self, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> None:
        for output in outputs:
            for read in inputs:
                if output.startswith(read) or read.startswith(output):
                    what = f"'{output}' overlaps '{read}' of TRAKT_INPUT_PREFIXES: outputs would start runs"
                    self.faults.append(Fault(what, "TRAKT_OUTPUT_PREFIXES", "give inputs and outputs prefixes apart"))

    def template(self, name: str) -> KeyTemplate:
        template = KeyTemplate(self.text(name) or KEY_TEMPLATE)
        self.faults += template.faults(name)
        return template

    def number(self, name: str, default: int, *, least: int) -> int:
        given = self.text(name) or str(default)
        if given.isdecimal() and int(given) >= least:
            return int(given)
        self.faults.append(Fault(f"must be a whole number from {least}, not '{given}'", name))
        return default

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        given = self.text(name) or choices[0]
        if given not in choices:
            self.faults.append(Fault(f"must be {one_of(choices)}, not '{given}'", name, did_you_mean(given, choices)))
        return given
