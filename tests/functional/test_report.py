"""`trakt report` from the command line: of which manifests, where the page goes, and what is told when it cannot be."""

from __future__ import annotations

import json
import re

import pytest

from trakt.cli import main

ORDERS = "id,zip\n1,02116\n2,\n3,a,b\n"


@pytest.fixture
def batches(project, monkeypatch):
    """Two runs of a client; the working folder is the project's."""
    monkeypatch.chdir(project.folder)
    project.write("orders.csv", ORDERS)
    project.pipeline(
        inputs={"orders": {"uri": "orders.csv", "on_bad_rows": "quarantine"}}, steps=[], outputs={"orders": "orders"}
    )
    for batch in ("b1", "b2"):
        project.good(client_id="acme", batch_id=batch, out=f"clean/{batch}")
    return project.folder


@pytest.fixture
def report(capsys):
    def call(*arguments, code=0):
        assert main(["report", *map(str, arguments)]) == code
        return capsys.readouterr()

    return call


def labels(page):
    return re.findall(r'<th scope="row"><a href="#run-\d+">(.*?)</a>', page)


def test_the_result_names_the_page_and_the_runs_on_it(batches, report):
    said = report("clean")
    told = json.loads(said.out)
    assert said.err == "wrote report.html: 2 runs\n"
    page = (batches / "report.html").read_bytes()
    assert (told["status"], told["report_path"], told["bytes"]) == ("ok", "report.html", len(page))
    assert [run["manifest_path"] for run in told["runs"]] == ["clean/b1/manifest.json", "clean/b2/manifest.json"]
    assert labels(page.decode()) == ["b2", "b1"]


def test_a_single_manifest_has_a_page_without_plots(batches, report):
    report("clean/b1/manifest.json", "--output", "one.html")
    page = (batches / "one.html").read_text("utf-8")
    assert "Batch b1" in page
    assert "Over time" not in page
    assert "<details class=" not in page


def test_manifests_and_the_page_may_lie_in_s3(batches, report, bucket):
    for batch in ("b1", "b2"):
        body = (batches / "clean" / batch / "manifest.json").read_bytes()
        bucket.client.put_object(Bucket=bucket.name, Key=f"clean/{batch}/manifest.json", Body=body)
    bucket.client.put_object(Bucket=bucket.name, Key="clean/b1/orders.csv", Body=b"x")
    for place in ("clean", "clean/", "clean/*/manifest.json"):
        told = json.loads(report(bucket.uri(place), "--output", bucket.uri("r.html")).out)
        assert [run["manifest_path"] for run in told["runs"]] == [
            bucket.uri(f"clean/{batch}/manifest.json") for batch in ("b1", "b2")
        ]
        page = bucket.client.get_object(Bucket=bucket.name, Key="r.html")["Body"].read().decode()
        assert labels(page) == ["b2", "b1"]
        bucket.client.delete_object(Bucket=bucket.name, Key="r.html")
    assert "there is no manifest" in report(bucket.uri("none.json"), code=1).err


def test_a_page_is_replaced_in_one_step_and_stays_when_the_next_fails(batches, report):
    (batches / "report.html").write_text("before", "utf-8")
    (batches / "broken.txt").write_text("{", "utf-8")
    report("clean", "broken.txt", code=1)
    assert (batches / "report.html").read_text("utf-8") == "before"
    report("clean")
    assert (batches / "report.html").read_text("utf-8").startswith("<!doctype html>")
    assert not [path for path in batches.iterdir() if path.name.startswith(".")]


def test_a_manifest_is_never_replaced(batches, report):
    before = (batches / "clean/b1/manifest.json").read_bytes()
    said = report("clean", "--output", "clean/../clean/b1/manifest.json", code=2)
    assert "would replace a manifest\n  -> name another --output" in said.err
    assert (batches / "clean/b1/manifest.json").read_bytes() == before


def test_a_folder_as_output_is_told(batches, report):
    assert "clean: is a directory\n  -> name a file in it" in report("clean", "--output", "clean", code=1).err


def test_no_manifest_at_all_is_a_mistake_of_the_command_line(report):
    said = report(code=2)
    assert "trakt report: the following arguments are required: MANIFEST" in said.err
    assert said.out == ""


def test_a_page_on_stdout_would_stand_in_the_way_of_the_result(batches, report):
    assert (
        "argument --output: must name a file: stdout is for the result" in report("clean", "--output", "-", code=2).err
    )
    assert not (batches / "-").exists()


def test_a_name_that_is_nearly_right_is_offered(batches, report):
    assert "-> did you mean 'clean/b1'?" in report("clean/b1x", code=1).err


def test_what_is_no_manifest_is_told_without_a_traceback(batches, report):
    said = report("pipeline.yaml", "clean/b3", "clean/b1/orders.csv", code=1)
    assert [line for line in said.err.splitlines() if not line.startswith("  ->")] == [
        "pipeline.yaml: this is no manifest: it is no JSON",
        "clean/b3: there is no manifest",
        "clean/b1/orders.csv: this is no manifest: it is no JSON",
    ]
    assert json.loads(said.out)["status"] == "failed"
