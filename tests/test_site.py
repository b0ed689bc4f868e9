"""The site as files: built in-process from a small shop and from the runbooks that ship."""

import json
import re
import shutil
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from toolkit import builder, publish
from toolkit.content.library import load
from toolkit.diagnostics import ToolkitError
from toolkit.model import LANGUAGES
from toolkit.publish import Counts, Fault, build
from toolkit.resources import resource

SHOP = Path(__file__).parent / "cases" / "page" / "shop"
REAL = Path(__file__).parent.parent / "runbooks"
BY_HAND = ("index", "use", "install", "contributing", "example", "example-report")
GENERATED = (
    "by-symptom",
    "by-card",
    "by-kind",
    "reference/rules",
    "reference/evidence",
    "reference/codes",
    "reference/checks",
    "reference/sitting",
)


@pytest.fixture(scope="module", params=[SHOP, REAL], ids=["shop", "real"])
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Counts:
    return build(load(request.param), root=tmp_path_factory.mktemp("site"), strict=True)


def tree(folder: Path, pattern: str = "*") -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob(pattern)) if p.is_file()}


def test_every_runbook_has_a_page_in_each_language(built: Counts) -> None:
    per_language = built.runbooks + len(BY_HAND) + len(GENERATED)
    assert built.languages == {"zh": per_language, "en": per_language}
    assert built.pages == 2 * per_language
    assert len(list(built.path.rglob("*.html"))) == built.pages + 1  # the page that chooses the language
    assert built.warnings == ()


def test_languages_have_the_same_pages(built: Counts) -> None:
    zh, en = (set(tree(built.path / language, "*.html")) for language in LANGUAGES)
    assert zh == en
    assert {f"{page}.html" for page in (*BY_HAND, *GENERATED)} <= zh


def test_no_page_refers_to_another_host(built: Counts) -> None:
    for path, raw in tree(built.path, "*.html").items():
        found = re.findall(r"""(?:src|href|action|content)=["']?((?:https?:)?//[^"'\s>]*)""", raw.decode())
        assert found == [], path
    for path, raw in tree(built.path, "*.css").items():
        assert re.findall(rb"url\(\s*[\"']?(?:https?:)?//|@import", raw) == [], path


def test_every_link_leads_to_a_file_and_an_anchor(built: Counts) -> None:
    pages = {path: raw.decode() for path, raw in tree(built.path, "*.html").items()}
    for path, text in pages.items():
        for target in re.findall(r'href="?([^"\s>]+)', text):
            file, _, anchor = target.partition("#")
            place = ((built.path / path).parent / file).resolve() if file else (built.path / path).resolve()
            if place.name == "." or place.is_dir():  # the theme's own alternates, for search engines
                continue
            assert place.is_file(), (path, target)
            if anchor and place.suffix == ".html" and not anchor.startswith("__"):
                inside = pages[place.relative_to(built.path.resolve()).as_posix()]
                assert f'id="{anchor}"' in inside or f"id={anchor}" in inside, (path, target)


def test_chinese_is_cut_into_words_for_the_search(built: Counts) -> None:
    entries = json.loads((built.path / "zh" / "search" / "search_index.json").read_text("utf-8"))["docs"]
    assert any("\u200b" in entry["title"] for entry in entries)
    assert any("\u200b" in entry["text"] for entry in entries)
    assert any("退款" in entry["title"].split("\u200b") for entry in entries)


def test_search_keeps_whole_words_and_leaves_indexes_out(built: Counts) -> None:
    for language in LANGUAGES:
        index = json.loads((built.path / language / "search" / "search_index.json").read_text("utf-8"))
        assert index["config"]["pipeline"] == []
        assert not any(entry["location"].startswith(("by-", "index.html")) for entry in index["docs"])
        assert (built.path / language / "search" / "search_index.js").is_file()


def test_building_again_gives_the_same_bytes(tmp_path: Path) -> None:
    one = build(load(SHOP), root=tmp_path / "one")
    two = build(load(SHOP), root=tmp_path / "two", out=tmp_path / "elsewhere")
    assert two.path == tmp_path / "elsewhere"
    assert tree(one.path) == tree(two.path)


def test_a_page_whose_runbook_is_gone_is_gone(tmp_path: Path) -> None:
    shutil.copytree(SHOP, tmp_path / "shop")
    before = build(load(tmp_path / "shop"), root=tmp_path)
    (tmp_path / "shop" / "routines" / "paper-check.yaml").unlink()
    after = build(load(tmp_path / "shop"), root=tmp_path)
    assert (before.runbooks, after.runbooks) == (3, 2)
    assert not (after.path / "zh" / "runbooks" / "paper-check.html").exists()


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The site's sources in a folder that a test may change."""
    own = tmp_path / "sources"
    shutil.copytree(resource("site"), own)
    monkeypatch.setattr(publish, "resource", lambda name: own if name == "site" else resource(name))
    return own


def test_strict_fails_on_a_broken_link_and_keeps_the_site(tmp_path: Path, sources: Path) -> None:
    good = build(load(SHOP), root=tmp_path, strict=True)
    kept = tree(good.path)
    page = sources / "docs" / "en" / "use.md"
    page.write_text(
        page.read_text("utf-8") + "\n[nowhere](nowhere.md) [no step](runbooks/no-paper.md#step-none)\n", "utf-8"
    )
    with pytest.raises(ToolkitError) as error:
        build(load(SHOP), root=tmp_path, strict=True)
    assert error.value.code == "site-warnings"
    assert error.value.params["count"] == 2
    assert "nowhere.md" in str(error.value.params["what"])
    assert tree(good.path) == kept
    assert len(build(load(SHOP), root=tmp_path).warnings) == 2


def test_a_page_in_one_language_only_is_refused(tmp_path: Path, sources: Path) -> None:
    (sources / "docs" / "zh" / "extra.md").write_text("# extra\n", "utf-8")
    with pytest.raises(ToolkitError) as error:
        build(load(SHOP), root=tmp_path)
    assert (error.value.code, error.value.params["pages"]) == ("page-parity", "extra.md")


def test_strict_refuses_a_folder_with_a_broken_runbook(tmp_path: Path) -> None:
    shutil.copytree(SHOP, tmp_path / "shop")
    (tmp_path / "shop" / "failures" / "no-paper.yaml").write_text("format: 1\n", "utf-8")
    with pytest.raises(ToolkitError) as error:
        build(load(tmp_path / "shop"), root=tmp_path, strict=True)
    assert error.value.code == "site-unsound"
    assert build(load(tmp_path / "shop"), root=tmp_path).runbooks == 2


def test_a_folder_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "zh").mkdir()
    (tmp_path / "zh" / "letter.txt").write_text("dear", "utf-8")
    with pytest.raises(ToolkitError) as error:
        build(load(SHOP), root=tmp_path, out=tmp_path)
    assert error.value.code == "not-a-site"
    assert (tmp_path / "zh" / "letter.txt").read_text("utf-8") == "dear"


@pytest.mark.parametrize(
    ("module", "code"), [("jieba", "no-jieba"), ("material", "no-mkdocs"), ("mkdocs", "no-mkdocs")]
)
def test_a_missing_part_is_named(module: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builder, "find_spec", lambda name: None if name == module else object())
    with pytest.raises(ToolkitError) as error:
        build(load(SHOP), root=tmp_path)
    assert error.value.code == code


def test_a_page_that_the_builder_lost_is_noticed(tmp_path: Path, sources: Path) -> None:
    base = sources / "mkdocs.yml"
    base.write_text(base.read_text("utf-8") + "exclude_docs: /runbooks/paper-check.md\n", "utf-8")
    with pytest.raises(ToolkitError) as error:
        build(load(SHOP), root=tmp_path)
    assert error.value.code == "page-count"
    assert error.value.params["pages"] == "runbooks/paper-check.md"


@pytest.fixture
def preview(tmp_path: Path) -> Iterator[tuple[Path, str, list[Fault]]]:
    """A served copy of the shop: its folder, its address, and what was reported."""
    shop, reported = tmp_path / "shop", list[Fault]()
    shutil.copytree(SHOP, shop)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = publish.server(shop, root=tmp_path, port=port, report=reported.extend)
    thread = threading.Thread(target=server.serve)
    thread.start()
    yield shop, server.url.rstrip("/"), reported
    server.shutdown(wait=True)
    thread.join()


def read(address: str) -> str:
    for _ in range(100):
        try:
            with urllib.request.urlopen(address, timeout=30) as answer:
                return unescape(answer.read().decode())
        except urllib.error.URLError as error:
            if not isinstance(error.reason, ConnectionRefusedError):  # else it does not listen yet
                raise
            time.sleep(0.1)
    raise TimeoutError(address)


def eventually(address: str, wanted: str) -> bool:
    for _ in range(300):
        if wanted in read(address):
            return True
        time.sleep(0.1)
    return False


def test_serve_shows_an_edit_and_outlives_a_fault(preview: tuple[Path, str, list[Fault]]) -> None:
    shop, host, reported = preview
    page, file = f"{host}/en/runbooks/no-paper.html", shop / "failures" / "no-paper.yaml"
    sound = file.read_text("utf-8")
    assert "Stop. Do not charge again." in read(page)

    file.write_text(sound.replace("Do not charge again.", "Hands off the keys."), "utf-8")
    assert eventually(page, "Hands off the keys.")
    assert reported == []

    file.write_text("format: 1\nid: [\n", "utf-8")
    for _ in range(300):
        if reported:
            break
        time.sleep(0.1)
    assert reported
    assert "Hands off the keys." in read(page)
    assert "Slips by hand" in read(f"{host}/en/runbooks/paper-slip.html")

    file.write_text(sound.replace("Do not charge again.", "Leave it as it is."), "utf-8")
    assert eventually(page, "Leave it as it is.")


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ToolkitError) as error:
            publish.serve(SHOP, root=tmp_path, port=taken.getsockname()[1], ready=str, report=list)
    assert error.value.code == "port-taken"
