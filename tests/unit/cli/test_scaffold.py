"""The scaffold says of AWS what this repository says of it: whoever changes one is told of the other."""

from __future__ import annotations

import ast
import re

import pytest
import yaml

from deploy.runtimes import LAMBDA, name_of
from tests.conftest import ROOT
from trakt.cli.scaffold import scaffold

IN_THE_LAYER = {"numpy", "pandas", "pyarrow"}
IN_LAMBDA = {"python-dateutil", "six"}
"""botocore has them."""


class CloudFormation(yaml.SafeLoader):
    """`!Ref name` and the like as pairs of tag and value."""

    def tagged(self, suffix, node):
        if isinstance(node, yaml.ScalarNode):
            return suffix, self.construct_scalar(node)
        if isinstance(node, yaml.SequenceNode):
            return suffix, self.construct_sequence(node, deep=True)
        return suffix, self.construct_mapping(node, deep=True)


CloudFormation.add_multi_constructor("!", CloudFormation.tagged)

# by their paths: what the stack of the scaffold has not, or has otherwise
DIFFERENT = {
    "Parameters/Pipeline/Default": "it has a first pipeline",
    "Resources/Function/Properties/CodeUri": "its makefile lies elsewhere",
    "Resources/Function/Properties/Layers": "it builds none",
    "Resources/DataPolicy/Properties/Roles": "there is no job",
    "Resources/QueuePolicy/Properties/Queues": "there is no job",
    "Resources/Function/Properties/Environment/Variables/TRAKT_ON_LIMIT": "there is no job",
    "Resources/Function/Properties/Environment/Variables/TRAKT_GLUE_JOB": "there is no job",
    "Resources/Function/Properties/Environment/Variables/TRAKT_S3_SSE": "its own bucket says how",
    "Resources/Function/Properties/Environment/Variables/TRAKT_S3_KMS_KEY_ID": "its own bucket says how",
    "Resources/Function/Properties/Environment/Variables/TRAKT_S3_TAGS": "its own bucket says how",
}
WORDS = ("Description", "AlarmDescription")


@pytest.fixture(scope="module")
def written():
    made = scaffold("orders", aws=True)
    return {path.as_posix(): text for path, text in {**made.own, **made.shared}.items()}


def differences(theirs, ours, path):
    """Where two values differ, as paths; of a list of statements or tags, what one has and the other has not."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for key in {**theirs, **ours}:
            if key not in WORDS:
                yield from differences(theirs.get(key), ours.get(key), f"{path}/{key}")
    elif path.endswith("/Statement") or path.endswith("/Policies"):
        # the scaffold may do less, and nothing else
        if path.endswith("/Policies"):
            theirs, ours = (each[0]["PolicyDocument"]["Statement"] for each in (theirs, ours))
        yield from (f"{path}: {each}" for each in ours if each not in theirs)
    elif theirs != ours:
        yield path


def test_the_template_says_what_that_of_the_repository_says(written):
    repository = yaml.load((ROOT / "template.yaml").read_text("utf-8"), CloudFormation)
    ours = yaml.load(written["template.yaml"], CloudFormation)
    found, compared = set(), 0
    for section in ("Parameters", "Conditions", "Resources"):
        for name in repository[section].keys() & ours[section].keys():
            compared += 1
            found |= set(differences(repository[section][name], ours[section][name], f"{section}/{name}"))
    assert found == set(DIFFERENT)
    assert compared == 27
    assert repository["Mappings"]["HiddenSeconds"] == ours["Mappings"]["HiddenSeconds"]


def test_what_the_scaffold_has_of_its_own_are_buckets_and_the_layer(written):
    repository = yaml.load((ROOT / "template.yaml").read_text("utf-8"), CloudFormation)
    ours = yaml.load(written["template.yaml"], CloudFormation)
    assert ours["Resources"].keys() - repository["Resources"].keys() == {
        "InputBucket",
        "OutputBucket",
        "InputOverTls",
        "OutputOverTls",
    }
    assert ours["Parameters"].keys() - repository["Parameters"].keys() == {"PandasLayerArn"}


def test_the_handler_is_that_of_the_repository(written):
    theirs, ours = (ROOT / "handlers" / "lambda_handler.py").read_text("utf-8"), written["handlers/lambda_handler.py"]
    without_words = [ast.dump(ast.Module(ast.parse(text).body[1:], [])) for text in (theirs, ours)]
    assert without_words[0] == without_words[1]


def test_the_function_gets_the_versions_that_were_tried_out_and_this_trakt(written):
    pinned = [line for line in written["handlers/requirements.txt"].splitlines() if not line.startswith("#")]
    brought = [each for each in LAMBDA.brought if name_of(each) not in IN_THE_LAYER | IN_LAMBDA]
    from trakt import __version__

    assert sorted(pinned) == sorted([f"trakt-etl=={__version__}", *brought])


def test_the_makefile_takes_what_amazon_linux_takes(written):
    makefile = written["handlers/Makefile"]
    assert f"--python-version {LAMBDA.python} " in makefile
    assert re.search(r"Runtime: python(\S+)", written["template.yaml"])[1] == LAMBDA.python


def test_what_its_page_names_is_there(written):
    page = written["DEPLOY.md"]
    template = yaml.load(written["template.yaml"], CloudFormation)
    files = set(re.findall(r"(?:events|pipelines|handlers)/[\w./-]+\w", page))
    assert len(files) == 3
    assert files <= written.keys()
    named = set(re.findall(r"`([A-Z][a-z]+(?:[A-Z][a-z]+)+)`|([A-Z]\w+Arn)=", page))
    parameters = {first or second for first, second in named}
    assert parameters == {"AlarmTopicArn", "MaxBatchRows", "FunctionMemory", "FunctionTimeout", "PandasLayerArn"}
    assert parameters <= template["Parameters"].keys()
    alarms = [name for name, each in template["Resources"].items() if each["Type"] == "AWS::CloudWatch::Alarm"]
    assert len(alarms) == 3  # the page says so


def test_nothing_is_left_to_be_filled_in(written):
    assert [path for path, text in written.items() if "@@" in text] == []
