"""What stands beside Trakt in each runtime."""

import re

import pytest

from deploy import tools
from deploy.function import IN_FUNCTION
from deploy.runtimes import GLUE, LAMBDA, name_of

RUNTIMES = [LAMBDA, *GLUE]


@pytest.mark.parametrize("runtime", RUNTIMES, ids=lambda runtime: runtime.name)
def test_what_is_brought_has_one_version_and_is_not_there_already(runtime):
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", each) for each in runtime.brought)
    names = [name_of(each) for each in (*runtime.there, *runtime.brought)]
    assert len(names) == len(set(names))
    assert {"boto3", "pandas", "pyarrow", "pyyaml"} <= set(names)


def test_only_glue_5_1_lacks_a_package():
    assert [[name_of(each) for each in runtime.brought] for runtime in GLUE] == [["pyyaml"], []]


def test_the_function_brings_what_no_managed_layer_has():
    assert set(IN_FUNCTION) <= {name_of(each) for each in LAMBDA.brought}


def test_a_package_that_no_line_names_stops_the_build(monkeypatch):
    report = '{"install": [{"metadata": {"name": "New_Thing", "version": "1.2"}}]}'
    monkeypatch.setattr(tools, "pip", lambda *_: report)
    with pytest.raises(tools.DeployError, match=r"glue-6.0.txt: does not name new-thing 1.2, which Trakt needs there"):
        tools.assert_complete("python", GLUE[1], ["trakt"])


def test_names_are_told_apart_as_pip_does():
    assert name_of("Typing_Extensions[all]==4.16.0") == name_of("typing.extensions") == "typing-extensions"
