"""Response codes: every one is there, found however it is typed, and the most careful reading comes first."""

import json
import re
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.content import triage
from toolkit.content.codes import ANY, REPEATS, Code, Codebook, find, looks_like_code, plain, spellings
from toolkit.content.library import load
from toolkit.model import LANGUAGES
from toolkit.resources import resource

CASES = Path(__file__).parent / "cases"
SHOP = CASES / "shop"
REAL = load(resource("runbooks"))
assert REAL.codes is not None
BOOK: Codebook = REAL.codes
UNIONPAY = [row for row in BOOK.rows if row.scheme == "unionpay-pos"]
Tillbook = Callable[..., Any]


def keys(rows: list[Code]) -> list[str]:
    """scheme/code of each row, with the generation where there is one."""
    return [f"{r.scheme}/{r.code}" + (f" {r.table}" if r.table != ANY else "") for r in rows]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of cases/shop, in use by TILLBOOK_RUNBOOKS."""
    shutil.copytree(SHOP, tmp_path / "shop")
    monkeypatch.setenv("TILLBOOK_RUNBOOKS", str(tmp_path / "shop"))
    return tmp_path / "shop"


# --- what the table holds


def test_every_known_code_is_there_once_in_each_generation() -> None:
    listed = set((CASES / "codes" / "keys.txt").read_text("utf-8").split())
    assert {f"{r.scheme}/{r.code}" for r in BOOK.rows} == listed
    assert [k for k, n in Counter((r.scheme, r.table, plain(r.code)) for r in BOOK.rows).items() if n > 1] == []
    for row in BOOK.rows:
        assert row in find(BOOK, row.code, row.scheme)
        for name in spellings(row, BOOK.schemes[row.scheme].prefixes):
            assert row in find(BOOK, name)


def test_only_what_the_policy_lets_be_repeated_may_be() -> None:
    """Class B may be repeated once, except what is still in progress; system faults once after a look-up."""
    assert {r.code for r in UNIONPAY if r.repeat == "once"} == {"13", "14", "42", "99", "A0"}
    assert {r.code for r in UNIONPAY if r.level == "B"} == {"09", "13", "14", "42", "99", "A0"}
    assert {r.code for r in UNIONPAY if r.repeat == "once-after-look-up"} == {
        "06", "55", "77", "90", "91", "92", "96", "A7"
    }  # fmt: skip
    assert {r.repeat for r in BOOK.rows if r.scheme != "unionpay-pos"} == {"no", "look-up-first", "once-after-look-up"}
    assert all(r.success for r in UNIONPAY if r.level == "A")


@pytest.mark.parametrize("code", ["09", "68", "98", "94", "Z1", "Z5", "A2", "20"])
def test_an_unknown_outcome_is_looked_up_before_anything_else(code: str) -> None:
    assert {r.repeat for r in UNIONPAY if r.code == code} == {"look-up-first"}


@pytest.mark.parametrize(
    "code",
    [
        *(f"unionpay-pos/{c}" for c in "04 98 68 94 A1 A2 A3 19 51 22 58 77 79 42 64 57 76 78 09".split()),
        *(f"iso8583/{c}" for c in "77 79 98 42 64 57 76 78".split()),
        "easypay/51",
        "wechat-refund/NOT_ENOUGH",
        "wechat-refund-v2/NOTENOUGH",
        "alipay-refund/ACQ.TRADE_HAS_FINISHED",
        "alipay-refund/ACQ.DISCORDANT_REPEAT_REQUEST",
    ],
)
def test_what_is_dangerous_to_mistake_is_marked_and_says_why(code: str) -> None:
    found = find(BOOK, code)
    assert found
    assert all(row.danger and row.differs for row in found)


def test_where_the_meaning_depends_on_the_generation_each_has_its_row() -> None:
    split = {code: {r.table for r in UNIONPAY if r.code == code} for code in "05 12 21 22 45 58 59 A1 A2 A3".split()}
    assert all(tables >= {"newer", "legacy"} for tables in split.values())


def test_a_code_that_means_no_success_is_never_called_one() -> None:
    for row in find(BOOK, "04"):
        assert not row.success
        assert row.repeat == "no"


def test_the_words_name_no_runbook_since_it_may_not_be_there() -> None:
    for row in (*BOOK.rows, BOOK.unlisted):
        for text in (row.screen, row.meaning, row.do, *([row.differs] if row.differs else [])):
            for words in text:
                assert words == words.strip()
                assert not re.search(r"(?<![A-Za-z])(?:[NHSTRF][0-9]{2}|CP-?[0-9]{2})(?![0-9])", words), words


# --- how a code is found


@pytest.mark.parametrize(
    "typed",
    ["98", " 98 ", "９８", "应答码98", "应答码：98", "code 98", "Code: 98", "错误码 是 98", "“98”", "98。", "9 8",
     "98 发卡方超时", "发卡方超时（98）", "屏幕显示 98", "error code=98"],
)  # fmt: skip
def test_a_code_is_found_with_the_words_around_it(typed: str) -> None:
    assert keys(find(BOOK, typed)) == ["unionpay-pos/98", "iso8583/98"]


@pytest.mark.parametrize("typed", ["098", "980", "9", "x98", "", " ", "？", "不知道", "R14", "\x00", "9" * 500])
def test_what_is_no_code_is_not_found(typed: str) -> None:
    assert find(BOOK, typed) == []
    assert not looks_like_code(BOOK, typed)


@pytest.mark.parametrize("typed", ["ACQ.SYSTEM_ERROR", "AQC.SYSTEM_ERROR", "aqc.system error", "ａｃｑ．system_error"])
def test_both_spellings_of_a_prefix_are_one(typed: str) -> None:
    assert keys(find(BOOK, typed)) == ["alipay-refund/ACQ.SYSTEM_ERROR"]


def test_without_its_prefix_a_code_is_found_beside_its_namesakes() -> None:
    assert keys(find(BOOK, "system error")) == ["alipay-refund/ACQ.SYSTEM_ERROR", "wechat-refund/SYSTEM_ERROR"]
    assert keys(find(BOOK, "GATEWAY 20000")) == keys(find(BOOK, "20000")) == ["alipay-refund/GATEWAY-20000"]


def test_a_scheme_keeps_the_others_out() -> None:
    assert keys(find(BOOK, "98", "iso8583")) == keys(find(BOOK, "iso8583/98")) == ["iso8583/98"]
    assert find(BOOK, "NOT_ENOUGH", "iso8583") == []


def test_the_most_careful_reading_comes_first_and_a_success_last() -> None:
    assert keys(find(BOOK, "A2")) == ["unionpay-pos/A2 legacy", "unionpay-pos/A2 newer"]
    for name in {row.code for row in BOOK.rows}:
        rows = find(BOOK, name)
        order = [(r.success, not r.danger, REPEATS.index(r.repeat)) for r in rows]
        assert order == sorted(order)


@pytest.mark.parametrize("shown", ["newer", "新码表", " Newer Table ", "unionpay-pos/newer"])
def test_the_table_that_the_terminal_shows_comes_first_among_equals(shown: str) -> None:
    assert keys(find(BOOK, "05"))[:2] == ["unionpay-pos/05 newer", "unionpay-pos/05 legacy"]
    assert keys(find(BOOK, "05", "", "legacy"))[:2] == ["unionpay-pos/05 legacy", "unionpay-pos/05 newer"]
    assert keys(find(BOOK, "22", "unionpay-pos", shown)) == ["unionpay-pos/22 newer", "unionpay-pos/22 legacy"]
    assert keys(find(BOOK, "21", "", shown))[0] == "unionpay-pos/21 legacy"  # which is safer
    assert keys(find(BOOK, "93", "", "easypay"))[0] == "easypay/93"


@pytest.mark.parametrize("shown", ["", "示例码表", "any", "nothing/newer", "新"])
def test_a_table_nobody_knows_changes_nothing(shown: str) -> None:
    for name in ("05", "21", "98", "A2"):
        assert sorted(find(BOOK, name, "", shown)) == sorted(find(BOOK, name))
        assert shown == "any" or find(BOOK, name, "", shown) == find(BOOK, name)


@pytest.mark.parametrize(
    ("line", "known"),
    [("98", True), ("A2", True), ("xd", True), ("应答码 98", True), ("code declined", True), ("[51]余额不足", True),
     ("98 timed out", True), ("98 issuer timed out", True), ("退款失败 NOT_ENOUGH", True), ("unionpay-pos/98", True),
     ("stripe-refund/declined", True), ("declined", False), ("unknown", False), ("error", False), ("A4 纸没了", False),
     ("退款 98 元", False), ("98元", False),
     ("98 people wait", False), ("扫码 98 元", False),
     ("2 个人排队", False), ("21世纪", False), ("退款没有应答", False)],
)  # fmt: skip
def test_a_line_is_a_code_only_where_that_is_plain(line: str, known: bool) -> None:
    assert looks_like_code(BOOK, line) == known


@pytest.mark.parametrize(
    "line", ["code" + " " * 50_000 + "?", "98" + "?" * 50_000 + "元", "98 " * 20_000, "应答码" * 20_000]
)
def test_a_very_long_line_is_only_read_once(line: str) -> None:
    assert not looks_like_code(BOOK, line)
    assert {row.code for row in find(BOOK, line)} <= {"98"}


PIECES = [*"0159AX_. :：=/", "码", "98", "A2", "code", "应答码", "declined", "ACQ.", "超时", "unionpay-pos"]


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_what_looks_like_a_code_is_found(line: str) -> None:
    assert not looks_like_code(BOOK, line) or find(BOOK, line)


def test_a_symptom_that_is_a_code_leads_to_its_runbook_all_the_same() -> None:
    seen = [(b.card, text) for b in REAL.runbooks for s in b.symptoms for text in s if looks_like_code(BOOK, text)]
    assert len(seen) < sum(len(b.symptoms) for b in REAL.runbooks) / 5
    for card, text in seen:
        assert card in {offered for row in find(BOOK, text) for offered, _ in REAL.offered(row)}, text


# --- the command


def test_a_code_is_told_with_what_to_do(shop: Path, tillbook: Tillbook) -> None:
    ran = tillbook("code", "98")
    assert (ran.status, ran.err) == (0, "")
    parts = ["98 · This shop's terminal", "Screen: Timed out", "Meaning: The outcome", "BEWARE: The screen says",
             "Do: Look this one up first.", "Do it again? Not before", "Follow: tillbook run H01 (No slip came out)",
             "Sources (they differ): S1 The table", "This shop's terminal: The only one."]  # fmt: skip
    places = [ran.out.index(part) for part in parts]
    assert places == sorted(places)
    assert "T01" not in ran.out  # a runbook that is not in the library is not offered
    assert "meanings" not in ran.out


def test_several_meanings_say_so_first(shop: Path, tillbook: Tillbook) -> None:
    ran = tillbook("--lang", "zh", "code", "应答码１４")
    assert (ran.status, ran.out.startswith("14 有 3 种意思")) == (0, True)
    assert ran.out.index("1 14 · 钱包") < ran.out.index("2 14 · 本店终端 · 新码表") < ran.out.index("3 14 ·")
    (shop / "store.yaml").write_text("format: 1\nstore: {name: x}\nconfig: {code-table: 旧码表}\n", "utf-8")
    ran = tillbook("--lang", "zh", "code", "14")
    assert ran.out.index("1 14 · 钱包") < ran.out.index("2 14 · 本店终端 · 旧码表") < ran.out.index("3 14 ·")


def test_a_code_that_is_not_listed_is_looked_up(shop: Path, tillbook: Tillbook) -> None:
    ran = tillbook("code", "ZZ9")
    assert (ran.status, ran.out.startswith("ZZ9 is not in any")) == (0, True)
    assert "Do: Look this one up first." in ran.out
    assert "tillbook run H01" in ran.out
    ran = tillbook("code", "98", "--scheme", "wallet")
    assert (ran.status, "other tables have it: tillbook code 98" in " ".join(ran.out.split())) == (0, True)


def test_a_code_as_json(shop: Path, tillbook: Tillbook) -> None:
    ran = tillbook("code", "W.SYSTEM ERROR", "--json")
    assert ran == tillbook("--json", "code", "v.system_error")
    (row,) = json.loads(ran.out)
    assert (row["listed"], row["scheme"], row["code"], row["runbooks"]) == (True, "wallet", "W.SYSTEM_ERROR", ["H01"])
    assert row["do"] == {"zh": "先查这一笔。", "en": "Look this one up first."}
    (row,) = json.loads(tillbook("code", "ZZ9", "--json").out)
    assert (row["listed"], row["repeat"]) == (False, "look-up-first")


@pytest.mark.parametrize("fault", ["", "format: 1\n", "schemes: [\n"])
def test_a_library_without_a_table_of_codes_knows_the_safe_way(fault: str, shop: Path, tillbook: Tillbook) -> None:
    file = shop / "reference" / "codes.yaml"
    file.write_text(fault, "utf-8") if fault else file.unlink()
    ran = tillbook("code", "98")
    assert (ran.status, "look the transaction up" in " ".join(ran.out.split())) == (0, True)
    assert json.loads(tillbook("code", "98", "--json").out) == []
    assert tillbook("show", "H01").status == 0
    assert bool(fault) == ("reference/codes.yaml is left out" in ran.err)


def test_a_code_that_no_table_has_keeps_no_runbook_from_a_person(shop: Path, tillbook: Tillbook) -> None:
    file = shop / "failures" / "no-slip.yaml"
    file.write_text(file.read_text("utf-8").replace("[shop/98]", "[shop/97]"), "utf-8")
    assert "[TB207]" in tillbook("check", file).out
    assert "[TB207]" in tillbook("check").out
    assert tillbook("show", "H01").status == 0
    table = shop / "reference" / "codes.yaml"
    table.write_text(
        table.read_text("utf-8").replace('"14"\n        table: legacy', '"14"\n        table: newer'), "utf-8"
    )
    assert "[TB224]" in tillbook("check").out
    assert len(json.loads(tillbook("code", "14", "--json").out)) == 3


def test_looking_for_a_code_says_how_to_look_it_up(tillbook: Tillbook) -> None:
    assert "tillbook code 33" in " ".join(tillbook("find", "33").out.split())
    assert "tillbook code" not in tillbook("find", "退款 2 次").out
    ran = tillbook("find", "应答码 98")
    assert (ran.status, "R14" in ran.out, "tillbook code 98" in " ".join(ran.out.split())) == (0, True, True)


# --- the search


def test_a_runbook_is_found_by_what_the_screen_says_with_its_code() -> None:
    """One of those that the code leads to is among the first three; by its name every one is found."""
    for row in BOOK.rows:
        cards = {card for card, _ in REAL.offered(row)}
        for language in LANGUAGES:
            line = f"{row.code} {row.screen.to(language)}"
            found = [REAL.headings[n].card for n, _ in triage.find(REAL.index, line)]
            assert not cards or cards & {*found[:3]}, (row.code, row.screen)
        assert cards <= {REAL.headings[n].card for n, _ in triage.find(REAL.index, f"{row.scheme}/{row.code}")}
