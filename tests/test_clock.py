"""A computer's clock that jumps: counted once, by however many windows, and taken back when it is put right."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.records import noted
from tests.test_incidents import IN_FORCE, MINUTE, RRN, TO_DESK, Hands, Shop
from tests.test_incidents import books as books
from tests.test_incidents import shop as shop
from toolkit.clock import Jump, Moment, Watch
from toolkit.incident.fold import replay
from toolkit.record.journal import Journal
from toolkit.record.reading import load

DAY = 24 * 60


def skew(folder: Path) -> float:
    return replay(load(folder).events()).skew


def test_a_clock_set_wrong_and_put_right_between_two_sittings_is_right_again(shop: Shop) -> None:
    shop("run N01", RRN, *IN_FORCE, "q")
    shop.clock.forward(5)
    shop.clock.jump(-DAY)
    shop("resume", "q")
    shop.clock.forward(5)
    shop.clock.jump(DAY)
    sat = shop("sale 5")
    assert "has jumped" in sat
    assert shop.state.skew == 0
    assert [jump["by"] for jump in shop.told("clock-jumped")] == ["-86100.0", "86100.0"]


def test_a_clock_that_stays_wrong_is_not_taken_back_by_time_that_goes_by(shop: Shop) -> None:
    shop("run N01", RRN, *IN_FORCE, lambda: shop.clock.jump(-30), "n set back", "q")
    for _ in range(3):
        shop.clock.forward(40)
        shop("note still wrong")
    assert shop.state.skew == -1800


@pytest.mark.parametrize("other", ["sale 5", "note it is late"])
@pytest.mark.parametrize("minutes", [-60, 60, -DAY])
def test_a_jump_that_two_windows_see_counts_once(shop: Shop, other: str, minutes: int) -> None:
    def jump() -> None:
        shop.clock.jump(minutes)
        shop(other)

    shop("run N01", RRN, *IN_FORCE, jump, "n x", "n y", "q")
    assert shop.state.skew == minutes * 60
    assert len(shop.told("clock-jumped")) == 1


@pytest.mark.parametrize("minutes", [-90, -1, 1, 90])
def test_a_jump_seen_by_windows_that_were_open_counts_once(tmp_path: Path, minutes: int) -> None:
    clock = Hands()
    windows = [Journal(tmp_path, clock, name, load(tmp_path)) for name in ("ann", "ben", "cid")]
    for turn in range(3):
        windows[turn].append(noted(turn))
    clock.jump(minutes)
    for turn in range(9):
        clock.forward(0.1)
        windows[turn % 3].append(noted(turn))
    clock.forward(1)
    clock.jump(minutes)
    windows[1].append(noted(9))
    for window in windows:
        window.catch_up()
    assert skew(tmp_path) == minutes * 120


class At:
    """Moments of a computer, by what its two clocks show (in minutes)."""

    def __init__(self, wall: float, mono: float, sleeps: bool) -> None:
        self.moment = Moment(int(wall * MINUTE), int(mono * MINUTE), 0, sleeps)


@pytest.mark.parametrize(
    ("skew", "wall", "mono", "found"),
    [
        (0, 1100, 200, None),  # time went by
        (0, 1500, 200, None),  # the computer may have been off
        (0, 990, 105, -10),
        (-60, 1100, 200, None),  # still wrong
        (-60, 1160, 200, 60),  # put right
        (-60, 1130, 200, None),  # not by as much as it was wrong
        (-60, 1062, 2, 60),  # started anew, and put right
        (-60, 1030, 2, None),
        (60, 1200, 200, None),
    ],
)
@pytest.mark.parametrize("sleeps", [True, False])
def test_what_a_first_look_tells(skew: int, wall: int, mono: int, found: int | None, sleeps: bool) -> None:
    last = At(1000, 100, sleeps).moment
    watch = Watch(last.utc, last.mono, skew * 60.0)
    jump = watch.jump(At(wall, mono, sleeps).moment)
    assert jump == (None if found is None else Jump(found * 60.0, known=True))
    assert watch.jump(At(wall + 1, mono + 1, sleeps).moment) is None


@pytest.mark.parametrize("sleeps", [True, False])
def test_a_clock_put_right_within_a_sitting(sleeps: bool) -> None:
    watch = Watch()
    steps = [(1000, 100, None), (950, 110, -60), (960, 120, None), (1030, 130, 60), (1040, 140, None)]
    found: list[Any] = [watch.jump(At(wall, mono, sleeps).moment) for wall, mono, _ in steps]
    assert [jump and jump.by / 60 for jump in found] == [by for _, _, by in steps]
    assert all(jump.known for jump in found if jump)


@pytest.mark.parametrize("late", [(), ("n fixed",)])
def test_the_limit_of_a_day_holds_over_a_clock_that_showed_another_date(shop: Shop, late: tuple[str, ...]) -> None:
    def jump(minutes: int) -> Any:
        return lambda: shop.clock.jump(minutes)

    sat = shop("run N01", RRN, jump(-DAY), "n x", *IN_FORCE, "s 400", "s 450", jump(DAY), *late, "s 500", "s 150", "q")
    (plan,) = shop.state.activations
    assert [(str(sale.amount), sale.day) for sale in plan.sales] == [
        ("400.00", "2026-11-24"),
        ("450.00", "2026-11-24"),
        ("150.00", "2026-11-24"),
    ]
    assert "LIMIT OF THE DAY REACHED" in sat
    assert [one["bound"] for one in shop.told("sale-refused")] == ["day"]


def test_an_item_is_due_by_the_time_that_went_by_and_not_by_the_clock_that_was_wrong(shop: Shop) -> None:
    def jump(days: int) -> Any:
        return lambda: shop.clock.jump(days * DAY)

    shop("run N01", RRN, jump(30), "n x", *TO_DESK, jump(-30), "n fixed", "q")
    assert {item.due[:8] for item in shop.state.items} == {"2026-11-"}
    assert "OVERDUE" not in shop("due").said
    shop.clock.forward(3 * DAY)
    assert "OVERDUE" in shop("due").said
    assert {one["overdue"] for one in json.loads(shop("due --json").said)} == {True}


@pytest.mark.parametrize(("minutes", "due"), [(-45, "06:30"), (DAY - 45, "06:30")])
def test_a_promised_time_of_day_stays_when_the_clock_is_put_right(shop: Shop, minutes: int, due: str) -> None:
    def jump(by: int) -> Any:
        return lambda: shop.clock.jump(by)

    shop("run N01", RRN, jump(minutes), "unknown", "TK1", "14:30", "-", "wait", jump(-minutes), "n x", "q")
    assert [item.due[:16] for item in shop.state.items if item.promised] == [f"2026-11-24T{due}"]
