"""Incidents as people live them at prompts: runs beside runs, plans in force, money left open, hand-overs, the end."""

import io
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from toolkit.cells import width
from toolkit.clock import Clock, Moment
from toolkit.fold import replay
from toolkit.journal import load as record_of
from toolkit.state import State

SHOP = Path(__file__).parent / "cases" / "shop"
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
    """A person in the shop of cases/shop, whose clock the test holds."""

    def __init__(self, data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.data = data
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
            status = main(["--lang", lang, "--runbooks", str(SHOP), "--data-dir", str(self.data), *command.split(" ")])
        out, err = self._capsys.readouterr()
        assert "\x1b" not in out
        assert "\r" not in out
        typed_in = [line for line in out.split("\n") if "<" not in line]
        assert [line for line in typed_in if width(line) > 79] == []
        return Sat(status, out + err, keyboard.lines)

    @property
    def folder(self) -> Path:
        (found,) = (self.data / "incidents").iterdir()
        return found

    @property
    def state(self) -> State:
        return replay(record_of(self.folder).events())

    def told(self, kind: str) -> list[dict[str, Any]]:
        return [dict(line.data) for line in record_of(self.folder).lines if line.kind == kind]


@pytest.fixture
def shop(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shop:
    return Shop(tmp_path / "data", capsys, monkeypatch)


RRN = "123456789012"
IN_FORCE = ("p", "CP-02", "=", "the line", "yes")  # from the first question of N01 until CP-02 is in force
H01 = ("1", "12.50", "14:05", "0042", "1234", "1", "2", "paper out", "1", "yes", "1")  # all of H01, solved
TO_DESK = ("yes", "1", "1")  # from the first question of N01 to its end: goods are held, a refund is owed
STOOD_DOWN = ("yes", "1")  # the stand-down of CP-02, where the desk comes next


# --- runs beside runs


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
    assert (plan.status, plan.why, len(plan.sales)) == ("active", "N01/move", 1)
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
