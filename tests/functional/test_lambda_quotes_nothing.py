"""Bad files of many kinds, full of one word, headers too: it never leaves the function but in the manifest."""

from __future__ import annotations

import gzip
import json
import logging

import pytest

from tests.fakes.lambda_function import FOLDER, IDS, OTHER
from trakt.errors import TraktError

WORD = "Hildegard-4711"
FILES = [
    f"{WORD},{WORD}\n{WORD},2\n",
    f"{WORD};x\n1;{WORD}\n",
    f",{WORD}\n1,{WORD}\n",
    f"{WORD},b\n{WORD}\n",
    f"{WORD},b\n1,2,{WORD}\n",
    f'{WORD},b\n"{WORD}\n',
    f'{WORD},b\n"{WORD}"{WORD},2\n',
    f"{WORD},b\n{WORD}\n".encode() + b"\xff,2\n",
    f"{WORD},b\n{WORD},2\n".encode("utf-16-le"),
    f"{WORD},b\n{WORD},2\n".encode("utf-16"),
    gzip.compress(WORD.encode()),
    f"PK\x03\x04{WORD}",
    f"{WORD},{WORD}2\n",
    f"{WORD},{WORD}2\n,\n",
    f"id,{WORD}\n{WORD},{WORD}\n",
    f"id,{WORD}\n1,{WORD}\n1,\n",
    f"{WORD}id,key\n{WORD},{WORD}\n",
    f"id,key\n{WORD},{WORD}\u20ac\n,{WORD}\n",
    f"{WORD}\0,b\n{WORD}\0,2\n",
]


def step(uses, literals=None, **places):
    wanted = {"input": "orders", "output": "out", **places} | {
        name: {"const": value} for name, value in (literals or {}).items()
    }
    return {"steps": [{"id": "it", "uses": uses, "with": {name: to for name, to in wanted.items() if to}}]}


def ready(name, **literals):
    return step(f"trakt.steps.{name}", literals)


JOIN = {"keys": ["id"], "how": "left"}
WARNS = """\
    @step_contract(inputs=["input"], outputs=["output"])
    def run(ctx, input):
        ctx.event("warning.odd", message=f"{list(input.columns)} {input.to_dict()}")
        return {"output": input}
    """
RAISES = """\
    @step_contract(inputs=["input"], outputs=["output"])
    def run(ctx, input):
        raise KeyError(f"{list(input.columns)} {input.to_dict()}")
    """
PARTS = {
    "nothing": {},
    "names": {"metadata": {"names": ["a", "b", "c"]}},
    "a delimiter to be found": {"metadata": {"delimiter": "auto"}},
    "declared types": {"schema": {"id": "int", "key": "date"}},
    "two files": {"uri": "*.csv"},
    "two files of one schema": {"uri": "*.csv", "combine_strategy": "validate_schema"},
    "two files by name": {"uri": "*.csv", "combine_strategy": "union_by_name"},
    "an encoding that lacks a letter": {"write": {"encoding": "ascii"}},
    "a number format": {"write": {"float_format": {"amount": "%.2f"}}},
    "select": ready("select", columns=["id", f"x{WORD[:4]}"]),
    "cast": ready("cast", types={"id": "int"}),
    "filter": ready("filter", where="id > 3"),
    "a text filter": ready("filter", where="id.astype('float') > 1"),
    "rename": ready("rename", policy={"mapping": {"id": "key"}}),
    "dedupe": ready("dedupe", policy={"keys": ["id"], "winner": "max", "order_by": ["key"]}),
    "a gate": ready("quality_gate", policy={"mode": "fail", "unique_keys": ["id"], "max_null_ratio": {"id": 0}}),
    "a gate that warns": ready("quality_gate", policy={"mode": "warn", "unique_keys": ["id"]}),
    "a join": step("trakt.steps.join", {"policy": JOIN}, input=None, left="orders", right="orders"),
    "a step that warns": {**step("steps.own"), "own": WARNS},
    "a step that raises": {**step("steps.own"), "own": RAISES},
}


@pytest.mark.parametrize("kind", PARTS)
def test_no_word_of_a_file_is_in_the_log_or_the_error(function, bucket, kind, capsys):
    parts = dict(PARTS[kind])
    own, write = parts.pop("own", None), parts.pop("write", {})
    read = {name: parts.pop(name) for name in ("uri", "metadata", "schema", "combine_strategy") if name in parts}
    outputs = [{"name": "clean", "from": "out" if "steps" in parts else "orders", "metadata": {"write_options": write}}]
    inputs = {"orders": {"uri": "orders.csv", **read}}
    function.pipeline("orders", {"own": own} if own else {}, inputs=inputs, outputs={"datasets": outputs}, **parts)
    bucket.put(f"incoming/{FOLDER}zz.csv", f"id,{WORD}3\n{WORD},2\n")
    logging.getLogger("trakt").setLevel(logging.DEBUG)
    leaks, ended = [], []
    for text in FILES:
        bucket.put(f"incoming/{FOLDER}orders.csv", text)
        count = len(function.text)
        try:
            function.invoke({**IDS, "mode": "batch" if own else None})
            seen, error = "", None
        except TraktError as raised:
            error = raised
            seen = f"{error!r}{error}{error.faults}{error.__cause__!r}"
        out, err = capsys.readouterr()
        ended.append(type(error).__name__)
        if WORD in seen + function.text[count:] + out + err:
            leaks.append((text, seen, function.text[count:]))
    assert leaks == []
    assert len(set(ended) - {"NoneType"}) > 0
    assert "PipelineError" not in ended


@pytest.mark.parametrize("fate", ["warn", "fail"])
def test_no_column_that_drifted_is_named_in_the_log_or_the_error(function, bucket, fate, capsys):
    function.pipeline("orders", inputs={"orders": {"uri": "*.csv", "on_drift": fate}}, outputs={"clean": "orders"})
    bucket.put(f"incoming/{FOLDER}orders.csv", f"id,{WORD}1,{WORD}2,note\n1,2,x,y\n")
    function.invoke(IDS)
    bucket.put(f"incoming/{OTHER}orders.csv", f"id,{WORD}1,note,{WORD}4711x\n1,x,2,y\n")
    event = {**IDS, "batch_id": "2026-02-06"}
    # the answer of a run that succeeded has the schema of its outputs
    seen = str(function.refused(event)) if fate == "fail" else function.invoke(event)["status"]
    manifest = json.loads(bucket.get(f"clean/{OTHER}manifest.json"))
    assert manifest["drift"]["baseline"]["batch_id"] == IDS["batch_id"]
    assert WORD in json.dumps(manifest["drift"]["findings"])
    out, err = capsys.readouterr()
    assert WORD not in seen + function.text + out + err
    assert ("column 2 is string, and was int" in seen) == (fate == "fail")
