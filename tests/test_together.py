"""Several windows at one incident: nothing is torn, lost or doubled, no limit is passed, each knows of the others."""

import errno
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.records import TYPED, Faulty, Spy, Ticking, broken, limited, noted, said, texts, typing, whole
from tests.test_incidents import IN_FORCE, RRN, Shop
from tests.test_incidents import books as books
from tests.test_incidents import shop as shop
from toolkit.incident.fold import replay
from toolkit.incident.state import Event
from toolkit.record import incidents
from toolkit.record.journal import Journal
from toolkit.record.reading import load

Tillbook = Callable[..., Any]
BEGUN = (
    Event("incident-opened", {}),
    Event(
        "run-started",
        {
            "run": 1,
            "runbook": "slips-by-hand",
            "card": "CP-01",
            "phase": "activate",
            "digest": "0",
            "parent": None,
            "step": "fetch",
            "activation": 1,
            "by": "ann",
            "why": "-",
            "limits": {"count": "40", "day": "200.00"},
        },
    ),
    Event("answered", {"run": 1, "step": "fetch", "answer": "done", "next": None, "end": "active"}),
)
WINDOW = """
import random, sys, time
from decimal import Decimal
from pathlib import Path
from tests.records import sealed
from toolkit.incident import plans
from toolkit.clock import Clock
from toolkit.incident.fold import apply, replay
from toolkit.record.journal import Journal
from toolkit.record.reading import load
from toolkit.incident.state import Event
folder, me = Path(sys.argv[1]), sys.argv[2]
record = load(folder)
made, state, turn = Journal(folder, Clock(), me, record), replay(record.events()), 0

def take_in(told):
    global state
    for event, at in told:
        state = apply(state, event, at)

while True:
    turn += 1
    mark = f"{me}-{turn}"
    if turn % 2:
        with made.held() as told:
            take_in(told)
            amount = Decimal(random.Random(mark).randrange(100, 1500)) / 100
            sold = plans.sell(state, state.activation(1), amount, "2026-11-23", "2026-11-23T02:43:09.123Z")
            if isinstance(sold, Event):
                take_in(made.append(sold._replace(data={**sold.data, "mark": mark})))
    else:
        event = sealed(turn)
        take_in(made.append(event._replace(data={**event.data, "text": mark})))
    while not made.recorded:  # seven others write without a pause: whoever gets no turn in time tries again
        take_in(made.catch_up())
    time.sleep(0.002)
    print(mark, isinstance(sold, Event) if turn % 2 else "note", flush=True)
"""


def begun(folder: Path) -> None:
    made = Journal(folder, Ticking(), "ann")
    for event in BEGUN:
        made.append(event)
    made.close()


@pytest.mark.parametrize("count", [2, 4, 8])
def test_windows_that_write_at_once_and_are_killed(tmp_path: Path, count: int) -> None:
    begun(tmp_path)
    chance = random.Random(count)
    said: list[str] = []
    windows = []

    def open_window() -> None:
        command = [sys.executable, "-c", WINDOW, str(tmp_path), f"w{len(windows)}"]
        windows.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))

    for _ in range(count):
        open_window()
    for turn in range(count + 2):
        for window in windows[-count:]:
            assert window.stdout is not None
            said.append(window.stdout.readline())
        time.sleep(chance.random() / 10)
        victim = windows[turn]
        victim.send_signal(signal.SIGKILL)
        open_window()
    for window in windows:
        window.send_signal(signal.SIGKILL)
        out, err = window.communicate()
        assert err == ""
        said += out.split("\n")[:-1]
    Journal(tmp_path, Ticking(), "ann", load(tmp_path)).append(noted(1))
    whole(tmp_path)
    found = load(tmp_path)
    acknowledged = [line.split() for line in said if line]
    sold = [line.data["mark"] for line in found.lines if line.kind == "sale"]
    noted_down = [line.data["text"] for line in found.lines if line.kind == "noted"][:-1]
    assert len(sold) == len(set(sold))
    assert len(noted_down) == len(set(noted_down))
    assert {mark for mark, what in acknowledged if what == "True"} <= set(sold)
    assert {mark for mark, what in acknowledged if what == "note"} <= set(noted_down)
    plan = replay(found.events()).activation(1)
    assert plan is not None
    assert sum(sale.amount for sale in plan.sales) <= Decimal(200)
    assert [sale.number for sale in plan.sales] == list(range(1, len(plan.sales) + 1))
    assert len(plan.sales) <= 40
    assert "False" in {what for _, what in acknowledged}, "no window came to the limit"


def test_a_decision_rests_on_what_others_wrote(tmp_path: Path) -> None:
    begun(tmp_path)
    windows = [Journal(tmp_path, Ticking(), name, load(tmp_path)) for name in ("ann", "ben", "cid")]
    for turn in range(9):
        with windows[turn % 3].held() as told:
            assert len(told) == (min(turn, 2) if turn < 3 else 2)
            windows[turn % 3].append(noted(turn))
    assert texts(tmp_path) == said(range(9))
    whole(tmp_path)


def to_plan(shop: Path, data: Path, spy: Spy, monkeypatch: pytest.MonkeyPatch, tillbook: Tillbook) -> Any:
    with typing(monkeypatch, spy):
        return tillbook("--runbooks", shop, "--data-dir", data, "run", "H01", "--by", "ann")


@pytest.mark.parametrize("typed", ["", "n a note", "i", "?", "s 3"])
def test_a_prompt_shows_the_sale_that_another_window_counted(
    typed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tillbook: Tillbook
) -> None:
    shop, data = limited(tmp_path / "shop"), tmp_path / "data"
    before = [*TYPED[: TYPED.index("s 12.50")]]
    turns = 0

    def at() -> None:
        nonlocal turns
        turns += 1
        if turns == len(before) + 1:
            command = ["-m", "toolkit", "--runbooks", shop, "--data-dir", data, "sale", "12.50", "--by", "ben"]
            subprocess.run([sys.executable, *command], check=True, capture_output=True)

    ran = to_plan(shop, data, Spy([*before, typed, "q"], at), monkeypatch, tillbook)
    assert (ran.status, ran.err) == (6, "")
    last = ran.out.split("Is it there?")[-1]
    sales, left = (2, "84.50") if typed == "s 3" else (1, "87.50")
    assert f"CP-01 in force · {sales} sales, {sales * 12.5 - 9.5 * (sales - 1):.2f} · {left} left today" in last


def test_what_is_full_cannot_be_sold_by_either_window(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tillbook: Tillbook
) -> None:
    shop, data = limited(tmp_path / "shop"), tmp_path / "data"
    to_plan(shop, data, Spy([*TYPED[: TYPED.index("s 12.50")], "q"]), monkeypatch, tillbook)
    command = [sys.executable, "-m", "toolkit", "--runbooks", shop, "--data-dir", data, "sale", "30"]
    windows = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(6)]
    ended = [(window.communicate(), window.returncode) for window in windows]
    assert sorted(status for _, status in ended) == [0, 0, 0, 1, 1, 1]
    assert [err for (_, err), _ in ended] == [""] * 6
    (folder,) = (data / "incidents").iterdir()
    whole(folder)
    plan = incidents.look(folder).state.activation(1)
    assert plan is not None
    assert [(sale.number, str(sale.amount)) for sale in plan.sales] == [(1, "30.00"), (2, "30.00"), (3, "30.00")]


def test_what_is_taken_back_while_it_waits_for_the_disk_stays_that_sale(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        broken(monkeypatch, Faulty("write fsync", lambda _: True, errno.ENOSPC))

    def other() -> None:
        broken(monkeypatch, os)
        assert "Counted: sale 2" in shop("sale 7")

    typed = ("s 20", fail, "s 400", "s 30", "s -2", "wrong amount", "s -1", "voided", other, "n x", "q")
    sat = shop("run N01", RRN, *IN_FORCE, *typed)
    assert "CP-02: sale 2 is now the one of 7.00" in sat
    (plan,) = shop.state.activations
    assert [(sale.number, str(sale.amount), sale.back) for sale in plan.sales] == [
        (1, "20.00", True),
        (2, "7.00", False),
        (3, "400.00", True),
        (4, "30.00", False),
    ]
    told = [(line.kind, line.data["n"]) for line in load(shop.folder).lines if line.kind.startswith("sale")]
    kinds = ["sale", "sale", "sale", "sale", "sale-taken-back", "sale-taken-back"]
    assert told == list(zip(kinds, [1, 2, 3, 4, 3, 1], strict=True))


@pytest.mark.parametrize("back", ["7.00", "400.00"])
def test_a_sale_that_waits_for_the_disk_and_one_that_another_window_writes_are_two(
    back: str, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        broken(monkeypatch, Faulty("write fsync", lambda _: True, errno.ENOSPC))

    def other() -> None:
        broken(monkeypatch, os)
        assert "Counted: sale 1" in shop("sale 7")

    number = {"7.00": "1", "400.00": "2"}[back]
    sat = shop("run N01", RRN, *IN_FORCE, fail, "s 400", other, "n x", f"s -{number}", "wrong amount", "q")
    assert "CP-02: sale 1 is now the one of 7.00" in sat
    assert "1 sales, " + {"7.00": "400.00", "400.00": "7.00"}[back] in sat.said.split("wrong amount")[1]
    (plan,) = shop.state.activations
    assert [(sale.number, str(sale.amount), sale.back) for sale in plan.sales] == [
        (1, "7.00", back == "7.00"),
        (2, "400.00", back == "400.00"),
    ]
    report = shop(f"report {shop.folder.name}").said
    rows = {amount: next(r for r in report.split("\n") if f"| {amount} |" in r) for amount in ("7.00", "400.00")}
    assert {amount for amount, row in rows.items() if "taken back" in row} == {back}
    log = shop(f"log {shop.folder.name}").said
    assert "sale 1, 7.00" in log
    assert "sale 2, 400.00" in log
    assert shop("verify").status == 0


@pytest.mark.parametrize("beside", [False, True])
def test_a_time_that_is_corrected_while_nothing_can_be_written_is_that_of_the_last_entry(
    beside: bool, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        broken(monkeypatch, Faulty("write fsync", lambda _: True, errno.ENOSPC))

    def other() -> None:
        broken(monkeypatch, os)
        if beside:
            shop("note from the other window")

    shop("run N01", RRN, "n first", fail, "n second", "c 09:30", other, "", "c 09:40", "n third", "c 09:50", "q")
    lines = {line.seq: line.data.get("text") for line in load(shop.folder).lines}
    assert [(lines[one["entry"]], one["happened"][11:16]) for one in shop.told("time-corrected")] == [
        ("second", "01:30"),
        ("second", "01:40"),
        ("third", "01:50"),
    ]
    whole(shop.folder)
