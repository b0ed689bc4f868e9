"""Incidents as people live them at prompts: runs beside runs, plans in force, money left open, hand-overs, the end."""

import io
import os
import re
import shutil
import signal
import sys
import time
import unicodedata
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import pexpect
import pytest

from toolkit.cells import width
from toolkit.clock import Clock, Moment
from toolkit.incident.fold import replay
from toolkit.incident.state import State
from toolkit.record.reading import load as record_of

CASES = Path(__file__).parent / "cases"
STORE = """
format: 1
store: {name: 一号店, number: "001", mid: SHOP-MID}
contacts:
  acquirer: {name: 收单客服, phone: "000-0000-0000", hours: 全天, verified: {on: 2026-11-01, by: 店长}}
  isp: {name: 宽带客服, phone: "000-0000-0001", verified: {on: 2024-01-01, by: 店长}}
limits:
  second-till: {sale: "800.00", day: "1000.00", count: "3", duration: PT2H}
"""
MINUTE = 60_000_000_000
FIRST = 1_795_485_600_000_000_000  # 2026-11-24 10:00 in a shop at +08:00
CARD_NUMBER = "4111 1111 1111 1111"


class Hands(Clock):
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.wall = FIRST
        self.mono = 1

    def now(self) -> Moment:
        return Moment(self.wall, self.mono, 8 * 3600, True)

    def forward(self, minutes: float) -> None:
        """Time goes by."""
        self.wall += int(minutes * MINUTE)
        self.mono += int(minutes * MINUTE)

    def jump(self, minutes: float) -> None:
        """Somebody sets the clock."""
        self.wall += int(minutes * MINUTE)


class Keyboard(io.TextIOBase):
    """What a person types, line by line; a function among the lines is called where it stands, then typing goes on."""

    def __init__(self, lines: tuple[Any, ...]) -> None:
        self.lines = list(lines)

    def isatty(self) -> bool:
        return True

    def readline(self, size: int | None = -1) -> str:  # type: ignore[override]
        while self.lines and callable(self.lines[0]):
            self.lines.pop(0)()
        if not self.lines:
            print("<end>")
            return ""
        line = str(self.lines.pop(0))
        print(f"<{line}>")
        return f"{line}\n"


class Sat(NamedTuple):
    """A sitting that is over: its exit status, all that was said and typed, and the lines nobody asked for."""

    status: int
    said: str
    left: list[Any]

    def count(self, text: str) -> int:
        return " ".join(self.said.split()).count(text)

    def __contains__(self, text: object) -> bool:
        return str(text) in " ".join(self.said.split())


class Shop:
    """A person in a shop, whose clock the test holds."""

    def __init__(
        self, books: Path, data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.books = books
        self.data = data
        data.mkdir()
        (data / "store.yaml").write_text(STORE, encoding="utf-8")
        self.clock = Hands()
        self._capsys = capsys
        self._monkeypatch = monkeypatch
        monkeypatch.setattr("toolkit.cli.setting.Clock", lambda: self.clock)

    def __call__(self, command: str, *typed: Any, lang: str = "en") -> Sat:
        """`tillbook COMMAND`, with `typed` at its prompts; after the last line the window is closed (q, or the end)."""
        from toolkit.cli import main

        keyboard = Keyboard(typed)
        self._capsys.readouterr()
        with self._monkeypatch.context() as patch:
            patch.setattr(sys, "stdin", keyboard)
            status = main([*self.options(lang), *command.split()])
        out, err = self._capsys.readouterr()
        assert "\x1b" not in out
        assert "\r" not in out
        shown = [line for line in out.split("\n") if "<" not in line and not command.startswith("report")]
        assert [line for line in shown if width(line) > 79] == []
        return Sat(status, out + err, keyboard.lines)

    def options(self, lang: str = "en") -> list[str]:
        return ["--lang", lang, "--runbooks", str(self.books), "--data-dir", str(self.data)]

    @property
    def folder(self) -> Path:
        (found,) = (self.data / "incidents").iterdir()
        return found

    @property
    def state(self) -> State:
        return replay(record_of(self.folder).events())

    def told(self, kind: str) -> list[dict[str, Any]]:
        return [dict(line.data) for line in record_of(self.folder).lines if line.kind == kind]


@pytest.fixture(scope="session")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The runbooks of cases/shop, and those of cases/beside."""
    found = tmp_path_factory.mktemp("books")
    for name in ("shop", "beside"):
        shutil.copytree(CASES / name, found, dirs_exist_ok=True)
    return found


@pytest.fixture
def shop(books: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shop:
    return Shop(books, tmp_path / "data", capsys, monkeypatch)


RRN = "908070605040"
IN_FORCE = ("p", "CP-02", "=", "the line", "yes")  # from the first question of N01 until CP-02 is in force
H01 = ("1", "12.50", "14:05", "0042", "1234", "1", "2", "paper out", "1", "yes", "1")  # all of H01, solved
TO_DESK = ("yes", "1", "1")  # from the first question of N01 to its end: goods are held, a refund is owed
STOOD_DOWN = ("yes", "1")  # the stand-down of CP-02, where the desk comes next


# --- runs beside runs


def test_coming_back_within_a_runbook_that_is_gone_through_says_once_that_nothing_was_edited(shop: Shop) -> None:
    shop("run H01", *H01[:9], "no", "1", "q")
    run = shop.state.current
    assert run is not None
    assert run.parent == 1
    sat = shop("resume", "q")
    assert sat.count("has not changed") == 1
    assert "H01 has not changed" in sat
    assert "edited since" not in sat


@pytest.mark.parametrize("typed", ["o H01", "o no-slip", "open h01", "打开 Ｈ０１", "另开：H01"])
def test_another_runbook_is_opened_at_a_question_and_the_question_comes_back(shop: Shop, typed: str) -> None:
    sat = shop("run N01", RRN, typed, *H01, "q")
    assert (sat.status, sat.left) == (6, [])
    assert "H01 has ended: Solved. Back in N01." in sat
    assert sat.said.rindex("See whether the other tills are online") > sat.said.index("H01 has ended")
    assert [run.card for run in shop.state.waiting] == ["N01"]


def test_another_runbook_is_opened_while_a_value_is_asked_for_and_the_value_is_asked_for_again(shop: Shop) -> None:
    sat = shop("run N01", "o H01", *H01, RRN, "q")
    assert (sat.status, sat.left) == (6, [])
    assert sat.count("Reference number:") == 2
    assert dict(shop.state.evidence)[(1, "all-tills", "rrn")] == RRN


def test_what_fits_several_runbooks_is_picked_from(shop: Shop) -> None:
    sat = shop("run N01", RRN, "o", "paper", "H01", "q")
    assert "FIRST: Stop. Look this payment up first." in sat
    assert [run.card for run in shop.state.waiting] == ["H01", "N01"]
    assert "No runbook fits 'xyzzy'" in shop("resume", "o xyzzy", "q")


def test_one_that_waits_is_taken_up_where_it_stopped_or_begun_anew(shop: Shop) -> None:
    sat = shop("run H01", "1", "12.50", "o N01", "o H01", "1", "14:05", "o N01", "1", RRN, "o H01", "2", "q")
    assert sat.left == []
    assert [(run.number, run.card, run.cursor.step) for run in shop.state.waiting] == [
        (3, "H01", "tell"),
        (2, "N01", "all-tills"),
        (1, "H01", "write"),
    ]
    assert sat.count("Amount (yuan):") == 1, "what was written down is not asked for again"
    assert "H01 is in hand already" in shop("resume", "o H01", "0", "q")
    assert "Runbooks not finished: H01, at step 1 N01, at step 1 H01, at step 2" in shop("resume", "i", "q")


def test_runs_that_wait_come_back_one_after_the_other(shop: Shop) -> None:
    sat = shop("run H01", "o P01", "1", *H01)
    assert sat.status == 0
    assert "P01 has ended: Done. Back in H01." in sat
    assert shop.state.closed


# --- plans


def test_a_plan_is_put_in_force_at_a_question_and_what_is_left_stands_at_every_prompt(shop: Shop) -> None:
    sat = shop("run N01", RRN, *IN_FORCE, "s 128.5", "n a note", "no", "q")
    assert (sat.status, sat.left) == (6, [])
    assert "When to start: The first till takes no payment." in sat
    assert "CP-02 has ended: The plan is in force. Back in N01." in sat
    (plan,) = shop.state.in_force
    assert (plan.card, plan.status, plan.why, plan.by) == (
        "CP-02",
        "active",
        "the line",
        shop.told("run-started")[1]["by"],
    )
    after = sat.said.split("Counted: sale 1")[1]
    assert after.count("871.50 left\n    today · 2 sales left · until 12:00") == after.count("? why") + 1


def test_limits_come_from_the_plan_and_the_store_file(shop: Shop) -> None:
    """The stricter counts, but a default of ours gives way to the shop's own, and a contract's is the shop's."""
    shop("run N01", RRN, *IN_FORCE, "q")
    (plan,) = shop.state.in_force
    assert dict(plan.limits) == {"sale": "500.00", "day": "1000.00", "count": "3", "duration": "PT2H"}


@pytest.mark.parametrize(
    ("sales", "later", "beyond", "way_out", "bound"),
    [
        ((), 0, "500.01", "Let this customer pay cash.", "sale"),
        (("400", "450"), 0, "200", "Cash only today; ask 收单客服 000-0000-0000.", "day"),
        (("1", "1", "1"), 0, "1", "Change the roll before the next sale.", "count"),
        (("1",), 121, "1", "The manager decides.", "duration"),
    ],
)
def test_a_sale_beyond_a_bound_is_refused_with_the_way_out(
    shop: Shop, sales: tuple[str, ...], later: int, beyond: str, way_out: str, bound: str
) -> None:
    typed = [f"s {one}" for one in sales]
    sat = shop("run N01", RRN, *IN_FORCE, *typed, lambda: shop.clock.forward(later), f"s {beyond}", "q")
    assert "NOT COUNTED. Beyond the limit of CP-02" in sat
    assert way_out in sat
    assert len(shop.state.in_force[0].counted) == len(sales)
    (refused,) = shop.told("sale-refused")
    assert (refused["bound"], refused["amount"]) == (bound, f"{float(beyond):.2f}")


def test_a_sale_is_taken_back_with_a_reason_and_makes_room_again(shop: Shop) -> None:
    sat = shop(
        "run N01", RRN, *IN_FORCE, "s 1", "s 2", "s 3", "s -2", "voided", "s 4", "s -2", "again", "s -9", "x", "q"
    )
    assert sat.left == []
    assert [str(sale.amount) for sale in shop.state.in_force[0].counted] == ["1.00", "3.00", "4.00"]
    assert [back["reason"] for back in shop.told("sale-taken-back")] == ["voided"]
    assert "CP-02 has no sale 2 that counts" in sat
    assert "CP-02 has no sale 9 that counts" in sat


@pytest.mark.parametrize("typed", ["s 12,5", "s", "sale nothing", "s 0", "s -1.5"])
def test_what_is_no_amount_counts_nothing(shop: Shop, typed: str) -> None:
    asked = ("",) if typed == "s" else ()
    sat = shop("run N01", RRN, *IN_FORCE, typed, *asked, "q")
    assert sat.left == []
    assert "Write an amount like 128.50" in sat
    assert shop.state.in_force[0].sales == ()


@pytest.mark.parametrize("typed", ["s -2", "s - 2", "s -  2", "s －２", "s \u22122", "s -②", "s -002"])
def test_the_sale_that_is_taken_back_is_the_one_that_was_typed(shop: Shop, typed: str) -> None:
    sat = shop("run N01", RRN, *IN_FORCE, "s 1", "s 2", "s 3", typed, "typed wrong", "q")
    assert sat.left == []
    assert [back["n"] for back in shop.told("sale-taken-back")] == [2]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("s -1234", "CP-02 has no sale 1234 that counts"),
        ("s -  12", "CP-02 has no sale 12 that counts"),
        ("s -99999999", "Write an amount like 128.50"),
        ("s -4111111111111111", "Write an amount like 128.50"),
        ("s -0", "Write an amount like 128.50"),
        ("s -1½", "Write an amount like 128.50"),
    ],
)
def test_a_sale_that_is_not_there_is_not_taken_back(shop: Shop, typed: str, said: str) -> None:
    sat = shop("run N01", RRN, *IN_FORCE, "s 1", typed, "typed wrong", "q")
    assert (sat.status, shop.told("sale-taken-back")) == (6, [])
    assert said in sat


@pytest.mark.parametrize(
    ("typed", "first"),
    [("1", True), ("①", True), ("001", True), ("0012", False), ("00012", False), ("1" * 5000, False)],
)
def test_a_number_that_was_typed_counts_whole(shop: Shop, typed: str, first: bool) -> None:
    """At a question, in a list, at the desk, and where the open incidents are offered."""
    shop("run N01", RRN, typed, "q")
    assert shop.state.runs[0].cursor.step == ("keep" if first else "all-tills")
    shop("resume", *(TO_DESK[1:] if first else TO_DESK), "q")
    assert ("The proof" in shop("resume", "1", typed, "b", "q")) == first
    assert ("How was this settled" in shop("resume", typed, "b", "q")) == first


@pytest.mark.parametrize("typed", ["c 10:05 #①", "c 10:05 #12345678", "c 10:05 #two", "c 10:05 #4111111111111111"])
def test_the_time_of_the_entry_that_was_typed_is_corrected_and_of_no_other(shop: Shop, typed: str) -> None:
    sat = shop("run N01", RRN, typed, "q")
    assert (sat.status, sat.left) == (6, [])
    assert [one["entry"] for one in shop.told("time-corrected")] == ([1] if "①" in typed else [])
    assert "①" in typed or "There is no entry ?" in sat


def test_a_sale_needs_a_plan_in_force(shop: Shop) -> None:
    assert "No plan is in force that sales count against" in shop("run N01", RRN, "s 5", "q")
    assert "No plan is in force that sales count against" in shop("resume", "p", "CP-02", "=", "x", "s 5", "q")


def test_with_two_plans_a_sale_asks_for_which(shop: Shop) -> None:
    sat = shop(
        "run N01", RRN, *IN_FORCE, "p", "cp-01", "ann, shift lead", "no roll", "1", "30", "yes", "s 5", "CP-02", "q"
    )
    assert sat.left == []
    assert [(plan.card, plan.by, len(plan.sales)) for plan in shop.state.in_force] == [
        ("CP-02", shop.state.in_force[0].by, 1),
        ("CP-01", "ann, shift lead", 0),
    ]


def test_a_plan_that_is_not_possible_is_not_in_force(shop: Shop) -> None:
    sat = shop("run N01", RRN, "p", "CP-02", "=", "the line", "unknown", "q")
    assert "CP-02 has ended: The plan is not possible. Back in N01." in sat
    assert shop.state.in_force == ()


def test_a_plan_is_stood_down_reconciled_and_closed_at_prompts(shop: Shop) -> None:
    sat = shop("run N01", RRN, *IN_FORCE, "p", "1", "yes", "p", "1", "yes", "p", "1", "ann", "p", "0", "q")
    assert sat.left == []
    assert [plan.status for plan in shop.state.activations] == ["closed"]
    assert "CP-02 is closed." in sat
    assert sat.said.split("CP-02 is closed.")[1].count("Start CP-02") == 1, "it can be started again"
    assert shop.told("plan-closed")[0]["by"] == "ann"


def test_a_stand_down_that_does_not_succeed_leaves_the_plan_in_force(shop: Shop) -> None:
    shop("run N01", RRN, *IN_FORCE, "p", "1", "s 1", "unknown", "s 2", "q")
    (plan,) = shop.state.in_force
    assert (plan.status, len(plan.sales)) == ("active", 2)


def test_a_phase_that_has_begun_is_not_begun_twice(shop: Shop) -> None:
    sat = shop("run N01", RRN, *IN_FORCE, "p", "1", "o CP-02", "q")
    assert "CP-02 is there already: being stood down." in sat
    assert [run.phase for run in shop.state.runs] == ["steps", "activate", "stand_down"]


def test_going_through_a_plan_puts_it_in_force_and_a_second_time_goes_on_with_it(shop: Shop) -> None:
    sat = shop("run N01", RRN, "no", "1", "yes", "s 5", "o N01", "1", RRN, "no", "1", "yes", "q")
    assert sat.left == []
    (plan,) = shop.state.activations
    assert (plan.status, plan.why, len(plan.sales)) == ("active", "N01", 1)
    assert [run.activation for run in shop.state.runs if run.runbook == "second-till"] == [1, 1]


# --- the time box and the rungs of the escalation


def test_a_rung_that_is_due_starts_its_plan_and_comes_back_and_the_next_one_leads_on(shop: Shop) -> None:
    sat = shop(
        "run N01",
        lambda: shop.clock.forward(5),
        RRN,
        "t",
        "=",
        "five minutes",
        "yes",
        "t",
        lambda: shop.clock.forward(10),
        "",
        "t",
        "TK1",
        "-",
        "-",
        "q",
    )
    assert sat.left == []
    assert "TIME IS UP (since 10:05). Now: start CP-02 The second till (type t)" in sat
    assert "The time is not over yet." in sat
    assert "TIME IS UP (since 10:15). Now: Call 收单客服 000-0000-0000. (type t)" in sat
    assert [plan.card for plan in shop.state.in_force] == ["CP-02"]
    assert shop.state.runs[0].rungs == ("PT5M second-till", "PT15M call")
    assert shop.state.runs[0].cursor.step == "call"


def test_the_time_that_is_over_survives_a_restart(shop: Shop) -> None:
    shop("run N01", RRN, "q")
    shop.clock.forward(16)
    sat = shop("resume", "t", "0", "", "q")
    assert "TIME IS UP (since 10:05). Now: start CP-02" in sat


def test_the_time_box_survives_a_clock_that_jumped(shop: Shop) -> None:
    """An hour ahead: it is on record and said, and the ten minutes that are left stay ten."""
    sat = shop(
        "run N01",
        RRN,
        *IN_FORCE,
        lambda: shop.clock.forward(5),
        lambda: shop.clock.jump(60),
        "n now",
        "q",
    )
    assert "The computer's clock has jumped by about 1 hour" in sat
    assert "About 10 minutes left (until 11:15)" in sat
    assert "TIME IS UP" not in sat
    assert [jump["by"] for jump in shop.told("clock-jumped")] == ["3600.0"]
    assert "until 13:00" in sat.said.split("jumped by")[1], "the plan's own time has moved with the clock"


def test_the_time_of_a_run_that_waits_is_told_as_well(shop: Shop) -> None:
    sat = shop("run N01", RRN, "o P01", lambda: shop.clock.forward(6), "n x", "q")
    assert "N01" in sat.said.split("!! ")[1]


# --- what is left: the desk, items, the end of the incident


def test_the_desk_comes_after_the_last_run_and_leads_to_the_end(shop: Shop) -> None:
    sat = shop(
        "run N01",
        RRN,
        *IN_FORCE,
        *TO_DESK,
        "s 5",  # sales count until the plan is stood down
        "4",  # close the incident: not while a plan is in force
        "1",
        "yes",
        "s 6",  # no longer
        "1",
        "yes",
        "4",
        "1",
        "",
        "=",
        "1",
        "back-in-stock",
        "slip 7, customer signed",
        "1",
        "customer-told",
        "RF0042, to the card, by Friday",
    )
    assert (sat.status, sat.left) == (0, [])
    assert "CP-02 is not closed, so the incident cannot be closed" in sat
    assert "No plan is in force that sales count against" in sat
    assert "The incident is closed." in sat
    state = shop.state
    assert (state.closed, [plan.status for plan in state.activations]) == (True, ["closed"])
    assert [(item.item, item.settled) for item in state.items] == [
        ("goods-held", "back-in-stock"),
        ("refund-owed", "customer-told"),
    ]
    assert [settled["proof"] for settled in shop.told("item-settled")] == [
        "slip 7, customer signed",
        "RF0042, to the card, by Friday",
    ]
    assert "have ended" in shop("resume " + shop.folder.name)


def test_a_plan_is_not_closed_before_its_money_is_reconciled(shop: Shop) -> None:
    sat = shop("run N01", RRN, *IN_FORCE, *TO_DESK, "1", "yes", "1", "unknown", "1", "yes", "1", "ann", "q")
    assert sat.left == []
    assert sat.count("Reconcile the money of CP-02") == 2, "it did not add up, so it is still to be done"
    assert [plan.status for plan in shop.state.activations] == ["closed"]


def test_the_incident_closes_with_items_left_only_when_somebody_takes_them_over(shop: Shop) -> None:
    sat = shop("run N01", RRN, *TO_DESK, "3", "b", "3", "ann, finance", "", "b", "3", "ann, finance", "shop closes")
    assert (sat.status, sat.left) == (0, [])
    assert "Still open: 2." in sat
    (closed,) = shop.told("incident-closed")
    assert (closed["heir"], closed["reason"], closed["items"]) == ("ann, finance", "shop closes", [1, 2])
    assert [item.heir for item in shop.state.items] == ["ann, finance"] * 2
    assert len(shop.state.open_items) == 2


@pytest.mark.parametrize(
    "typed", [("1", "0"), ("1", "1", "", ""), ("1", "1", "b"), ("9",), ("0",), ("what",), ("",), ("1", "9", "9", "9")]
)
def test_nothing_is_settled_by_half(shop: Shop, typed: tuple[str, ...]) -> None:
    sat = shop("run N01", RRN, *TO_DESK, *typed, "q")
    assert (sat.status, sat.left) == (6, [])
    assert len(shop.state.open_items) == 2


def test_from_the_desk_another_runbook_can_be_opened_and_the_desk_comes_back(shop: Shop) -> None:
    sat = shop("run N01", RRN, *TO_DESK, "o H01", *H01, "q")
    assert (sat.status, sat.left) == (6, [])
    assert sat.count("What next (1-3):") == 2
    assert "What next" in shop("resume", "q")


def test_what_is_overdue_is_said(shop: Shop) -> None:
    shop("run N01", RRN, *TO_DESK, "q")
    shop.clock.forward(121)
    sat = shop("resume", "i", "q")
    assert "Goods held (N01), OVERDUE since 12:00" in sat
    assert "Refund owed (N01), due 2026-11-25 10:00" in sat


# --- corrections and hand-overs


def test_a_time_is_corrected_and_both_are_in_the_log(shop: Shop) -> None:
    shop.clock.forward(30)
    typed = ("c 10:05", "c 10:01 #3", "c", "09:58 #2", "c 25:00", "c 10:00 #99")
    sat = shop("run N01", RRN, "n the line blinked", *typed, "q")
    assert sat.left == []
    assert "There is no entry 99" in sat
    assert "Write a time like 14:05" in sat
    told = shop.told("time-corrected")
    assert [(one["entry"], one["happened"][11:16]) for one in told] == [(5, "02:05"), (3, "02:01"), (2, "01:58")]
    log = shop(f"log {shop.folder.name}")
    assert "10:30:00" in log
    assert "10:05" in log
    assert "the line blinked" in log


@pytest.mark.parametrize("typed", [("h 李四",), ("交班 李四",), ("h", "李四"), ("交班：李四",)])
def test_who_takes_over_stands_at_the_entries_that_follow(shop: Shop, typed: tuple[str, ...]) -> None:
    sat = shop("run N01 --by ann", RRN, *typed, "n later", "q")
    assert sat.left == []
    assert "李四 goes on from here." in sat
    who = {line.kind: line.who for line in record_of(shop.folder).lines}
    assert (who["evidence"], who["noted"], who["stopped"]) == ("ann", "李四", "李四")
    (handed,) = shop.told("handed-over")
    assert (handed["from"], handed["to"]) == ("ann", "李四")


def test_a_hand_over_shows_what_is_going_on(shop: Shop) -> None:
    sat = shop("run N01", RRN, *IN_FORCE, "yes", "1", "h bob", "q")
    after = sat.said.split("bob goes on from here")[1]
    assert "CP-02 in force" in after
    assert "Goods held (N01), due 12:00" in after


# --- calls


def test_a_call_sheet_is_filled_from_the_incident_and_says_what_is_missing(shop: Shop) -> None:
    sat = shop("run N01", RRN, "unknown", "q")
    sheet = " ".join(sat.said.split("They will ask for:")[1].split())
    assert sheet.startswith(f"Merchant number: SHOP-MID Terminal number: [missing] Reference number: {RRN}")
    assert "\n      000-0000-0000\n" in sat.said, "the number stands on a line of its own"
    assert "more than a year ago" not in sat


def test_an_old_number_is_said_to_be_old_and_a_missing_one_is_a_gap(shop: Shop, tmp_path: Path) -> None:
    sat = shop("run N01", RRN, "unknown", "-", "-", "-", "wait", "q")
    assert "verified on 2024-01-01, more than a year ago" in sat
    store = tmp_path / "store.yaml"
    store.write_text("format: 1\nstore: {name: x}\n")
    sat = shop(f"--store {store} resume", "q")
    assert "[not filled in the store file: the internet provider]" in sat


@pytest.mark.parametrize(
    ("ticket", "reply", "due"),
    [
        ("TK1", "14:30", "2026-11-24T06:30"),
        ("-", "14:30", "2026-11-24T06:30"),
        ("TK1", "09:00", "2026-11-25T01:00"),  # has passed today, so it is tomorrow's
        ("TK1", "2026-11-27 12:00", "2026-11-27T04:00"),
        ("TK1", "-", "2026-11-25T02:00"),
        ("-", "-", ""),
    ],
)
def test_what_the_hotline_promised_is_a_call_that_is_due_then(shop: Shop, ticket: str, reply: str, due: str) -> None:
    shop("run N01", RRN, "unknown", ticket, reply, "-", "wait", "q")
    assert [(item.item, item.due[:16]) for item in shop.state.items] == ([("call-back", due)] if due else [])


@pytest.mark.parametrize(
    ("typed", "kind"), [(("wait",), "answered"), (("x", "they hung up"), "not-possible"), (("t",), "time-up")]
)
def test_a_promised_call_is_kept_whichever_way_the_step_is_left(
    shop: Shop, tmp_path: Path, typed: tuple[str, ...], kind: str
) -> None:
    shop.books = shutil.copytree(shop.books, tmp_path / "books")
    book = shop.books / "failures" / "line-down.yaml"
    rung = "escalation:\n  - {after: PT5M, basis: design, plan: second-till}\n"
    book.write_text(book.read_text("utf-8").replace(rung, "").replace("then: call", "then: line"), "utf-8")
    shop("run N01", RRN, "unknown", lambda: shop.clock.forward(16), "TK1", "14:30", "-", *typed, "q")
    assert [one["step"] for one in shop.told(kind)][-1] == "call"
    assert [(item.item, item.due[:16]) for item in shop.state.items] == [("call-back", "2026-11-24T06:30")]


def test_an_unusual_length_is_asked_about_once(shop: Shop) -> None:
    sat = shop("run N01", "12345", "1234", "1234", "q")
    assert sat.count("usually it has 12") == 2
    assert dict(shop.state.evidence)[(1, "all-tills", "rrn")] == "1234"


# --- what was written down before


def test_what_belongs_to_another_payment_is_not_offered_and_what_belongs_to_the_shop_is(shop: Shop) -> None:
    sat = shop("run H01", "1", "12.50", "14:05", "0042", "1234", "1", "2", "o N01", "=", RRN, "o H01", "2", "1", "q")
    asked = sat.said.split("Number of slips:")[1]
    assert sat.left == []
    assert dict(shop.state.evidence)[(2, "all-tills", "rrn")] == RRN
    assert "12.50" not in asked
    assert "0042" not in asked
    sat = shop("resume", "1.00", "15:00", "0043", "-", "2", "=", "q")
    assert sat.left == []
    assert dict(shop.state.evidence)[(3, "write", "slips")] == "2", "of H01's first run, which counted the same stock"


def test_a_value_that_nobody_could_tell_here_hides_none_that_was_written_down_on_the_way(shop: Shop) -> None:
    """H01 goes through CP-01, whose activation writes the slips down; H01 itself could not tell."""
    typed = ("1", "12.50", "14:05", "0042", "1234", "1", "-", "paper out", "1", "2", "1", "1", "30", "q")
    shop("run H01", *typed)
    run = shop.state.runs[0]
    assert dict(shop.state.evidence)[(1, "write", "slips")] == "-"
    assert shop.state.known(run)["slips"] == "30"


# --- photos


JPEG = b"\xff\xd8\xff\xe0 a screen"
AT_PHOTO = (RRN, "unknown", "-", "-")


def test_a_photo_is_copied_and_hashed(shop: Shop, tmp_path: Path) -> None:
    photo = tmp_path / "IMG 0042.jpeg"
    photo.write_bytes(JPEG)
    shop("run N01", *AT_PHOTO, f"'{photo}'", "q")
    photo.unlink()
    value = dict(shop.state.evidence)[(1, "call", "screen-photo")]
    assert (shop.folder / value).read_bytes() == JPEG
    (told,) = [one for one in shop.told("evidence") if one["field"] == "screen-photo"]
    assert (told["sha256"], told["size"]) == (sha256(JPEG).hexdigest(), len(JPEG))
    assert "IMG" not in (shop.folder / "journal.jsonl").read_text("ascii")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"%PDF-1.7", "This is no photo"),
        (b"", "This is no photo"),
        (JPEG + b"<x:Card>4111 1111 1111 1111</x:Card>", "holds a card number"),
        (JPEG + bytes(20 * 1024 * 1024), "larger than 20 MB"),
        (None, "There is no such file"),
    ],
)
def test_a_file_that_is_no_photo_fit_to_keep_is_refused(
    shop: Shop, tmp_path: Path, raw: bytes | None, reason: str
) -> None:
    photo = tmp_path / "photo.jpg"
    if raw is not None:
        photo.write_bytes(raw)
    sat = shop("run N01", *AT_PHOTO, str(photo), "-", "q")
    assert sat.left == []
    assert reason in sat
    assert dict(shop.state.evidence)[(1, "call", "screen-photo")] == "-"
    assert not (shop.folder / "attachments").exists()


# --- what is typed at any prompt


# For each kind of prompt, what is typed to get there (the incident is a run of N01, at its first value).
PROMPTS: dict[str, tuple[str, ...]] = {
    "value": (),
    "question": (RRN,),
    "note": (RRN, "n"),
    "reason": (RRN, "x"),
    "runbook": (RRN, "o"),
    "pick": (RRN, "o", "paper"),
    "again": (RRN, "o P01", "o N01"),
    "plans": (RRN, "p"),
    "starts it": (RRN, "p", "CP-02"),
    "why": (RRN, "p", "CP-02", "ann"),
    "plan's question": (RRN, "p", "CP-02", "ann", "the line"),
    "amount": (RRN, *IN_FORCE, "s"),
    "which plan": (RRN, *IN_FORCE, "p", "CP-01", "=", "=", "1", "30", "yes", "s"),
    "take back": (RRN, *IN_FORCE, "s 5", "s -1"),
    "closes it": (RRN, *IN_FORCE, "p", "1", "yes", "p", "1", "yes", "p", "1"),
    "when": (RRN, "c"),
    "who": (RRN, "h"),
    "ticket": (RRN, "unknown"),
    "promised": (RRN, "unknown", "TK1"),
    "photo": AT_PHOTO,
    "desk": (RRN, *TO_DESK),
    "way": (RRN, *TO_DESK, "1"),
    "proof": (RRN, *TO_DESK, "1", "1"),
    "heir": (RRN, *TO_DESK, "3"),
    "heir's reason": (RRN, *TO_DESK, "3", "ann"),
}


def on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


CARD_DATA = {
    CARD_NUMBER: "4111111111111111",
    "卡号6222021234567890128": "6222021234567890128",
    "o 4111-1111-1111-1111": "4111111111111111",
    "n cvv 123": "cvv123",
    "h 4111１１１１11111111 ann": "4111111111111111",
    "s 4111111111111111": "4111111111111111",
    "c 4111 1111 1111 1111": "4111111111111111",
}


def bare(text: str) -> str:
    """What is left of a text when only letters and digits count, full-width or not."""
    return re.sub("[^0-9a-z]", "", unicodedata.normalize("NFKC", text).lower())


@pytest.mark.parametrize("typed", CARD_DATA)
@pytest.mark.parametrize("prompt", PROMPTS)
def test_card_data_reaches_no_disk_and_no_screen_at_any_prompt(shop: Shop, prompt: str, typed: str) -> None:
    sat = shop("run N01", *PROMPTS[prompt], typed, "q")
    assert sat.status in {0, 6}
    said = sat.said.replace(f"<{typed}>", "")
    raw = on_disk(shop.data)
    for found in (said, raw.decode("utf-8", "replace"), raw.decode("ascii", "backslashreplace")):
        assert CARD_DATA[typed] not in bare(found)


@pytest.mark.parametrize("how", ["eof", "interrupt", "q"])
@pytest.mark.parametrize("prompt", PROMPTS)
def test_at_every_prompt_one_can_be_gone_and_come_back(shop: Shop, prompt: str, how: str) -> None:
    """What was answered is there; the record tells how it stopped; the way back leads to the same place."""
    gone = {"eof": (), "interrupt": (interrupt,), "q": ("q",)}[how]
    sat = shop("run N01", *PROMPTS[prompt], *gone)
    assert (sat.status, sat.left) == (130 if how == "interrupt" else 6, [])
    assert "Saved. It stops here." in sat
    before = shop.state
    (stopped,) = shop.told("stopped")
    assert stopped["by"] == {"eof": "eof", "interrupt": "interrupt", "q": "stopped"}[how]
    again = shop("resume", "i", "q")
    assert (again.status, again.left) == (6, [])
    after = shop.state
    assert after.runs == before.runs
    assert after.activations == before.activations
    assert after.items == before.items
    assert dict(after.evidence) == dict(before.evidence)


def interrupt() -> None:
    raise KeyboardInterrupt


def stands(state: State) -> tuple[Any, ...]:
    """What a person would lose: where each run stands, what is in force, what is open, what was written down."""
    return (
        [(run.card, run.cursor.step, run.outcome) for run in state.runs],
        [(plan.card, plan.status, plan.by, len(plan.counted)) for plan in state.activations],
        [(item.item, item.settled) for item in state.items],
        dict(state.evidence),
    )


@pytest.mark.parametrize("prompt", PROMPTS)
def test_a_window_that_is_closed_at_any_prompt_loses_nothing(shop: Shop, prompt: str) -> None:
    """The terminal hangs up; what comes back is what a person who stopped there would come back to."""
    shop("run N01", *PROMPTS[prompt], "q")
    stopped = stands(shop.state)
    (shop.data / "incidents").rename(shop.data / "before")
    env = {**os.environ, "PYTHONIOENCODING": "utf-8", "TERM": "xterm", "COLUMNS": "80"}
    child = pexpect.spawn(
        sys.executable,
        ["-m", "toolkit", *shop.options(), "run", "N01"],
        env=env,
        encoding="utf-8",
        timeout=20,
        dimensions=(40, 80),
        echo=False,
    )
    child.delaybeforesend = None
    child.expect("Reference number: $")
    for line in PROMPTS[prompt]:
        child.sendline(line)
        child.expect(": $")
    os.kill(child.pid, signal.SIGHUP)
    child.expect(pexpect.EOF)
    child.close()
    assert stands(shop.state) == stopped
    shop.clock.wall = time.time_ns()
    again = shop("resume", "i", "q")
    assert (again.status, again.left) == (6, [])
    assert stands(shop.state) == stopped


@pytest.mark.parametrize("prompt", ["starts it", "why"])
@pytest.mark.parametrize("typed", ["b", "返回", "q", "eof", "interrupt"])
def test_a_plan_that_is_not_started_after_all(shop: Shop, prompt: str, typed: str) -> None:
    """Beside a run it changes nothing; where it was the first thing, nothing is left to come back to."""
    last: tuple[Any, ...] = {"eof": (), "interrupt": (interrupt,)}.get(typed, (typed,))
    beside = shop("run N01", *PROMPTS[prompt], *last, "q")
    assert shop.state.in_force == ()
    assert typed not in {"b", "返回"} or "CP-02 was not started." in beside
    (shop.data / "incidents").rename(shop.data / "before")
    alone = shop("run CP-02", *PROMPTS[prompt][3:], *last)
    assert alone.status == (130 if typed == "interrupt" else 6)
    assert "Nothing was begun." in alone
    assert shop.state.closed
    assert "No incident is open." in shop("status")
    assert shop("resume").status == 3
    assert shop(f"log {shop.folder.name}").status == 0
    assert shop(f"report {shop.folder.name}").status == 0


# --- in Chinese


def test_a_whole_incident_in_chinese_with_full_width_commands(shop: Shop) -> None:
    sat = shop(
        "run N01",
        RRN,
        "预案",
        "ｃｐ－０２",
        "王五，班长",
        "断网",
        "亮了",
        "收款 １２８．５０",
        "收款 600",
        "情况",
        "备注 顾客在等",
        "交班 李四",
        "改时间 ０９：５５",
        "通",
        "完成",
        "好了",
        "１",
        "收好了",
        "１",
        "平",
        "１",
        "=",
        "３",
        "李四，财务",
        "明天到账",
        lang="zh",
    )
    assert (sat.status, sat.left) == (0, [])
    for said in ("没有记。超过 CP-02 的限度", "这笔请顾客付现金", "李四", "128.50"):
        assert said in sat
    state = shop.state
    assert state.closed
    assert [str(sale.amount) for sale in state.activations[0].sales] == ["128.50"]
    assert (state.activations[0].by, state.activations[0].status) == ("王五，班长", "closed")
    assert [item.heir for item in state.items] == ["李四，财务"] * 2


# --- drills


def test_a_scripted_drill_says_what_is_seen_shows_no_number_and_counts_as_exercised(shop: Shop, tmp_path: Path) -> None:
    script = tmp_path / "drill.yaml"
    script.write_text("all-tills: unknown\nN01/call: wait\n")
    sat = shop(f"drill N01 --script {script}", RRN, "3", "-", "-", "-", "1", "1")
    assert (sat.status, sat.left) == (1, [])
    assert sat.said.index("DRILL. Nothing here is real") < sat.said.index("FIRST:")
    assert [cue["answer"] for cue in shop.told("cued")] == ["unknown", "wait"]
    assert "In this drill you see: Cannot tell" in sat
    assert "000-0000-0000" not in sat.said.split("step 2")[1].split("Do:")[1].split("Call:")[1]
    assert "a drill: call nobody" in sat
    assert shop.state.drill
    assert shop.state.closed
    assert "No incident is open." in shop("status")
    (shop.data / "incidents").rename(shop.data / "before")
    shop.clock.forward(24 * 60)
    assert "Last exercised: 2026-11-24." in shop("run N01", "q")
    assert "Last exercised" not in shop("run H01", "q")


def test_a_drill_that_is_stopped_is_gone_on_with_and_exercised_only_when_it_has_ended(shop: Shop) -> None:
    shop("drill P01 --seed 7", "q")
    assert "Last exercised" not in shop("run P01", "q")
    name = next(path.name for path in sorted((shop.data / "incidents").iterdir()) if b'"drill"' in on_disk(path))
    assert shop(f"resume {name}", "1").status == 0


def test_the_same_number_gives_the_same_drill(shop: Shop) -> None:
    seen = []
    for seed in (1, 1, 2, 3, 4, 5):
        shop(f"drill N01 --seed {seed}", RRN, "q")
        seen.append(shop.told("cued")[0]["answer"])
        (shop.folder).rename(shop.data / f"before-{len(seen)}")
    assert seen[0] == seen[1]
    assert set(seen) == {"yes", "no"}, "and shows something, never that nobody can tell"


def test_a_drill_of_a_plan_leaves_nothing_in_force(shop: Shop) -> None:
    sat = shop("drill CP-02 --seed 1", "1")
    assert sat.left == []
    assert shop.state.closed
    assert "No incident is open." in shop("status")
