"""Money that more than one run, incident or window has its hands on: nothing counts twice, nothing is lost unsaid."""

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.records import Faulty, broken
from tests.test_incidents import IN_FORCE, RRN, STOOD_DOWN, TO_DESK, Sat, Shop, books, shop
from toolkit.incident.fold import replay
from toolkit.incident.state import State
from toolkit.record.reading import load as record_of

__all__ = ["books", "shop"]  # fixtures
CLOSED = ("p", "1", "yes", "p", "1", "yes", "p", "1", "ann")  # from CP-02 in force until it is closed


def folders(shop: Shop) -> list[Path]:
    return sorted((shop.data / "incidents").iterdir())


def state_of(folder: Path) -> State:
    return replay(record_of(folder).events())


def amounts(state: State) -> list[list[str]]:
    return [[str(sale.amount) for sale in plan.counted] for plan in state.activations]


def full(monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch, Faulty("write fsync", lambda _: True, errno.ENOSPC))


# --- the limits of a plan are those of the shop's day


def test_closing_a_plan_and_starting_it_again_makes_no_new_day(shop: Shop) -> None:
    again = ("p", "CP-02", "ann", "again", "yes")
    sat = shop("run N01", RRN, *IN_FORCE, "s 400", "s 450", *CLOSED, *again, "s 200", "s 150", "s 1", "q")
    assert sat.left == []
    assert amounts(shop.state) == [["400.00", "450.00"], ["150.00"]]
    assert [one["bound"] for one in shop.told("sale-refused")] == ["day", "day"]
    assert "150.00 left" in sat.said.split("again")[-1].replace("\n    ", " ")


def test_the_day_is_one_for_all_incidents_and_a_drill_counts_for_itself(shop: Shop) -> None:
    shop("run N01", RRN, *IN_FORCE, "s 400", "s 450", "q")
    shop.clock.forward(5)
    shop("drill N01 --seed 1", RRN, *IN_FORCE, "s 500", "s 500", "q")
    shop.clock.forward(5)
    sat = shop(
        "run N01", RRN, *IN_FORCE, "s 200", "s 150", lambda: shop("sale 1 --incident " + folders(shop)[0].name), "q"
    )
    first, drill, last = (state_of(folder) for folder in folders(shop))
    assert (amounts(first), amounts(drill), amounts(last)) == (
        [["400.00", "450.00"]],
        [["500.00", "500.00"]],
        [["150.00"]],
    )
    assert sat.left == []
    shop.clock.forward(24 * 60)
    assert shop(f"sale 300 --incident {folders(shop)[2].name}").status == 1, "its two hours are over"
    assert [one.data["bound"] for one in record_of(folders(shop)[2]).lines if one.kind == "sale-refused"] == [
        "day",
        "duration",
    ]


def test_the_day_of_an_incident_that_goes_on_in_a_second_file_is_seen_too(shop: Shop) -> None:
    shop("run N01", RRN, *IN_FORCE, "s 400", "q")
    (first,) = folders(shop)
    with (first / "journal.jsonl").open("ab") as file:
        file.write(b"not a line of ours\n")
    assert shop(f"sale 100 --incident {first.name}").status == 0
    shop.clock.forward(5)
    shop("run N01", RRN, *IN_FORCE, "s 100", lambda: shop(f"sale 300 --incident {first.name}"), "s 200", "s 100", "q")
    assert (first / "journal.2.jsonl").exists()
    assert [amounts(state_of(folder)) for folder in folders(shop)] == [
        [["400.00", "100.00", "300.00"]],
        [["100.00"] * 2],
    ]


@pytest.mark.parametrize(
    ("before", "said"),
    [(("p", "1", "yes"), "reconcile its money next"), (("p", "1", "yes", "p", "1", "yes"), "it can be closed")],
)
def test_what_is_not_reconciled_and_closed_is_not_put_in_force_beside_itself(
    shop: Shop, before: tuple[str, ...], said: str
) -> None:
    sat = shop("run N01", RRN, *IN_FORCE, "s 100", *before, "no", "1", "q")
    assert said in sat
    assert len(shop.state.activations) == 1
    assert shop.state.runs[0].cursor.step == "move", "it is gone on from there when the money is done"


@pytest.mark.parametrize("typed", ["1", "o CP-02"])
def test_a_plan_that_is_being_started_is_not_started_beside_that(shop: Shop, typed: str) -> None:
    """Whoever wants to go through it gets back to its start, and its start alone says whether it is in force."""
    other = ("o N01", "2", RRN, "no", typed)
    sat = shop("run N01", RRN, "p", "CP-02", "=", "the line", *other, "yes", "s 5", "q")
    assert sat.left == []
    assert [run.phase for run in shop.state.runs] == ["steps", "activate", "steps"]
    (plan,) = shop.state.activations
    assert (plan.status, len(plan.sales)) == ("active", 1)
    assert [run.cursor.step for run in shop.state.waiting] == ["move", "all-tills"]


# --- what is acknowledged is on disk


@pytest.mark.parametrize(
    ("command", "typed", "said"),
    [
        ("sale 5", (), "Counted"),
        ("sale --take-back 1 --reason voided", (), "taken back"),
        ("settle {}-2 --how arrived --proof bank", (), "-2 is settled"),
        ("settle {}-2", ("1", "the bank"), "-2 is settled"),
        ("handover bob", (), "goes on from here"),
    ],
)
def test_an_entry_that_cannot_be_written_is_not_said_to_be_there(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, command: str, typed: tuple[str, ...], said: str
) -> None:
    shop("run N01", RRN, *IN_FORCE, "s 7", *TO_DESK, "q")
    before = record_of(shop.folder).lines
    command = command.format(shop.folder.name[-3:])
    with monkeypatch.context() as patch:
        full(patch)
        sat = shop(command, *typed)
    assert (sat.status, sat.left) == (9, [])
    assert said not in sat
    assert "NOT SAVED (No space left on device)" in sat
    assert "enter it again" in sat
    assert record_of(shop.folder).lines == before
    again = shop(command, *typed)
    assert (again.status, said in again) == (0, True)


@pytest.mark.parametrize(
    ("typed", "command", "said"),
    [
        ((*IN_FORCE, "p", "1", "yes", "p", "1", "yes"), "close CP-02", "is closed"),
        (TO_DESK, "close --hand-to ann --reason night", "is closed"),
    ],
)
def test_an_end_that_cannot_be_written_is_none(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, typed: tuple[str, ...], command: str, said: str
) -> None:
    from toolkit.cli import main

    shop("run N01", RRN, *typed, "q")
    with monkeypatch.context() as patch:
        full(patch)
        sat = shop(command)
    assert (sat.status, said in sat) == (9, False)
    assert not shop.state.closed
    assert "closed" not in [plan.status for plan in shop.state.activations]
    assert main([*shop.options(), *command.split()]) == 0


def test_at_a_prompt_a_sale_that_waits_for_the_disk_is_said_to_wait_each_time(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def heal() -> None:
        broken(monkeypatch, os)

    sat = shop("run N01", RRN, *IN_FORCE, lambda: full(monkeypatch), "s 5", "s 6", heal, "s 7", "q")
    assert sat.count("NOT SAVED YET") == 2
    assert sat.count("Counted: sale") == 1
    assert amounts(shop.state) == [["5.00", "6.00", "7.00"]]


# --- which incident it belongs to


def test_an_open_drill_gets_nothing_that_is_real(shop: Shop) -> None:
    shop("run N01", RRN, *IN_FORCE, "p", "1", "yes", "p", "1", "yes", "q")
    shop("resume", "p", "1", "ann", *IN_FORCE, "q")
    shop.clock.forward(5)
    shop("drill N01 --seed 1", RRN, *IN_FORCE, "q")
    real, drill = folders(shop)
    before = record_of(drill).lines
    assert shop("sale 128.50").status == 0
    assert shop("note it_is_back").status == 0
    assert shop("handover bob").status == 0
    assert shop("run CP-02 --phase stand-down", *STOOD_DOWN[:1], "p", "1", "yes", "q").left == []
    assert shop("close CP-02").status == 0
    assert record_of(drill).lines == before
    assert amounts(state_of(real)) == [[], ["128.50"]]
    assert [plan.status for plan in state_of(real).activations] == ["closed", "closed"]


def test_with_a_drill_alone_there_is_nothing_to_enter_and_it_can_still_be_resumed(shop: Shop) -> None:
    shop("drill N01 --seed 1", RRN, *IN_FORCE, "q")
    for command in ("sale 5", "note smoke", "handover bob", "close", "close CP-02"):
        assert shop(command).status == 3, command
    assert shop("resume", "q").status == 6
    assert "drill" in shop("", "1", "q").said.lower()


def test_with_a_plan_in_force_in_two_incidents_it_is_said_which(shop: Shop) -> None:
    for _ in range(2):
        shop("run N01", RRN, *IN_FORCE, "q")
        shop.clock.forward(5)
    first, last = folders(shop)
    for command in ("sale 5", "sale 5 --plan CP-02", "close CP-02"):
        sat = shop(command)
        assert (sat.status, first.name in sat, last.name in sat) == (2, True, True)
    assert amounts(state_of(first)) == amounts(state_of(last)) == [[]]
    assert shop(f"sale 5 --incident {first.name[-3:]}").status == 0
    assert (amounts(state_of(first)), amounts(state_of(last))) == ([["5.00"]], [[]])
    assert shop(f"close CP-02 --incident {first.name}").status == 1
    assert shop("sale 5 --incident nothing").status == 3


# --- items


def test_letters_of_an_incident_are_not_given_twice(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor those of an incident that was purged; each draw here gives the last letters once more."""
    drawn = iter([0, 0, 0, 0, 1, 0, 1, 2])
    real = os.urandom
    monkeypatch.setattr(os, "urandom", lambda size: bytes([0, 0, next(drawn)]) if size == 3 else real(size))
    shop("run N01", RRN, "q")
    shop("run N01", RRN, "q")
    (shop.data / "tombstones").mkdir()
    (shop.data / "tombstones" / "20250101-1000-bbc.json").write_text("{}")
    folders(shop)[1].rename(shop.data / "elsewhere")
    shop("run N01", RRN, "q")
    assert [folder.name[-3:] for folder in folders(shop)] == ["bbb", "bbd"]


def test_a_code_that_fits_two_incidents_settles_neither(shop: Shop) -> None:
    shop("run N01", RRN, *TO_DESK, "q")
    (first,) = folders(shop)
    shop.clock.forward(60 * 24 * 30)
    shop("run N01", RRN, *TO_DESK, "q")
    last = next(folder for folder in folders(shop) if folder != first)
    last = last.rename(last.with_name(last.name[:-3] + first.name[-3:]))
    end = " --how arrived --proof bank"
    sat = shop(f"settle {first.name[-3:]}-2{end}")
    assert (sat.status, f"{first.name}-2" in sat, f"{last.name}-2" in sat) == (2, True, True)
    assert shop(f"settle {first.name}-2{end}").status == 0
    assert [[i.settled for i in state_of(f).items] for f in (first, last)] == [["", "arrived"], ["", ""]]
    for wrong in (f"{first.name}-9", "kqx-2", "2", "-", f"{first.name[-3:]}-①x", f"{first.name[-3:]}-{'9' * 5000}"):
        assert shop(f"settle {wrong}{end}").status == 3


def test_an_item_is_settled_once_and_the_report_tells_that_settlement(shop: Shop) -> None:
    """While one window asks for the proof, another one settles the same item."""
    there: list[Sat] = []

    def other() -> None:
        there.append(shop(f"settle {shop.folder.name[-3:]}-2 --how customer-told --proof told-at-counter"))

    sat = shop("run N01", RRN, *TO_DESK, "2", "1", other, "credited on slip 7", "q")
    assert (there[0].status, "is settled already" in sat) == (0, True)
    assert [one["proof"] for one in shop.told("item-settled")] == ["told-at-counter"]
    assert [item.settled for item in shop.state.items] == ["", "customer-told"]
    rows = [line for line in shop(f"report {shop.folder.name}").said.split("\n") if "told-at-counter" in line]
    assert any("The customer was told where it is" in row for row in rows)
    assert "credited on slip 7" not in shop(f"report {shop.folder.name}")


def test_of_windows_that_settle_at_once_one_does(shop: Shop) -> None:
    shop("run N01", RRN, *TO_DESK, "q")
    code = f"{shop.folder.name[-3:]}-2"
    command = [sys.executable, "-m", "toolkit", *shop.options(), "settle", code, "--how", "arrived", "--proof"]
    windows = [
        subprocess.Popen([*command, f"proof {n}"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for n in range(6)
    ]
    said = [window.communicate()[0] for window in windows]
    assert sorted(window.returncode for window in windows) == [0, 1, 1, 1, 1, 1]
    assert sum(f"{code} is settled." in one for one in said) == 1
    assert len(shop.told("item-settled")) == 1


def test_a_plan_and_an_incident_are_closed_once(shop: Shop) -> None:
    sat = shop(
        "run N01", RRN, *IN_FORCE, "p", "1", "yes", "p", "1", "yes", "p", "1", lambda: shop("close CP-02"), "ann", "q"
    )
    assert "That plan is not in force" in sat
    assert len(shop.told("plan-closed")) == 1


def test_two_settlements_in_a_record_count_as_the_first(shop: Shop) -> None:
    from toolkit.incident import items
    from toolkit.incident.fold import apply
    from toolkit.incident.state import Event

    shop("run N01", RRN, *TO_DESK, "q")
    state = shop.state
    events: list[Any] = [items.settle(state, 2, how, how) for how in ("arrived", "customer-told")]
    for event in events:
        assert isinstance(event, Event)
        state = apply(state, event, state.last)
    assert [item.settled for item in state.items] == ["", "arrived"]


# --- what is entered late was sold


def test_a_sale_on_paper_counts_beyond_the_limit_and_that_is_said_and_reported(shop: Shop) -> None:
    shop("run N01", RRN, *IN_FORCE, "q")
    shop.clock.forward(30)
    sat = shop(f"late-entry {shop.folder.name} --at 10:10", "s 900", "=", "s 50", "q")
    assert sat.left == []
    assert "beyond the limit of CP-02" in sat
    assert "Let this customer pay cash." in sat
    assert amounts(shop.state) == [["900.00", "50.00"]]
    assert [one.get("bound") for one in shop.told("sale")] == ["sale", None]
    assert shop.told("sale-refused") == []
    assert "beyond the limit" in shop(f"log {shop.folder.name}")
    report = shop(f"report {shop.folder.name}").said
    assert any("900.00" in line and "it was beyond the limit" in line for line in report.split("\n"))
    assert shop("sale 100").status == 1, "today's 1000 are 50 from full, and what is sold now is bound by them"


def test_a_sale_on_paper_is_entered_after_the_stand_down_too_and_not_after_the_money_is_reconciled(shop: Shop) -> None:
    shop("run N01", RRN, *IN_FORCE, "p", "1", "yes", "q")
    shop.clock.forward(30)
    shop(f"late-entry {shop.folder.name} --at 10:00", "=", "s 12", "q")
    assert amounts(shop.state) == [["12.00"]]
    shop("resume", "p", "1", "yes", "q")
    sat = shop(f"late-entry {shop.folder.name} --at 10:00", "=", "s 13", "q")
    assert (amounts(shop.state), "No plan is in force that sales count against" in sat) == ([["12.00"]], True)


# --- how much is read


def test_a_single_entry_reads_no_incident_that_is_over(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    from toolkit.record import incidents

    shop("run N01", RRN, *TO_DESK, "q")
    code = shop.folder.name[-3:]
    for _ in range(3):
        shop.clock.forward(5)
        shop("run H01", "1", "12.50", "14:05", "0042", "1234", "1", "2", "paper out", "1", "yes", "1")
    seen: list[str] = []
    real = incidents.load
    monkeypatch.setattr(incidents, "load", lambda folder: (seen.append(folder.name), real(folder))[1])
    for command in ("note smoke", "due", f"settle {code}-2 --how arrived --proof bank", "handover bob"):
        seen.clear()
        assert shop(command).status == 0
        assert set(seen) == {folders(shop)[0].name}, command
