from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trakt.runtime.key_template import KeyTemplate

DEFAULT = "client={client_id}/batch={batch_id}/"
ids = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True)
folders = st.lists(st.from_regex(r"[a-z0-9 +%ü.]{1,8}", fullmatch=True), max_size=3).map("".join)


@pytest.mark.parametrize(
    ("template", "key", "found"),
    [
        (DEFAULT, "client=acme/batch=2026-02-05/orders.csv", ("acme", "2026-02-05", "client=acme/batch=2026-02-05/")),
        (DEFAULT, "a/b/client=acme/batch=1/deep/er.csv", ("acme", "1", "a/b/client=acme/batch=1/")),
        (DEFAULT, "client=acme/batch=1/", ("acme", "1", "client=acme/batch=1/")),
        (DEFAULT, "oldclient=acme/batch=1/x", None),
        (DEFAULT, "client=acme/x/batch=1/x", None),
        (DEFAULT, "client=acme/batch=1", None),
        (DEFAULT, "client=/batch=1/x", None),
        (DEFAULT, "CLIENT=acme/batch=1/x", None),
        ("{client_id}/{batch_id}/", "acme/1/orders.csv", ("acme", "1", "acme/1/")),
        ("{client_id}_{batch_id}.csv", "acme_1.csv", ("acme", "1", "")),
        ("{client_id}_{batch_id}.csv", "in/acme_1.csv", ("acme", "1", "in/")),
        ("{client_id}_{batch_id}.csv", "acme_1xcsv", None),
        ("v(1)/{batch_id}.{client_id}/", "in/v(1)/1.acme/x", ("acme", "1", "in/v(1)/1.acme/")),
    ],
)
def test_a_template_is_found_from_a_slash_on_and_letter_by_letter(template, key, found):
    fits = KeyTemplate(template).find(key)
    if found is None:
        assert fits is None
    else:
        ids, folder = fits
        assert (ids["client_id"], ids["batch_id"], folder) == found


@pytest.mark.parametrize("template", ["{client_id}/{batch_id}", "client={client_id}/batch={batch_id}"])
def test_a_template_without_its_last_slash_ends_where_the_folder_does(template):
    folder = KeyTemplate(template).filled({"client_id": "acme", "batch_id": "2026-02-05"}) + "/"
    found, end = KeyTemplate(template).find(f"{folder}orders.csv")
    assert found == {"client_id": "acme", "batch_id": "2026-02-05"}
    assert end == folder


@given(ids, ids, folders, folders)
def test_any_ids_come_back_from_the_key_that_they_were_filled_into(client, batch, before, after):
    template = KeyTemplate(DEFAULT)
    folder = template.filled({"client_id": client, "batch_id": batch})
    found, end = template.find(f"{before}/{folder}{after}")
    assert found == {"client_id": client, "batch_id": batch}
    assert end == f"{before}/{folder}"


@given(st.text(alphabet="{}cliebatch_d/=.()[]*+?\\^$|", max_size=40), st.text(max_size=40))
def test_any_template_that_has_no_fault_can_be_looked_for_in_any_key(text, key):
    template = KeyTemplate("{client_id}/{batch_id}/" + text)
    if not list(template.faults("it")):
        filled = template.filled({"client_id": "acme", "batch_id": "1", "pipeline": "p"})
        template.find(key)
        assert template.find(filled)


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("{client_id}/", ["'{client_id}/' lacks '{batch_id}'"]),
        ("{client_id}{batch_id}/", ["nothing parts the ids in '{client_id}{batch_id}/'"]),
        ("", ["'' lacks '{client_id}'", "'' lacks '{batch_id}'"]),
        ("{client_id}/{batch_id}/{batch_id}/", ["'{batch_id}' stands twice in '{client_id}/{batch_id}/{batch_id}/'"]),
        ("{client_id}/{batch_id}/{run_id}/", ["'{run_id}' stands for nothing"]),
        ("{client_id}/{batch_id}/{pipeline}/", []),
    ],
)
def test_every_fault_of_a_template_is_told(template, told):
    assert [fault.what for fault in KeyTemplate(template).faults("TRAKT_KEY_TEMPLATE")] == told


def test_a_placeholder_that_is_nearly_right_is_recognised():
    (fault, _) = KeyTemplate("{client}/{batch_id}/").faults("it")
    assert fault.hint == "did you mean 'client_id'?"


@pytest.mark.parametrize(
    ("template", "ids"),
    [
        (DEFAULT, ()),
        ("{client_id}/{batch_id}", ()),
        ("{client_id}/{batch_id}.csv", ("batch_id",)),
        ("{client_id}-{batch_id}.csv", ("client_id", "batch_id")),
    ],
)
def test_ids_in_the_name_of_a_file_do_not_part_folders(template, ids):
    assert KeyTemplate(template).shared_by == ids


@pytest.mark.parametrize(
    ("template", "folder"),
    [(DEFAULT, "client=acme/batch=1/"), ("{client_id}/{batch_id}", "acme/1/"), ("{client_id}/{batch_id}.csv", "acme/")],
)
def test_the_folder_of_a_key_is_where_its_template_ends(template, folder):
    assert KeyTemplate(template).folder({"client_id": "acme", "batch_id": "1"}) == folder
