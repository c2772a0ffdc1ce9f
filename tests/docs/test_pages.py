"""Every page of the documentation is played through, command by command."""

import re
import shutil
from pathlib import Path

import pytest

from tests.docs.session import ROOT, Session, blocks_of, commands_of

FOLDERS = ("docs", "examples", "benchmarks")
PAGES = sorted([*ROOT.glob("*.md"), *(page for folder in FOLDERS for page in (ROOT / folder).rglob("*.md"))])
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
BUCKETS = {"docs/s3.md": ["acme-data"], "docs/lambda.md": ["acme-incoming", "acme-clean"]}
NEEDS = {
    "docs/tracing.md": "opentelemetry.sdk",
    "docs/lineage.md": "openlineage.client",
    # what plays the page of Spark is `make spark`
    "docs/spark.md": "pyspark",
}
DRAWN = {"docs/first-pipeline.md": {"images/first-pipeline.svg": "flow.svg"}}
"""Images of a page, each with the file that its commands make."""
RUN_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")
NOT_RUN = {
    "aws ": "takes an account of AWS",
    "sam build": "its own test builds the template (tests/functional/test_sam_build.py)",
    "sam deploy ": "takes an account of AWS",
    "python -m deploy build --upload ": "takes a bucket",
    "git checkout ": "takes another version of this checkout",
    "make sam-local ": "stays in the foreground",
    "curl ": "talks to the emulator that does",
    "export OTEL_EXPORTER_OTLP_ENDPOINT=": "takes a collector",
    "trakt run --pipeline orders --otel-enabled": "takes a collector",
    "export PYSPARK_SUBMIT_ARGS=": "takes a cluster; tests/spark has one",
    "trakt run --pipeline orders --input-dir /shared/": "takes a cluster; tests/spark has one",
    "make bench": "takes minutes",
    "make soak": "takes minutes",
    "python -m benchmarks": "takes minutes",
}
"""How commands begin that stand in a block for the eye only, and why: the exceptions to 'every block is played'."""


@pytest.mark.parametrize("page", NAMES)
def test_every_command_on_the_page_says_what_the_page_says(page, tmp_path, request):
    if page in NEEDS:
        pytest.importorskip(NEEDS[page])
    for name in BUCKETS.get(page, ()):
        request.getfixturevalue("bucket").client.create_bucket(Bucket=name)
    folder = tmp_path / "session"
    if page.startswith("examples/"):
        shutil.copytree((ROOT / page).parent, folder, ignore=shutil.ignore_patterns("outputs", "__pycache__"))
    else:
        folder.mkdir()
    Session(page, folder).play((ROOT / page).read_text("utf-8"))
    for name, made in DRAWN.get(page, {}).items():
        drawn = [(folder / made).read_text("utf-8"), (ROOT / "docs" / name).read_text("utf-8")]
        assert len({RUN_ID.sub("RUN", image) for image in drawn}) == 1, f"docs/{name} is no longer what a reader gets"


def test_a_command_that_is_not_played_is_one_of_the_listed_exceptions():
    blocks = [block for page in PAGES for block in blocks_of(page.read_text("utf-8"), str(page))]
    shown = [block.body for block in blocks if block.kind == "text" and block.title is None]
    commands = [each.line for body in shown if body.startswith("$ ") for each in commands_of(body)]
    assert [line for line in commands if not line.startswith(tuple(NOT_RUN))] == []
    assert [start for start in NOT_RUN if not any(line.startswith(start) for line in commands)] == []
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert {line.split()[1] for line in commands if line.startswith("make ")} <= set(targets)


def test_every_page_of_the_repository_is_played():
    made = ("build", "dist")
    folders = [path for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "." and path.name not in made]
    pages = [*ROOT.glob("*.md"), *(page for folder in folders for page in folder.rglob("*.md"))]
    # what `trakt init` makes pages of is none yet: tests/unit/cli/test_init.py looks at what comes of it; where files
    # of others come from stands beside them
    none = (ROOT / "trakt" / "cli" / "scaffold", ROOT / "tests" / "assets")
    assert sorted(page for page in pages if not any(map(page.is_relative_to, none))) == PAGES


@pytest.mark.parametrize("page", NAMES)
def test_every_link_on_the_page_leads_somewhere(page):
    text = re.sub(r"^```.*?^```$", "", (ROOT / page).read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        file, _, anchor = target.partition("#")
        assert not file.startswith("/"), f"{target} is no relative link"
        if "://" in file:
            continue
        path = (ROOT / page).parent / file if file else ROOT / page
        assert path.exists(), f"{page} links to {target}, which is not there"
        if anchor:
            assert anchor in _anchors(path), f"{page} links to {target}, a heading that is not there"


def test_the_index_leads_to_every_page_of_the_folder():
    index = (ROOT / "docs" / "README.md").read_text("utf-8")
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")} - {"README.md"}
    assert pages == {target for target in re.findall(r"\]\(([^)#\s]+\.md)\)", index) if not target.startswith("..")}


def test_every_example_explains_itself_and_is_named_in_the_readme():
    readme = (ROOT / "README.md").read_text("utf-8")
    examples = [path.parent for path in (ROOT / "examples").glob("*/pipeline.yaml")]
    assert len(examples) >= 3
    for example in examples:
        assert (example / "README.md").is_file()
        assert f"](examples/{example.name}/)" in readme


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
