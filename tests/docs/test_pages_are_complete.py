"""What the code knows, the pages name: a key, option, field or name without a word on it fails."""

import json
import re
import tomllib

import pytest

import trakt
from tests.docs.session import ROOT
from trakt import cli
from trakt.cli import parser
from trakt.engine import manifest
from trakt.errors import MissingExtra, PipelineError, TraktError
from trakt.formats import FORMATS
from trakt.formats.athena import options as athena_options
from trakt.formats.csv import SUFFIXES, options, output_options
from trakt.formats.excel import options as excel_options
from trakt.formats.fixed_width import options as fixed_options
from trakt.formats.fixed_width import output_options as fixed_output_options
from trakt.formats.fixed_width import places
from trakt.formats.jsonl import options as json_options
from trakt.formats.parquet import options as parquet_options
from trakt.formats.table import options as table_options
from trakt.pipeline import yaml_fields
from trakt.pipeline.context import Context
from trakt.runtime import glue_arguments
from trakt.schema import LogicalType
from trakt.steps import dedupe_policy, join_policy, quality_policy, rename


def page(name):
    return (ROOT / "docs" / name).read_text("utf-8")


def section(name, heading):
    """The part of a page below a heading, until the next one of its level."""
    found = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", page(name), re.DOTALL | re.MULTILINE)
    assert found, f"{name} has no section '{heading}'"
    return found[1]


def unnamed(names, text):
    """Which of `names` do not stand in code quotes, alone or as the first word."""
    quoted = {word for code in re.findall(r"`([^`\n]+)`", text) for word in re.split(r"[^\w.-]+", code)}
    return [name for name in names if name not in quoted]


@pytest.mark.parametrize("table", ["TOP", "INPUT", "STEP", "OUTPUT", "EXECUTION"])
def test_every_key_of_a_pipeline_file_has_a_row(table):
    keys = [field.name for field in getattr(yaml_fields, table)]
    assert unnamed(keys, section("pipeline-file.md", "Every key")) == []


def test_every_read_option_has_a_row():
    names = [spelling for field in options.READ_FIELDS for spelling in (field.name, *field.aliases)]
    assert unnamed(names, section("reading-files.md", "Read options")) == []


def test_every_write_option_has_a_row():
    names = [spelling for field in output_options.WRITE_FIELDS for spelling in (field.name, *field.aliases)]
    assert unnamed(names, section("reading-files.md", "Write options")) == []


def test_every_option_and_ending_of_json_lines_is_named():
    names = [field.name for table in (json_options.READ_FIELDS, json_options.WRITE_FIELDS) for field in table]
    endings = [ending for ending in json_options.ENDINGS if not ending.endswith(".gz")]
    assert unnamed([*names, *endings], section("reading-files.md", "JSON Lines")) == []


def test_every_option_and_ending_of_fixed_width_is_named():
    tables = (fixed_options.READ_FIELDS, fixed_output_options.WRITE_FIELDS, places._WRITTEN)
    names = [field.name for table in tables for field in table]
    endings = [ending for ending in fixed_options.SUFFIXES if not ending.endswith(".gz")]
    assert unnamed([*names, *endings], section("reading-files.md", "Fixed width")) == []


def test_every_kind_of_file_has_a_row():
    rows = re.findall(r"^\| (?:\[)?`(\w+)`.*\| (?:yes|no) \| (?:yes|no) \|$", page("reading-files.md"), re.MULTILINE)
    assert rows == list(FORMATS)


def test_the_page_of_options_invents_none():
    for heading, table in (("Read options", options.READ_FIELDS), ("Write options", output_options.WRITE_FIELDS)):
        rows = re.findall(r"^\| `(\w+)`", section("reading-files.md", heading), re.MULTILINE)
        assert sorted(rows) == sorted(field.name for field in table)


def test_every_ending_and_every_type_is_named():
    endings = [ending for ending in options.ENDINGS if not ending.endswith(".gz")]
    assert unnamed([*endings, *SUFFIXES], section("reading-files.md", "Which files")) == []
    assert unnamed([str(kind) for kind in LogicalType], section("reading-files.md", "Types")) == []


def test_every_variable_for_s3_has_a_row_and_no_other():
    code = (ROOT / "trakt" / "storage" / "s3" / "settings.py").read_text("utf-8")
    rows = re.findall(r"^\| `(TRAKT_\w+)`", section("s3.md", "Configuration"), re.MULTILINE)
    assert set(rows) == set(re.findall(r"TRAKT_S3_\w+", code))


def test_every_permission_that_an_error_asks_for_is_named():
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "trakt" / "storage" / "s3").glob("*.py"))
    asked = set(re.findall(r"\bs3:[A-Z]\w+", code))
    assert len(asked) >= 6
    assert {word for word in asked if f"`{word}`" not in section("s3.md", "Permissions")} == set()


def test_every_option_and_permission_of_a_table_is_named():
    rows = re.findall(r"^\| `(\w+)`", section("tables.md", "What an author may set"), re.MULTILINE)
    assert rows == [field.name for field in table_options.WRITE_FIELDS]
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "trakt" / "tables").glob("*.py"))
    asked = set(re.findall(r"\b(?:glue|athena):[A-Z]\w+", code))
    assert len(asked) >= 12
    assert {word for word in asked if f"`{word}`" not in section("tables.md", "Permissions and costs")} == set()


def test_every_option_of_a_query_is_named():
    rows = re.findall(r"^\| `(\w+)`", section("tables.md", "Queries as inputs"), re.MULTILINE)
    assert rows == [field.name for field in athena_options.READ_FIELDS]


def test_every_ready_made_step_has_a_section():
    folder = ROOT / "trakt" / "steps"
    steps = [path.stem for path in folder.glob("*.py") if "@step_contract" in path.read_text("utf-8")]
    assert len(steps) == 7
    assert sorted(steps) == sorted(re.findall(r"^## (\w+)$", page("ready-made-steps.md"), re.MULTILINE))


@pytest.mark.parametrize(
    ("step", "tables"),
    [
        ("quality_gate", (quality_policy.FIELDS, quality_policy.GATE_FIELDS)),
        ("join", (join_policy.FIELDS,)),
        ("dedupe", (dedupe_policy.FIELDS,)),
        ("rename", (rename.FIELDS,)),
    ],
)
def test_every_key_and_choice_of_a_policy_is_named(step, tables):
    words = [word for table in tables for field in table for word in (field.name, *map(str, field.choices))]
    assert unnamed(words, section("ready-made-steps.md", step)) == []


def test_every_command_and_option_is_named():
    parsers = parser._parsers()[1]
    words = [word for each in parsers.values() for word in each._option_string_actions]
    assert unnamed([*words, *parsers], page("command-line.md")) == []


def test_the_readme_names_every_command_page_and_extra():
    text = (ROOT / "README.md").read_text("utf-8")
    pages = [f"docs/{file.name}" for file in (ROOT / "docs").glob("*.md")]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    commands = [f"| `trakt {name} " for name in parser._parsers()[1]]
    extras = [f"| `{name}` |" for name in project["optional-dependencies"]]
    assert [word for word in (*commands, *pages, *extras) if word not in text] == []


def test_the_first_line_of_the_page_of_the_command_line_has_every_command():
    listed = re.findall(r"[a-z]+", page("command-line.md").split("```text\ntrakt ")[1].split("  [")[0])
    assert sorted(listed) == sorted(parser._parsers()[1])


def test_the_page_of_the_command_line_invents_no_option():
    parsers = parser._parsers()[1]
    known = {word for each in parsers.values() for word in each._option_string_actions} | {"--version"}
    assert set(re.findall(r"^\| `(--[\w-]+)", page("command-line.md"), re.MULTILINE)) <= known


def test_every_argument_of_a_glue_job_is_named_and_none_invented():
    text = section("glue.md", "Arguments")
    assert unnamed(glue_arguments._declared(), text) == []
    rows = "".join(re.findall(r"^\| (.+?) \|", text, re.MULTILINE))
    assert set(re.findall(r"`(--[\w-]+)", rows)) == set(glue_arguments._declared())


def test_the_arguments_of_the_glue_job_on_the_page_are_read_without_a_word(caplog):
    blocks = re.findall(r"^```json .+?\n(.+?)^```", section("glue.md", "What to put where"), re.DOTALL | re.MULTILINE)
    job, run = map(json.loads, blocks)
    read = glue_arguments.read_arguments([word for pair in {**job, **run}.items() for word in pair])
    assert (read.output_dir, read.param, read.lenient) == (
        "s3://clean/{client_id}/{batch_id}/",
        [("net.tax", 0.1)],
        False,
    )
    assert caplog.messages == []


def test_every_exit_code_has_a_row():
    rows = re.findall(r"^\| (\d+) \|", section("command-line.md", "What goes where"), re.MULTILINE)
    used = {0, cli.FAILED, cli.INTERRUPTED, cli.TERMINATED, *(kind.exit_code for kind in (TraktError, PipelineError))}
    assert rows == [str(code) for code in sorted(used)]


def test_every_field_of_a_manifest_is_named():
    schema = json.loads((ROOT / "trakt" / "engine" / "manifest.schema.json").read_text("utf-8"))
    fields = [*schema["properties"]]
    for part in ("pipeline", "execution", "runtime"):
        fields += schema["properties"][part]["properties"]
    for part in ("input", "step", "output", "event", "error"):
        fields += schema["$defs"][part]["properties"]
    assert unnamed(fields, section("manifest.md", "Every field") + section("manifest.md", "A failed run")) == []
    assert manifest.MANIFEST_VERSION == 1  # the page says so


def test_every_event_that_trakt_emits_is_named():
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "trakt").rglob("*.py"))
    emitted = set(re.findall(r'"(warning\.\w+)"', code))
    assert emitted
    assert unnamed(sorted(emitted), section("manifest.md", "Every field")) == []


def test_every_name_of_the_package_is_named():
    assert unnamed(trakt.__all__, section("python.md", "Names")) == []
    assert set(re.findall(r"`(\w+)`", section("python.md", "Names"))) == set(trakt.__all__)


def test_every_error_is_named_with_its_exit_code():
    kinds, rows = [TraktError], dict(re.findall(r"^\| `(\w+)`.*\| (\d) \|$", page("python.md"), re.MULTILINE))
    for kind in kinds:
        kinds += [each for each in kind.__subclasses__() if each.__module__ == "trakt.errors"]
    assert MissingExtra in kinds
    assert rows == {kind.__name__: str(kind.exit_code) for kind in kinds if kind is not TraktError}


def test_everything_a_step_sees_of_its_run_is_named():
    public = [name for name in dir(Context) if not name.startswith("_") and name not in ("on_event", "on_reject")]
    assert unnamed([f"ctx.{name}" for name in public], section("writing-steps.md", "The context")) == []


def test_the_floors_on_the_page_are_those_that_the_build_checks():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    layers = next(each["layers"] for each in project["tool"]["importlinter"]["contracts"] if each["type"] == "layers")
    drawn = re.findall(r"^(\d+)  (.+?)(?:  .*)?$", section("architecture.md", "Floors"), re.MULTILINE)
    assert drawn == [(str(len(layers) - index), layer) for index, layer in enumerate(layers)]


def test_every_room_of_the_house_is_named():
    rooms = {
        path.stem for path in (ROOT / "trakt").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert unnamed(sorted(rooms - {"__init__", "__main__", "run_local"}), section("architecture.md", "Floors")) == []


def test_every_option_and_ending_of_parquet_is_named():
    for heading, table in (
        ("Reading Parquet", parquet_options.READ_FIELDS),
        ("Writing Parquet", parquet_options.WRITE_FIELDS),
    ):
        assert unnamed([field.name for field in table], section("parquet-and-excel.md", heading)) == []
    assert unnamed(parquet_options.ENDINGS, section("parquet-and-excel.md", "Reading Parquet")) == []


def test_every_option_and_ending_of_workbooks_is_named():
    names = [field.name for field in excel_options.READ_FIELDS]
    assert unnamed([*names, *excel_options.ENDINGS], section("parquet-and-excel.md", "Excel")) == []
