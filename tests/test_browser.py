"""The built site in Chromium: over http and from the disk, with every request recorded."""

import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal, cast

import pytest
from playwright.sync_api import Browser, Dialog, Page, sync_playwright

from tests.written import both, of_file
from toolkit.content.library import Library, load
from toolkit.model import Runbook, Text
from toolkit.publish import build

REAL = Path(__file__).parent.parent / "runbooks"
SHOP = Path(__file__).parent / "cases" / "page" / "shop"
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)> [x](javascript:alert(1)) {: onclick=alert(1) } \"'>"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(load(REAL), root=tmp_path_factory.mktemp("site"), strict=True).path


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def host(site: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(params=["http", "file"])
def address(request: pytest.FixtureRequest, site: Path, host: str) -> str:
    return host if request.param == "http" else site.as_uri()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A phone. Afterwards: nothing was asked of another host, no dialog came up, and no script failed."""
    context = chromium.new_context(viewport={"width": 360, "height": 740})
    opened = context.new_page()
    opened.set_default_timeout(10_000)
    asked: list[str] = []
    troubles: list[str] = []

    def noted(dialog: Dialog) -> None:
        troubles.append(dialog.message)
        dialog.dismiss()

    context.on("request", lambda request: asked.append(request.url))
    opened.on("dialog", noted)
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    yield opened
    context.close()
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:", "http://127.0.0.1:"))] == []
    assert troubles == []


def results(page: Page, query: str) -> list[str]:
    """The addresses that the search offers for `query`."""
    page.locator("label.md-header__button[for=__search]").click()
    page.locator(".md-search__input").fill(query)
    page.locator(".md-search__input").press("End")  # the theme listens for keys, not for input
    page.locator(".md-search-result__item a").first.wait_for()
    found = page.locator(".md-search-result__item > a").evaluate_all("links => links.map(link => link.href)")
    return [str(link) for link in found]


@pytest.mark.parametrize(
    ("language", "query"),
    [("zh", "退款"), ("zh", "POS"), ("en", "refund"), ("en", "POS"), ("zh", "98"), ("en", "Refund")],
)
def test_search_finds(page: Page, address: str, language: str, query: str) -> None:
    page.goto(f"{address}/{language}/index.html")
    found = results(page, query)
    assert any("/runbooks/" in link for link in found)
    assert all(link.startswith(f"{address}/{language}/") for link in found)


def test_the_chooser_leads_to_both_languages(page: Page, address: str) -> None:
    for language in ("zh", "en"):
        page.goto(f"{address}/index.html")
        page.locator(f'a[lang="{language}"]').click()
        page.wait_for_url(f"{address}/{language}/index.html")


def test_the_language_switch_stays_on_the_page_and_the_step(page: Page, address: str) -> None:
    page.goto(f"{address}/zh/runbooks/refund-timeout.html")
    page.locator(".tb-language").click()
    page.wait_for_url(f"{address}/en/runbooks/refund-timeout.html")
    page.locator(".tb-answers a").first.click()
    step = page.url.split("#")[1]
    assert step.startswith("step-")
    page.locator(".tb-language").click()
    page.wait_for_url(f"{address}/zh/runbooks/refund-timeout.html#{step}")
    page.goto(f"{address}/en/index.html")
    page.locator(".tb-language").click()
    page.wait_for_url(f"{address}/zh/index.html")


def test_an_answer_goes_to_its_step(page: Page, address: str) -> None:
    page.goto(f"{address}/zh/runbooks/refund-timeout.html")
    for answer in page.locator(".tb-answers a").all():
        target = str(answer.get_attribute("href"))
        answer.click()
        assert page.url.endswith(target)
        box = page.locator(target).bounding_box()
        assert box is not None
        assert box["y"] < 740, target


def test_from_a_symptom_to_the_first_step(page: Page, address: str) -> None:
    page.goto(f"{address}/zh/index.html")
    page.locator(".tb-card li a", has_text="退款一直没有应答").click()
    page.wait_for_url("**/runbooks/refund-timeout.html")
    first = page.locator(".tb-first").bounding_box()
    assert first is not None
    assert first["y"] + first["height"] < 740
    page.locator(".tb-door").click()
    step = page.locator(".tb-step").first.bounding_box()
    assert step is not None
    assert 40 <= step["y"] < 200  # below the header, at the top of the screen


def test_nothing_is_wider_than_a_small_phone(page: Page, site: Path, host: str) -> None:
    for file in sorted(site.rglob("*.html")):
        page.goto(f"{host}/{file.relative_to(site).as_posix()}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, file


def test_both_colour_schemes_are_there(chromium: Browser, host: str) -> None:
    colours = set()
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        context = chromium.new_context(color_scheme=scheme)
        page = context.new_page()
        page.goto(f"{host}/en/runbooks/refund-timeout.html")
        colours.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        context.close()
    assert len(colours) == 2


def test_hostile_text_is_inert(page: Page, tmp_path: Path) -> None:
    shop = load(SHOP)
    books = tuple(hostile(book) for book in shop.runbooks)
    stock = SimpleNamespace(runbooks=books, rules=shop.rules, evidence=shop.evidence, codes=shop.codes, broken=[])
    place = build(cast("Library", stock), root=tmp_path, strict=True).path
    for name in ("runbooks/no-paper", "runbooks/paper-slip", "index", "by-symptom", "by-card", "by-kind"):
        page.goto((place / "en" / f"{name}.html").as_uri())
        assert page.locator("article script, article img, article [onclick], header img").count() == 0
        assert page.locator("a[href^='javascript:' i]").count() == 0
    page.goto((place / "en" / "runbooks" / "no-paper.html").as_uri())
    assert page.title().startswith(f"H01 · {EVIL}")
    assert EVIL in str(page.locator("h1").text_content())
    results(page, "script")
    assert page.locator(".md-search-result script, .md-search-result img").count() == 0


def hostile(value: Any) -> Any:
    """`value` with every text of an author replaced."""
    if isinstance(value, Text):
        return Text(EVIL, EVIL)
    if isinstance(value, Runbook):
        value = value._replace(aliases=(EVIL,))
    if hasattr(value, "_fields"):
        return value._make(hostile(part) for part in value)
    if isinstance(value, tuple):
        return tuple(hostile(part) for part in value)
    if isinstance(value, dict):
        return {key: hostile(part) for key, part in value.items()}
    return value


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_report_is_a_page_of_its_own_on_a_phone_and_on_paper(lang: Any, chromium: Browser, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    page.write_text(both(of_file(SHOP.parents[1] / "report" / "outage.yaml", tmp_path), lang)["html"], encoding="utf-8")
    tab = chromium.new_page(viewport={"width": 360, "height": 740})
    said, asked = list[str](), list[str]()
    tab.on("console", lambda message: said.append(message.text))
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(page.as_uri())
    assert tab.evaluate("document.documentElement.scrollWidth") == 360
    assert tab.locator("svg.picture").bounding_box()["width"] > 300  # type: ignore[index]
    assert (
        tab.locator("svg.picture text").evaluate_all(
            "texts => texts.filter(t => t.getBBox().x + t.getBBox().width > 360).map(t => t.textContent)"
        )
        == []
    )
    assert tab.pdf(format="A4").startswith(b"%PDF")
    assert (said, asked) == ([], [page.as_uri()])
    tab.close()
