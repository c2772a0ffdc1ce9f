"""Pipeline files, events and command lines: right ones, and what may be done to them."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

EVENTS = Path(__file__).parents[1] / "events"

PIPELINES: tuple[dict[str, Any], ...] = (
    {
        "name": "orders",
        "version": "2",
        "inputs": {
            "orders": {
                "uri": "records.csv",
                "kind": "csv",
                "schema": {"id": "string"},
                "metadata": {"delimiter": ",", "read_options": {"encoding": "utf-8"}},
                "on_bad_rows": "quarantine",
                "max_bad_rows": 3,
            }
        },
        "steps": [
            {
                "id": "once",
                "uses": "trakt.steps.dedupe",
                "with": {"input": "orders", "policy": {"const": {"keys": ["id"], "winner": "first"}}, "output": "kept"},
            },
            {
                "id": "some",
                "uses": "trakt.steps.filter",
                "with": {"input": "kept", "where": {"const": "id != '2'"}, "output": "out"},
            },
        ],
        "outputs": {"datasets": [{"name": "out", "from": "out", "uri": "out.csv", "metadata": {"delimiter": ";"}}]},
        "execution": {"mode": "stream", "chunk_rows": 2},
        "rejected": {"uri": "bad.jsonl", "raw_text": False},
    },
    {"inputs": {"records": "records.csv"}, "outputs": {"same": "records"}},
)

_ODD = (
    None, True, False, 0, -1, 1 << 70, 10**400, 0.5, float("nan"), float("-inf"), "", " ", "\0", "../../../etc/passwd",
    "/etc/passwd", "/dev/zero", "/dev/stdin", "s3://nowhere-at-all/x.csv", "file:///etc/passwd", "http://127.0.0.1:1/x",
    "{client_id}", "{nobody}", "{", "*", "**/*", "[", "records.csv,records.csv", "trakt.steps.join", "steps.nothing",
    "os.system", "a" * 5000, "\ud800", "=1+1", "__class__", "id.__class__", "x" * 300 + ".csv", "é\u202e", [], {}, [[]],
    [None], {"const": None}, {"ref": "x"}, {"const": {"const": 1}}, {"": 1}, {"a": {"b": {"c": []}}},
)  # fmt: skip
ODD = st.sampled_from(_ODD) | st.text(max_size=6) | st.integers() | st.floats()
"""Values that nobody reckons with."""


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a document, its root left out."""
    found: list[tuple[Any, ...]] = [path] if path else []
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        found += places(item, (*path, key))
    return found


def _changed(document: Any, path: tuple[Any, ...], how: str, odd: Any) -> Any:
    document = copy.deepcopy(document)
    parent = document
    for key in path[:-1]:
        parent = parent[key]
    last = path[-1]
    if how == "replace":
        parent[last] = odd
    elif how == "remove":
        del parent[last]
    elif how == "wrap":
        parent[last] = [parent[last]]
    elif how == "into itself":
        parent[last] = {"again": copy.deepcopy(document)}
    elif isinstance(parent, dict):
        parent[odd if isinstance(odd, str) else str(odd)] = parent.pop(last)
    else:
        parent.append(copy.deepcopy(parent[last]))
    return document


@st.composite
def changed(draw: st.DrawFn, documents: tuple[Any, ...], most: int = 4) -> Any:
    """One of the documents, with up to so many changes."""
    document = draw(st.sampled_from(documents))
    for _ in range(draw(st.integers(0, most))):
        known = places(document)
        if not known:
            break
        how = draw(st.sampled_from(["replace", "replace", "replace", "remove", "wrap", "into itself", "rename"]))
        document = _changed(document, draw(st.sampled_from(known)), how, draw(ODD))
    return document


_YAML_PIECES = st.sampled_from(
    ["&a ", "*a ", "<<: ", "!!python/object:os.system ", "!!binary ", "!x ", "? ", "- ", ": ", "{", "}", "[", "]", '"', "'",
     "|\n", ">\n", "---\n", "...\n", "%YAML 9.9\n", "\t", "\0", "\ufeff", "#", "\n", "  ", "0x", "1_0", "2026-02-05", "=",
     "1e400", "0o9", "~", "yes", "!!set ", "!!omap ", "\u2028", "\x85", "!!int x", "!!timestamp 1-1-1", "1:99:99"]
)  # fmt: skip


@st.composite
def yaml_texts(draw: st.DrawFn) -> bytes:
    """The text of a pipeline file: values that were changed, then letters that were."""
    document = draw(changed(PIPELINES))
    try:
        text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    except (yaml.YAMLError, ValueError):
        text = str(document)
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(text)))
        size = draw(st.integers(0, 12))
        text = text[:at] + draw(_YAML_PIECES) + text[at + draw(st.sampled_from([0, 0, size])) :]
    content = text.encode("utf-8", "surrogatepass")
    return content + draw(st.sampled_from([b"", b"", b"", b"\xff", b"\0"]))


def events() -> st.SearchStrategy[Any]:
    """Events that Lambda might hand over, if anybody could make it."""
    right = tuple(json.loads(path.read_text("utf-8")) for path in sorted(EVENTS.glob("*.json")))
    leaves = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
    anything = st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner)
    )
    return st.one_of(changed(right), changed(right), anything)


_WORDS = st.sampled_from(
    ["run", "plan", "validate", "init", "clean", "invoke", "verify", "replay", "out/manifest.json", "--force", "--help", "--version", "--pipeline-file",
     "pipeline.yaml", "--pipeline", "orders", "--input-dir", "in", "--output-dir", "out", "--input", "orders=records.csv",
     "orders=", "=x", "--param", "once.policy={keys: [id]}", "some.where=id == '1'", "some.where=", "x.y=[[[[", "a.b=*c",
     "--stream-chunk-size", "0", "1", "99999999999999999999", "--run-id", "../../x", "--client-id", "a/b", "--batch-id",
     "--manifest-path", "/dev/null", "in/records.csv", "--lenient", "-q", "-v", "--older-than", "1h", "-1d", "9" * 30 + "d",
     "--event", "{}", "-", "--", "", " ", "\udcff", "\0", "é", "--x", "s3:///", "s3://a", "file:///", "..", "/", "."]
)  # fmt: skip


@st.composite
def command_lines(draw: st.DrawFn) -> list[str]:
    """Mostly a command that could be right, with words too many, too few and in the wrong place."""
    words = draw(st.lists(_WORDS, max_size=7))
    if draw(st.booleans()):
        begun = ["run", "--pipeline-file", "pipeline.yaml", "--input-dir", "in", "--output-dir", "out"]
        return begun[: draw(st.integers(1, len(begun)))] + words
    return words
