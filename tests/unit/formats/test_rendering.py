"""Rows of which executors make text, and the writer that puts it together: the bytes of a writer that has the frames."""

import gzip
import io
import pickle

import pandas as pd
import pytest

from trakt.errors import OutputError
from trakt.formats import format_for, rendering_of, renders_apart
from trakt.pipeline.model import Output

PLACES = [{"name": "id", "width": 6}, {"name": "text", "width": 12}, {"name": "x", "width": 8}]
FRAMES = [
    pd.DataFrame({"id": ["1", "2"], "text": ["a, b", "\u00e9"], "x": [1.5, None]}),
    pd.DataFrame({"id": ["3"], "text": ["c"], "x": [2]}),
    pd.DataFrame({"id": [], "text": [], "x": []}),
]


def wanted(kind: str, uri: str, **options: object) -> Output:
    return Output("o", "a", kind=kind, uri=uri, metadata={"write_options": options})


OUTPUTS = [
    wanted("csv", "o.csv"),
    wanted("csv", "o.csv.gz"),
    wanted("csv", "o.csv", encoding="utf-16", header=False, quoting="all"),
    wanted("jsonl", "o.jsonl.gz"),
    wanted("fixed_width", "o.txt", columns=PLACES, encoding="latin-1"),
]


def written(output: Output, *, apart: bool) -> bytes:
    stream = io.BytesIO()
    writer = format_for(output.kind).open_output(output, stream)
    for frame in FRAMES:
        if apart:
            # as in a process that has seen nothing of the others
            rendering = pickle.loads(pickle.dumps(rendering_of(output)))
            writer.write_rendered(rendering.columns(frame), rendering.text(frame))  # type: ignore[attr-defined]
        else:
            writer.write(frame)
    writer.close()
    return stream.getvalue()


@pytest.mark.parametrize("output", OUTPUTS, ids=lambda output: f"{output.uri}")
def test_text_made_apart_becomes_the_same_file(output: Output) -> None:
    assert renders_apart(output.kind)
    assert written(output, apart=True) == written(output, apart=False)


def test_packed_text_is_one_member() -> None:
    assert gzip.decompress(written(OUTPUTS[1], apart=True)) == written(OUTPUTS[0], apart=True)


def test_text_of_other_columns_is_refused_as_a_frame_of_them() -> None:
    output = wanted("csv", "o.csv")
    said = []
    for apart in (True, False):
        writer = format_for("csv").open_output(output, io.BytesIO())
        writer.write(FRAMES[0])
        other = FRAMES[0].rename(columns={"x": "y"})
        with pytest.raises(OutputError) as refused:
            writer.write_rendered(["id", "text", "y"], b"") if apart else writer.write(other)  # type: ignore[attr-defined]
        said.append(str(refused.value))
    assert said[0] == said[1]


@pytest.mark.parametrize("kind", ["parquet"])
def test_what_is_no_text_of_single_rows_is_not_rendered_apart(kind: str) -> None:
    assert not renders_apart(kind)
