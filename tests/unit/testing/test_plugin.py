"""The plugin as its users meet it: in a project of their own, loaded by its entry point."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FILES = {
    "pipelines/orders/pipeline.yaml": """\
name: orders
inputs:
  orders: {uri: orders.csv, on_bad_rows: quarantine}
steps:
  - {id: net, uses: steps.net, with: {input: orders, tax: 0.2, output: net}}
outputs:
  clean: net
""",
    "pipelines/orders/steps/net.py": """\
from trakt import step_contract

@step_contract(inputs=["input", "tax"], outputs=["output"])
def run(ctx, input, tax):
    return {"output": input.assign(net=input["gross"] * (1 - tax))}
""",
}


@pytest.fixture
def project(pytester, monkeypatch, tmp_path):
    """A project with a pipeline; what pyproject.toml says of entry points is installed for its pytest."""
    points = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"]["pytest11"]
    installed = tmp_path / "installed" / "plugin_of_trakt-0.dist-info"
    installed.mkdir(parents=True)
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: plugin-of-trakt\nVersion: 0\n")
    lines = "".join(f"{name} = {module}\n" for name, module in points.items())
    (installed / "entry_points.txt").write_text(f"[pytest11]\n{lines}")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), str(installed.parent)]))
    for name in [name for name in os.environ if name.startswith("PYTEST_")]:
        monkeypatch.delenv(name)
    for name, text in FILES.items():
        path = pytester.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    pytester.makeini("[pytest]\nfilterwarnings = error\n")
    return pytester


def passed(project, source, *words, **outcomes):
    project.makepyfile(source)
    ran = project.runpytest_subprocess("-p", "no:cacheprovider", *words)
    ran.assert_outcomes(**(outcomes or {"passed": 1}))
    return ran


def test_a_pipeline_is_run_on_inputs_of_every_kind(project):
    passed(
        project,
        """
        import pandas as pd
        import pytest
        from pathlib import Path

        TEXT = "order_id,gross\\n007,100\\n008,x,y\\n"

        @pytest.mark.parametrize("given", [
            TEXT, TEXT.encode(), Path("orders.csv"), [{"order_id": "007", "gross": 100}],
            pd.DataFrame({"order_id": ["007"], "gross": [100]}),
        ], ids=["text", "bytes", "path", "rows", "frame"])
        @pytest.mark.parametrize("pipeline", ["orders", "pipelines/orders", Path("pipelines/orders/pipeline.yaml")])
        def test_orders(run_pipeline, given, pipeline):
            Path("orders.csv").write_text(TEXT)
            ran = run_pipeline(pipeline, inputs={"orders": given}, params={"net.tax": 0.5}, client_id="acme")
            clean = ran.outputs["clean"]
            assert clean.text == "order_id,gross,net\\n007,100,50\\n"
            assert clean.lines == ["order_id,gross,net", "007,100,50"]
            assert clean.rows == [{"order_id": "007", "gross": "100", "net": "50"}]
            assert clean.frame["net"].sum() == 50
            assert clean.frame["order_id"].tolist() == ["007"]
            assert ran.manifest["client_id"] == "acme"
            assert [each["line"] for each in ran.rejected] == ([3] if isinstance(given, (str, bytes, Path)) else [])
            assert ran.warnings == []
        """,
        passed=15,
    )


def test_a_run_that_fails_raises_and_each_run_has_a_folder_of_its_own(project):
    passed(
        project,
        """
        import json
        import pytest
        from pathlib import Path
        from trakt import InputError, PipelineError, StepError

        def test_orders(run_pipeline, tmp_path):
            one, two = (run_pipeline("orders", inputs={"orders": "gross\\n1\\n"}) for _ in range(2))
            assert one.folder != two.folder
            assert one.folder.is_relative_to(tmp_path)
            with pytest.raises(StepError) as raised:
                run_pipeline("orders", inputs={"orders": "gross\\nx\\n"})
            assert json.loads(Path(raised.value.manifest_path).read_text())["status"] == "failed"
            with pytest.raises(InputError, match="input 'orders' has no files"):
                run_pipeline("orders")
            with pytest.raises(PipelineError, match="no input is named 'order'"):
                run_pipeline("orders", inputs={"order": "a\\n"})
            with pytest.raises(PipelineError, match="there is no pipeline 'order'"):
                run_pipeline("order")
            with pytest.raises(PipelineError, match="input 'orders' is given as int"):
                run_pipeline("orders", inputs={"orders": 5})
            with pytest.raises(InputError, match="the file is empty"):
                run_pipeline("orders", inputs={"orders": ""})
            with pytest.raises(PipelineError, match="which is the path of a file"):
                run_pipeline("orders", inputs={"orders": "tox.ini"})
        """,
    )


def test_a_pipeline_of_the_dsl_is_run_in_stream_mode_too(project):
    passed(
        project,
        """
        from trakt import artifact, const, ref, step, workflow

        def test_large(run_pipeline):
            large = step("large", run="trakt.steps.filter").bind(input=ref("all"), where=const("n > 1"))
            pipeline = (
                workflow("sizes")
                .source(artifact("all").as_kind("csv").at("all.csv"))
                .source(artifact("more").as_kind("csv").at("more.csv"))
                .step(large.output(output="large"))
                .output("large", from_="large")
                .build()
            )
            ran = run_pipeline(pipeline, inputs={"all": "n\\n1\\n2\\n3\\n", "more": "n\\n"}, mode="stream", chunk_rows=1)
            assert ran.warnings == ["input 'more' is read by no step and no output"]
            assert ran.outputs["large"].lines == ["n", "2", "3"]
            assert ran.manifest["execution"] == {"engine": "local", "mode": "stream", "chunk_rows": 1}
        """,
    )


def test_a_fake_s3_is_read_and_written_and_hides_who_runs_the_tests(project, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "secret")
    passed(
        project,
        """
        import os

        def test_first(fake_s3, run_pipeline):
            uri = fake_s3.put("in/orders.csv", "gross\\n10\\n")
            ran = run_pipeline("orders", inputs={"orders": uri}, output_dir=fake_s3.uri("out/"))
            assert fake_s3.get("out/clean.csv") == b"gross,net\\n10,8\\n"
            assert ran.outputs["clean"].text == "gross,net\\n10,8\\n"
            assert ran.manifest["outputs"]["clean"]["path"] == fake_s3.uri("out/clean.csv")
            assert "AWS_PROFILE" not in os.environ and "AWS_SESSION_TOKEN" not in os.environ
            assert os.environ["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")

        def test_each_test_has_a_bucket_of_its_own(fake_s3):
            assert fake_s3.all_keys() == []

        def test_without_it_the_environment_is_as_it_was():
            assert os.environ["AWS_PROFILE"] == "production"
            assert "AWS_ENDPOINT_URL" not in os.environ
        """,
        passed=3,
    )


def test_the_handler_and_the_job_take_what_the_fixtures_make(project):
    passed(
        project,
        """
        import json

        def test_lambda(fake_s3, lambda_event, lambda_context, monkeypatch):
            monkeypatch.syspath_prepend(".")
            monkeypatch.setenv("TRAKT_INPUT_PREFIXES", fake_s3.uri("in/"))
            monkeypatch.setenv("TRAKT_OUTPUT_PREFIXES", fake_s3.uri("out/"))
            monkeypatch.setenv("TRAKT_PIPELINE", "orders")
            uri = fake_s3.put("in/client=acme/batch=1/orders.csv", "gross\\n10\\n")
            from trakt.runtime.lambda_handler import handler
            answer = handler(lambda_event.object_created(uri), lambda_context)
            assert [each["status"] for each in answer["runs"]] == ["success"]
            created = lambda_event.object_created(uri)
            assert handler(lambda_event.in_sqs(created, {"no": "event"}), lambda_context) == {
                "batchItemFailures": [{"itemIdentifier": "00000000-0000-4000-8000-000000000001"}]
            }
            assert fake_s3.get("out/client=acme/batch=1/clean.csv") == b"gross,net\\n10,8\\n"

        def test_glue(glue_arguments, tmp_path):
            from trakt.runtime.glue_main import main
            (tmp_path / "orders.csv").write_text("gross\\n10\\n")
            result = main(glue_arguments(
                pipeline="orders", client_id="acme", batch_id="1", input_dir=tmp_path, output_dir=tmp_path / "out",
                param={"net.tax": 0.5}, lenient=True, run_id=None,
            ))
            assert (result["status"], result["job_name"]) == ("success", "trakt")
            assert (tmp_path / "out" / "clean.csv").read_text() == "gross,net\\n10,5\\n"
        """,
        passed=2,
    )


def test_assert_same_output_passes_or_names_the_first_row_that_differs(project):
    ran = passed(
        project,
        """
        from pathlib import Path
        from trakt.testing import assert_same_output

        GIVEN = {"orders": [{"gross": 1}, {"gross": 2}]}

        def test_equal():
            found = assert_same_output("orders", inputs=GIVEN, runtimes=["local", "glue"], modes=["batch"])
            assert (found["status"], len(found["runs"])) == ("equal", 2)

        def test_different():
            step = Path("pipelines/orders/steps/net.py")
            text = step.read_text().replace("* (1 - tax)", "* __import__('time').time_ns()")
            step.write_text(text)
            assert_same_output("orders", inputs=GIVEN, runtimes=["local", "glue"], modes=["batch"])

        def test_never_run():
            assert_same_output("orders", inputs=GIVEN, runtimes=["local", "glue"], modes=["stream"])
        """,
        passed=1,
        failed=2,
    )
    ran.stdout.fnmatch_lines(["*AssertionError: orders: different; 2 runs: 1 equal, 1 different"])
    ran.stdout.fnmatch_lines(["*output 'clean', row 1 (line 2), column 'net': '*' became '*'"])
    ran.stdout.fnmatch_lines(["*step 'net' cannot run in stream mode*"])


def test_a_fixture_of_the_same_name_is_the_users_own(project):
    project.makeconftest("import pytest\n\n@pytest.fixture\ndef lambda_context():\n    return 'mine'\n")
    passed(project, "def test_mine(lambda_context):\n    assert lambda_context == 'mine'\n")


def test_who_does_not_use_it_pays_for_nothing(project):
    passed(
        project,
        """
        import sys

        def test_light(request):
            assert "trakt.testing.plugin" in sys.modules
            assert {"pandas", "pyarrow", "numpy", "boto3", "moto", "yaml", "trakt.pipeline.model"} & set(sys.modules) == set()
            assert [name for name in request.fixturenames if "trakt" in name or "s3" in name] == []
        """,
    )


def test_it_can_be_left_out(project):
    source = "import sys\n\ndef test_none():\n    assert 'trakt.testing.plugin' not in sys.modules\n"
    passed(project, source, "-p", "no:trakt")


def test_a_missing_package_is_a_command_to_type(project):
    ran = passed(
        project,
        """
        import importlib.util
        import pytest

        @pytest.fixture(scope="session", autouse=True)
        def _without_moto():
            real = importlib.util.find_spec
            importlib.util.find_spec = lambda name, *more: None if name == "moto" else real(name, *more)

        def test_s3(fake_s3):
            pass
        """,
        errors=1,
    )
    ran.stdout.fnmatch_lines(['*python -m pip install "trakt-etl[[]testing[]]"*'])


def test_inputs_and_outputs_of_other_kinds_are_made_and_read(project):
    passed(
        project,
        """
        import pandas as pd
        import pytest
        from trakt import artifact, workflow

        PLACES = [{"name": "id", "width": 4}, {"name": "n", "width": 3}]

        @pytest.mark.parametrize("kind, metadata", [("jsonl", {}), ("fixed_width", {"columns": PLACES})])
        @pytest.mark.parametrize("given", [[{"id": "007", "n": 5}], pd.DataFrame({"id": ["007"], "n": [5]})])
        def test_kinds(run_pipeline, kind, metadata, given):
            flow = workflow("kinds").source(artifact("a").as_kind(kind).meta(**metadata))
            pipeline = flow.output("b", from_="a", kind=kind, metadata=metadata).build()
            ran = run_pipeline(pipeline, inputs={"a": given})
            assert ran.outputs["b"].rows == [{"id": "007", "n": "5"}]
            assert ran.outputs["b"].frame.to_dict("list") == {"id": ["007"], "n": [5]}
        """,
        passed=4,
    )


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_partitioned_output_is_one_table_with_the_columns_of_its_folders(project, kind):
    passed(
        project,
        f"""
        import pytest

        TEXT = "id,day,gross\\n007,2026-02-05,1\\n008,,2\\n009,2026-02-05,\\n"

        @pytest.mark.parametrize("text", [TEXT, TEXT.splitlines()[0] + "\\n"], ids=["rows", "none"])
        def test_parts(run_pipeline, tmp_path, text):
            file = tmp_path / "parted.yaml"
            file.write_text('''
        name: parted
        inputs:
          orders: {{uri: orders.csv, schema: {{id: string, day: date, gross: int}}}}
        outputs:
          datasets: [{{name: orders, from: orders, kind: {kind}, partition_by: [day]}}]
        ''')
            made = run_pipeline(file, inputs={{"orders": text}}).outputs["orders"]
            names = [path.removeprefix(made.path) for path in made.paths]
            with pytest.raises(ValueError, match="'orders' is partitioned: it has `paths`"):
                made.text
            assert list(made.frame) == ["id", "day", "gross"]
            if text is not TEXT:
                assert (names, made.rows) == ([], [])
                return
            assert names == ["/day=2026-02-05/part-0.{kind}", "/day=__HIVE_DEFAULT_PARTITION__/part-0.{kind}"]
            assert made.rows == [
                {{"id": "007", "day": "2026-02-05", "gross": "1"}},
                {{"id": "009", "day": "2026-02-05", "gross": ""}},
                {{"id": "008", "day": "", "gross": "2"}},
            ]
            assert [str(day)[:10] for day in made.frame["day"][:2]] == ["2026-02-05"] * 2
            assert made.frame["gross"].sum() == 3
        """,
        passed=2,
    )
