from __future__ import annotations

import json
import os

import pytest

OWN = [
    "events/orders.json",
    "pipelines/orders/README.md",
    "pipelines/orders/input/records.csv",
    "pipelines/orders/pipeline.yaml",
    "pipelines/orders/steps/normalize.py",
    "tests/test_orders.py",
]
SHARED = [".gitignore", "pipeline.schema.json", "requirements.txt"]
AWS = [
    "DEPLOY.md",
    "handlers/Makefile",
    "handlers/lambda_handler.py",
    "handlers/requirements.txt",
    "samconfig.toml",
    "template.yaml",
]


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_init_writes_a_pipeline_and_a_project_around_it(trakt, empty_folder):
    said = trakt("init", "orders")
    assert said.code == 0
    assert written(empty_folder) == sorted(OWN + SHARED)
    assert sorted(said.result["files"]) == sorted(OWN + SHARED)
    assert said.result["kept"] == []


def test_with_lambda_it_writes_what_deploys_it_too(trakt, empty_folder):
    said = trakt("init", "orders", "--lambda")
    assert written(empty_folder) == sorted([*OWN, *SHARED, *AWS, "events/orders_arrival.json"])
    assert said.lines[-2:] == ["  sam build", "  sam deploy --guided"]


def test_lambda_may_come_later_and_leaves_the_pipeline_as_it_is(trakt, empty_folder):
    trakt("init", "orders")
    mine = empty_folder / "pipelines" / "orders" / "pipeline.yaml"
    mine.write_text("name: mine\n", encoding="utf-8")
    (empty_folder / "tests" / "test_orders.py").unlink()
    said = trakt("init", "orders", "--lambda")
    assert said.code == 0
    assert sorted(said.result["files"]) == sorted([*AWS, "events/orders_arrival.json"])
    assert mine.read_text("utf-8") == "name: mine\n"
    assert said.lines[-3:] == ["wrote template.yaml; next:", "  sam build", "  sam deploy --guided"]
    again = trakt("init", "orders", "--lambda")
    assert (again.code, again.lines[0].split(":")[0]) == (2, "events/orders_arrival.json")


def test_what_a_project_shares_is_kept_and_said(trakt, empty_folder):
    trakt("init", "orders")
    (empty_folder / ".gitignore").write_text("mine\n", encoding="utf-8")
    said = trakt("init", "refunds")
    assert said.result["kept"] == [".gitignore", "requirements.txt", "pipeline.schema.json"]
    assert said.lines[0] == "kept .gitignore, which is there already"
    assert (empty_folder / ".gitignore").read_text("utf-8") == "mine\n"


def test_the_schema_that_the_pipeline_file_names_is_the_one_of_trakt_schema(trakt, empty_folder):
    trakt("init", "orders")
    file = empty_folder / "pipelines" / "orders" / "pipeline.yaml"
    named = file.read_text("utf-8").splitlines()[0].removeprefix("# yaml-language-server: $schema=")
    content = (file.parent / named).resolve().read_text("utf-8")
    assert json.loads(content) == trakt("schema", "pipeline").result


def test_init_says_what_to_type_next(trakt, empty_folder):
    assert trakt("init", "orders").lines[1:] == [
        "  trakt validate --pipeline orders",
        "  trakt run --pipeline orders --input-dir pipelines/orders/input",
        "  python -m pytest",
    ]
    assert trakt("init", "orders", "--dir", "my work").lines[1] == "  cd 'my work'"


def test_init_never_overwrites_and_writes_nothing_when_one_file_is_there(trakt, empty_folder):
    mine = empty_folder / "pipelines" / "orders" / "pipeline.yaml"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine", encoding="utf-8")
    said = trakt("init", "orders")
    assert said.code == 2
    assert said.lines[0].startswith("pipelines/orders/pipeline.yaml: the file is there already")
    assert written(empty_folder) == ["pipelines/orders/pipeline.yaml"]
    assert mine.read_text(encoding="utf-8") == "mine"


def test_a_place_that_cannot_be_written_to_is_named(trakt, empty_folder):
    (empty_folder / "pipelines").write_text("a file where a folder should be", encoding="utf-8")
    said = trakt("init", "orders")
    assert said.code == 1
    assert "pipelines" in said.lines[0]
    assert "--dir" in said.lines[1]


@pytest.mark.parametrize("name", ["1st", "a b", "a/b", "..", "", "é", "x" * 65])
def test_a_name_that_is_no_plain_word_is_refused(trakt, empty_folder, name):
    said = trakt("init", name)
    assert (said.code, said.out) == (2, "")
    assert "must begin with a letter" in said.err
    assert os.listdir(empty_folder) == []


def test_what_init_writes_is_valid_and_runs_as_it_is(trakt, empty_folder):
    trakt("init", "orders")
    assert trakt("validate", "--pipeline", "orders").lines == ["ok: orders: 1 input, 1 step, 1 output"]
    said = trakt("run", "--pipeline", "orders", "--input-dir", "pipelines/orders/input", "--client-id", "acme")
    assert said.code == 0, said.err
    assert (empty_folder / "outputs" / "normalized.csv").read_text(encoding="utf-8") == (
        "id,name,zip,amount,currency\n1,Ada,02116,12.5,EUR\n2,Grace,10001,,EUR\n3,Edsger,01002,7.25,EUR\n"
    )
    assert (empty_folder / said.result["manifest_path"]).is_file()


def test_the_commands_on_the_page_of_a_new_pipeline_work(trakt, empty_folder):
    trakt("init", "orders")
    page = (empty_folder / "pipelines" / "orders" / "README.md").read_text(encoding="utf-8")
    commands = [line.split()[1:] for line in page.splitlines() if line.startswith("    trakt ")]
    assert [command[0] for command in commands] == ["validate", "run"]
    assert [trakt(*command).code for command in commands] == [0, 0]
