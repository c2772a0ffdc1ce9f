"""What the pipeline `@@name` makes of its example."""

from pathlib import Path

import pytest

from trakt import LocalRunner, load_pipeline_from_yaml

HOME = Path(__file__).parents[1] / "pipelines" / "@@name"


@pytest.fixture
def run(tmp_path):
    """Runs the pipeline on its example, and gives the text of what it wrote."""

    def run(**more):
        pipeline = load_pipeline_from_yaml(HOME / "pipeline.yaml")
        LocalRunner(input_dir=HOME / "input", output_dir=tmp_path).run(pipeline, **more)
        return (tmp_path / "normalized.csv").read_text(encoding="utf-8")

    return run


def test_names_are_trimmed_and_codes_and_blanks_stay_as_they_are(run):
    assert run() == ("id,name,zip,amount,currency\n1,Ada,02116,12.5,EUR\n2,Grace,10001,,EUR\n3,Edsger,01002,7.25,EUR\n")


def test_the_currency_can_be_chosen_for_a_run(run):
    rows = run(params={"normalize.currency": "USD"}).splitlines()[1:]
    assert [row.rpartition(",")[2] for row in rows] == ["USD"] * 3
