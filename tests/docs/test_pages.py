"""Every page of the documentation is played through, command by command."""

import re
import shutil
from pathlib import Path

import pytest

from tests.docs.session import ROOT, Session

PAGES = sorted(
    [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")]
)
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
BUCKETS = {"docs/s3.md": ["acme-data"], "docs/lambda.md": ["acme-incoming", "acme-clean"]}
# what plays the page of Spark is `make spark`
NEEDS = {"docs/tracing.md": "opentelemetry.sdk", "docs/spark.md": "pyspark"}


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
