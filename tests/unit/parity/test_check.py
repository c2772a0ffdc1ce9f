"""What is asked of a comparison, before anything is run."""

from __future__ import annotations

import pytest

from trakt.errors import PipelineError
from trakt.parity.asked import Variant, asked_of, variants
from trakt.parity.check import check_parity


def test_there_is_one_batch_per_runtime_and_a_stream_for_each_chunk_size():
    assert variants(["local", "glue"], ["batch", "stream"], [1, None]) == (
        Variant("local", "batch"),
        Variant("local", "stream", 1),
        Variant("local", "stream", None),
        Variant("glue", "batch"),
        Variant("glue", "stream", 1),
        Variant("glue", "stream", None),
    )


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ([Variant("sparc", "batch"), Variant("local", "steam")], "there is no runtime 'sparc'"),
        ([Variant("sparc", "batch"), Variant("local", "steam")], "there is no mode 'steam'"),
        ([Variant("local", "stream", 0)], "a chunk needs at least 1 row, not 0"),
        ([], "there is nothing to run"),
    ],
)
def test_what_nothing_knows_is_told_at_once(tmp_path, asked, said):
    (tmp_path / "pipeline.yaml").write_text("name: one\ninputs: {a: a.csv}\noutputs: {b: a}\n")
    with pytest.raises(PipelineError) as raised:
        check_parity(asked_of(tmp_path / "pipeline.yaml"), asked, pytest.fail)
    assert said in str(raised.value)
