"""What the soak sends: for each number a batch of some client, and what must become of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

CLIENTS = 12

_STEP = """\
from trakt import step_contract

NAMES = []


@step_contract(inputs=["input"], outputs=["output"], supports_stream=True)
def run(ctx, input):
    NAMES.append(ctx.client_id)
    if ctx.mode == "batch":
        return {{"output": marked(input, ctx)}}
    return {{"output": (marked(frame, ctx) for frame in input)}}


def marked(frame, ctx):
    if (frame["amount"] == 13).any():
        raise ValueError("an unlucky number")
    return frame.assign(amount=frame["amount"] * {factor}, mark="{word} " + ctx.client_id)
"""
"""The module has the same name in every pipeline, and other code; its list is what a careless author leaves behind."""


@dataclass(frozen=True)
class Kind:
    """A pipeline of the function."""

    name: str
    factor: int
    mode: str
    more: Mapping[str, Any]
    bad_rows: int = 0

    @property
    def word(self) -> str:
        return f"{self.name}-{self.factor}"

    def write(self, package: Path) -> None:
        """Put it into the function's package."""
        folder = package / "pipelines" / self.name
        (folder / "steps").mkdir(parents=True)
        step = _STEP.format(factor=self.factor, word=self.word)
        (folder / "steps" / "mark.py").write_text(step, "utf-8")
        steps = [{"id": "mark", "uses": "steps.mark", "with": {"input": "orders", "output": "marked"}}]
        known = {"uri": "orders.csv", "schema": {"id": "string", "amount": "int"}, **self.more.get("orders", {})}
        document = {
            "name": self.name,
            "inputs": {"orders": known},
            "steps": [*steps, *self.more.get("steps", ())],
            "outputs": {"datasets": [{"name": "result", "from": self.more.get("from", "marked")}]},
            "execution": {"mode": self.mode, "chunk_rows": 7},
        }
        (folder / "pipeline.yaml").write_text(yaml.safe_dump(document, sort_keys=False), "utf-8")


def _ready(name: str, policy: Mapping[str, Any]) -> dict[str, Any]:
    bound = {"input": "marked", "policy": {"const": dict(policy)}, "output": "done"}
    return {"from": "done", "steps": [{"id": name, "uses": f"trakt.steps.{name}", "with": bound}]}


KINDS = (
    Kind("double", 2, "stream", {}),
    Kind("triple", 3, "batch", {}),
    Kind("once", 5, "stream", _ready("dedupe", {"keys": ["id"], "winner": "first"})),
    Kind("gated", 7, "batch", _ready("quality_gate", {"row_count_min": 1, "unique_keys": ["id"]})),
    Kind("aside", 11, "stream", {"orders": {"on_bad_rows": "quarantine"}}, bad_rows=2),
    Kind("inferred", 17, "stream", {"orders": {"schema": None}}),
)

FAULTS = ("a step raises", "a ragged row", "nothing delivered", "no such pipeline", "a bad event", "a bad value")


@dataclass(frozen=True)
class Batch:
    """One delivery; `fault` is why it must fail, if it must."""

    number: int
    kind: Kind
    client: str
    fault: str | None

    @property
    def folder(self) -> str:
        return f"client={self.client}/batch=b{self.number}/"

    @property
    def event(self) -> dict[str, Any]:
        ids = {"pipeline": self.kind.name, "client_id": self.client, "batch_id": f"b{self.number}"}
        if self.fault == "no such pipeline":
            return {**ids, "pipeline": "nobody"}
        if self.fault == "a bad event":
            return {**ids, "client_id": "../other", "colour": "red"}
        return ids

    @property
    def rows(self) -> list[tuple[str, int]]:
        """Ids that no other batch has, and amounts."""
        return [(f"{self.client}-{self.number}-{row}", row % 9) for row in range(self.number % 40 + 1)]

    @property
    def content(self) -> str | None:
        """The file that is delivered; None: there is none."""
        if self.fault == "nothing delivered":
            return None
        lines = ["id,amount", *(f"{name},{amount}" for name, amount in self.rows)]
        lines += ["too,many,fields", "few"][: self.kind.bad_rows]
        if self.fault == "a step raises":
            lines.append("unlucky,13")
        elif self.fault == "a ragged row":
            lines.append("x,1,2,3")
        elif self.fault == "a bad value":
            lines.append("x,many")
        return "\n".join(lines) + "\n"

    @property
    def result(self) -> str:
        """The output that must come of it."""
        mark = f"{self.kind.word} {self.client}"
        lines = [f"{name},{amount * self.kind.factor},{mark}" for name, amount in self.rows]
        return "\n".join(["id,amount,mark", *lines]) + "\n"


def batch(number: int) -> Batch:
    """The batch of that number; each kind, client and fault meets every other."""
    kind = KINDS[number % len(KINDS)]
    fault = FAULTS[number // 6 % len(FAULTS)] if number % 6 == number // 36 % 6 else None
    if kind.bad_rows and fault in ("a ragged row", "a bad value"):
        # it sets those aside
        fault = "a step raises"
    if kind.name == "inferred" and fault == "a bad value":
        # without a declaration the column is text
        fault = "a ragged row"
    return Batch(number, kind, f"c{number * 7 % CLIENTS}", fault)
