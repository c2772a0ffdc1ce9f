"""The table of decisions, and what each of them says."""

from __future__ import annotations

import pytest

from trakt.engine.admission import decide
from trakt.engine.estimate import Estimate
from trakt.engine.limits import UNLIMITED, Limits

SIZE = Estimate(files=2, bytes=100_000_000, rows=60_000, batch_mb=943, stream_mb=220)
WHOLE = ("step 'all' cannot run in stream mode",)


@pytest.mark.parametrize(
    ("mode", "limits", "obstacles", "decision", "then"),
    [
        ("batch", {}, (), "run", "batch"),
        ("batch", {"memory_mb": 943}, (), "run", "batch"),
        ("batch", {"memory_mb": 942}, (), "stream", "stream"),
        ("batch", {"memory_mb": 942, "hand_over": True}, (), "stream", "stream"),
        ("batch", {"memory_mb": 942}, WHOLE, "reject", "batch"),
        ("batch", {"memory_mb": 942, "hand_over": True}, WHOLE, "delegate", "batch"),
        ("batch", {"memory_mb": 219}, (), "reject", "batch"),
        ("stream", {"memory_mb": 220}, (), "run", "stream"),
        ("stream", {"memory_mb": 219}, (), "reject", "stream"),
        ("stream", {"memory_mb": 219, "hand_over": True}, (), "delegate", "stream"),
        ("batch", {"max_rows": 60_000}, (), "run", "batch"),
        # an estimate is only an estimate: up to half as many again are begun
        ("batch", {"max_rows": 40_000, "hand_over": True}, (), "run", "batch"),
        ("batch", {"max_rows": 39_999}, (), "reject", "batch"),
        ("stream", {"max_rows": 39_999, "hand_over": True}, (), "delegate", "stream"),
        # no stream has fewer rows
        ("batch", {"max_rows": 1000, "memory_mb": 942}, (), "reject", "batch"),
        ("batch", {"max_rows": 1000, "memory_mb": 942, "hand_over": True}, (), "delegate", "batch"),
    ],
)
def test_every_case_has_its_decision(mode, limits, obstacles, decision, then):
    admission = decide(mode, SIZE, Limits(**limits), obstacles)
    assert (admission.decision, admission.mode) == (decision, then)
    assert bool(admission.faults) == (decision in ("delegate", "reject"))
    assert admission.reasons


def test_rows_that_nobody_could_estimate_speak_against_nothing():
    size = Estimate(files=1, bytes=100_000_000, rows=None, batch_mb=943, stream_mb=220)
    assert decide("batch", size, Limits(max_rows=1)).decision == "run"


def test_every_reason_is_told_at_once_with_what_to_do():
    admission = decide("batch", SIZE, Limits(max_rows=1000, memory_mb=512), WHOLE)
    assert admission.reasons == (
        "more than 1,000 rows: inputs of 100,000,000 bytes hold about 60,000",
        "inputs of 100,000,000 bytes would need about 943 MiB of memory in batch mode; there are 512",
        "step 'all' cannot run in stream mode",
    )
    assert [fault.where for fault in admission.faults] == ["max_batch_rows", "memory"]
    assert all(fault.hint for fault in admission.faults)


def test_what_fits_says_how_well():
    told = decide("stream", SIZE, Limits(max_rows=50_000, memory_mb=512)).reasons
    assert told == (
        "about 60,000 rows may be more than 50,000: reading will tell",
        "about 220 MiB of 512 in stream mode",
    )
    assert decide("batch", SIZE, UNLIMITED).reasons == ("there is no limit on rows or memory",)


def test_the_answer_is_small_and_about_the_mode_that_it_would_run_in():
    assert decide("batch", SIZE, Limits(memory_mb=512)).as_dict() == {
        "decision": "stream",
        "rows": 60_000,
        "memory_mb": 220,
        "bytes": 100_000_000,
        "files": 2,
        "reasons": [
            "inputs of 100,000,000 bytes would need about 943 MiB of memory in batch mode; there are 512",
            "in stream mode, which every step supports, about 220 MiB do",
        ],
    }
