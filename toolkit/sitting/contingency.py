"""Plans and sales at a prompt: start a plan, go on with one that is in force, count what is sold by it."""

from decimal import Decimal
from typing import Final

from toolkit.cells import fold, wrap
from toolkit.clock import Moment
from toolkit.console import say
from toolkit.content.library import Heading
from toolkit.diagnostics import ToolkitError
from toolkit.incident import machine, plans, replies
from toolkit.incident.state import SELLING, Activation, Event, Refusal, State
from toolkit.model import Field, Text
from toolkit.record import snapshots
from toolkit.record.snapshots import Snapshot
from toolkit.sitting.deciding import acknowledge, decided, does
from toolkit.sitting.session import Session

_MINUS: Final = ("-", "\u2212", "\u2013")  # what a keyboard may give for a minus
AMOUNT: Final = Field("amount", "amount", Text("", ""))


def menu(session: Session) -> bool:
    """The plans: go on with one that is in force, or start one."""
    words, state = session.words, session.state
    say(session.screen.board.plans(state, session.moment()) or [words("board.no-plan")])
    going_on, rows = ready(session)
    others = [h for h in session.library().headings if h.kind == "plan" and not plans.in_force(state, h.id)]
    rows += [words("beside.plan-start", card=h.card, title=words.of(h.title)) for h in others]
    if not rows:
        return False
    picked = session.choose("run.prompt", rows, [*((p.card,) for p in going_on), *((h.card, h.id) for h in others)])
    if picked is None:
        return False
    if picked < len(going_on):
        return go_on(session, going_on[picked])
    return start(session, others[picked - len(going_on)])


def ready(session: Session) -> tuple[list[Activation], list[str]]:
    """The plans with which one can go on now, and a line for each that says how."""
    found = [plan for plan in session.state.in_force if plan.status in plans.NEXT]
    return found, [session.words(f"beside.plan-{plans.NEXT[p.status]}", card=p.card) for p in found]


def start(
    session: Session, heading: Heading, rung: tuple[int, str] | None = None, snapshot: Snapshot | None = None
) -> bool:
    """Put a plan in force beside what is in hand: who starts it and why is written down first.

    `snapshot` is its text where that was taken already. False where it is not started: the person went back, or its
    file cannot be had now.
    """
    state, words = session.state, session.words
    known = plans.in_force(state, heading.id)
    if known:
        session.say("beside.in-force-already", card=heading.card, status=words(f"plan.{known.status}"))
        return go_on(session, known) if known.status in plans.NEXT else _take_up(session, heading.id)
    snapshot = snapshot or snapshot_of(session, heading)
    if snapshot is None:
        return False
    book = snapshot.books[heading.id]
    say(session.screen.conditions(book, plans.limits(book, session.screen.store)))
    by = session.text("beside.plan-by", who=session.who)
    run = state.current
    here = run.card if run else "-"
    why = session.text("beside.plan-why", why=here) if by else ""
    if not why:
        session.say("beside.not-started", card=heading.card)
        return False
    by, why = session.who if replies.same(by) else by, here if replies.same(why) else why
    session.keep(snapshot)
    plan = plans.activate(state, book, session.screen.store, by, why)
    session.tell(machine.start(state, book, "activate", snapshot.digest, beside=True, plan=plan, rung=rung))
    return True


def barred(session: Session, plan: str) -> bool | None:
    """None if a plan can be gone through now. Else it is said why not; True when its start, which waits, is in hand."""
    why = plans.barred(session.state, plan)
    if why is None:
        return None
    session.refuse(why)
    return _take_up(session, plan)


def _take_up(session: Session, plan: str) -> bool:
    """Take up the run that puts a plan in force, where it waits beside the one in hand."""
    state = session.state
    run = plans.starting(state, plan)
    waits = run is not None and any(one.number == state.top(run) for one in state.waiting[1:])
    return run is not None and waits and session.does(machine.switch(state, state.top(run)))


def go_on(session: Session, plan: Activation) -> bool:
    """The next thing in the life of a plan: stand it down, reconcile it, close it."""
    phase = plans.NEXT[plan.status]
    if phase == "close":
        by = session.text("beside.close-by", card=plan.card, who=session.who)
        if by:
            close(session, plan, session.who if replies.same(by) else by)
        return False
    found = plans.may_begin(session.state, plan.plan, phase)
    if isinstance(found, Refusal):
        return session.refuse(found)
    pinned = session.texts.kept(plan.digest, plan.plan)
    if pinned is None:
        session.say("run.no-use", name=plan.card)
        return False
    to = {"activation": plan.number}
    session.tell(machine.start(session.state, pinned.book, phase, plan.digest, beside=True, plan=to))
    return True


def close(session: Session, plan: Activation, by: str) -> bool:
    """Close a plan whose money is reconciled, or say why not; whether it was closed."""
    closed = does(session, lambda state: plans.close(state, plan.plan, by))
    if closed:
        acknowledge(session, "beside.closed", card=plan.card)
    return closed


def sale(session: Session, typed: str) -> bool:
    """Count a sale against a plan in force, or take one back (-3 is the third)."""
    able = plans.ENTERED if session.late else SELLING
    selling = [plan for plan in session.state.in_force if plan.status in able and plan.sells]
    if not selling:
        return session.refuse(Refusal("no-plan-selling"))
    picked = (
        0
        if len(selling) == 1
        else session.choose("run.prompt", [p.card for p in selling], [(p.card,) for p in selling])
    )
    if picked is None:
        return False
    typed = typed or session.line("beside.amount")
    back = replies.number(fold(typed)[1:], replies.MOST) if fold(typed).startswith(_MINUS) else 0
    if back:
        reason = session.text("beside.why-back", "reason")
        if reason:
            take_back(session, selling[picked].number, back, reason)
        return False
    value = replies.value(typed, AMOUNT)
    amount = plans.amount(value) if isinstance(value, str) else None
    if amount is None:
        session.say("value.amount")
        return False
    count(session, selling[picked].number, amount)
    return False


def count(session: Session, number: int, amount: Decimal) -> bool:
    """Count a sale of `amount` while nobody else writes, or say what to do instead; what is left is shown.

    Whether it was counted. A sale that is entered late was made: beyond a limit it counts, and that is said.
    """
    now = session.moment()
    found = decided(session, lambda state: _sold(session, state, number, amount, now))
    plan = session.state.activation(number)
    if isinstance(found, Refusal):
        return session.refuse(found)
    assert plan is not None
    counted, bound = found.kind == "sale", str(found.data.get("bound", ""))
    if counted:
        acknowledge(session, "beside.sold", n=plan.sales[-1].number, card=plan.card)
    else:
        session.refuse(Refusal("sale-beyond", {"card": plan.card}))
    if counted and bound:
        session.warn("deciding.late-beyond", card=plan.card, bound=session.words(f"report.bound.{bound}"))
    if bound:
        pinned = session.texts.kept(plan.digest, plan.plan)
        limit = plans.beyond(pinned.book if pinned else None, bound)
        say(wrap(session.screen.of(limit.beyond), "    ") if limit and limit.beyond else [])
    say(session.screen.board.plans(session.state, session.moment()) if session.journal.recorded else [])
    return counted


def _sold(session: Session, state: State, number: int, amount: Decimal, now: Moment) -> Event | Refusal:
    """The event of a sale, or of one that was refused beyond a limit: both are recorded."""
    plan = state.activation(number)
    if plan is None:
        return Refusal("no-plan-selling")
    others = session.screen.board.elsewhere(state, plan, now.day)
    found = plans.sell(state, plan, amount, now.day, now.utc, others, late=session.late)
    if isinstance(found, Refusal) and found.reason == "sale-beyond":
        return plans.refused(plan, amount, found.params["bound"], now.day)
    return found


def take_back(session: Session, number: int, back: int, reason: str) -> bool:
    """Take sale number `back` out of what is counted against a plan, or say why not; whether it was taken back."""
    taken = does(session, lambda state: _back(state, number, back, reason))
    if taken:
        acknowledge(session, "deciding.taken-back", n=back)
        say(session.screen.board.plans(session.state, session.moment()) if session.journal.recorded else [])
    return taken


def _back(state: State, number: int, back: int, reason: str) -> Event | Refusal:
    plan = state.activation(number)
    return plans.take_back(plan, back, reason) if plan else Refusal("no-plan-selling")


def snapshot_of(session: Session, heading: Heading) -> Snapshot | None:
    """The text of a runbook as it is now, or None after saying why it cannot be had."""
    try:
        return snapshots.take(session.library(), heading.id)
    except ToolkitError as error:
        session.say(f"error.{error.code}", **error.params)
        return None
