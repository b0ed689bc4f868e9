"""The plans that were in force: by whom, how long, what of their limits was used, and every sale."""

from collections.abc import Iterator
from decimal import Decimal

from toolkit.incident.board import money
from toolkit.incident.plans import counted
from toolkit.incident.state import ACTIVATED, ACTIVE, CLOSED, STOOD_DOWN, Activation
from toolkit.record.chain import Line
from toolkit.report.case import Case
from toolkit.report.document import Block, Heading, Table
from toolkit.report.incident import clean
from toolkit.report.moments import Took


def blocks(case: Case) -> Iterator[Block]:
    """Every plan, in the order they were started."""
    words, state = case.words, case.seen.state
    if not state.activations:
        return
    yield Heading(words("report.plans"), "plans")
    for plan in state.activations:
        run = next((run for run in state.runs if run.activation == plan.number), None)
        yield Heading(case.title(run) if run else clean(plan.card), f"plan-{plan.number}", 3)
        yield Table((), list(_facts(case, plan)))
        if plan.limits:
            head = [words(f"report.{name}") for name in ("limit", "allowed", "used")]
            yield Table(head, [_limit(case, plan, bound, value) for bound, value in plan.limits.items()])
        sales = [line for line in case.lines if line.data.get("activation") == plan.number and "amount" in line.data]
        if sales:
            head = [words(f"report.{name}") for name in ("sale", "at", "amount", "counted", "who")]
            yield Table(head, [_sale(case, line) for line in sales])


def between(case: Case, plan: Activation, first: str, last: str) -> Took | None:
    """How long it was from one status of a plan to another, or to the last entry; None if it never had the first."""
    mine = {turn.status: turn.nth for turn in reversed(case.turns) if turn.activation == plan.number}
    if first not in mine:
        return None
    return case.times.took(mine[first], mine.get(last, len(case.lines) - 1))


def in_force(case: Case, plan: Activation) -> Took | None:
    """How long a plan was in force: until it was stood down. None if it never was."""
    return between(case, plan, ACTIVE, STOOD_DOWN)


def _facts(case: Case, plan: Activation) -> Iterator[tuple[str, str]]:
    words = case.words
    started = next((x for x in case.lines if x.data.get("activation") == plan.number), None)
    yield words("report.status"), words(f"plan.{plan.status}")
    yield words("report.started-by"), clean(plan.by) or "-"
    yield words("report.why"), case.part(started, "why") if started else "-"
    for turn in case.turns:
        if turn.activation == plan.number:
            line = case.lines[turn.nth]
            by = words("report.by", at=case.at(line.at, line.zone), who=clean(str(line.data.get("by") or line.who)))
            yield words(f"report.turn.{turn.status}"), by
    took = in_force(case, plan)
    if took:
        yield words("report.in-force"), case.long(took)
    closed_unused = plan.status == CLOSED and took is None
    if closed_unused:
        yield words("report.in-force"), words("report.never-in-force")


def _limit(case: Case, plan: Activation, bound: str, value: str) -> list[str]:
    """A limit: what it bounds, what is allowed, what was used at most."""
    words, sales = case.words, counted(case.seen.state, plan)
    name = words(f"report.bound.{bound}")
    match bound:
        case "sale":
            return [name, money(Decimal(value)), money(max((s.amount for s in sales), default=Decimal(0)))]
        case "day":
            days = {sale.day for sale in sales}
            most = max((sum((s.amount for s in sales if s.day == day), Decimal(0)) for day in days), default=Decimal(0))
            return [name, money(Decimal(value)), money(most)]
        case "count":
            return [name, value, str(len(sales))]
    took = between(case, plan, ACTIVATED, STOOD_DOWN)
    return [name, words.duration(value), case.long(took) if took else "-"]


def _sale(case: Case, line: Line) -> list[str]:
    """A sale: counted, taken back (why), or not counted (which limit)."""
    words = case.words
    if line.kind == "sale-refused":
        bound = words(f"report.bound.{line.data['bound']}")
        counted = words("report.not-counted", bound=bound)
    else:
        beyond = line.data.get("bound")
        counted = words("report.so-beyond", bound=words(f"report.bound.{beyond}")) if beyond else words("report.so")
        back = next((x for x in case.lines if x.kind == "sale-taken-back" and _same(x, line)), None)
        if back:
            counted = words("report.taken-back", reason=case.part(back, "reason"), at=case.at(back.at))
    amount = money(Decimal(line.data["amount"]))
    return [str(line.data.get("n", "-")), case.when(line), amount, counted, clean(line.who)]


def _same(one: Line, other: Line) -> bool:
    """Whether both are about the same sale."""
    return (one.data["activation"], one.data["n"]) == (other.data["activation"], other.data["n"])
