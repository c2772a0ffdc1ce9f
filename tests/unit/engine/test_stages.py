"""Which steps are run in one pass over parts of rows, and where the rows of all parts must be known first."""

from pathlib import Path

from trakt import load_pipeline_from_yaml
from trakt.engine.spark.stages import stages_of
from trakt.pipeline.graph import resolve

HEAD = "name: p\ninputs: {orders: orders.csv, lands: lands.csv, dials: dials.csv}\nsteps:\n"


def stages(folder: Path, *lines: str, outputs: tuple[str, ...]) -> list[str]:
    """Each stage as `source: steps > what is kept`."""
    listed = ", ".join(f"{name}: {name}" for name in outputs)
    (folder / "pipeline.yaml").write_text(
        HEAD + "\n".join(f"  - {line}" for line in lines) + f"\noutputs: {{{listed}}}"
    )
    pipeline = load_pipeline_from_yaml(folder / "pipeline.yaml")
    found = stages_of(resolve(pipeline).steps, [each.name for each in pipeline.inputs], set(outputs))
    return [f"{each.source}: {' '.join(step.id for step in each.steps)} > {' '.join(each.keeps)}" for each in found]


def select(name: str, source: str) -> str:
    return (
        f"{{id: {name}, uses: trakt.steps.select, with: {{input: {source}, columns: {{const: [k]}}, output: {name}}}}}"
    )


def join(name: str, left: str, right: str, how: str = "left") -> str:
    policy = f"policy: {{const: {{keys: k, how: {how}}}}}"
    return f"{{id: {name}, uses: trakt.steps.join, with: {{left: {left}, right: {right}, {policy}, output: {name}}}}}"


def test_joins_in_a_row_are_one_pass_after_those_of_their_right_sides(tmp_path):
    steps = [join("a", "orders", "lands"), select("b", "dials"), join("c", "a", "b")]
    assert stages(tmp_path, *steps, outputs=("c",)) == ["lands:  > lands", "dials: b > b", "orders: a c > c"]


def test_what_reads_the_rows_that_a_join_puts_at_the_end_begins_anew(tmp_path):
    steps = [join("a", "orders", "lands", "outer"), select("b", "a"), select("c", "a")]
    found = stages(tmp_path, *steps, outputs=("b", "c"))
    assert found == ["lands:  > lands", "orders: a > a", "dials:  > ", "a: b c > b c"]


def test_an_artifact_that_is_joined_with_what_is_made_of_it_is_kept_between(tmp_path):
    steps = [select("a", "orders"), select("b", "a"), join("c", "a", "b"), join("d", "orders", "orders")]
    found = stages(tmp_path, *steps, outputs=("c", "d"))
    assert found == ["orders: a b > orders a b", "lands:  > ", "dials:  > ", "a: c > c", "orders: d > d"]


def test_two_sides_that_are_each_joined_with_the_other_wait_for_no_one(tmp_path):
    steps = [join("a", "orders", "lands"), join("b", "lands", "a")]
    found = stages(tmp_path, *steps, outputs=("b",))
    assert found == ["lands:  > lands", "orders: a > a", "dials:  > ", "lands: b > b"]
