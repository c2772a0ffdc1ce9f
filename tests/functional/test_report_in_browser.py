"""The page of `trakt report` in a real browser: on a phone and on a desk, light and dark, with every number as it is."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.fakes.deliveries import BATCHES, LACKS_A_COLUMN, run_all
from tests.unit.report.test_page import HOSTILE, bent
from trakt.report.manifests import Found, manifests_at
from trakt.report.measures import measures_of, missing_values, rows_of_inputs
from trakt.report.numbers import TOLD
from trakt.report.page import page_of
from trakt.report.report import write_report
from trakt.report.runs import groups_of

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def deliveries(tmp_path_factory: pytest.TempPathFactory) -> list[Found]:
    """The manifests of ten batches."""
    return manifests_at([str(path) for path in run_all(tmp_path_factory.mktemp("deliveries"))])


@pytest.fixture(scope="module")
def files(deliveries: list[Found], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Pages: of all batches, of two of which one failed, of one, and of manifests that were made to do harm, of which some have long names."""
    folder = tmp_path_factory.mktemp("pages")
    write_report([each.uri for each in deliveries], str(folder / "all.html"))
    write_report([each.uri for each in deliveries[LACKS_A_COLUMN : LACKS_A_COLUMN + 2]], str(folder / "two.html"))
    write_report([deliveries[-1].uri], str(folder / "one.html"))
    one = json.dumps(deliveries[0].manifest).replace('"orders"', f'"{"o" * 200}"')
    bad = [_small(one, 1, HOSTILE), _small(one, 2, HOSTILE), json.loads(one)]
    (folder / "bad.html").write_text(page_of(groups_of([Found("x", each) for each in bad])), "utf-8")
    return {path.stem: path for path in folder.glob("*.html")}


def _small(text: str, number: int, hostile: str) -> dict[str, Any]:
    """One of a pipeline with one input, step and output, as `bent` takes it."""
    manifest = json.loads(text)
    manifest["inputs"] = {"orders": next(iter(manifest["inputs"].values()))}
    manifest["outputs"] = {"known": next(iter(manifest["outputs"].values()))}
    manifest["steps"] = manifest["steps"][:1]
    return bent(manifest | {"run_id": f"run-{number}"}, hostile)


@pytest.fixture
def opened(browser: Browser, files: dict[str, Path]):
    """Opens a page; whatever it asks for and complains of is kept, and must be nothing in the end."""
    asked: list[str] = []
    complaints: list[str] = []
    pages: list[Page] = []

    def open_page(name: str, viewport: dict[str, int] = DESK, colours: str = "light") -> Page:
        page = browser.new_page(viewport=viewport, color_scheme=colours)
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.goto(files[name].as_uri(), wait_until="networkidle")
        pages.append(page)
        return page

    yield open_page
    assert complaints == []
    assert {url for url in asked if not url.startswith("data:")} == {page.url.split("#")[0] for page in pages}
    for page in pages:
        page.close()


def unfold(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("name", ["all", "one", "bad"])
def test_nothing_reaches_over_the_side_of_the_page(opened, name, viewport):
    page = opened(name, viewport)
    for _ in range(2):
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
        unfold(page)
    # what is wider than the page has a scroll bar of its own; nothing else is cut off
    assert page.evaluate(
        "[...document.querySelectorAll('main *')].filter(each => each.getBoundingClientRect().right > innerWidth + 1"
        " && !each.closest('.scroll') && !each.closest('.hidden')).map(each => each.outerHTML.slice(0, 200))"
    ) == []  # fmt: skip


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize(("name", "viewport"), [("two", DESK), ("two", PHONE), ("one", PHONE), ("bad", PHONE)])
def test_axe_finds_nothing_that_keeps_anybody_out(opened, name, viewport, colours):
    page = opened(name, viewport, colours)
    unfold(page)
    # the policy of the page lets nobody run a script in it but who looks at it from outside
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_light_and_dark_are_those_of_the_reader(opened):
    seen = {
        colours: opened("one", PHONE, colours).evaluate(
            "[getComputedStyle(document.documentElement).backgroundColor, getComputedStyle(document.body).color,"
            " getComputedStyle(document.querySelector('.trakt-flow .step rect')).fill]"
        )
        for colours in ("light", "dark")
    }
    assert seen["light"] == ["rgb(247, 248, 250)", "rgb(29, 33, 41)", "rgb(255, 255, 255)"]
    assert seen["dark"] == ["rgb(15, 18, 22)", "rgb(232, 234, 237)", "rgb(31, 36, 43)"]


def test_headings_go_down_one_level_at_a_time(opened):
    for name in ("all", "one"):
        levels = opened(name).eval_on_selector_all("h1,h2,h3,h4,h5", "all => all.map(each => Number(each.tagName[1]))")
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_text_in_boxes_and_labels_of_the_drawing_fits(opened):
    page = opened("bad")
    unfold(page)
    too_wide = page.evaluate("""
        [...document.querySelectorAll('.trakt-flow g.input, .trakt-flow g.step, .trakt-flow g.output')].filter(group => {
            const box = group.querySelector('rect, path').getBBox();
            return [...group.querySelectorAll('text')].some(
                text => text.getBBox().x + text.getBBox().width > box.x + box.width || text.getBBox().x < box.x);
        }).map(group => group.textContent)""")
    assert too_wide == []


def cells(page: Page, selector: str) -> list[list[str]]:
    """The rows of a table: of each cell the whole number where it has one, else what is to be read."""
    return page.evaluate(
        """selector => [...document.querySelectorAll(selector + ' tbody tr')].map(row => [...row.children]
            .filter(cell => cell.getAttribute('aria-hidden') !== 'true')
            .map(cell => cell.querySelector('data')?.value ?? cell.textContent.trim()))""",
        selector,
    )


def texts(values: Any) -> list[str]:
    return ["\N{EN DASH}" if value is None else str(value) for value in values]


def test_the_table_of_runs_has_the_numbers_of_the_manifests(opened, deliveries):
    (group,) = groups_of(deliveries)
    seen = cells(opened("all"), "table.runs")
    assert [row[0] for row in seen] == list(reversed(BATCHES))
    for row, run in zip(reversed(seen), group.runs, strict=True):
        entry = run.manifest
        inputs = [each["rows"] for each in entry["inputs"].values() if each["rows"] is not None]
        written = sum(each["rows"] for each in entry["outputs"].values()) if entry["status"] == "success" else None
        counts = [sum(inputs) if inputs else None, written, entry["rejected"]["rows"]]
        assert row[2:7] == texts([*counts, len(entry["drift"]["findings"]), entry["duration_ms"]])


def test_every_plot_has_the_numbers_of_the_manifests_behind_it(opened, deliveries):
    (group,) = groups_of(deliveries)
    page = opened("all")
    measures = [*measures_of(group), *rows_of_inputs(group), *missing_values(group)]
    assert len(measures) >= 8
    assert page.locator("figure.card").count() == len(measures)
    for at, measure in enumerate(measures, 1):
        figure = f"figure.card >> nth={at - 1}"
        assert page.locator(figure).locator(".name").inner_text() == measure.title
        rows = page.locator(figure).locator("tbody tr").evaluate_all(
            "rows => rows.map(row => row.lastElementChild.querySelector('data')?.value ?? row.lastElementChild.textContent)"
        )  # fmt: skip
        assert rows == texts(measure.values)
        bars = page.locator(figure).locator("svg rect").count()
        assert bars == sum(value is not None for value in measure.values)


def test_a_run_has_the_numbers_of_its_manifest(opened, deliveries):
    manifest = deliveries[-1].manifest
    page = opened("one")
    unfold(page)
    section = "article section:has(> [id$='{}'])".format
    assert cells(page, section("-rejected")) == [
        [reason, str(many)] for reason, many in sorted(manifest["rejected"]["reasons"].items(), key=lambda item: -item[1])
    ]  # fmt: skip
    parts = [*manifest["inputs"].items(), *((step["step_id"], step) for step in manifest["steps"]), *manifest["outputs"].items()]  # fmt: skip
    assert [(name, time) for name, _, time in cells(page, section("-time"))] == [
        (name, str(entry["duration_ms"])) for name, entry in parts
    ]
    names = ("in", "added", "out", "rejected", "dropped", "consumed", "unexplained")
    assert [row[2:] for row in cells(page, section("-accounting") + " > .scroll")] == [
        texts(step["accounting"][name] for name in names) for step in manifest["steps"]
    ]
    terms = page.locator(f"{section('-accounting')} .equation data").evaluate_all("all => all.map(each => each.value)")
    assert terms == texts(manifest["accounting"].values())
    for at, (name, entry) in enumerate(manifest["inputs"].items(), 1):
        table = f"{section(f'-input-{at}')} > .scroll"
        assert [row[:3] for row in cells(page, table)] == [
            [column, kind, str(entry["nulls"][column])] for column, kind in entry["schema"].items()
        ], name
    edges = {(row[0], row[1]): row[3] for row in cells(page, section("-flow-heading"))}
    assert edges["orders", "our_names"] == str(manifest["inputs"]["orders"]["rows"])
    assert edges["orders", "rejected rows"] == str(manifest["inputs"]["orders"]["rejected"])
    assert edges["columns", "orders"] == str(manifest["outputs"]["orders"]["rows"])


def test_every_number_is_one_of_the_manifest_and_reads_as_it_is(opened, deliveries):
    manifest = deliveries[-1].manifest
    known = {str(each) for each in numbers_in(manifest)}
    known.add(str(sum(entry["rows"] for entry in manifest["inputs"].values())))
    page = opened("one")
    unfold(page)
    shown = page.locator("data").evaluate_all("all => all.map(each => [each.value, each.textContent])")
    assert len(shown) > 100
    for value, text in shown:
        assert value in known
        assert text in {told(float(value)) for told in TOLD.values()}


def numbers_in(value: Any) -> Iterator[int | float]:
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from numbers_in(each)
    elif isinstance(value, int | float):
        yield value


def test_a_run_that_failed_is_unfolded_with_its_error(opened):
    page = opened("all", PHONE)
    panel = page.locator(".panel.bad")
    assert panel.count() == 1
    assert panel.is_visible()
    assert "input 'orders': the declared column 'Amount' is not there" in panel.inner_text()
    assert "What to do: " in panel.inner_text()
    heading = page.locator("details.run[open] > summary").last.inner_text()
    assert f"Batch {BATCHES[LACKS_A_COLUMN]}" in heading


def test_a_link_to_a_run_that_is_folded_up_unfolds_it(opened):
    page = opened("all")
    article = page.locator("#run-1")
    assert not article.is_visible()
    page.get_by_role("link", name=BATCHES[0]).click()
    assert article.is_visible()


def test_the_keyboard_reaches_everything_that_can_be_unfolded_or_scrolled(opened):
    page = opened("one", PHONE)
    wanted = page.locator("summary:visible, .scroll:visible, a:visible").count()
    reached = set()
    for _ in range(wanted + 2):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate("[...document.querySelectorAll('summary, .scroll, a')].indexOf(document.activeElement)")
        )
    assert len(reached - {-1}) == wanted


def test_on_paper_all_of_it_is_unfolded(opened):
    page = opened("one")
    page.emulate_media(media="print")
    sums = page.locator("code.sum")
    assert sums.count() > 5
    assert all(box and box["height"] > 0 for box in (sums.nth(at).bounding_box() for at in range(sums.count())))
