"""Which batches lie in a folder, by the ids in its name."""

import pytest

from trakt.backfill.batches import Batch, Wanted, batches_at, place_faults, require_places
from trakt.backfill.order import chains, looks_back
from trakt.errors import InputError, PipelineError
from trakt.pipeline.model import Input, Pipeline, SchemaContract
from trakt.schema import Schema


@pytest.fixture
def lay(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def lay(*files):
        for file in files:
            (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / file).write_text("id\n1\n")

    return lay


def names(batches):
    return [str(batch) for batch in batches]


def test_each_folder_with_a_file_is_a_batch(lay):
    lay("in/acme/b1/a.csv", "in/acme/b1/b.csv", "in/acme/b2/deep/er/a.csv", "in/globex/b1/a.csv", "in/readme.txt")
    found = batches_at("in/{client_id}/{batch_id}", Wanted())
    assert names(found) == ["acme b1", "acme b2", "globex b1"]
    assert [(batch.files, batch.bytes) for batch in found] == [(2, 10), (1, 5), (1, 5)]


@pytest.mark.parametrize("place", ["in/{client_id}/{batch_id}/", "./in/{client_id}/{batch_id}"])
def test_the_place_may_be_spelled_in_any_way(lay, place):
    lay("in/acme/b1/a.csv")
    assert names(batches_at(place, Wanted())) == ["acme b1"]


def test_ids_may_stand_anywhere_in_the_place(lay):
    lay("in/client=acme/day/batch=b1/a.csv", "in/client=acme/night/batch=b2/a.csv", "in/other=acme/day/batch=b3/a.csv")
    assert names(batches_at("in/client={client_id}/day/batch={batch_id}", Wanted())) == ["acme b1"]


def test_an_id_that_stands_twice_is_the_same_one(lay):
    lay("in/acme/acme-b1/a.csv", "in/acme/globex-b1/a.csv")
    assert names(batches_at("in/{client_id}/{client_id}-{batch_id}", Wanted())) == ["acme b1"]


def test_a_place_may_name_batches_alone(lay):
    lay("in/b1/a.csv", "in/b2/a.csv")
    assert batches_at("in/{batch_id}", Wanted()) == [Batch(None, "b1"), Batch(None, "b2")]


def test_what_is_a_pattern_elsewhere_is_a_name_here(lay):
    lay("in[1]/acme/b1/a.csv", "in1/globex/b1/a.csv")
    assert names(batches_at("in[1]/{client_id}/{batch_id}", Wanted())) == ["acme b1"]


def test_folders_whose_names_are_no_ids_are_no_batches(lay):
    lay("in/acme/b 1/a.csv", "in/-acme/b1/a.csv", "in/acme/b1/a.csv", "in/.hidden/b1/a.csv")
    assert names(batches_at("in/{client_id}/{batch_id}", Wanted())) == ["acme b1"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(clients=["acme"]), ["acme 1", "acme 2", "acme 3"]),
        (Wanted(clients=["acme", "globex"], batches=["2"]), ["acme 2", "globex 2"]),
        (Wanted(since="2", until="2"), ["acme 2", "globex 2"]),
        (Wanted(since="3"), ["acme 3"]),
    ],
)
def test_some_of_them_may_be_wanted(lay, wanted, found):
    lay(*(f"in/acme/{day}/a.csv" for day in "123"), *(f"in/globex/{day}/a.csv" for day in "12"))
    assert names(batches_at("in/{client_id}/{batch_id}", wanted)) == found


def test_no_batch_at_all_and_none_that_is_wanted_are_told_apart(lay):
    with pytest.raises(InputError, match="no batch lies there"):
        batches_at("in/{client_id}/{batch_id}", Wanted())
    lay("in/acme/b1/a.csv", "in/globex/b2/a.csv")
    with pytest.raises(InputError) as refused:
        batches_at("in/{client_id}/{batch_id}", Wanted(since="c"))
    assert refused.value.hint == "there are 2: acme b1 to globex b2"


@pytest.mark.parametrize(
    ("input_dir", "output_dir", "said"),
    [
        ("in", "out", "'in' is one place, and batches lie in many"),
        ("in/{run_id}/{batch_id}", "out/{batch_id}", "'{run_id}' stands for nothing here"),
        ("in/{client}/{batch_id}", "out/{batch_id}", "'{client}' stands for nothing here"),
        ("in/{client_id}{batch_id}", "out/{client_id}/{batch_id}", "nothing parts the ids"),
        ("in/{client_id}/{batch_id}", "out/{client_id}", "does not hold {batch_id}: all batches would write to one"),
    ],
)
def test_places_that_tell_no_batches_apart_are_refused(input_dir, output_dir, said):
    assert any(said in fault.what for fault in place_faults(input_dir, output_dir))
    with pytest.raises(PipelineError):
        require_places(input_dir, output_dir)


def test_batches_of_a_client_follow_one_another_where_a_run_looks_back():
    batches = [Batch("acme", "1"), Batch("globex", "1"), Batch("globex", "2"), Batch("globex", "3")]
    assert chains(batches, one_after_another=True) == [batches[1:], batches[:1]]
    assert chains(batches, one_after_another=False) == [[each] for each in batches]


@pytest.mark.parametrize(
    ("wanted", "does"),
    [
        (Input("a", "a.csv"), True),
        (Input("a", "a.csv", on_drift="ignore"), False),
        (Input("a", "a.csv", on_drift="ignore", schema_contract=SchemaContract("freeze", "freeze")), True),
        (
            Input("a", "a.csv", on_drift="ignore", schema_contract=SchemaContract("freeze"), schema=Schema(("id",))),
            False,
        ),
    ],
)
def test_a_run_looks_back_for_drift_and_for_a_contract_that_nobody_wrote_down(wanted, does):
    assert looks_back(Pipeline("p", (wanted,))) is does


def test_what_looks_like_a_batch_and_cannot_be_one_is_named(lay, caplog):
    lay("in/acme/b1/a.csv", "in/acme/b (old)/a.csv", "in/acme/b (old)/b.csv", "in/acme/readme.txt")
    assert names(batches_at("in/{client_id}/{batch_id}", Wanted())) == ["acme b1"]
    (said,) = caplog.messages
    assert said.startswith("in/acme/b (old)/ is passed over")


def test_a_client_or_batch_that_is_asked_for_and_not_there_is_an_error(lay):
    lay("in/acme/b1/a.csv", "in/globex/b1/a.csv")
    with pytest.raises(InputError) as error:
        batches_at("in/{client_id}/{batch_id}", Wanted(clients=["acme", "globx"], batches=["b1", "b7"]))
    assert [(fault.what, fault.hint) for fault in error.value.faults] == [
        ("there are no files of client 'globx'", "did you mean 'globex'?"),
        ("there are no files of batch 'b7'", "see --list for all"),
    ]
