"""The documentation as a site: built strict, and looked at in a browser, on a phone and on a desk, light and dark."""

from __future__ import annotations

import functools
import http.server
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest

import trakt

pytest.importorskip("mkdocs", reason="the site is built with the newest dependencies alone (group docs)")

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

ROOT = Path(__file__).parents[2]
THEMES_OWN = ("aria-dialog-name", "landmark-unique")
"""What axe finds in the markup of the theme, on any site that is made with it."""
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as `make docs` builds it, in a folder of its own."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--site-dir", folder],
        cwd=ROOT,
        env={"NO_MKDOCS_2_WARNING": "1", "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stderr.splitlines() if not line.startswith("INFO ")] == []
    return folder


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """Where the site is served."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=site)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


class Leads(HTMLParser):
    """What a page leads to, what it loads, and what can be led to in it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.ids: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "link" and given.get("rel") != "canonical":
            self.loads.append(given.get("href", ""))
        elif "src" in given:
            self.loads.append(given["src"])


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Leads]:
    """Every page by its path on the site, as a browser asks for it."""
    found = {file: "/" + file.relative_to(site).as_posix().removesuffix("index.html") for file in site.rglob("*.html")}
    return {path: Leads(file.read_text("utf-8")) for file, path in found.items() if file.name != "404.html"}


def test_every_page_of_the_folder_is_on_the_site(pages):
    docs = ROOT / "docs"
    written = {file.relative_to(docs).with_suffix("").as_posix() for file in docs.rglob("*.md")} - {"README"}
    assert {f"/{name}/" for name in written} <= set(pages)
    assert "/" in pages


def test_every_link_leads_to_a_page_and_a_heading_that_are_there(pages, site):
    broken = []
    for path, page in pages.items():
        for link in page.links:
            target = urlsplit(urljoin(f"http://site{path}", link))
            if target.netloc != "site":
                continue
            other = pages.get(unquote(target.path))
            file = site / unquote(target.path).lstrip("/")
            there = file.is_file() if other is None else not target.fragment or unquote(target.fragment) in other.ids
            if not there:
                broken.append(f"{path} -> {link}")
    assert broken == []


def test_nothing_is_loaded_from_elsewhere(pages, site):
    assert {load for page in pages.values() for load in page.loads if urlsplit(load).netloc} == set()
    sheets = "".join(sheet.read_text("utf-8") for sheet in site.rglob("*.css"))
    assert re.findall(r"url\(\s*[\"']?(?:https?:)?//[^)]*\)|@import", sheets) == []


def test_every_public_name_has_its_entry_in_the_reference(pages):
    explained = {anchor for path, page in pages.items() if path.startswith("/reference/") for anchor in page.ids}
    assert [name for name in trakt.__all__ if f"trakt.{name}" not in explained] == []


def test_lists_and_tables_of_the_pages_are_lists_and_tables_on_the_site(site):
    """A code host takes a list right below a paragraph for one, and the site takes it for text."""
    text = {file: file.read_text("utf-8") for file in site.rglob("index.html")}
    lost = [f"{file.parent.name}: {line}" for file, html in text.items() for line in _lost_marks(html)]
    assert lost == []


def _lost_marks(html: str) -> list[str]:
    paragraphs = re.findall(
        r"<(?:p|li)>(.*?)</(?:p|li)>", re.sub(r"<pre.*?</pre>", "", html, flags=re.DOTALL), re.DOTALL
    )
    return [line for each in paragraphs for line in each.splitlines() if re.match(r"\s*([-*|] |1\. |```|:::)", line)]


def test_every_page_fits_on_a_phone_and_asks_only_its_own_server(address, browser, pages):
    context = browser.new_context(viewport=PHONE)
    page, faults = context.new_page(), _faults_of(context, address)
    too_wide = []
    for path in pages:
        page.goto(address + path, wait_until="load")
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > PHONE["width"]:
            too_wide.append(f"{path}: {wide} px")
    context.close()
    assert too_wide == []
    assert faults == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/first-pipeline/", "/reference/errors/"])
def test_pages_can_be_read_by_everybody(path, scheme, address, browser):
    context = browser.new_context(viewport=DESK, color_scheme=scheme, reduced_motion="reduce")
    page = context.new_page()
    page.goto(address + path)
    found = Axe().run(page).response["violations"]
    context.close()
    assert [(each["id"], each["nodes"][0]["html"]) for each in found if each["id"] not in THEMES_OWN] == []


def test_the_search_finds_rejected_rows(address, browser):
    page = browser.new_page(viewport=DESK)
    faults = _faults_of(page.context, address)
    page.goto(address)
    page.get_by_role("textbox", name="Search").fill("rejected")
    results = page.locator(".md-search-result__item")
    results.first.wait_for()
    assert any("rejected-rows" in str(link) for link in _hrefs(results))
    assert faults == []
    page.context.close()


def test_light_and_dark_are_as_the_system_says_until_somebody_says_otherwise(address, browser):
    context = browser.new_context(viewport=DESK, color_scheme="dark")
    page = context.new_page()
    page.goto(address)
    assert _scheme(page) == "slate"
    page.get_by_title("now light").click()
    assert _scheme(page) == "default"
    page.reload()
    assert _scheme(page) == "default"
    context.close()


def test_copying_a_session_copies_its_commands(address, browser):
    context = browser.new_context(viewport=DESK, permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{address}/first-pipeline/")
    session = page.locator(".highlight", has=page.locator(".gp")).first
    session.hover()
    session.get_by_title("Copy to clipboard").click()
    page.get_by_text("Copied to clipboard").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    context.close()
    told = [line for line in session_lines(ROOT / "docs" / "first-pipeline.md") if line.startswith("$ ")]
    assert [f"$ {line}" for line in copied.splitlines() if line] == told


def session_lines(page: Path) -> list[str]:
    found = re.search(r"^```console\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert found
    return found[1].splitlines()


def _faults_of(context: object, address: str) -> list[str]:
    """Filled as pages are looked at: what a page asks of other hosts, what is not there, what its scripts complain of."""
    faults: list[str] = []
    context.on("request", lambda request: request.url.startswith(address) or faults.append(f"asks {request.url}"))
    context.on("response", lambda response: response.status < 400 or faults.append(f"{response.status} {response.url}"))
    context.on("console", lambda said: said.type in ("error", "warning") and faults.append(f"{said.type}: {said.text}"))
    context.on("weberror", lambda error: faults.append(str(error.error)))
    return faults


def _hrefs(results: object) -> list[str | None]:
    return [link.get_attribute("href") for link in results.locator("a").all()]


def _scheme(page: Page) -> str | None:
    return page.locator("body").get_attribute("data-md-color-scheme")
