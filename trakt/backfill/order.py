"""Which batches may run at once.

A run compares its inputs with those of the client's batch before (`trakt.engine.drift`), and a contract may hold them
to these. So the batches of a client follow one another, by name, and clients run at once. Where a pipeline looks at no
other batch, all do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import count

from trakt.backfill.batches import Batch
from trakt.pipeline.model import Pipeline


def looks_back(pipeline: Pipeline) -> bool:
    """Whether a run of it depends on an earlier one."""
    return any(
        each.on_drift != "ignore" or (each.schema is None and not each.schema_contract.lets_all_pass)
        for each in pipeline.inputs
    )


def chains(batches: Iterable[Batch], *, one_after_another: bool) -> list[list[Batch]]:
    """The batches in chains: a chain is run in its order, several chains at once. The longest begins first."""
    numbers = count()
    gathered: dict[object, list[Batch]] = defaultdict(list)
    for batch in batches:
        gathered[batch.client_id if one_after_another else next(numbers)].append(batch)
    return sorted(gathered.values(), key=len, reverse=True)
