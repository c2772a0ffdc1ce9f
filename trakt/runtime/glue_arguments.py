"""The arguments of a Glue job: ours, Glue's own, and those of others, in one list.

Glue keeps a job's arguments as a map and gives each to the script as `--key value`. So a flag arrives as
`--lenient true`, and a repeatable option may hold several at once as a YAML or JSON mapping.
"""

from __future__ import annotations

import argparse
import difflib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trakt.engine.places import ID_NAMES, id_fault, new_run_id, unknown_placeholder
from trakt.errors import Fault, PipelineError
from trakt.pipeline.choices import is_param
from trakt.runtime import option_types
from trakt.runtime import options as shared
from trakt.runtime.console import log

PROG = "glue"
REQUIRED = ("--client-id", "--batch-id", "--input-dir", "--output-dir")

_GLUES_OWN = """
    JOB_NAME JOB_ID JOB_RUN_ID SECURITY_CONFIGURATION WORKFLOW_NAME WORKFLOW_RUN_ID TempDir RedshiftTempDir
    additional-python-modules auto-scale-within-microbatch class conf continuation-option
    continuous-log-conversionPattern continuous-log-logGroup continuous-log-logStreamPrefix custom-logGroup-prefix
    custom-logStream-prefix customer-driver-env-vars customer-executor-env-vars datalake-formats debug
    disable-proxy-v2 enable-auto-scaling enable-continuous-cloudwatch-log enable-continuous-log-filter
    enable-data-lineage enable-glue-datacatalog enable-job-insights enable-lakeformation-fine-grained-access
    enable-metrics enable-observability-metrics enable-rename-algorithm-v2 enable-s3-parquet-optimized-committer
    enable-spark-live-ui enable-spark-ui encryption-type endpoint executor-cores extra-files extra-jars
    extra-py-files job-bookmark-from job-bookmark-option job-bookmark-to job-language library-set mode
    python-modules-installer-option scriptLocation spark-event-logs-path use-postgres-driver user-jars-first
    write-shuffle-files-to-s3 write-shuffle-spills-to-s3
    """
GLUES_OWN = frozenset(f"--{name}" for name in _GLUES_OWN.split())
"""What Glue itself passes or reads ("Using job parameters in AWS Glue jobs", and `awsglue.job`); none is ever ours."""

_DASHED = {"--python-modules-installer-option"}
"""Glue's own whose values begin with `--`: they are options of pip."""

_LIKENESS = 0.7
"""What is nearer to one of ours is a typo (`--clientid`, `--chunk-size`), the rest somebody else's (`--table-name`)."""


@dataclass(slots=True)
class _Read:
    """What has been made of the arguments so far."""

    values: dict[str, Any]
    spelled: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    glue: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


def read_arguments(argv: Sequence[str]) -> argparse.Namespace:
    """What the arguments of a job ask for, `argv` without the script; the run id is settled.

    Raises:
        PipelineError: with every argument that is missing or wrong.
    """
    declared = _declared()
    read = _Read({action.dest: action.default for action in declared.values()})
    for word, name, value in _pairs(argv):
        _take(read, declared, word, (name, value))
    _require(read)
    read.values["prog"] = PROG
    read.values["job_name"] = read.values["job_name"] or read.glue.get("--JOB_NAME") or None
    run_id_from = "--run-id" if read.values["run_id"] else "--JOB_RUN_ID"
    read.values["run_id"] = read.values["run_id"] or read.glue.get("--JOB_RUN_ID") or new_run_id()
    _check_places(read, run_id_from)
    if read.faults:
        raise PipelineError.of(read.faults)
    if read.others:
        log.warning("passed over what is no argument of Trakt: %s", ", ".join(read.others))
    return argparse.Namespace(**read.values)


def _declared() -> dict[str, argparse.Action]:
    """Ours, by `--name`."""
    parser = argparse.ArgumentParser(prog=PROG, add_help=False, allow_abbrev=False)
    shared.add_pipeline(parser)
    shared.add_places(parser)
    shared.add_identity(parser)
    shared.add_force(parser)
    shared.add_telemetry(parser)
    parser.add_argument("--job-name", metavar="NAME", type=option_types.text, help="default: Glue's --JOB_NAME")
    return dict(parser._option_string_actions)


def _pairs(argv: Sequence[str]) -> Iterator[tuple[str, str, str | None]]:
    """Each argument as it was spelled, by our spelling, and its value; a word that belongs to none comes alone."""
    words = list(argv)
    while words:
        word, equals, value = words.pop(0).partition("=")
        if not word.startswith("--"):
            yield word, "", None
            continue
        taken: str | None = value if equals else None
        if not equals and words and (word in _DASHED or not words[0].startswith("--")):
            taken = words.pop(0)
        yield word, "--" + word[2:].replace("_", "-"), taken


def _take(read: _Read, declared: Mapping[str, argparse.Action], word: str, argument: tuple[str, str | None]) -> None:
    name, value = argument
    if word in GLUES_OWN or name in GLUES_OWN:
        read.glue[word] = value or ""
    elif name in declared:
        _take_ours(read, declared[name], (word, name), value)
    elif name and (advice := _nearest(name, declared)):
        read.faults.append(Fault("no such argument", word, advice))
    else:
        # the word alone: its value may be a secret of somebody else
        read.others.append(word if name else "a word without an option before it")


def _nearest(name: str, declared: Iterable[str]) -> str | None:
    # without the dashes, which would make everything look alike
    near = difflib.get_close_matches(name[2:].lower(), [each[2:] for each in declared], n=1, cutoff=_LIKENESS)
    return f"did you mean '--{near[0]}'?" if near else None


def _take_ours(read: _Read, action: argparse.Action, names: tuple[str, str], value: str | None) -> None:
    word, name = names
    repeatable = isinstance(action.default, list)
    earlier = read.spelled.setdefault(name, (word, value))
    if earlier[1] != value and not repeatable:
        spellings = word if word == earlier[0] else f"{earlier[0]} and {word}"
        read.faults.append(Fault(f"given twice, with different values ({spellings})", name, "give it once"))
        return
    try:
        if action.nargs == 0:
            read.values[action.dest] = _flag(value)
        elif value is None:
            raise argparse.ArgumentTypeError(f"needs a value; one that begins with -- is written {word}=--VALUE")
        elif repeatable:
            read.values[action.dest] = [*read.values[action.dest], *_several(action, value)]
        else:
            read.values[action.dest] = _typed(action, value)
    except argparse.ArgumentTypeError as error:
        read.faults.append(Fault(str(error), word))


def _flag(value: str | None) -> bool:
    word = (value or "true").lower()
    if word not in ("true", "false"):
        raise argparse.ArgumentTypeError(f"is a flag: give it no value, true or false, not '{value}'")
    return word == "true"


def _typed(action: argparse.Action, value: str) -> Any:
    return action.type(value) if callable(action.type) else value


def _several(action: argparse.Action, value: str) -> list[Any]:
    """One `NAME=VALUE`, or as many as a mapping holds, because Glue keeps one value per key."""
    from trakt.pipeline.yaml_tree import read_tree

    if not value.lstrip().startswith("{"):
        return [_typed(action, value)]
    as_json = _json_mapping(value)
    if as_json is not None:
        return [_entry(action, key, item) for key, item in as_json.items()]
    tree = read_tree(value)
    if tree.flaws or not isinstance(tree.value, Mapping):
        flaw = tree.flaws[0].what if tree.flaws else "it is no mapping"
        raise argparse.ArgumentTypeError(f"a value in braces must be a mapping in YAML or JSON: {flaw}")
    return [_entry(action, str(key), item) for key, item in tree.value.items()]


def _json_mapping(value: str) -> dict[str, Any] | None:
    """The mapping, where it is one in JSON with no key given twice.

    YAML does not read all JSON as JSON does: 1e+20 is a text to it, and so are the halves of an escaped emoji.
    """

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        mapping = dict(pairs)
        if len(mapping) < len(pairs):
            raise ValueError("a key stands twice")
        return mapping

    try:
        found = json.loads(value, object_pairs_hook=unique)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _entry(action: argparse.Action, key: str, item: Any) -> tuple[str, Any]:
    """An entry of a mapping, as strict as `NAME=VALUE`; a param's value has been read as YAML already."""
    if action.dest == "param":
        if not is_param(key):
            raise argparse.ArgumentTypeError(f"each key must be STEP.PARAM, not '{key}'")
        return key, item
    if not isinstance(item, str):
        raise argparse.ArgumentTypeError(f"'{key}' must be given a path, not {item!r}")
    name, path = _typed(action, f"{key}={item}")
    return name, path


def _require(read: _Read) -> None:
    missing = [name for name in REQUIRED if name not in read.spelled]
    which = [name for name in ("--pipeline", "--pipeline-file") if name in read.spelled]
    if not which:
        missing.append("--pipeline or --pipeline-file")
    if missing:
        read.faults.insert(0, Fault(f"missing: {', '.join(missing)}", hint="give them as arguments of the job"))
    if len(which) == 2:
        read.faults.append(Fault("not both of --pipeline and --pipeline-file", hint="give one of the two"))


def _check_places(read: _Read, run_id_from: str) -> None:
    values = read.values
    spelled = {"client_id": "--client-id", "batch_id": "--batch-id", "run_id": run_id_from}
    ids = (id_fault(spelled[name], values[name]) for name in ID_NAMES if values[name])
    places = [("--" + dest.replace("_", "-"), values[dest]) for dest in ("input_dir", "output_dir", "manifest_path")]
    places += [(f"--input {name}", path) for name, path in values["input"]]
    unknown = (unknown_placeholder(where, place) for where, place in places if place)
    read.faults += [fault for fault in (*ids, *unknown) if fault]
