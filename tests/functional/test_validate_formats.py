"""`trakt validate --format`: the same faults for programs and for GitHub Actions."""

from __future__ import annotations

import json
import re

import pytest

from trakt.cli import main
from trakt.cli.annotations import Located, located
from trakt.errors import Fault

FAULTY = """\
name: orders
inputs:
  orders: {uri: orders.csv, kindd: csv}
steps:
  - id: net
    uses: trakt.steps.select
    with: {input: ordrs, columns: {const: [a]}, output: net}
outputs:
  net: net
"""
SOUND = FAULTY.replace(", kindd: csv", "").replace("ordrs", "orders")


@pytest.fixture
def validate(tmp_path, monkeypatch, capsys):
    """`validate(text, "json")` answers with exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)

    def call(text, form, *more, file="orders.yaml"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text(text, encoding="utf-8")
        code = main(["validate", "--pipeline-file", file, "--format", form, *more])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def test_json_has_file_line_column_what_and_hint_of_every_fault(validate):
    code, out, err = validate(FAULTY, "json")
    told = json.loads(out)
    assert code == 2
    assert told["status"] == "failed"
    assert told["pipeline_file"] == "orders.yaml"
    assert [(each["file"], each["line"], each["column"]) for each in told["faults"]] == [
        ("orders.yaml", 3, 29),
        ("orders.yaml", 7, 12),
    ]
    assert [each["hint"].partition(";")[0] for each in told["faults"]] == [
        "did you mean 'kind'?",
        "did you mean 'orders'?",
    ]
    for each in told["faults"]:
        assert f"{each['file']}:{each['line']}:{each['column']}: {each['what']}" in err


def test_json_of_a_sound_file_has_no_faults(validate):
    code, out, _ = validate(SOUND, "json")
    assert code == 0
    assert json.loads(out)["faults"] == []
    assert json.loads(out)["steps"] == ["net"]


def test_github_gets_one_annotation_per_fault_and_nothing_else(validate):
    code, out, err = validate(FAULTY, "github")
    assert code == 2
    assert err == ""
    first, second = out.splitlines()
    assert (
        first
        == "::error file=orders.yaml,line=3,col=29::unknown key 'kindd' in input 'orders'%0A-> did you mean 'kind'?"
    )
    assert second.startswith("::error file=orders.yaml,line=7,col=12::step 'net' reads 'ordrs'")


def test_github_gets_nothing_of_a_sound_file(validate):
    code, out, err = validate(SOUND, "github")
    assert (code, out) == (0, "")
    assert err == "ok: orders: 1 input, 1 step, 1 output\n"


def test_text_is_what_it_was_without_the_option(validate):
    code, out, err = validate(FAULTY, "text")
    assert code == 2
    assert len(json.loads(out)["error"]["faults"]) == 2
    assert len(re.findall(r"^orders.yaml:\d+:\d+: ", err, re.MULTILINE)) == 2


def test_a_file_is_named_as_the_repository_has_it(validate, tmp_path, monkeypatch):
    (tmp_path / "sub").mkdir()
    _, out, _ = validate(FAULTY, "github", file="sub/orders.yaml")
    assert "file=sub/orders.yaml," in out
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    monkeypatch.chdir(tmp_path / "sub")
    main(["validate", "--pipeline-file", "orders.yaml", "--format", "json"])
    (fault,) = located([Fault("odd", "orders.yaml:3:1")], tmp_path)
    assert fault.as_annotation() == "::error file=sub/orders.yaml,line=3,col=1::odd"


def test_what_workflow_commands_would_take_for_their_own_is_escaped():
    told = Located("a,b:c%.yaml", 1, None, "100 %\r\n::error::50:50, really", None).as_annotation()
    assert told == "::error file=a%2Cb%3Ac%25.yaml,line=1::100 %25%0D%0A::error::50:50, really"
    assert "\n" not in told


def test_a_fault_in_a_steps_own_file_is_placed_there(validate, tmp_path):
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps" / "net.py").write_text("def run(ctx, input)\n", encoding="utf-8")
    _, out, _ = validate(SOUND.replace("trakt.steps.select", "steps.net"), "json")
    (fault,) = json.loads(out)["faults"]
    assert fault["file"].endswith("steps/net.py")
    assert fault["line"] == 1


def test_a_fault_without_a_place_belongs_to_the_file(tmp_path):
    (fault,) = located([Fault("odd", "--param net.tax", "mend")], tmp_path / "orders.yaml")
    assert (fault.file, fault.line, fault.what) == (str(tmp_path / "orders.yaml"), None, "--param net.tax: odd")
    (fault,) = located([Fault("odd", str(tmp_path / "orders.yaml"))], tmp_path / "orders.yaml")
    assert fault.what == "odd"


def test_an_unreadable_file_is_told_in_the_format_too(validate):
    code, out, _ = validate("- a\n- b\n", "github")
    assert code == 2
    assert out.startswith("::error file=orders.yaml,line=1,col=1::")
