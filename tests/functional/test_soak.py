"""A short soak: what the long one does for two thousand batches (`python -m benchmarks.soak`)."""

from __future__ import annotations

from benchmarks.soak import soaked
from benchmarks.soak_batches import FAULTS, KINDS, batch


def test_batches_of_many_clients_through_one_warm_function_do_not_meet() -> None:
    (told,) = soaked(60).series["soak"]
    assert told["wrong"] == 0
    assert told["batches"] == 60


def test_every_pipeline_meets_faults_and_every_fault_comes() -> None:
    batches = [batch(number) for number in range(600)]
    assert {each.fault for each in batches} == {*FAULTS, None}
    for kind in KINDS:
        own = [each.fault for each in batches if each.kind == kind]
        assert None in own
        assert len(set(own)) > 2
        assert own.count(None) > len(own) / 2
