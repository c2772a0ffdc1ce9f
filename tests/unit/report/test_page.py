from __future__ import annotations

import sys
from html.parser import HTMLParser

import pytest

from trakt.errors import MissingExtra
from trakt.report.manifests import Found, manifests_at
from trakt.report.page import page_of
from trakt.report.runs import groups_of

HOSTILE = "</style></title><script>alert(1)</script><img src=x onerror=alert(1)>\"'&amp;{{7*7}}{% raw %}"
NO_CHARACTERS = "a\x00b\ud800c\u202ed"


class Seen(HTMLParser):
    """Tags, attributes and text of a page; whether every tag that is opened is closed."""

    VOID = frozenset({"meta", "link", "br", "img", "input"})

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.ids, self.words = set(), set(), [], []
        self._open = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self._open.pop()

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def page(*manifests):
    return page_of(groups_of([Found(f"{each['run_id']}.json", each) for each in manifests]))


def bent(manifest, text):
    """The manifest with `text` wherever a client, an author or an error may write what they like."""
    orders = manifest["inputs"].pop("orders")
    orders |= {"source": text, "schema": {text: "string"}, "nulls": {text: 1}}
    orders["files"][0] |= {"uri": text, "delimiter": text, "encoding": text}
    manifest["inputs"][text] = orders
    manifest["steps"][0] |= {
        "step_id": text,
        "uses": text,
        "inputs": [text],
        "outputs": [text],
        "metrics": {text: text},
    }
    known = manifest["outputs"].pop("known")
    manifest["outputs"][text] = {**known, "path": text, "source": text, "schema": {text: "int"}}
    manifest["rejected"] |= {"reasons": {text: 1}, "path": text}
    finding = {"input": text, "kind": "column_renamed", "column": text, "before": text, "after": text}
    manifest["drift"] = {"baseline": {"run_id": text, "batch_id": text, "manifest_path": text}, "findings": [finding]}
    at = manifest["started_at"]
    manifest["events"] = [{"name": f"warning.{text}", "at": at, "step_id": text, "attributes": {text: text}}]
    manifest["params"] = {text: text}
    manifest["pipeline"] |= {"name": text, "version": text, "file": text}
    manifest["error"] = {"type": text, "message": text, "step_id": text, "chunk": 1, "hint": text}
    manifest["error"]["faults"] = [{"what": text, "where": text, "hint": text}]
    return {**manifest, "status": "failed", "client_id": text, "batch_id": text, "run_id": text + manifest["run_id"]}


def test_whatever_a_manifest_holds_stays_text(another):
    harmless = Seen(page(bent(another(1), "word"), bent(another(2), "word")))
    hostile = Seen(page(bent(another(1), HOSTILE), bent(another(2), HOSTILE)))
    assert hostile.tags == harmless.tags
    assert hostile.attributes == harmless.attributes
    assert hostile.ids == harmless.ids
    assert "".join(hostile.words).count(HOSTILE) > 30
    assert not {"script", "img", "iframe", "object", "form", "base"} & hostile.tags
    assert not [name for name in hostile.attributes if name.startswith("on") or name == "src"]


def test_what_no_page_can_hold_is_marked(another):
    text = page(bent(another(1), NO_CHARACTERS))
    assert "a\ufffdb\ufffdc\ufffdd" in text
    assert not [each for each in NO_CHARACTERS if each in text and not each.isalpha()]
    assert text.encode("utf-8")


def test_every_id_on_the_page_is_one_of_its_kind(another):
    ids = Seen(page(*(another(at, client_id=client) for at, client in enumerate(["a", "a", "b"], 1)))).ids
    assert len(ids) == len(set(ids)) > 20


def test_the_page_asks_nobody_for_anything(another):
    text = page(another(1), another(2))
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in text
    assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in text
    assert "url(" not in text


def test_a_failed_run_says_where_what_and_what_to_do(another):
    fault = {"what": "4 fields where the header has 3", "where": "orders.csv:3", "hint": "mend the line"}
    error = {"type": "InputError", "message": "m", "step_id": "known", "chunk": 2, "hint": None, "faults": [fault]}
    text = page(another(1, status="timed_out", error=error))
    assert "Why it timed out" in text
    assert "<strong>step known, chunk 2</strong>" in text
    assert '<code>orders.csv:3</code>: <span class="what">4 fields where the header has 3</span>' in text
    assert "What to do: mend the line" in text


def test_an_error_without_faults_says_its_message(another):
    error = {"type": "KeyboardInterrupt", "message": "", "step_id": None, "chunk": None, "hint": None, "faults": []}
    assert '<span class="what">KeyboardInterrupt</span>' in page(another(1, status="failed", error=error))


def test_a_run_that_ended_before_it_had_a_plan_has_a_page(another):
    error = {"type": "InputError", "message": "m", "step_id": None, "chunk": None, "hint": None, "faults": []}
    empty = another(1, status="failed", error=error, inputs={}, steps=[], outputs={}, accounting=None)
    empty["rejected"] = {"rows": 0, "reasons": {}, "path": None, "bytes": None, "sha256": None}
    text = page(empty, another(2))
    assert "The run ended before its first step." in text
    assert "The run ended before it looked for inputs." in text


def test_of_many_runs_the_newest_is_unfolded_and_those_that_failed(another):
    text = page(another(1), another(2, status="failed", error={"type": "E", "message": "", "step_id": None, "chunk": None, "hint": None, "faults": []}), another(3))  # fmt: skip
    unfolded = [part.split('id="')[1].split('"')[0] for part in text.split('<details class="run" open>')[1:]]
    assert unfolded == ["run-3", "run-2"]
    assert text.count('<details class="run">') == 1


def test_columns_beyond_those_that_are_drawn_stand_in_a_table(another):
    runs = [another(at) for at in (1, 2)]
    for run in runs:
        orders = run["inputs"]["orders"]
        orders["schema"] = {f"c{at}": "string" for at in range(30)}
        orders["nulls"] = dict.fromkeys(orders["schema"], 1)
    text = page(*runs)
    assert "the 12 columns of 30 that moved most are drawn" in text
    assert "All 30 columns as a table" in text
    assert [text.count(f"column c{at} of input orders</th>") for at in range(30)] == [1] * 30


def test_a_replay_says_of_which_run_it_is(another):
    replay = another(2, replay_of={"run_id": "run-1", "manifest_path": "m", "rows": 3})
    text = page(another(1), replay, another(3))
    assert text.count(', replay</h') == 1  # fmt: skip
    assert 'rejected rows of run <code>run-1</code>' in text  # fmt: skip
    assert "Replays of rejected rows are left out" in text


def test_the_same_manifests_give_the_same_page(another):
    assert page(another(1), another(2)) == page(another(2), another(1))


def test_without_the_extra_it_says_how_to_install_it(another, monkeypatch):
    for name in ("jinja2", "jsonschema"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtra, match="trakt report") as caught:
        page(another(1))
    assert caught.value.hint == 'python -m pip install "trakt-etl[report]"'
    with pytest.raises(MissingExtra):
        manifests_at(["x.json"])
