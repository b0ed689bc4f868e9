"""The report: each file in cases/report is an incident by its events with what is written of it, in both formats."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import markdown as python_markdown
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

import toolkit
from tests.written import SHOP, STORE, both, of_file, told, written
from toolkit.cells import sanitize
from toolkit.content.source import read
from toolkit.guard import redacted
from toolkit.incident import machine
from toolkit.model import LANGUAGES, Contact
from toolkit.record.incidents import Seen, look
from toolkit.report import markdown
from toolkit.report.document import Instant
from toolkit.report.incident import UNTOLD
from toolkit.report.moments import times
from toolkit.report.picture import heights
from toolkit.resources import resource
from toolkit.text import words

CASES = Path(__file__).parent / "cases"
INCIDENTS = sorted((CASES / "report").glob("*.yaml"))
SCRUBBED = (
    (r"(?s)<style>.*</style>", "<style></style>"),
    (r"[0-9a-f]{5}-[0-9a-f]{5}", "HEAD"),
    (r"((?:text|文本) )[0-9a-f]{16}", r"\1DIGEST"),
)
CARD = "4111 1111 1111 1111"
EVIL = "<script>alert(1)</script> [x](javascript:alert(1)) ![y](http://x/y) `c` **b** | \x1b[31m \u202e # 1. & &lt;"
Tillbook = Callable[..., Any]


def with_data(seen: Seen, kind: str, **data: Any) -> Seen:
    """The same incident with other data in the entries of a kind."""
    lines = tuple(x._replace(data={**x.data, **data}) if x.kind == kind else x for x in seen.record.lines)
    return seen._replace(record=seen.record._replace(lines=lines))


@pytest.fixture(scope="module")
def outage(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    return of_file(CASES / "report" / "outage.yaml", tmp_path_factory.mktemp("outage"))


@pytest.mark.parametrize("path", INCIDENTS, ids=lambda p: p.stem)
def test_a_report_reads_as_it_should(
    path: Path, tmp_path: Path, tillbook: Tillbook, same: Callable[[Path, str], None]
) -> None:
    seen = of_file(path, tmp_path / "data" / "incidents")
    for lang in read(path.read_bytes(), path.name).data["languages"]:
        for ending in ("md", "html"):
            out = tmp_path / f"report.{ending}"
            ran = tillbook("--lang", lang, "--runbooks", SHOP, "report", seen.name, "-o", out)
            assert (ran.status, ran.err) == (0, "")
            text = out.read_text(encoding="utf-8")
            for pattern, instead in SCRUBBED:
                text = re.sub(pattern, instead, text)
            same(path.with_suffix(f".{lang}.{ending}"), text)


class Page(HTMLParser):
    """The elements of a page with the names of their attributes, its targets, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.targets: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(name for name, _ in attrs)))
        self.targets += [value or "" for name, value in attrs if name in {"href", "src"}]

    def handle_data(self, data: str) -> None:
        self.text += data


def tokens(text: str) -> list[str]:
    """The kinds of what GitHub's dialect makes of a Markdown text."""
    parsed = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    return [t.type for token in parsed for t in [token, *(token.children or ())] if t.type != "text"]


EXTENSIONS = [
    *("tables", "attr_list", "def_list", "footnotes", "abbr", "md_in_html"),
    *(f"pymdownx.{name}" for name in ("caret", "tilde", "mark", "keys", "emoji", "tasklist", "superfences")),
]


def elements(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """The elements that Python-Markdown makes of it, with what a site may have it understand beside its own."""
    return Page(python_markdown.markdown(text, extensions=EXTENSIONS)).elements


@pytest.fixture(scope="module")
def plain(outage: Seen) -> dict[str, str]:
    """The report with an ordinary note."""
    return both(with_data(outage, "late-entry", text="word"))


@settings(max_examples=60)
@given(
    text=st.text(st.sampled_from("<>&\"'`*_[]{}^()!#-+=|\\~:/.@$ \n\t\x1b\u202e1a") | st.characters(), max_size=60)
    | st.just(EVIL)
)
def test_no_text_in_a_note_becomes_markup(outage: Seen, plain: dict[str, str], text: str) -> None:
    found = both(with_data(outage, "late-entry", text=text))
    assert Page(found["html"]).elements == Page(plain["html"]).elements
    assert Page(found["html"]).targets == Page(plain["html"]).targets
    clean = redacted(text)
    shown = sanitize(" ".join((text if clean is None else clean).split()))
    assert shown in Page(found["html"]).text
    assert tokens(found["md"]) == tokens(plain["md"])
    assert elements(found["md"]) == elements(plain["md"])


@given(
    st.sampled_from(
        [
            "- x",
            "1. x",
            "2)",
            "# x",
            "> x",
            "+",
            "=",
            "===",
            "---",
            "```",
            "| a |",
            "* x",
            "[^1]: x",
            "<b>",
            ": x",
            "{: .x }",
        ]
    )
)
def test_what_begins_a_block_in_markdown_does_not_at_the_beginning_of_a_line(text: str) -> None:
    for prefix, plain in (("", "word"), ("- ", "- word"), ("above\n\n", "above\n\nword")):
        assert tokens(prefix + markdown.line(text)) == tokens(plain)
        assert elements(prefix + markdown.line(text)) == elements(plain)


@pytest.mark.parametrize(
    "text",
    [
        "a {: .x }",
        "a { #id }",
        "++ctrl+c++",
        "==a==",
        "x^2^",
        "^^a^^",
        "~~a~~",
        ":smile:",
        ":+1:",
        ":100:",
        "a:b:c",
        "{++a++}",
    ],
)
def test_what_extensions_of_markdown_act_on_shows_as_it_is(text: str) -> None:
    shown = python_markdown.markdown(markdown.safe(text), extensions=EXTENSIONS)
    assert Page(shown).elements == [("p", ())]
    assert Page(shown).text == text


def hostile(data: Mapping[str, Any]) -> dict[str, Any]:
    """The data of an event with a hostile text in each free part."""
    free = {"text", "reason", "why", "by", "to", "from", "proof", "heir"}
    return {k: f"{EVIL} 卡号{CARD}" if k in free and isinstance(v, str | dict) else v for k, v in data.items()}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_part_of_a_record_becomes_markup_or_holds_card_data(outage: Seen, lang: str) -> None:
    lines = tuple(
        x._replace(
            data=x.data if x.kind in {"stopped", "clock-jumped", "reopened", "switched"} else hostile(x.data),
            who=f"{EVIL} {CARD}",
        )
        for x in outage.record.lines
    )
    evil = outage._replace(record=outage.record._replace(lines=lines))
    store = STORE._replace(name=f"{EVIL} {CARD}", contacts={"acquirer": Contact(f"{EVIL} {CARD}", "")})
    found = both(evil, lang, store=store)
    page = Page(found["html"])
    assert {tag for tag, _ in page.elements} & {"script", "img", "iframe", "a", "b"} == {"a"}
    assert all(target.startswith("#") for target in page.targets)
    assert not {name for _, names in page.elements for name in names if name.startswith("on")}
    assert set(tokens(found["md"])) & {"html_block", "html_inline", "link_open", "image", "code_inline"} == set()
    for text in found.values():
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "1111" not in text


def test_ids_that_were_typed_stay_and_free_texts_lose_card_numbers(tmp_path: Path) -> None:
    real = resource("runbooks")
    number = "4111111111111111"
    start = {
        "run": 1,
        "runbook": "refund-timeout",
        "card": "R14",
        "phase": "steps",
        "text": "refund-timeout",
        "parent": None,
    }
    events = [
        [0, "ann", "incident-opened", {}],
        [0, "ann", "run-started", {**start, "step": "stop"}],
        [0, "ann", "evidence", {"run": 1, "step": "note", "field": "merchant-order-no", "value": number}],
        [0, "ann", "evidence", {"run": 1, "step": "note", "field": "screen-text", "value": f"card {number}"}],
    ]
    for text in both(written(tmp_path / "20261123-1502-kqx", "2026-11-23T07:02:00.000Z", events, real)).values():
        assert text.count(number) == 2  # in the list of entries and in that of evidence


def kinds() -> set[str]:
    """Every kind of event that the toolkit writes, by its source; those that other tools add to a record too."""
    found = {"late-entry", "erased", *machine.TRANSITIONS.values()}
    for file in Path(toolkit.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Event"
            if called and node.args and isinstance(node.args[0], ast.Constant):  # type: ignore[attr-defined]
                found.add(node.args[0].value)  # type: ignore[attr-defined]
    return found


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_kind_of_event_has_a_sentence_and_stands_in_both_formats(tmp_path: Path, lang: str) -> None:
    events = [e for path in INCIDENTS for e in read(path.read_bytes(), path.name).data["events"]]
    events += [[1, "ann", "continued", {"after": "0", "damage": ["1:3 unreadable"]}]]
    assert {kind for _, _, kind, *_ in events} == kinds()
    seen = written(tmp_path / "20261123-1502-kqx", "2026-11-23T07:02:00.000Z", events)
    sentences = told(seen, lang)
    found = both(seen, lang)
    for line in seen.record.lines:
        assert f"event.{line.kind}" in words(lang)  # type: ignore[arg-type]
        if line.kind not in UNTOLD:
            said = sentences.tell(line)
            assert said != line.kind
            assert "{" not in said
            assert said in Page(found["html"]).text
            assert markdown.safe(said) in found["md"]


def test_what_is_uncertain_is_marked(tmp_path: Path) -> None:
    jump = [0, "ann", "clock-jumped", {"by": "3600.0", "known": True}]
    start = [0, "ann", "incident-opened", {}]
    for between, about, shown in (
        ([], False, 600.0),
        ([jump], True, -3000.0 + 600 + 2400),
        ([[0, "ann", "resumed", {}]], True, 600.0),
        ([[0, "ann", "torn", {"bytes": 1}]], True, 600.0),
    ):
        end = [600, "ann", "handed-over", {"to": "Bo", "from": "ann"}]
        seen = written(
            tmp_path / f"20261123-1502-{len(list(tmp_path.iterdir()))}",
            "2026-11-23T07:02:00.000Z",
            [start, *between, end],
        )
        took = times(seen.record.lines).took(0, len(seen.record.lines) - 1)
        assert took.about == about
        assert took.seconds == max(shown, 0.0)


def test_a_gap_in_the_record_makes_what_lies_around_it_approximate(outage: Seen, tmp_path: Path) -> None:
    seen = of_file(CASES / "report" / "drill.yaml", tmp_path)
    path = seen.folder / "journal.jsonl"
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([*lines[:3], b"?", *lines[4:]]))
    found = both(look(seen.folder))
    for text in found.values():
        assert "about 3 minutes (approximate)" in text
        assert "Part of the record cannot be read" in text
        assert "entries may be missing" in text or "unreadable, kept as it is" in text
    assert 'class="mark gap"' in found["html"]


def test_the_same_record_gives_the_same_bytes(outage: Seen) -> None:
    assert both(outage) == both(look(outage.folder))


@pytest.mark.parametrize("fate", ["edited", "gone", "missing"])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_became_of_the_text_is_a_deviation(outage: Seen, fate: str, lang: str) -> None:
    said = words(lang)(f"report.text-{fate}", title="H01 没有出单" if lang == "zh" else "H01 No slip came out")  # type: ignore[arg-type]
    assert said in Page(both(outage, lang, fate=fate)["html"]).text


def test_a_page_needs_nothing_and_says_its_language(outage: Seen) -> None:
    for lang, tag in (("zh", "zh-CN"), ("en", "en")):
        text = both(outage, lang)["html"]
        assert f'<html lang="{tag}">' in text
        assert "default-src 'none'" in text
        assert "<script" not in text
        assert re.findall(r"(?:src|href)=\"(?!#)", text) == []
        assert 'role="img"' in text


PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64


@pytest.fixture
def with_photo(tmp_path: Path) -> Iterator[tuple[Seen, Path]]:
    """An incident in the data folder with a photo, and the photo's place."""
    from hashlib import sha256

    digest = sha256(PNG).hexdigest()
    name = f"attachments/photo-{digest[:12]}.png"
    start = {
        "run": 1,
        "runbook": "no-slip",
        "card": "H01",
        "phase": "steps",
        "text": "no-slip",
        "parent": None,
        "step": "write",
    }
    photo = {"run": 1, "step": "write", "field": "screen-text", "value": name, "sha256": digest, "size": len(PNG)}
    folder = tmp_path / "data" / "incidents" / "20261123-1502-kqx"
    events = [[0, "ann", "incident-opened", {}], [0, "ann", "run-started", start], [0, "ann", "evidence", photo]]
    seen = written(folder, "2026-11-23T07:02:00.000Z", events)
    (folder / "attachments").mkdir()
    (folder / name).write_bytes(PNG)
    yield seen, folder / name


def test_a_photo_stands_in_the_page_and_is_named_in_markdown(with_photo: tuple[Seen, Path], tillbook: Tillbook) -> None:
    from base64 import b64encode

    page = tillbook("--runbooks", SHOP, "report", "kqx", "--format", "html").out
    assert f"data:image/png;base64,{b64encode(PNG).decode()}" in page
    text = tillbook("--runbooks", SHOP, "report", "kqx").out
    assert "photo-" in text
    assert "base64" not in text


def test_a_photo_that_cannot_be_shown_says_why(
    with_photo: tuple[Seen, Path], tillbook: Tillbook, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from toolkit.cli import writing

    def said() -> str:
        found = tillbook("--runbooks", SHOP, "report", "kqx", "--format", "html").out
        assert "data:image" not in found
        return str(found)

    _, path = with_photo
    with monkeypatch.context() as patch:
        patch.setattr(writing, "_MOST", 10)
        assert "would grow too large" in said()
    path.write_bytes(PNG + b"1")
    assert "no longer the one that was recorded" in said()
    path.unlink()
    assert "lost or erased" in said()
    elsewhere = tmp_path / "elsewhere.png"
    elsewhere.write_bytes(PNG)
    path.symlink_to(elsewhere)
    assert "lost or erased" in said()


def test_a_photo_is_never_read_from_outside_the_incident(with_photo: tuple[Seen, Path], tmp_path: Path) -> None:
    from toolkit.cli.writing import photos

    seen, _ = with_photo
    for name in ("../../elsewhere.png", "/etc/passwd", "attachments/../../x.png", "journal.jsonl"):
        assert photos(with_data(seen, "evidence", value=name)) == {name: "other"}


def test_the_format_goes_by_the_ending_unless_it_is_said(
    with_photo: tuple[Seen, Path], tillbook: Tillbook, tmp_path: Path
) -> None:
    for name, more, begins in (
        ("r.html", [], "<!doctype html>"),
        ("r.HTM", [], "<!doctype html>"),
        ("r.md", [], "# Incident report"),
        ("r", [], "# Incident report"),
        ("r.html", ["--format", "markdown"], "# Incident report"),
        ("r.txt", ["--format", "html"], "<!doctype html>"),
    ):
        assert tillbook("--runbooks", SHOP, "report", "kqx", "-o", tmp_path / name, *more).status == 0
        assert (tmp_path / name).read_text("utf-8").startswith(begins)
    assert tillbook("--lang", "zh", "--runbooks", SHOP, "report", "kqx", "--format", "html").out.isascii()


def test_a_long_pause_is_folded_and_a_long_record_fits_a_page() -> None:
    day = [Instant(float(t), "11-23", "15:00") for t in (0, 60, 120, 86_400)]
    assert heights(day)[-1] < 100
    many = heights([Instant(float(30 * n), "11-23", "15:00") for n in range(2000)])
    assert many == sorted(many)
    assert many[-1] <= 560
    assert heights([]) == [0.0]
