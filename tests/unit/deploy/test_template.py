"""Facts of template.yaml and samconfig.toml that no linter knows."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

import pytest
import yaml

import trakt
from deploy.runtimes import GLUE, LAMBDA
from tests.conftest import ROOT
from trakt import cli
from trakt.pipeline.choices import ENGINES
from trakt.runtime.glue_arguments import GLUES_OWN, _declared
from trakt.runtime.lambda_request import FIELDS

HANDLER = ROOT / "handlers" / "lambda_handler.py"
ENVIRONMENTS = ("dev", "stage", "prod")
NEVER_DEFINED = {"--conf", "--debug", "--mode", "--endpoint", "--JOB_NAME"}


class _Loader(yaml.SafeLoader):
    """Knows the tags of CloudFormation: `!Ref X` is {"Ref": "X"}, and so on."""


def _function(loader: _Loader, tag: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return {tag: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {tag: loader.construct_sequence(node, deep=True)}
    return {tag: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _function)

TEMPLATE = yaml.load((ROOT / "template.yaml").read_text("utf-8"), _Loader)
PARAMETERS, RESOURCES = TEMPLATE["Parameters"], TEMPLATE["Resources"]
FUNCTION = RESOURCES["Function"]["Properties"]
JOB = RESOURCES["Job"]["Properties"]


def statements(*names):
    """Every statement of the policies of these resources (all that have any, when none is named), out of its `If`."""
    for name in names or RESOURCES:
        properties = RESOURCES[name]["Properties"]
        documents = [each["PolicyDocument"] for each in properties.get("Policies", ())]
        documents += [properties["PolicyDocument"]] if "PolicyDocument" in properties else []
        for document in documents:
            yield from (each["If"][1] if "If" in each else each for each in document["Statement"])


def listed(value):
    return value if isinstance(value, list) else [value]


def of_type(kind):
    return {name: each["Properties"] for name, each in RESOURCES.items() if each["Type"] == kind}


def test_no_policy_allows_every_resource_but_for_tracing_which_knows_none():
    everywhere = [each["Sid"] for each in statements() if "*" in listed(each["Resource"])]
    assert everywhere == ["Trace"]


def test_no_policy_allows_a_family_of_actions():
    actions = [action for each in statements() for action in listed(each["Action"])]
    assert len(actions) > 15
    assert [action for action in actions if "*" in action] == []


def test_no_role_comes_with_a_managed_policy_that_allows_more():
    assert all("ManagedPolicyArns" not in role for role in of_type("AWS::IAM::Role").values())
    # without a role of its own, SAM would attach some
    assert FUNCTION["Role"] == {"GetAtt": "FunctionRole.Arn"}
    assert "Policies" not in FUNCTION


def test_data_is_read_and_written_below_the_prefixes_alone():
    text = json.dumps([each for each in statements("DataPolicy") if "KeyArn" not in json.dumps(each)])
    assert set(re.findall(r":s3:::([^\"]+)", text)) == {
        "${InputBucket}",
        "${InputBucket}/${InputPrefix}*",
        "${OutputBucket}",
        "${OutputBucket}/${OutputPrefix}*",
    }
    for each in statements("DataPolicy"):
        assert ("s3:ListBucket" in listed(each["Action"])) == ("s3:prefix" in json.dumps(each.get("Condition", {})))
        writes = {"s3:PutObject", "s3:DeleteObject"} & set(listed(each["Action"]))
        assert not writes or "OutputBucket" in json.dumps(each["Resource"])


def test_every_permission_that_a_run_needs_is_given():
    page = (ROOT / "docs" / "s3.md").read_text("utf-8")
    rows = re.findall(r"^\| (read|write|take back .*?) \| (.+) \|$", page, re.MULTILINE)
    assert len(rows) == 3
    needed = {action for row in rows for action in re.findall(r"s3:\w+", row[1])}
    assert needed <= {action for each in statements("DataPolicy") for action in listed(each["Action"])}


def test_who_writes_tables_may_do_in_one_database_what_the_page_says():
    page = (ROOT / "docs" / "tables.md").read_text("utf-8").partition("For queries:")[0]
    given = {action for each in statements("TablesPolicy") for action in listed(each["Action"])}
    assert given == set(re.findall(r"`(glue:\w+)`", page))
    change = next(each for each in statements("TablesPolicy") if each["Sid"] == "ChangeTables")
    assert all(
        place["Sub"].endswith(("catalog", "${TablesDatabase}", "${TablesDatabase}/*")) for place in change["Resource"]
    )
    assert RESOURCES["TablesPolicy"]["Condition"] == "HasTables"


def test_the_function_may_start_its_own_job_alone():
    glue = [each for each in statements("FunctionRole") if "glue" in json.dumps(each["Action"])]
    assert [each["Action"] for each in glue] == ["glue:StartJobRun"]
    assert glue[0]["Resource"]["Sub"].endswith(":job/${Job}")


@pytest.mark.skipif(not HANDLER.exists(), reason="the handler is not there yet")
def test_every_variable_that_is_set_is_one_that_the_code_knows():
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "trakt").rglob("*.py"))
    ours = {name for name in FUNCTION["Environment"]["Variables"] if name.startswith("TRAKT_")}
    assert ours <= set(re.findall(r"TRAKT_\w+", code))


def test_variables_that_are_not_ours_are_those_of_powertools():
    others = {name for name in FUNCTION["Environment"]["Variables"] if not name.startswith("TRAKT_")}
    assert others == {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_LOG_LEVEL"}


@pytest.mark.skipif(not HANDLER.exists(), reason="the handler is not there yet")
def test_the_handler_is_there():
    assert FUNCTION["Handler"] == "handlers.lambda_handler.handler"
    assert re.search(r"\bhandler\b", HANDLER.read_text("utf-8"))


def test_the_python_of_the_function_is_that_of_what_is_built():
    python = f"python{LAMBDA.python}"
    assert FUNCTION["Runtime"] == python
    assert RESOURCES["Layer"]["Properties"]["CompatibleRuntimes"] == [python]
    assert f".ci/find_python {LAMBDA.python}" in (ROOT / "deploy" / "Makefile").read_text("utf-8")


def test_what_sam_builds_it_builds_with_our_command():
    makefile = (ROOT / "deploy" / "Makefile").read_text("utf-8")
    built = {name for name, each in RESOURCES.items() if each.get("Metadata", {}).get("BuildMethod") == "makefile"}
    assert built == {"Function", "Layer"}
    for name in built:
        assert re.search(rf"^build-{name}:\n\t.*-m deploy {name.lower()} ", makefile, re.MULTILINE)
        assert RESOURCES[name]["Metadata"]["WorkingDirectory"] == "."


def test_a_message_stays_hidden_for_six_times_as_long_as_the_function_may_work():
    timeouts = PARAMETERS["FunctionTimeout"]["AllowedValues"]
    assert PARAMETERS["FunctionTimeout"]["Default"] in timeouts
    for seconds in timeouts:
        assert TEMPLATE["Mappings"]["HiddenSeconds"][seconds]["Queue"] >= 6 * int(seconds)
    queue = RESOURCES["Arrivals"]["Properties"]
    assert queue["VisibilityTimeout"] == {"FindInMap": ["HiddenSeconds", {"Ref": "FunctionTimeout"}, "Queue"]}


def test_messages_fail_one_by_one_and_end_where_somebody_finds_them():
    arrival = FUNCTION["Events"]["Arrival"]["Properties"]
    assert arrival["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert arrival["ScalingConfig"] == {"MaximumConcurrency": {"Ref": "MaximumConcurrency"}}
    dead = {"GetAtt": "DeadLetters.Arn"}
    assert RESOURCES["Arrivals"]["Properties"]["RedrivePolicy"]["deadLetterTargetArn"] == dead
    assert RESOURCES["FileArrived"]["Properties"]["Targets"][0]["DeadLetterConfig"]["Arn"] == dead


def test_only_the_rule_that_feeds_a_queue_may_write_to_it():
    allowed = [(each["Condition"]["ArnEquals"]["aws:SourceArn"]["GetAtt"]) for each in statements("QueuePolicy")]
    assert allowed == ["FileArrived.Arn", "JobRunFailed.Arn"]


def test_buckets_are_names_so_the_stack_can_be_made_and_removed_without_them():
    assert of_type("AWS::S3::Bucket") == {}
    assert {"InputBucket", "OutputBucket"} <= PARAMETERS.keys()


def test_the_job_has_no_argument_that_glue_keeps_for_itself_and_none_that_trakt_does_not_know():
    arguments = set(JOB["DefaultArguments"])
    assert not arguments & NEVER_DEFINED
    assert arguments <= GLUES_OWN | set(_declared())


def test_the_wheels_of_the_job_are_of_the_versions_that_are_built():
    wheels = TEMPLATE["Mappings"]["Artifacts"]["Wheels"]
    assert wheels["Trakt"] == f"trakt_etl-{trakt.__version__}-py3-none-any.whl"
    (pin,) = GLUE[0].brought
    python = GLUE[0].python.replace(".", "")
    assert wheels["PyYAML"].startswith(f"{pin.replace('==', '-').lower()}-cp{python}-cp{python}-manylinux")


def test_every_version_of_glue_that_can_be_chosen_is_one_that_is_checked():
    assert [f"glue-{version}" for version in PARAMETERS["GlueVersion"]["AllowedValues"]] == [each.name for each in GLUE]


def test_a_job_has_the_fewest_workers_unless_more_are_asked_for_and_the_engine_of_its_pipeline():
    assert (JOB["WorkerType"], JOB["NumberOfWorkers"]) == ({"Ref": "GlueWorkerType"}, {"Ref": "GlueWorkers"})
    assert (PARAMETERS["GlueWorkers"]["Default"], PARAMETERS["GlueWorkers"]["MinValue"]) == (2, 2)
    engine = PARAMETERS["GlueEngine"]
    assert (engine["Default"], engine["AllowedValues"]) == ("", ["", *ENGINES])
    assert JOB["DefaultArguments"]["--engine"]["If"] == [
        "HasGlueEngine",
        {"Ref": "GlueEngine"},
        {"Ref": "AWS::NoValue"},
    ]


def test_logs_do_not_stay_for_ever():
    groups = of_type("AWS::Logs::LogGroup")
    assert len(groups) == 3
    assert all(group["RetentionInDays"] == {"Ref": "LogDays"} for group in groups.values())
    assert FUNCTION["LoggingConfig"] == {"LogGroup": {"Ref": "FunctionLogs"}}


def test_whatever_fails_has_an_alarm_and_every_alarm_goes_where_it_is_wanted():
    alarms = of_type("AWS::CloudWatch::Alarm")
    watched = {(each["MetricName"], json.dumps(each.get("Dimensions"))) for each in alarms.values()}
    for metric, of in (
        ("ApproximateNumberOfMessagesVisible", "DeadLetters.QueueName"),
        ("ApproximateNumberOfMessagesVisible", "FailedJobRuns.QueueName"),
        ("Errors", '"Function"'),
        ("LoggedErrors", "null"),
    ):
        assert [each for each in watched if each[0] == metric and of in each[1]], f"nothing watches {metric} of {of}"
    wanted = {"If": ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]}
    assert all(each["AlarmActions"] == wanted for each in alarms.values())


def test_the_function_is_traced():
    assert FUNCTION["Tracing"] == "Active"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_each_environment_fills_what_must_be_filled_with_what_may_stand_there(environment):
    config = tomllib.loads((ROOT / "samconfig.toml").read_text("utf-8"))[environment]["deploy"]["parameters"]
    given = dict(each.split("=", 1) for each in config["parameter_overrides"])
    assert given.keys() <= PARAMETERS.keys()
    assert {name for name, each in PARAMETERS.items() if "Default" not in each} <= given.keys()
    for name, value in given.items():
        parameter = PARAMETERS[name]
        assert re.fullmatch(parameter.get("AllowedPattern", ".*"), value), name
        assert value in map(str, parameter.get("AllowedValues", [value])), name
        assert parameter.get("MinValue", 0) <= float(value if "MinValue" in parameter else 0) or name
    assert config["stack_name"] == f"trakt-{environment}"
    assert environment in given["InputBucket"]


def test_there_is_an_environment_for_each_stage_and_no_other():
    assert set(tomllib.loads((ROOT / "samconfig.toml").read_text("utf-8"))) == {"version", *ENVIRONMENTS}


def test_what_the_function_says_of_objects_it_makes_the_job_says_too():
    variables = FUNCTION["Environment"]["Variables"]
    of_function = {name: variables[name]["If"][0] for name in variables if name.startswith("TRAKT_S3_")}
    condition, joined, _ = JOB["DefaultArguments"]["--customer-driver-env-vars"]["If"]
    said = [each["If"] for each in joined["Join"][1]]
    texts = [(when, text["Sub"] if isinstance(text, dict) else text) for when, text, _ in said]
    assert {text.partition("=")[0].removeprefix("CUSTOMER_"): when for when, text in texts} == of_function
    assert all(text.startswith("CUSTOMER_") for _, text in texts)
    assert {each["Condition"] for each in TEMPLATE["Conditions"][condition]["Or"]} == set(of_function.values())


def test_the_job_installs_what_trakt_needs_before_it_and_asks_no_index():
    modules = json.dumps(JOB["DefaultArguments"]["--additional-python-modules"])
    assert modules.index('"PyYAML"') < modules.index('"Trakt"')
    assert JOB["DefaultArguments"]["--python-modules-installer-option"] == "--no-deps"


def test_no_message_comes_before_the_function_may_read_and_write():
    assert RESOURCES["Function"]["DependsOn"] == "DataPolicy"


def test_a_backfill_takes_the_list_that_the_command_writes(tmp_path, monkeypatch, capsys):
    (tmp_path / "in" / "acme" / "b1").mkdir(parents=True)
    (tmp_path / "in" / "acme" / "b1" / "orders.csv").write_text("id\n1\n")
    (tmp_path / "p.yaml").write_text("name: orders\ninputs: {orders: orders.csv}\noutputs: {orders: orders}\n")
    monkeypatch.chdir(tmp_path)
    places = ["--input-dir", "in/{client_id}/{batch_id}", "--output-dir", "out/{client_id}/{batch_id}"]
    assert cli.main(["backfill", "--pipeline-file", "p.yaml", *places, "--list"]) == 0
    listed_batches = json.loads(capsys.readouterr().out)
    states = RESOURCES["Backfill"]["Properties"]["Definition"]["States"]
    pointer = states["Batches"]["ItemReader"]["ReaderConfig"]["ItemsPointer"]
    (request,) = listed_batches[pointer.removeprefix("/")]
    assert set(request) <= {field.name for field in FIELDS}
    run = states["Batches"]["ItemProcessor"]["States"]["Run"]
    assert run["Parameters"] == {"FunctionName": {"GetAtt": "Function.Arn"}, "Payload.$": "$"}


def test_a_backfill_may_ask_the_function_and_reads_and_writes_below_one_prefix():
    allowed = {each["Sid"]: each for each in statements("BackfillPolicy")}
    assert allowed["RunBatches"]["Resource"] == {"GetAtt": "Function.Arn"}
    prefix = "${OutputPrefix}backfills"
    writer = RESOURCES["Backfill"]["Properties"]["Definition"]["States"]["Batches"]["ResultWriter"]
    assert writer["Parameters"]["Prefix"] == {"Sub": prefix}
    data = allowed["ReadTheListAndWriteResults"]["Resource"]["Sub"]
    assert data.endswith(f":${{OutputBucket}}/{prefix}/*")
    name = RESOURCES["Backfill"]["Properties"]["StateMachineName"]["Sub"]
    own = [
        each["Resource"]["Sub"] for sid, each in allowed.items() if sid in ("FanOut", "FollowAndStop", "CountFailures")
    ]
    assert [re.sub(r".*\$\{AWS::AccountId\}:\w+:", "", resource).removesuffix("/*") for resource in own] == [name] * 3
