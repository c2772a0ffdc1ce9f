"""Made-up flows, as large and as tangled as pipelines get."""

from __future__ import annotations

import random

from trakt.engine.flow import Edge, Flow, Node


def tangled(seed: int, steps: int, most_reads: int = 3) -> Flow:
    """A flow of so many steps that read some of what stands before them; now and then one rejects rows."""
    dice = random.Random(seed)
    nodes = [Node(f"input{at}", "input", f"in_{at}", f"data/in_{at}.csv") for at in range(4)]
    made = [(f"input{at}", f"in_{at}", dice.randrange(10**6)) for at in range(4)]
    edges: list[Edge] = []
    for at in range(steps):
        nodes.append(Node(f"step{at}", "step", f"step_{at}" + "_and_more" * dice.randrange(8), "trakt.steps.filter"))
        read = dice.sample(made[-6:], k=dice.randint(1, most_reads))
        edges += [Edge(source, f"step{at}", artifact, rows) for source, artifact, rows in read]
        made += [(f"step{at}", f"art_{at}_{each}", dice.randrange(10**7)) for each in range(dice.choice([1, 1, 2]))]
    for at in range(5):
        source, artifact, rows = dice.choice(made)
        nodes.append(Node(f"output{at}", "output", f"out_{at}", f"s3://bucket/a/long/prefix/out_{at}.csv"))
        edges.append(Edge(source, f"output{at}", artifact, rows))
    nodes.append(Node("rejected", "rejected", "rejected rows", "rejected.jsonl"))
    edges += [Edge(f"step{at}", "rejected", None, dice.randrange(1000)) for at in range(0, steps, 5)]
    return Flow("tangled", tuple(nodes), tuple(edges))


def fan(outwards: bool, many: int) -> Flow:
    """One input with many readers, or one step that reads many inputs."""
    one, others = ("input0", "step") if outwards else ("step0", "input")
    names = [f"{others}{at}" for at in range(many)]
    nodes = [Node(one, "input" if outwards else "step", "one", "x"), *(Node(each, others, each, "x") for each in names)]
    edges = [Edge(*((one, each) if outwards else (each, one)), "a" if outwards else each, 7) for each in names]
    return Flow("fan", tuple(nodes), tuple(edges))
