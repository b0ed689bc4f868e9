"""The tables behind plans, items, rungs and drills, where no door reaches every cell."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.content.library import load
from toolkit.incident import items, ladder, machine, plans
from toolkit.incident.drill import Drill
from toolkit.incident.fold import apply
from toolkit.incident.state import (
    ACTIVATED,
    ACTIVE,
    CLOSED,
    RECONCILED,
    STANDING_DOWN,
    STOOD_DOWN,
    Activation,
    Event,
    Item,
    Refusal,
    Sale,
    State,
)
from toolkit.model import Limit, Runbook, Rung, Step, Store, Text, TimeBox
from toolkit.resources import resource
from toolkit.vocabulary import BOUNDS, OUTCOMES, PHASES, SETTLEMENTS

AT = "2026-11-24T02:00:00.000Z"
NO_TEXT = Text("", "")
STATUSES = (ACTIVATED, ACTIVE, STANDING_DOWN, STOOD_DOWN, RECONCILED, CLOSED)
SHOP = load(Path(__file__).parent / "cases" / "shop")
PLAN = next(book for book in SHOP.runbooks if book.kind == "plan")


def at(minutes: float) -> str:
    hours, rest = divmod(int(minutes), 60)
    return f"2026-11-24T{2 + hours:02d}:{rest:02d}:00.000Z"


def plan(status: str = ACTIVE, sales: tuple[Sale, ...] = (), **limits: str) -> Activation:
    return Activation(1, PLAN.id, PLAN.card, "0", status, "ann", "no roll", AT, limits, sales)


def in_force(status: str = ACTIVE, sales: tuple[Sale, ...] = (), **limits: str) -> State:
    return State(activations=(plan(status, sales, **limits),))


def reason(found: object) -> str:
    assert isinstance(found, Refusal), found
    return found.reason


# --- the life of a plan


def test_a_plan_ends_closed_from_wherever_it_is_and_nothing_skips_its_money() -> None:
    """Once it was active, every way to the end leads over back-to-normal and reconciled."""
    assert {status for status, _ in plans.LIFE} | {CLOSED} == set(STATUSES)
    assert {before for (before, _), after in plans.LIFE.items() if after == CLOSED} == {ACTIVATED, RECONCILED}
    assert {before for (before, _), after in plans.LIFE.items() if after == RECONCILED} == {STOOD_DOWN}
    assert {before for (before, _), after in plans.LIFE.items() if after == STOOD_DOWN} == {STANDING_DOWN}
    happenings = {happening for _, happening in plans.LIFE}
    ends = {end for phase in PHASES["plan"] for end in OUTCOMES[phase]}
    assert happenings <= ends | set(PHASES["plan"]) | {"closed"}


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("phase", ["stand_down", "reconcile"])
def test_a_phase_begins_only_where_it_is_next(status: str, phase: str) -> None:
    found = plans.may_begin(in_force(status), PLAN.id, phase)
    if plans.NEXT.get(status) == phase:
        assert found == plan(status)
    else:
        assert reason(found) == ("plan-not-in-force" if status == CLOSED else f"plan-{status}")


@pytest.mark.parametrize("status", STATUSES)
def test_only_a_reconciled_plan_is_closed_and_by_somebody_with_a_name(status: str) -> None:
    found = plans.close(in_force(status), PLAN.id, " ann ")
    if status == RECONCILED:
        assert isinstance(found, Event)
        assert found.data["by"] == "ann"
        assert apply(in_force(status), found, AT).activations[0].status == CLOSED
        assert reason(plans.close(in_force(status), PLAN.id, "  ")) == "no-name"
    else:
        assert reason(found) == ("plan-not-in-force" if status == CLOSED else "plan-not-reconciled")


@pytest.mark.parametrize("status", STATUSES)
def test_sales_count_while_it_is_active_or_being_stood_down(status: str) -> None:
    found = plans.sell(State(), plan(status), Decimal("1.00"), "2026-11-24", AT)
    assert isinstance(found, Event) == (status in {ACTIVE, STANDING_DOWN})


@pytest.mark.parametrize("status", STATUSES)
def test_a_plan_that_is_in_force_is_gone_on_with_and_any_other_is_a_new_one(status: str) -> None:
    found = plans.activate(in_force(status), PLAN, Store(), "bob", "again")
    goes_on = status in {ACTIVATED, ACTIVE, STANDING_DOWN}
    assert found == (
        {"activation": 1} if goes_on else {"activation": 2, "by": "bob", "why": "again", "limits": {}, "sells": False}
    )


# --- limits


def book(*limits: tuple[str | None, str | None, str]) -> Runbook:
    return PLAN._replace(limits=tuple(Limit(NO_TEXT, basis, bound, value) for bound, value, basis in limits))


@pytest.mark.parametrize(
    ("basis", "value", "own", "counts"),
    [
        ("design", "500.00", "800.00", "800.00"),
        ("contract", "500.00", "800.00", "800.00"),
        ("contract", None, "800.00", "800.00"),
        ("secondary", "500.00", "800.00", "500.00"),
        ("verified", "500.00", "800.00", "500.00"),
        ("verified", "1000.00", "800.00", "800.00"),
        ("verified", "500.00", None, "500.00"),
        ("contract", None, None, None),
    ],
)
def test_whose_limit_counts(basis: str, value: str | None, own: str | None, counts: str | None) -> None:
    store = Store(limits={PLAN.id: {"sale": own} if own else {}, "another": {"sale": "1.00"}})
    assert plans.limits(book(("sale", value, basis), (None, None, basis)), store) == (
        {"sale": counts} if counts else {}
    )


def test_the_stricter_of_two_is_found_by_its_size_and_not_by_its_letters() -> None:
    store = Store(limits={PLAN.id: {"count": "9", "duration": "PT90M", "day": "10000.00"}})
    mine = book(("count", "10", "verified"), ("duration", "PT2H", "verified"), ("day", "9000.00", "verified"))
    assert plans.limits(mine, store) == {"count": "9", "duration": "PT90M", "day": "9000.00"}


@given(
    sold=st.lists(st.tuples(st.integers(1, 60_000), st.booleans(), st.booleans()), max_size=8),
    value=st.integers(1, 60_000),
    minutes=st.integers(0, 200),
)
def test_no_sale_that_is_counted_goes_beyond_any_bound(
    sold: list[tuple[int, bool, bool]], value: int, minutes: int
) -> None:
    """In cents; a sale of another day, or one that was taken back, does not count against the day."""
    sales = tuple(
        Sale(n, Decimal(cents) / 100, "2026-11-24" if today else "2026-11-23", back)
        for n, (cents, today, back) in enumerate(sold, start=1)
    )
    here = plan(ACTIVE, sales, sale="500.00", day="1000.00", count="4", duration="PT2H")
    found = plans.sell(State(), here, Decimal(value) / 100, "2026-11-24", at(minutes))
    today = sum(cents for cents, now, back in sold if now and not back)
    fits = {
        "sale": value <= 500_00,
        "day": today + value <= 1000_00,
        "count": sum(not back for _, _, back in sold) < 4,
        "duration": minutes < 120,
    }
    assert isinstance(found, Event) == all(fits.values())
    if isinstance(found, Refusal):
        assert not fits[found.params["bound"]]
    else:
        assert found.data["n"] == len(sales) + 1, "a number is never given twice, taken back or not"
    assert [one.bound for one in plans.left(State(), here, "2026-11-24", at(minutes))] == list(BOUNDS)


def test_how_long_a_plan_may_stay_follows_a_clock_that_jumped() -> None:
    """In force at 10:00 for two hours; at 10:30 the clock is set an hour ahead."""
    jumped = apply(in_force(duration="PT2H"), Event("clock-jumped", {"by": "3600.0", "known": True}), at(90))
    (here,) = jumped.activations
    (left,) = plans.left(jumped, here, "2026-11-24", at(90))
    assert left.left == 90 * 60
    assert plans.until(jumped, here) == at(180)
    assert plans.until(jumped, plan()) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [("128.5", "128.50"), ("0.01", "0.01"), ("0", None), ("-5", None), ("NaN", None), ("Infinity", None), ("x", None)],
)
def test_what_is_an_amount(text: str, found: str | None) -> None:
    assert plans.amount(text) == (None if found is None else Decimal(found))


def test_a_sale_is_taken_back_once_and_with_a_reason() -> None:
    sales = (Sale(1, Decimal(5), "2026-11-24"), Sale(2, Decimal(6), "2026-11-24", back=True))
    here = plan(ACTIVE, sales)
    assert isinstance(plans.take_back(here, 1, "voided"), Event)
    assert reason(plans.take_back(here, 1, " ")) == "no-reason"
    for number in (0, 2, 3):
        assert reason(plans.take_back(here, number, "voided")) == "no-such-sale"


# --- items and the end of the incident


def item(number: int = 1, kind: str = "refund-owed", due: str = AT, **more: str) -> Item:
    return Item(number, kind, due, "R14", "owe", 1, AT, 0, **more)


@pytest.mark.parametrize(("kind", "how"), [(kind, how) for kind, ways in SETTLEMENTS.items() for how in ways])
def test_each_kind_of_item_is_settled_in_its_own_ways_with_a_proof(kind: str, how: str) -> None:
    state = State(items=(item(kind=kind),))
    found = items.settle(state, 1, how, " RF0042 ", "ann")
    assert isinstance(found, Event)
    assert (found.data["proof"], found.private) == ("RF0042", ("proof",))
    settled = apply(state, found, AT)
    assert settled.open_items == ()
    assert reason(items.settle(settled, 1, how, "x")) == "item-settled"
    assert reason(items.settle(state, 1, how, "  ")) == "no-proof"
    assert reason(items.settle(state, 2, how, "x")) == "no-such-item"
    others = {way for ways in SETTLEMENTS.values() for way in ways} - set(SETTLEMENTS[kind])
    assert {reason(items.settle(state, 1, other, "x")) for other in others} == {"no-such-settlement"}


def test_the_most_overdue_comes_first() -> None:
    state = State(items=(item(1, due=at(60)), item(2, due=at(10)), item(3, due=at(60), settled="arrived")))
    found = items.ordered(
        [*items.due("20261124-1000-kqx", state, at(30)), *items.due("20261124-1000-bcd", state, at(30))]
    )
    assert [(items.code(one.incident, one.item.number), one.over) for one in found] == [
        ("bcd-2", 1200),
        ("kqx-2", 1200),
        ("bcd-1", -1800),
        ("kqx-1", -1800),
    ]


def test_when_an_incident_closes() -> None:
    run = apply(State(), machine.start(State(), PLAN, "activate", "0", beside=True), AT)
    owed = State(items=(item(),))
    assert reason(items.close(run)) == "run-unfinished"
    for status in STATUSES:
        found = items.close(in_force(status))
        assert isinstance(found, Event) == (status == CLOSED)
    assert reason(items.close(owed)) == "items-left"
    assert reason(items.close(owed, "ann")) == "no-reason"
    assert reason(items.close(owed, " ", "x")) == "items-left"
    taken = items.close(owed, "ann", "the shop closes")
    assert isinstance(taken, Event)
    closed = apply(owed, taken, AT)
    assert (closed.closed, closed.items[0].heir, len(closed.open_items)) == (True, "ann", 1)
    assert reason(items.close(closed)) == "closed-already"
    drill = State(drill=True, items=(item(),), activations=(plan(),))
    assert isinstance(items.close(drill), Event), "a drill leaves nothing to settle"


# --- the rungs of the escalation


def escalating(*rungs: Rung) -> Runbook:
    steps = tuple(Step(name, "cashier", NO_TEXT, next="end") for name in ("one", "two", "call"))
    failure = next(book for book in SHOP.runbooks if book.kind == "failure")
    return failure._replace(phases={"steps": steps}, time_box=TimeBox("PT10M", "design", "two"), escalation=rungs)


CALL = Rung("PT15M", "design", go="call")
START = Rung("PT10M", "design", plan=PLAN.id)


def coming(book: Runbook, state: State, minutes: float) -> str | None:
    run = state.runs[0]
    found = ladder.coming(book, run, state, at(minutes))
    return found.rung.name if found else None


def test_the_rungs_come_one_after_the_other_and_the_time_box_is_the_first_of_its_time() -> None:
    book = escalating(CALL, START)
    state = apply(State(), machine.start(State(), book, "steps", "0", beside=True), AT)
    assert coming(book, state, 0) == "PT10M two"
    state = apply(state, Event("time-up", {"run": 1, "step": "one", "next": "two", "rung": "PT10M two"}), at(10))
    assert coming(book, state, 10) == f"PT10M {PLAN.id}"
    begun = machine.start(
        state, PLAN, "activate", "0", beside=True, plan={"activation": 1}, rung=(1, f"PT10M {PLAN.id}")
    )
    after = apply(state, begun, at(11))
    assert coming(book, after, 11) == "PT15M call"
    assert coming(book, apply(after, Event("shown", {"run": 1, "step": "call"}), at(12)), 99) is None


def test_a_rung_counts_as_taken_where_its_step_was_visited_or_its_plan_is_in_force() -> None:
    book = escalating(CALL, START)
    state = apply(State(), machine.start(State(), book, "steps", "0", beside=True), AT)
    in_force_already = state._replace(activations=(plan(),))
    visited = apply(in_force_already, Event("shown", {"run": 1, "step": "two"}), AT)
    assert coming(book, visited, 60) == "PT15M call"
    closed = visited._replace(activations=(plan(CLOSED),))
    assert coming(book, closed, 60) == f"PT10M {PLAN.id}"


def test_what_is_left_is_negative_once_it_is_over_and_a_jump_of_the_clock_is_taken_out() -> None:
    book = escalating()
    state = apply(State(), machine.start(State(), book, "steps", "0", beside=True), AT)
    for minutes, left in ((0, 600), (10, 0), (11, -60)):
        found = ladder.coming(book, state.runs[0], state, at(minutes))
        assert found is not None
        assert (found.left, found.at) == (left, at(10))
    jumped = apply(state, Event("clock-jumped", {"by": "-1800.0", "known": True}), at(0))
    found = ladder.coming(book, jumped.runs[0], jumped, at(0))
    assert found is not None
    assert found.left == 600 - 1800, "half an hour went by before the clock was set back by it"


def test_a_phase_of_a_plan_has_no_rungs() -> None:
    state = apply(State(), machine.start(State(), PLAN, "activate", "0", beside=True), AT)
    assert ladder.coming(PLAN._replace(time_box=TimeBox("PT1M", "design", "x")), state.runs[0], state, at(60)) is None


# --- drills


@pytest.mark.parametrize("real", [book.id for book in load(resource("runbooks")).runbooks])
def test_a_drill_shows_at_every_question_one_of_its_answers_and_always_the_same(real: str) -> None:
    found = next(book for book in load(resource("runbooks")).runbooks if book.id == real)
    for step in found.steps():
        cues = [Drill(seed, {}).cue(found.card, step, visit) for seed in range(20) for visit in (0, 1)]
        again = [Drill(seed, {}).cue(found.card, step, visit) for seed in range(20) for visit in (0, 1)]
        assert cues == again
        if not step.answers:
            assert set(cues) == {None}
            continue
        known = [a for a in step.answers if a.id != "unknown"] or list(step.answers)
        assert set(cues) <= set(known)
        assert len(set(cues)) == 1 or len(known) > 1


@pytest.mark.parametrize(
    ("script", "seen"),
    [
        ({"look": "no"}, "no"),
        ({"H01/look": "no", "look": "unknown"}, "no"),
        ({"N09/look": "no", "look": "unknown"}, "unknown"),
    ],
)
def test_a_script_says_what_is_seen(script: Mapping[str, str], seen: str) -> None:
    failure: Any = next(book for book in SHOP.runbooks if book.kind == "failure")
    cue = Drill(1, script).cue("H01", failure.step("look"), 0)
    assert cue is not None
    assert cue.id == seen
    other = Drill(1, {"look": "no such answer"}).cue("H01", failure.step("look"), 0)
    assert other is not None
    assert other.id in {"yes", "no"}
