import pandas as pd

from trakt.schema.stacked import stacked


def test_large_integers_keep_their_digits_beside_floats():
    whole = stacked([pd.DataFrame({"n": [2**53 + 1]}), pd.DataFrame({"n": [0.5]}), pd.DataFrame({"n": []})])
    assert whole["n"].tolist() == [2**53 + 1, 0.5]


def test_columns_whose_names_read_the_same_are_one_column():
    whole = stacked([pd.DataFrame({"1": ["a"]}), pd.DataFrame({1: ["b"]})])
    assert (list(whole.columns), whole["1"].tolist()) == (["1"], ["a", "b"])


def test_columns_that_some_frames_lack_are_missing_there():
    whole = stacked([pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [2], "b": ["x"]})])
    assert whole["a"].tolist() == [1, 2]
    assert whole["b"].isna().tolist() == [True, False]
