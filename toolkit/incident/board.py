"""What stands beside the step at hand, as lines: plans in force with what is left, open items, runs that wait; pure."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from toolkit.cells import wrap
from toolkit.clock import Moment, local
from toolkit.incident import items, plans
from toolkit.incident.plans import Left
from toolkit.incident.state import ACTIVATED, SELLING, Activation, Item, Run, State
from toolkit.text import Words


class Board:
    """The words and the zone for what an incident holds."""

    def __init__(self, words: Words, zone: str) -> None:
        self.words = words
        self.zone = zone
        self.sold_elsewhere: Callable[[str, str], Decimal] = lambda *_: Decimal(0)

    def time(self, at: str, now: str) -> str:
        """A time on the shop's clock, with its date where that is not today's."""
        same = local(at, self.zone, "%Y-%m-%d") == local(now, self.zone, "%Y-%m-%d")
        return local(at, self.zone, "%H:%M" if same else "%Y-%m-%d %H:%M")

    def plans(self, state: State, moment: Moment) -> list[str]:
        """A line for each plan that sales count against: its status, what is counted, what is left of its limits."""
        selling = [plan for plan in state.in_force if plan.status in SELLING]
        return [line for plan in selling for line in wrap(self.plan(state, plan, moment), "", "    ")]

    def plan(self, state: State, plan: Activation, moment: Moment) -> str:
        """One plan in a sentence."""
        words = self.words
        parts = [words("board.plan", card=plan.card, status=words(f"plan.{plan.status}"))]
        if plan.counted:
            parts.append(words("board.sold", n=len(plan.counted), total=money(plan.sold)))
        if plan.status in SELLING | {ACTIVATED}:
            others = self.elsewhere(state, plan, moment.day)
            found = plans.left(state, plan, moment.day, moment.utc, others)
            parts += [self._left(one, state, plan, moment.utc) for one in found]
        return words("board.and").join(parts)

    def elsewhere(self, state: State, plan: Activation, day: str) -> Decimal:
        """What other incidents have counted against `plan` on a day, where that matters; a drill knows only its own."""
        return self.sold_elsewhere(plan.plan, day) if "day" in plan.limits and not state.drill else Decimal(0)

    def _left(self, one: Left, state: State, plan: Activation, now: str) -> str:
        words = self.words
        key = f"board.left.{one.bound}" if one.left > 0 else f"board.over.{one.bound}"
        until = plans.until(state, plan) if one.bound == "duration" else None
        value = money(one.left) if one.bound in {"sale", "day"} else str(one.left)
        whole = words.duration(one.whole) if one.bound == "duration" else one.whole
        whole = money(Decimal(whole)) if one.bound in {"sale", "day"} else whole
        return words(key, left=value, whole=whole, at=self.time(until, now) if until else "")

    def items(self, incident: str, found: Iterable[Item], now: str) -> list[str]:
        """A line for each item: its code, what it is, where it comes from, when it is due."""
        lines: list[str] = []
        for one in found:
            lines += wrap(self.item(incident, one, now), "  ", "      ")
        return lines

    def item(self, incident: str, one: Item, now: str) -> str:
        """One item in a sentence."""
        words = self.words
        key = "board.overdue" if one.due <= now else "board.item"
        text = words(
            key,
            code=items.code(incident, one.number),
            item=words(f"item.{one.item}"),
            card=words("board.comma").join([one.card, *(words(f"fact.{k}", value=v) for k, v in one.facts)]),
            due=self.time(one.due, now),
        )
        return f"{text} {words('board.heir', name=one.heir)}" if one.heir else text

    def waiting(self, runs: Sequence[Run]) -> list[str]:
        """A line for each run that waits."""
        return [
            line
            for run in runs
            for line in wrap(self.words("board.waiting", card=run.card, n=len(run.trail) + 1), "  ", "    ")
        ]

    def overview(self, incident: str, state: State, moment: Moment) -> list[str]:
        """All of it, under headings; one sentence where there is nothing."""
        words = self.words
        lines: list[str] = []
        if state.waiting:
            lines += [words("board.runs"), *self.waiting(state.waiting)]
        if state.in_force:
            lines.append(words("board.plans"))
            for plan in state.in_force:
                lines += wrap(self.plan(state, plan, moment), "  ", "    ")
                since = self.time(plan.since, moment.utc)
                lines += wrap(words("board.since", at=since, by=plan.by or "-", why=plan.why or "-"), "    ", "    ")
        if state.open_items:
            ordered = sorted(state.open_items, key=lambda item: item.due)
            lines += [words("board.items"), *self.items(incident, ordered, moment.utc)]
        return lines or [words("board.nothing")]


def money(value: Decimal) -> str:
    """An amount with its cents and thousands: 4,615.50."""
    return f"{value:,.2f}"
