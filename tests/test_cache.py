"""The cache is never believed: an edit is seen, and a torn, foreign or impossible one costs time and nothing else."""

import marshal
import os
import shutil
import time
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest

from toolkit import cache
from toolkit.cache import cached, parted
from toolkit.content.library import load
from toolkit.diagnostics import ToolkitError

SHOP = Path(__file__).parent / "cases" / "shop"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TILLBOOK_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "x.cache"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_text("one")
    settle(path)
    return path


def settle(path: Path) -> None:
    """As if the file had been written a while ago."""
    long_ago = time.time_ns() - 10_000_000_000
    os.utime(path, ns=(long_ago, long_ago))


class Builder:
    def __init__(self, *files: Path) -> None:
        self.files = files
        self.built = 0

    def __call__(self) -> Any:
        self.built += 1
        return [f.read_text() if f.exists() else None for f in self.files]

    def get(self, version: str = "1") -> Any:
        return cached("x", version, self.files, self)


def test_it_is_built_once_while_nothing_changes(place: Path, file: Path) -> None:
    build = Builder(file)
    assert [build.get(), build.get(), build.get()] == [["one"]] * 3
    assert build.built == 1


def test_an_edit_is_seen(place: Path, file: Path) -> None:
    build = Builder(file)
    build.get()
    file.write_text("another")
    assert build.get() == ["another"]


def test_an_edit_of_the_same_size_at_the_same_time_is_seen(place: Path, file: Path) -> None:
    """A file that was written just now is not kept: a second edit within one tick of the clock would not show."""
    file.write_text("one")
    times = file.stat().st_atime_ns, file.stat().st_mtime_ns
    build = Builder(file)
    assert build.get() == ["one"]
    file.write_text("two")
    os.utime(file, ns=times)
    assert build.get() == ["two"]


def test_a_file_put_in_the_place_of_another_is_seen(place: Path, file: Path, tmp_path: Path) -> None:
    build = Builder(file)
    build.get()
    times = file.stat().st_atime_ns, file.stat().st_mtime_ns
    (tmp_path / "other").write_text("two")
    os.utime(tmp_path / "other", ns=times)
    os.replace(tmp_path / "other", file)
    assert build.get() == ["two"]


def test_a_file_that_comes_or_goes_is_seen(place: Path, file: Path, tmp_path: Path) -> None:
    build = Builder(file, tmp_path / "second")
    assert build.get() == ["one", None]
    (tmp_path / "second").write_text("2")
    settle(tmp_path / "second")
    assert build.get() == ["one", "2"]
    file.unlink()
    assert build.get() == [None, "2"]


def test_a_file_that_changes_while_it_is_read_is_not_kept(place: Path, file: Path) -> None:
    def build() -> str:
        text = file.read_text()
        file.write_text("changed meanwhile")
        settle(file)
        return text

    assert cached("x", "1", [file], build) == "one"
    assert not place.exists()


def test_another_version_does_not_read_it(place: Path, file: Path) -> None:
    build = Builder(file)
    build.get("1")
    build.get("2")
    assert build.built == 2


def sealed(body: bytes) -> bytes:
    return crc32(body).to_bytes(4, "big") + body


@pytest.mark.parametrize(
    "spoil",
    [
        lambda raw: b"",
        lambda raw: raw[:3],
        lambda raw: raw[: len(raw) // 2],
        lambda raw: raw[:-1],
        lambda raw: raw + b"x",
        lambda raw: bytes(len(raw)),
        lambda raw: raw[:10] + bytes([raw[10] ^ 1]) + raw[11:],
        lambda raw: sealed(b"not marshal"),
        lambda raw: sealed(b""),
        lambda raw: sealed(marshal.dumps(None)),
        lambda raw: sealed(marshal.dumps(5)),
        lambda raw: sealed(marshal.dumps("text")),
        lambda raw: sealed(marshal.dumps(())),
        lambda raw: sealed(marshal.dumps((("1", "other python", []), ["wrong"]))),
        lambda raw: sealed(marshal.dumps({"a": 1})),
    ],
)
def test_a_spoilt_one_is_built_anew(place: Path, file: Path, spoil: Any) -> None:
    build = Builder(file)
    build.get()
    place.write_bytes(spoil(place.read_bytes()))
    assert build.get() == ["one"]
    assert build.built == 2
    assert build.get() == ["one"]
    assert build.built == 2


def test_a_folder_that_cannot_be_made_costs_time_only(
    monkeypatch: pytest.MonkeyPatch, file: Path, tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("a file")
    monkeypatch.setenv("TILLBOOK_CACHE", str(tmp_path / "taken" / "cache"))
    build = Builder(file)
    assert [build.get(), build.get()] == [["one"]] * 2
    assert build.built == 2
    assert (tmp_path / "taken").read_text() == "a file"


def test_a_full_disk_costs_time_only(monkeypatch: pytest.MonkeyPatch, place: Path, file: Path) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache.os, "replace", full)
    build = Builder(file)
    assert [build.get(), build.get()] == [["one"]] * 2
    assert list(place.parent.iterdir()) == []


class Table(Builder):
    def get(self, version: str = "1") -> Any:  # type: ignore[override]
        return parted("x", version, self.files, lambda: {"one": self(), "two": [2], "three": "3"})


def test_a_table_is_read_part_by_part(place: Path, file: Path) -> None:
    build = Table(file)
    for _ in range(3):
        parts = build.get()
        assert (parts["two"], parts["one"], parts["three"]) == ([2], ["one"], "3")
        assert ("one" in parts, "four" in parts) == (True, False)
        with pytest.raises(KeyError):
            parts["four"]
    assert build.built == 1
    file.write_text("another")
    assert build.get()["one"] == ["another"]
    build.get("2")
    assert build.built == 3


@pytest.mark.parametrize("spoilt", range(0, 400, 3))
def test_a_byte_that_is_not_as_it_was_is_found(spoilt: int, place: Path, file: Path) -> None:
    build = Table(file)
    build.get()
    raw = place.read_bytes()
    at = spoilt % len(raw)
    place.write_bytes(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :])
    parts = build.get()
    assert (parts["one"], parts["two"], parts["three"]) == (["one"], [2], "3")
    assert build.built == 2


@pytest.mark.parametrize(
    "spoil",
    [
        lambda raw: b"",
        lambda raw: raw[:7],
        lambda raw: raw[:4] + b"\xff\xff\xff\xff" + raw[8:],
        lambda raw: raw[: len(raw) // 2],
        lambda raw: raw[:-1],
        lambda raw: sealed(marshal.dumps((("1", "other python", []), ["wrong"]))),
    ],
)
def test_a_spoilt_table_is_built_anew(spoil: Any, place: Path, file: Path) -> None:
    build = Table(file)
    build.get()
    place.write_bytes(spoil(place.read_bytes()))
    assert build.get()["three"] == "3"
    assert build.built == 2


@pytest.mark.parametrize("then", [b"", None])
def test_a_table_that_is_spoilt_while_it_is_open_is_built_anew(then: bytes | None, place: Path, file: Path) -> None:
    build = Table(file)
    build.get()
    parts = build.get()
    assert parts["two"] == [2]
    place.unlink() if then is None else place.write_bytes(then)
    assert (parts["one"], parts["three"]) == (["one"], "3")
    assert build.built == 2


def test_a_runbook_that_went_after_the_library_was_opened_is_a_sentence(place: Path, tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    shutil.copytree(SHOP, shop)
    for path in shop.rglob("*.yaml"):
        settle(path)
    load(shop)
    library = load(shop)
    (shop / "routines" / "look-at-paper.yaml").unlink()
    for kept in place.parent.glob("library-*.cache"):
        kept.unlink()
    assert library.book(library.heading("H01")).card == "H01"
    with pytest.raises(ToolkitError, match="file-changed"):
        library.book(library.heading("P01"))
    assert [h.card for h, _ in library.search("paper")] == ["H01"]


@pytest.mark.parametrize("between", ["search", "book"])
def test_an_index_is_never_put_together_from_two_builds(between: str, place: Path, tmp_path: Path) -> None:
    """Its parts are read one by one, and numbers of one build would name other runbooks in the next."""
    shop = tmp_path / "shop"
    shutil.copytree(SHOP, shop)
    for path in shop.rglob("*.yaml"):
        settle(path)
    load(shop)
    library = load(shop)
    assert library.search("paper") != []
    (shop / "failures" / "no-slip.yaml").unlink()
    for kept in place.parent.glob("library-*.cache"):
        kept.unlink()
    if between == "book":
        library.book(library.heading("CP-01"))
    assert [h.card for h, _ in library.search("手写单")] == ["CP-01"]
    assert [h.card for h, _ in library.search("CP-01")] == ["CP-01"]


def test_a_library_is_as_its_files_are(place: Path, tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    shutil.copytree(SHOP, shop)
    for path in shop.rglob("*.yaml"):
        settle(path)
    assert [h.card for h in load(shop).headings] == ["H01", "CP-01", "P01"]
    assert list(place.parent.glob("library-*.cache")) != []
    book = shop / "routines" / "look-at-paper.yaml"
    text = book.read_text("utf-8")
    book.write_text(text.replace("card: P01", "card: P02"), "utf-8")
    assert [h.card for h in load(shop).headings] == ["H01", "CP-01", "P02"]
    (shop / "routines" / "second.yaml").write_text(text.replace("id: look-at-paper", "id: second"), "utf-8")
    assert [h.card for h in load(shop).headings] == ["H01", "CP-01", "P01", "P02"]
    book.write_text("broken: [", "utf-8")
    assert load(shop).broken == [("routines/look-at-paper.yaml", 1, "")]
    book.unlink()
    assert [h.card for h in load(shop).headings] == ["H01", "CP-01", "P01"]
    assert load(shop).broken == []
