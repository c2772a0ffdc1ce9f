"""Outputs whose text is made by executors are, byte for byte, those of one machine; what they refuse is told the same."""

import gzip
import json

import pytest

from tests.spark.conftest import outputs_in, told_in
from trakt.errors import OutputError

ROWS = "\n".join(
    f'{row:05d},{row % 7},{row / 8},{"" if row % 5 else f"2026-01-{row % 28 + 1:02d}"},"a, ""b"" {row}",\u00e9{row % 3}'
    for row in range(300)
)
HEAD = "id,k,x,day,text,word\n"
FILES = {f"in/i/{number}.csv": HEAD + ROWS + "\n" for number in range(3)} | {"in/i/3.csv": HEAD}
STEP = """
from trakt import step_contract

@step_contract(inputs=["input"], outputs=["output"], supports_stream=True, supports_partitions=True)
def run(ctx, input):
    return {"output": map(one, input) if ctx.mode == "stream" else one(input)}

def one(frame):
    %s
"""
PIPELINE = """
name: renders
inputs: {i: i}
steps:
  - {id: s, uses: steps.s, with: {input: i, output: o}}
outputs:
  datasets:
"""
WIDE = "[{name: id, start: 1, width: 6}, {name: k, start: 8, width: 2}, {name: word, start: 10, width: 4}]"
OUTPUTS = [
    "{name: plain, from: o, uri: plain.csv}",
    "{name: packed, from: o, uri: packed.csv.gz}",
    "{name: other, from: o, uri: other.csv, metadata: {write_options: {delimiter: ';', decimal: ',', header: false,"
    " float_format: {x: '%.3f'}, date_format: '%d.%m.%Y', lineterminator: \"\\r\\n\"}}}",
    "{name: marked, from: o, uri: marked.csv, metadata: {write_options: {encoding: utf-16}}}",
    "{name: lines, from: o, kind: jsonl, uri: lines.jsonl.gz}",
    f"{{name: wide, from: i_few, kind: fixed_width, uri: wide.txt, metadata: {{write_options: {{columns: {WIDE}}}}}}}",
    "{name: frames, from: o, kind: parquet, uri: frames.parquet, metadata: {write_options: {row_group_rows: 256}}}",
    "{name: dealt, from: o, uri: dealt, partition_by: [k]}",
    "{name: sorted, from: o, uri: sorted.csv, sort_by: [word, {column: id, descending: true}]}",
    "{name: raw, from: i, uri: raw.csv}",
]


def described(outputs: list[str]) -> str:
    few = "  - {id: few, uses: trakt.steps.select, with: {input: o, columns: {const: [id, k, word]}, output: i_few}}\n"
    return PIPELINE.replace("outputs:\n", few + "outputs:\n") + "".join(f"    - {each}\n" for each in outputs)


@pytest.mark.parametrize("mode", ["batch", "stream"])
def test_every_kind_of_output_and_its_entry_are_those_of_one_machine(project, mode):
    project.write({"pipeline.yaml": described(OUTPUTS), "steps/s.py": STEP % "return frame.assign(n=1)", **FILES})
    here, there = (project.run(engine, mode, stream_chunk_size=70) for engine in ("local", "spark"))
    dealt = [{path.relative_to(out): path.read_bytes() for path in out.glob("dealt/*/*")} for out in (here, there)]
    (here / "dealt").rename(project.folder / "dealt-here")
    (there / "dealt").rename(project.folder / "dealt-there")
    assert outputs_in(there) == outputs_in(here)
    assert len(outputs_in(here)) == 9
    assert dealt[1] == dealt[0]
    assert len(dealt[0]) == 7
    assert gzip.decompress((there / "packed.csv.gz").read_bytes()) == (there / "plain.csv").read_bytes()
    assert told_in(there) == told_in(here)


@pytest.mark.parametrize(
    ("code", "output"),
    [
        ('return frame.rename(columns={"x": "y"}) if (frame["id"] == "00007").any() else frame', ""),
        ('return frame.set_index("id")', ""),
        ("return frame.assign(bad=[[1]] * len(frame))", ""),
        ("return frame", ", metadata: {write_options: {encoding: ascii}}"),
        ("return frame", ", metadata: {write_options: {float_format: {nothing: '%.2f'}}}"),
        ("return frame", f", kind: fixed_width, metadata: {{write_options: {{columns: {WIDE}}}}}"),
        ('return frame.assign(x=float("inf"))', ", kind: jsonl"),
    ],
)
def test_what_cannot_be_written_is_told_in_the_same_words(project, code, output):
    outputs = f"    - {{name: o, from: o, uri: o.txt{output}}}\n"
    project.write({"pipeline.yaml": PIPELINE + outputs, "steps/s.py": STEP % code})
    # a chunk is a file, so that what is said of the first chunk, or of the second, is said of the same rows
    project.write({"in/i/1.csv": HEAD + ROWS.replace("00007", "7x") + "\n", "in/i/2.csv": HEAD + ROWS + "\n"})
    said = []
    for engine in ("local", "spark"):
        with pytest.raises(OutputError) as raised:
            project.run(engine, "stream", stream_chunk_size=300)
        said.append((str(raised.value), [fault.unquoted for fault in raised.value.faults]))
        out = project.folder / f"out-{engine}-stream"
        assert [path.name for path in out.iterdir()] == ["manifest.json"]
    assert said[1] == said[0]


def test_a_part_that_is_too_large_for_one_job_is_fetched_in_several(project, monkeypatch):
    monkeypatch.setattr("trakt.engine.spark.made.FETCH_BYTES", 1 << 20)
    rows = [f"{row:07d},{row % 13},some text to make it long\n" for row in range(120_000)]
    (project.folder / "in" / "i").mkdir(parents=True)
    for name, many in (("1", 30_000), ("2", 120_000), ("3", 1), ("4", 100_000)):
        content = gzip.compress(("id,k,text\n" + "".join(rows[:many])).encode(), 1)
        (project.folder / f"in/i/{name}.csv.gz").write_bytes(content)
    wanted = ["{name: t, from: i, uri: t.csv}", "{name: p, from: i, kind: parquet, uri: p.parquet}"]
    outputs = "".join(f"    - {each}\n" for each in wanted)
    project.write({"pipeline.yaml": "name: big\ninputs: {i: {uri: i}}\noutputs:\n  datasets:\n" + outputs})
    here, there = (project.run(engine) for engine in ("local", "spark"))
    assert outputs_in(there) == outputs_in(here)
    assert (there / "t.csv").stat().st_size > 8 << 20
    assert told_in(there) == told_in(here)
    assert json.loads((there / "manifest.json").read_text())["execution"]["engine"] == "spark"
