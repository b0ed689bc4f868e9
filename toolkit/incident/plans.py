"""Plans in force: their life as a table, their limits, and the sales counted against them; pure."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

from toolkit.clock import seconds, span, utc
from toolkit.incident.state import (
    ACTIVATED,
    ACTIVE,
    CLOSED,
    RECONCILED,
    SELLING,
    STANDING_DOWN,
    STOOD_DOWN,
    Activation,
    Event,
    Refusal,
    Run,
    Sale,
    State,
)
from toolkit.model import Limit, Runbook, Store

# (status of the plan, what happens: a phase begins, a run ends with an outcome, it is closed) → its next status.
# A pair that is not here changes nothing.
LIFE: Final[Mapping[tuple[str, str], str]] = {
    (ACTIVATED, "active"): ACTIVE,
    (ACTIVATED, "not-possible"): CLOSED,
    (ACTIVATED, "escalated"): CLOSED,
    (ACTIVE, "stand_down"): STANDING_DOWN,
    (STANDING_DOWN, "stood-down"): STOOD_DOWN,
    (STANDING_DOWN, "escalated"): ACTIVE,
    (STOOD_DOWN, "reconciled"): RECONCILED,
    (RECONCILED, "closed"): CLOSED,
}
# What a person can do next with a plan in each status: begin the run of a phase, or close it.
NEXT: Final[Mapping[str, str]] = {ACTIVE: "stand_down", STOOD_DOWN: "reconcile", RECONCILED: "close"}

ENTERED: Final = SELLING | {STOOD_DOWN}  # what was sold by it can be entered late until the money is reconciled

_CENT: Final = Decimal("0.01")
_FIXED: Final = frozenset({"design", "contract"})  # for these the store file knows better; else the stricter counts


class Left(NamedTuple):
    """What is left of one bound: an amount, a number of sales, or seconds (`count` and `duration` as whole numbers)."""

    bound: str
    left: Decimal
    whole: str


def limits(book: Runbook, store: Store) -> dict[str, str]:
    """The limits of `book` by bound, from the plan and the store file; a bound that neither knows is left out."""
    own = store.limits.get(book.id, {})
    found: dict[str, str] = {}
    for limit in book.limits:
        if limit.bound is None:
            continue
        shop = own.get(limit.bound)
        value = shop or limit.value
        if shop and limit.value and limit.basis not in _FIXED:
            value = min(shop, limit.value, key=lambda v: _size(limit.bound or "", v))
        if value:
            found[limit.bound] = value
    return found


def _size(bound: str, value: str) -> Decimal:
    return Decimal(span(value)) if bound == "duration" else Decimal(value)


def amount(text: str) -> Decimal | None:
    """An amount as `replies.value` spells it (128.50), or None."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found.quantize(_CENT) if found.is_finite() and found > 0 else None


def counted(state: State, plan: Activation) -> list[Sale]:
    """The sales that count against the limits of `plan`: putting it in force once more makes no new day."""
    before = (a.counted for a in state.activations if a.plan == plan.plan and a.number != plan.number)
    return [sale for sales in (*before, plan.counted) for sale in sales]


def left(state: State, plan: Activation, day: str, now: str, elsewhere: Decimal = Decimal(0)) -> list[Left]:
    """What is left of each limit of `plan` on the shop's date `day`; below zero where it is exceeded.

    `elsewhere` is what other incidents have counted against it on that day.
    """
    sales = counted(state, plan)
    used = {
        "sale": Decimal(0),
        "day": sum((s.amount for s in sales if s.day == day), elsewhere),
        "count": Decimal(len(sales)),
        "duration": Decimal(int(state.elapsed(plan.since, plan.skew, now))),
    }
    return [Left(bound, _size(bound, value) - used[bound], value) for bound, value in plan.limits.items()]


def until(state: State, plan: Activation) -> str | None:
    """When the plan must be over by its limit of duration (UTC, by the clock as it goes now), or None."""
    if "duration" not in plan.limits:
        return None
    return utc(seconds(plan.since) + state.skew - plan.skew + span(plan.limits["duration"]))


def sell(
    state: State,
    plan: Activation,
    value: Decimal,
    day: str,
    now: str,
    elsewhere: Decimal = Decimal(0),
    *,
    late: bool = False,
) -> Event | Refusal:
    """The event that counts a sale of `value` against `plan`, or why it may not be made.

    A refusal beyond a limit is `sale-beyond`, with the bound in `params`; nothing is counted then. A sale that is
    entered `late` was made: it counts, with the bound that it went beyond, and also against a plan stood down since.
    """
    if plan.status not in (ENTERED if late else SELLING) or not plan.sells:
        return Refusal("sale-not-active", {"card": plan.card})
    need = {"sale": value, "day": value, "count": Decimal(1), "duration": Decimal(1)}
    bound = next((o.bound for o in left(state, plan, day, now, elsewhere) if o.left < need[o.bound]), "")
    if bound and not late:
        return Refusal("sale-beyond", {"card": plan.card, "bound": bound})
    number = max((s.number for s in plan.sales), default=0) + 1
    data = {"activation": plan.number, "card": plan.card, "n": number, "amount": str(value), "day": day}
    return Event("sale", {**data, "bound": bound} if bound else data)


def refused(plan: Activation, value: Decimal, bound: str, day: str) -> Event:
    """The event that says that a sale was not made because of a limit."""
    return Event(
        "sale-refused",
        {"activation": plan.number, "card": plan.card, "amount": str(value), "bound": bound, "day": day},
    )


def take_back(plan: Activation, number: int, reason: str) -> Event | Refusal:
    """The event that takes a sale out of the count (typed wrong, or voided)."""
    if not any(sale.number == number for sale in plan.counted):
        return Refusal("no-such-sale", {"card": plan.card, "n": str(number)})
    if not reason.strip():
        return Refusal("no-reason")
    data = {"activation": plan.number, "card": plan.card, "n": number, "reason": reason.strip()}
    return Event("sale-taken-back", data, ("reason",))


def activate(state: State, book: Runbook, store: Store, by: str, why: str) -> dict[str, Any]:
    """The part of `run-started` that puts `book` in force; one that is in force already is gone on with."""
    known = in_force(state, book.id)
    if known and known.status in SELLING | {ACTIVATED}:
        return {"activation": known.number}
    number = max((a.number for a in state.activations), default=0) + 1
    sells = any(limit.bound in {"sale", "day", "count"} for limit in book.limits)
    return {"activation": number, "by": by, "why": why, "limits": limits(book, store), "sells": sells}


def in_force(state: State, plan: str) -> Activation | None:
    """The latest activation of `plan` that is not closed, or None."""
    return next((a for a in reversed(state.in_force) if a.plan == plan), None)


def starting(state: State, plan: str) -> Run | None:
    """The run by which `plan` is being put in force, or None."""
    known = in_force(state, plan)
    runs = (r for r in state.runs if known and known.status == ACTIVATED and r.activation == known.number)
    return next((run for run in runs if run.outcome is None), None)


def barred(state: State, plan: str) -> Refusal | None:
    """Why `plan` cannot be put in force, or gone through, now: somebody is starting it, or its money is not done."""
    known = in_force(state, plan)
    if known is None or not (known.status in {STOOD_DOWN, RECONCILED} or starting(state, plan)):
        return None
    return Refusal(f"plan-{known.status}", {"card": known.card})


def may_begin(state: State, plan: str, phase: str) -> Activation | Refusal:
    """The activation whose `phase` (stand_down or reconcile) can begin now, or why not."""
    known = in_force(state, plan)
    if known is None:
        return Refusal("plan-not-in-force")
    if any(r.activation == known.number and r.phase == phase and r.outcome is None for r in state.runs):
        return Refusal("phase-running", {"card": known.card})
    if NEXT.get(known.status) != phase:
        return Refusal(f"plan-{known.status}", {"card": known.card})
    return known


def close(state: State, plan: str, by: str) -> Event | Refusal:
    """The event that closes a plan; refused before its money is reconciled."""
    known = in_force(state, plan)
    if known is None:
        return Refusal("plan-not-in-force")
    if known.status != RECONCILED:
        return Refusal("plan-not-reconciled", {"card": known.card})
    if not by.strip():
        return Refusal("no-name")
    return Event("plan-closed", {"activation": known.number, "card": known.card, "by": by.strip()})


def beyond(book: Runbook | None, bound: str) -> Limit | None:
    """The limit of `book` that bounds `bound`: its text says what to do instead."""
    return next((limit for limit in book.limits if limit.bound == bound), None) if book else None
