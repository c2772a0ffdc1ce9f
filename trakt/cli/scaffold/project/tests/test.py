"""What the pipeline `@@name` makes, of its example and of input that a test makes up."""

from pathlib import Path

from trakt.testing import assert_same_output

PIPELINE = Path(__file__).parents[1] / "pipelines" / "@@name"


def test_names_are_trimmed_and_codes_and_blanks_stay_as_they_are(run_pipeline):
    made = run_pipeline(PIPELINE, input_dir=PIPELINE / "input").outputs["normalized"]
    assert made.text == (
        "id,name,zip,amount,currency\n1,Ada,02116,12.5,EUR\n2,Grace,10001,,EUR\n3,Edsger,01002,7.25,EUR\n"
    )


def test_the_currency_can_be_chosen_for_a_run(run_pipeline):
    records = "id,name,zip,amount\n7, Zoë ,00501,1\n"
    made = run_pipeline(PIPELINE, inputs={"records": records}, params={"normalize.currency": "USD"})
    assert made.outputs["normalized"].lines[1] == "7,Zoë,00501,1,USD"


def test_a_laptop_lambda_and_glue_make_the_same():
    assert_same_output(PIPELINE, input_dir=PIPELINE / "input", modes=["batch"])
