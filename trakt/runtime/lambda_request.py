"""One run that an event asks for, checked as a whole before anything is read.

An event may say what is to be run and where its data lies; never which code, a path of the machine, or a bucket that
the function was not set up for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from trakt.engine.places import elements, id_fault
from trakt.errors import Fault, PipelineError, did_you_mean
from trakt.pipeline.choices import ENGINES, MODES, ON_LIMIT, is_param
from trakt.pipeline.fields import Field, Problem, read_fields, rows_field, shown
from trakt.runtime.lambda_events import Asked, ObjectCreated, Trigger
from trakt.runtime.lambda_places import place_faults, settled
from trakt.runtime.lambda_settings import Settings
from trakt.runtime.packaged import packaged_names, packaged_pipeline

MOST_CHUNK_ROWS = 200_000
"""Of an event. A stream is not estimated, and one with a single chunk would need as much memory as a batch."""

_MOST_LEVELS = 50
"""Of an event; one with a policy has five. Python itself gives up at some hundred, in the middle of a run."""


ACTIONS = ("run", "plan")
"""`plan` asks whether the function would take the run on, and begins nothing."""


def _version_problem(version: str) -> Problem | None:
    # Glue takes it as a word of its own, where it would look like the next argument
    return ("'pipeline_version' is blank or begins with '-'", None) if not re.match(r"\s*[^\s-]", version) else None


FIELDS = (
    Field("action", (str,), "a text", default="run", choices=ACTIONS),
    Field("pipeline", (str,), "a text"),
    Field("client_id", (str,), "a text"),
    Field("batch_id", (str,), "a text"),
    Field("run_id", (str,), "a text"),
    Field("pipeline_version", (str,), "a text", check=_version_problem),
    Field("input_dir", (str,), "an s3:// prefix"),
    Field("output_dir", (str,), "an s3:// prefix"),
    Field("manifest_path", (str,), "an s3:// uri"),
    Field("baseline", (str,), "an s3:// uri"),
    Field("inputs", (Mapping,), "a mapping of input name to uri"),
    Field("params", (Mapping,), "a mapping of step.param to value"),
    Field("mode", (str,), "a text", choices=MODES),
    Field("engine", (str,), "a text", choices=ENGINES),
    rows_field("chunk_rows", MOST_CHUNK_ROWS),
    rows_field("max_batch_rows"),
    Field("on_limit", (str,), "a text", choices=ON_LIMIT),
    Field("force", (bool,), "true or false"),
)
"""Everything an event may say."""

_NAMES = frozenset(field.name for field in FIELDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class LambdaRequest:
    """What `FIELDS` say, with what the settings and a key add to it; placeholders are not filled yet.

    Attributes:
        file: the pipeline file of that name in the function's package.
    """

    action: str
    pipeline: str
    file: Path
    client_id: str
    batch_id: str
    input_dir: str
    output_dir: str
    run_id: str | None
    pipeline_version: str | None
    manifest_path: str | None
    baseline: str | None
    inputs: Mapping[str, str]
    params: Mapping[str, Any]
    mode: str | None
    engine: str | None
    chunk_rows: int | None
    max_batch_rows: int | None
    on_limit: str | None
    force: bool

    @property
    def sameness(self) -> str:
        """Equal for requests that ask for the same run."""
        return json.dumps({**asdict(self), "file": None}, sort_keys=True, default=str)


def understood(trigger: Trigger, settings: Settings, where: str) -> LambdaRequest | None:
    """The run that a trigger asks for; None when an object is none that starts one.

    Raises:
        PipelineError: with everything that is wrong with it.
    """
    if isinstance(trigger, Asked):
        return _checked(trigger.words, settings, where)
    key = next((key for key in trigger.keys if settings.key_template.find(_below(trigger, key, settings))), None)
    if settings.ready_suffix and not any(each.endswith(settings.ready_suffix) for each in trigger.keys):
        return None
    return _checked(_words(trigger, key, settings, where), settings, where)


def _below(created: ObjectCreated, key: str, settings: Settings) -> str:
    """The key from the input prefix on, so that a template finds no ids in the prefix."""
    return f"s3://{created.bucket}/{key}"[len(_prefix(created, key, settings)) :]


def _prefix(created: ObjectCreated, key: str, settings: Settings) -> str:
    uri = f"s3://{created.bucket}/{key}"
    return next((prefix for prefix in settings.input_prefixes if uri.startswith(prefix)), f"s3://{created.bucket}/")


def _words(created: ObjectCreated, key: str | None, settings: Settings, where: str) -> dict[str, Any]:
    """What an object's key says, in the words of a request."""
    uri = f"s3://{created.bucket}/{key or created.keys[0]}"
    if key is None:
        what = f"{uri} does not fit the template '{settings.key_template.text}', so it tells neither client nor batch"
        raise PipelineError(what, where=where, hint="deliver below such a folder, or set TRAKT_KEY_TEMPLATE")
    prefix, below = _prefix(created, key, settings), _below(created, key, settings)
    found = settings.key_template.find(below)
    assert found
    ids, folder = found
    if taken := sorted(set(folder) & set("*?[{}")):
        what = f"{prefix}{folder} holds {' '.join(taken)}, so it would be taken for a pattern or a placeholder"
        raise PipelineError(what, where=where, hint="deliver below a folder without * ? [ { } in its name")
    return {**ids, "input_dir": prefix + folder}


def _checked(words: Mapping[str, Any], settings: Settings, where: str) -> LambdaRequest:
    if _deeper_than(_MOST_LEVELS, words):
        raise PipelineError(f"is nested more than {_MOST_LEVELS} levels deep", where=where, hint="send a request")
    if _has_half_a_character(words):
        raise PipelineError(
            "holds half a character", where=where, hint="\\ud800 to \\udfff stand in pairs, in JSON too"
        )
    # a state machine writes null for what it has not been told
    said = {key: word for key, word in words.items() if word is not None or key not in _NAMES}
    values, found = read_fields(said, FIELDS, of="request")
    faults = [Fault(each.what, f"{where}, {each.path[0]}" if each.path else where, each.hint) for each in found]
    values = {**values, "inputs": values["inputs"] or {}, "params": values["params"] or {}}
    values["force"] = bool(values["force"])
    # what was given in a wrong way is neither missing nor for the settings to say
    wrong = {each.path[0] for each in found if each.path}
    if "pipeline" not in wrong:
        values["pipeline"] = values["pipeline"] or settings.pipeline
        values["file"] = _packaged(values["pipeline"], where, faults)
    faults += _id_faults({name: id for name, id in values.items() if name not in wrong}, where)
    faults += _override_faults(values, where)
    faults += place_faults(values, settings, where)
    if faults:
        raise PipelineError.of(faults)
    return LambdaRequest(**settled(values, settings))


def _packaged(name: str | None, where: str, faults: list[Fault]) -> Path | None:
    place = f"{where}, pipeline"
    if name is None:
        faults.append(Fault("names no pipeline", place, "name one, or set TRAKT_PIPELINE"))
    elif fault := id_fault(place, name):
        faults.append(Fault(f"'{name}' is no name of a pipeline", place, fault.hint))
    elif file := packaged_pipeline(name):
        return file
    else:
        known = packaged_names()
        hint = did_you_mean(name, known) or f"there are: {', '.join(known) or 'none'}"
        faults.append(Fault(f"no pipeline '{name}' is in the function's package", place, hint))
    return None


def _id_faults(values: Mapping[str, Any], where: str) -> Iterator[Fault]:
    for name in ("client_id", "batch_id", "run_id"):
        given = values.get(name)
        if given is not None:
            if fault := id_fault(f"{where}, {name}", given):
                yield fault
        elif name != "run_id" and name in values:
            yield Fault("is missing", f"{where}, {name}", "say whose data it is, and which delivery of it")


def _override_faults(values: Mapping[str, Any], where: str) -> Iterator[Fault]:
    for name, uri in values["inputs"].items():
        if not isinstance(uri, str) or not elements(uri):
            yield Fault(f"must be a uri, not {shown(uri)}", f"{where}, inputs.{name}")
    for key in values["params"]:
        if not is_param(key):
            yield Fault(f"each key must be STEP.PARAM, not '{key}'", f"{where}, params")


def _deeper_than(levels: int, value: Any) -> bool:
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return levels < 0 or any(_deeper_than(levels - 1, each) for each in inner)


def _has_half_a_character(words: Mapping[str, Any]) -> bool:
    try:
        json.dumps(words, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False
