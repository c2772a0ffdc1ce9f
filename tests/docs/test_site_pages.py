"""What the site makes of the index and of links that leave the folder."""

import importlib.util

import pytest

from tests.docs.session import ROOT

pytest.importorskip("mkdocs", reason="the site is built with the newest dependencies alone (group docs)")


@pytest.fixture(scope="module")
def site_pages():
    spec = importlib.util.spec_from_file_location("site_pages", ROOT / ".ci" / "site_pages.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_each_heading_of_the_index_is_a_section_and_each_item_a_page(site_pages):
    index = "# Trakt\n\nWords.\n\n## To run\n\n- [Glue](glue.md): as\n  a [job](lambda.md)\n- [S3](s3.md)\n\n## More\n\nNo list.\n"
    assert site_pages.navigation(index) == [{"Home": "README.md"}, {"To run": [{"Glue": "glue.md"}, {"S3": "s3.md"}]}]


def test_an_item_of_several_links_is_a_section_of_its_own(site_pages):
    index = "## To begin\n\n- Examples: [two files](../examples/multi_file_demo/), [what it is](../README.md)\n"
    two, whole = "project/examples/multi_file_demo/README.md", "project/README.md"
    pages = {"Examples": [{"Two files": two}, {"What it is": whole}]}
    assert site_pages.navigation(index) == [{"Home": "README.md"}, {"To begin": [pages]}]


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("docs/adr/0001.md", "adr/0001.md"),
        ("README.md", "project/README.md"),
        ("template.yaml", "project/template.yaml.md"),
        ("benchmarks/results/stream.png", "project/benchmarks/results/stream.png"),
    ],
)
def test_a_file_outside_of_the_folder_has_a_page_of_its_own(site_pages, path, where):
    assert site_pages.site_path(path) == where


@pytest.mark.parametrize("path", ["README.md", "template.yaml", "docs/glue.md", "examples/glue_smoke/README.md"])
def test_a_page_knows_which_file_it_shows(site_pages, path):
    assert site_pages.repository_path(site_pages.site_path(path)) == path


@pytest.mark.parametrize("link", ["/etc", "../../etc", "nowhere.md"])
def test_a_link_to_what_is_not_in_the_repository_leads_nowhere(site_pages, link):
    assert site_pages._target("docs/s3.md", link) is None
