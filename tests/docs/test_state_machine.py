"""The state machine of docs/lambda.md: its language is right, and it knows every decision and asks only what is known."""

from __future__ import annotations

import json
import re
from typing import get_args

import pytest
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser, ASLParserException

from tests.docs.session import ROOT
from trakt import errors
from trakt.engine.admission import Decision
from trakt.runtime import glue_arguments
from trakt.runtime.lambda_request import FIELDS


@pytest.fixture(scope="module")
def machine():
    page = (ROOT / "docs" / "lambda.md").read_text("utf-8")
    found = re.search(r'^```json title="state-machine.json"\n(.+?)^```', page, re.DOTALL | re.MULTILINE)
    assert found
    return json.loads(found[1])


def parsed(definition):
    AmazonStateLanguageParser.parse(json.dumps(definition))


def test_it_is_a_definition(machine):
    parsed(machine)


def test_what_is_no_definition_would_not_pass(machine):
    with pytest.raises(ASLParserException):
        parsed({**machine, "States": {**machine["States"], "Decide": {"Type": "Chose"}}})


def test_every_decision_leads_to_a_state_and_every_state_is_reached(machine):
    states = machine["States"]
    choices = states["Decide"]["Choices"]
    assert {choice["StringEquals"] for choice in choices} == set(get_args(Decision))
    named = {machine["StartAt"], *(choice["Next"] for choice in choices)}
    for state in states.values():
        named |= {each["Next"] for each in [state, *state.get("Catch", ())] if "Next" in each}
    assert named == set(states)


def test_it_asks_the_function_and_the_job_for_what_they_know(machine):
    states = machine["States"]
    known = {field.name for field in FIELDS}
    for name in ("Plan", "RunInLambda"):
        assert {key.removesuffix(".$") for key in states[name]["Parameters"]["Payload"]} <= known
    arguments = {key.removesuffix(".$") for key in states["RunInGlue"]["Parameters"]["Arguments"]}
    assert arguments <= set(glue_arguments._declared())
    assert {error for each in states["RunInLambda"]["Catch"] for error in each["ErrorEquals"]} <= set(vars(errors))
