"""Text measured in cells: never wider than asked, never broken inside a number, nothing that steers a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.cells import WIDTH, fold, sanitize, width, wrap

HIDDEN = "\u200b\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c\ufeff\u00ad"
MIXED = st.text(st.sampled_from("ab 退款，。（）「」01-,.!?:;é•→\u200b\u0301\t"), max_size=200)


@pytest.mark.parametrize(
    ("text", "cells"),
    [("", 0), ("POS", 3), ("刷卡机", 6), ("ａ", 2), ("，", 2), ("R14 退款", 8), ("e\u0301", 1), ("→", 1), ("한글", 4)],
)
def test_width(text: str, cells: int) -> None:
    assert width(text) == cells


@given(text=MIXED, limit=st.integers(10, 90))
def test_no_line_is_wider_than_the_limit(text: str, limit: int) -> None:
    for line in wrap(text, limit=limit):
        assert width(line) <= limit
        assert line == line.rstrip()


@given(text=MIXED)
def test_nothing_but_space_is_lost(text: str) -> None:
    assert "".join("".join(wrap(text)).split()) == "".join(text.split())


@given(
    words=st.lists(st.sampled_from(["退款", "of", "021-55550100", "13800000000", "¥1,234.50", "。", "，"]), max_size=40)
)
def test_a_number_is_never_broken(words: list[str]) -> None:
    lines = wrap(" ".join(words), limit=30)
    for number in ("021-55550100", "13800000000", "¥1,234.50"):
        assert sum(line.count(number) for line in lines) == words.count(number)


@given(
    words=st.lists(
        st.sampled_from(["退款", "查到了", "机", "，", "。", "？", "）", "（", "「", "」"]), min_size=1, max_size=60
    )
)
def test_no_line_begins_with_closing_punctuation_or_ends_with_an_opening_one(words: list[str]) -> None:
    text = "字" + "".join(words) + "字"
    lines = wrap(text, limit=40)
    if any(run in text for run in ("，，，，", "。。。。", "））））")) or len(lines) < 2:
        return
    for line in lines[1:]:
        assert line[0] not in "，。？）」" or len(line) > 18  # a run of marks longer than a line has to break


def test_indents_hang() -> None:
    assert wrap("one two three", "- ", limit=9) == ["- one two", "  three"]
    assert wrap("one two three", "- ", "", limit=9) == ["- one two", "three"]
    assert wrap("one\ntwo", "- ") == ["- one", "  two"]
    assert wrap("") == [""]
    assert max(map(width, wrap("退款 " * 60))) <= WIDTH


@given(text=st.text())
def test_what_is_shown_cannot_steer_a_terminal(text: str) -> None:
    shown = sanitize(text)
    assert len(shown) == len(text)
    for char in shown:
        assert char in "\n\t" or char >= " "
        assert not "\x7f" <= char <= "\x9f"
        assert char not in HIDDEN
    assert sanitize(shown) == shown


@pytest.mark.parametrize("char", ["\x1b", "\r", "\x07", "\x9b", "\x00", "\u202e", "\u2028", "\ue000", "\ud800"])
def test_each_of_these_is_replaced(char: str) -> None:
    assert sanitize(f"a{char}b") == "a\ufffdb"


def test_fold() -> None:
    assert fold(" １ ") == "1"
    assert fold("ＹＥＳ") == "yes"
    assert fold("？") == "?"
    assert fold("\u3000") == ""
