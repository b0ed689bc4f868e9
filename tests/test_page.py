"""Pages as text: every case is a file, and nothing that an author can type becomes markup."""

from collections.abc import Callable
from html.parser import HTMLParser
from itertools import chain
from pathlib import Path
from typing import Any

import markdown
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from toolkit.content.library import load
from toolkit.incident.machine import AT_DESK, BESIDE, TRANSITIONS
from toolkit.incident.plans import LIFE
from toolkit.model import LANGUAGES, Language, Runbook, Text
from toolkit.page import index, reference
from toolkit.page.markdown import folded, front, heading, inline, lines, link, page, table
from toolkit.page.runbook import runbook
from toolkit.page.shelf import Shelf
from toolkit.page.tree import pages
from toolkit.text import words

Same = Callable[[Path, str], None]

SHOP = Path(__file__).parent / "cases" / "page" / "shop"
BOOKS = [
    *sorted(SHOP.glob("failures/*.yaml")),
    *sorted(SHOP.glob("plans/*.yaml")),
    *sorted(SHOP.glob("routines/*.yaml")),
]
EXTENSIONS = ["attr_list", "md_in_html", "tables", "toc", "fenced_code", "pymdownx.details", "admonition"]

# Each was seen to reach a page as markup when an author's text is taken as Markdown, or is near to one that was.
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[here](javascript:alert(1))",
    "[here](JaVaScRiPt&#58;alert(1))",
    "![x](data:text/html,<script>alert(1)</script>)",
    "<javascript:alert(1)>",
    "text {: onclick=alert(1) }",
    "text {#top onmouseover=alert(1)}",
    "{: .x }",
    '</div><div style="position:fixed;inset:0">',
    '"><svg/onload=alert(1)>',
    '--8<-- "/etc/hostname"',
    "`code` and ```\nfence\n```",
    "a | b | c\n--- | --- | ---\n1 | 2 | 3",
    "# heading\n\nSetext\n======",
    "1. one\n2. two\n\n- three\n* four\n+ five",
    "    indented\n\tcode",
    '!!! danger "<b>x</b>"\n    inside',
    "[ref]: https://evil.example\n[ref]",
    "https://evil.example and me@evil.example",
    "*em* **strong** __x__ ~~y~~ ^^z^^",
    "&lt;b&gt; &amp; &#60;script&#62;",
    "\u202e\u2066 right to left \u200b",
    "\x02wzxhzdk:0\x03 \x02klzzwxh:0001\x03 \x1b]0;x\x07",
    "*[HTML]: x\n\nHTML",
    "{{ config }} {% raw %} ${x}",
    "---\ntitle: x\n---",
    "\u2028\x85\ufeff line",
]


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    library = load(SHOP)
    assert library.broken == []
    return Shelf(library.runbooks, library.rules, library.evidence, library.codes)


def html(text: str) -> str:
    """What the site's builder makes of a page, without its front matter."""
    body = text.split("---\n", 2)[2] if text.startswith("---\n") else text
    return str(markdown.markdown(body, extensions=EXTENSIONS))


class Seen(HTMLParser):
    """The tags and attributes of a page, and its text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.names: set[str] = set()
        self.links: list[str] = []
        self.text = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.names |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.stem)
def test_a_case_renders_as_the_file_beside_it(book: Path, language: Language, shelf: Shelf, same: Same) -> None:
    found = shelf.find(book.stem)
    assert found is not None
    same(book.with_suffix(f".{language}.md"), runbook(found, shelf, words(language)))


def test_every_link_of_a_runbook_leads_somewhere(shelf: Shelf) -> None:
    tree = pages(shelf, words("en"), {})
    for book in shelf.runbooks:
        source = html(tree[f"runbooks/{book.id}.md"])
        for target in Seen(source).links:
            path, _, anchor = target.partition("#")
            found = source if not path else html(tree[f"runbooks/{path}".replace("runbooks/../", "")])
            assert not anchor or f'id="{anchor}"' in found, target


def test_the_first_safe_action_comes_before_everything_else(shelf: Shelf) -> None:
    book = shelf.runbooks[0]
    seen = Seen(html(runbook(book, shelf, words("en")))).text
    places = [
        seen.index(text)
        for text in (book.title.en, "Stop.", "When in doubt", "15 minutes", "Make sure which", "Look this")
    ]
    assert places == sorted(places)


def test_a_placeholder_shows_where_to_look_and_no_braces(shelf: Shelf) -> None:
    for language, label in (
        ("zh", "收单机构客服（见门店联系卡）"),
        ("en", "the acquirer's hotline (see the store's contact card)"),
    ):
        seen = Seen(html(runbook(shelf.runbooks[0], shelf, words(language)))).text  # type: ignore[arg-type]
        assert label in seen
        assert "{" not in seen


def test_rendering_twice_is_the_same(shelf: Shelf) -> None:
    for language in LANGUAGES:
        assert pages(shelf, words(language), {}) == pages(shelf, words(language), {})


def test_languages_have_the_same_pages_and_anchors(shelf: Shelf) -> None:
    zh, en = (pages(shelf, words(language), {}) for language in LANGUAGES)
    assert zh.keys() == en.keys()
    for path in zh:
        assert _ids(html(zh[path])) == _ids(html(en[path])), path


def _ids(source: str) -> list[str]:
    return [part.split('"')[0] for part in source.split(' id="')[1:]]


def test_the_checks_page_lists_every_code_in_words() -> None:
    for language in LANGUAGES:
        own = words(language)
        shown = reference.checks(own)
        codes = {key.split(".")[1] for key in own.keys() if key.startswith("finding.")}  # noqa: SIM118
        assert [code for code in sorted(codes) if f"{{#{code.lower()}}}" not in shown] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_on_a_sitting_prints_every_cell_of_its_tables(language: Language) -> None:
    said = words(language)
    rows = [line for line in reference.sitting(said).split("\n") if line.startswith("| ")]
    for event in [*TRANSITIONS.values(), *chain.from_iterable([*BESIDE.values(), *AT_DESK.values()])]:
        assert any(f"`{event}`" in row for row in rows)
    for (before, _), after in LIFE.items():
        ends = (f"| {inline(said(f'plan.{before}'))} | ", f" | {inline(said(f'plan.{after}'))} |")
        assert any(row.startswith(ends[0]) and row.endswith(ends[1]) for row in rows)


def test_the_codes_page_marks_what_is_dangerous_and_puts_it_first(shelf: Shelf) -> None:
    source = html(reference.codes(shelf, words("en")))
    seen = Seen(source).text
    places = [seen.index(t) for t in ("98", "BEWARE: The screen says", "Approved", "14 (newer table)", "The wallet")]
    assert places == sorted(places)
    assert source.count("tb-danger") == 2
    assert "../runbooks/no-paper.md" in Seen(source).links
    assert "14" not in Seen(html(reference.codes(shelf._replace(codes=None), words("en")))).text


def test_a_code_on_the_screen_is_in_the_index(shelf: Shelf) -> None:
    assert "unionpay-pos/98" in Seen(html(index.by_symptom(shelf, words("en")))).text


def shown(text: str) -> str:
    """What a reader must see of `text`: its characters on one line, without those that could steer."""
    return folded(text)


def check_inert(text: str, source: str, tags: list[str]) -> None:
    seen = Seen(source)
    assert seen.tags == tags
    assert seen.names <= {"id", "href"}
    assert seen.links in ([], ["#safe"])
    assert " ".join(seen.text.split()) == " ".join(shown(text).split())


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_shows_as_it_was_typed(text: str) -> None:
    inert(text)


@given(st.text(st.characters(codec="utf-8"), min_size=1).filter(lambda text: text.strip()))
def test_any_text_shows_as_it_was_typed(text: str) -> None:
    inert(text)


@given(
    st.lists(st.sampled_from([*HOSTILE, " ", "\n", "\n\n", "    ", "{", "}", "<", "|", "`"]), min_size=1).map("".join)
)
def test_hostile_text_in_any_mixture_shows_as_it_was_typed(text: str) -> None:
    inert(text if text.strip() else "x")


def inert(text: str) -> None:
    safe = inline(text)
    if not safe:
        return
    check_inert(text, html(f"{safe}\n"), ["p"])
    check_inert(text, html(heading(2, safe, "safe")), ["h2"])
    check_inert(text, html(link(safe, "#safe")), ["p", "a"])
    check_inert(text, html(f"- {safe}"), ["ul", "li"])
    assert Seen(html(table(["a"], [[safe]]))).tags == ["table", "thead", "tr", "th", "tbody", "tr", "td"]
    assert set(Seen(html(lines(text))).tags) <= {"p", "br"}


@given(st.text(st.characters(codec="utf-8")))
def test_a_title_is_one_quoted_line_of_front_matter_and_safe_in_html(title: str) -> None:
    text = page([front(title)])
    assert len(text.splitlines()) == 3
    kept = yaml.safe_load(text.split("---\n")[1])["title"]
    assert not set(kept) & set("<>\"'")
    assert Seen(kept).text == folded(title)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_whole_runbook_of_hostile_text_has_no_other_markup(text: str, shelf: Shelf) -> None:
    book = shelf.runbooks[0]
    shelves = [shelf._replace(runbooks=(told(book, t),), codes=_told(shelf.codes, Text(t, t))) for t in ("x", text)]
    for path in ("runbooks/no-paper.md", "by-symptom.md", "by-card.md", "by-kind.md", "index.md", "reference/codes.md"):
        plain, evil = (Seen(html(pages(s, words("en"), {})[path])) for s in shelves)
        assert [t for t in evil.tags if t != "br"] == [t for t in plain.tags if t != "br"]
        assert evil.names == plain.names
        assert evil.links == plain.links


def told(book: Runbook, text: str) -> Runbook:
    """`book` with `text` wherever an author may write freely."""
    return _told(book, Text(text, text))._replace(aliases=(text,))  # type: ignore[no-any-return]


def _told(value: Any, text: Text) -> Any:
    if isinstance(value, Text):
        return text
    if hasattr(value, "_fields"):
        return value._make(_told(part, text) for part in value)
    if isinstance(value, tuple):
        return tuple(_told(part, text) for part in value)
    if isinstance(value, dict):
        return {key: _told(part, text) for key, part in value.items()}
    return value
