"""Plans and sales at a prompt: start a plan, go on with one that is in force, count what is sold by it."""

from decimal import Decimal
from typing import Final

from toolkit.cells import fold, wrap
from toolkit.console import say
from toolkit.content.library import Heading
from toolkit.diagnostics import ToolkitError
from toolkit.incident import machine, plans, replies
from toolkit.incident.state import SELLING, Activation, Event, Refusal
from toolkit.model import Field, Text
from toolkit.record import snapshots
from toolkit.record.snapshots import Snapshot
from toolkit.sitting.session import Session

_MINUS: Final = ("-", "\u2212", "\u2013")  # what a keyboard may give for a minus
AMOUNT: Final = Field("amount", "amount", Text("", ""))


def menu(session: Session) -> bool:
    """The plans: go on with one that is in force, or start one."""
    words, state = session.words, session.state
    say(session.screen.board.plans(state, session.moment()) or [words("board.no-plan")])
    ready = [plan for plan in state.in_force if plan.status in plans.NEXT]
    others = [h for h in session.library().headings if h.kind == "plan" and not plans.in_force(state, h.id)]
    rows = [words(f"beside.plan-{plans.NEXT[p.status]}", card=p.card) for p in ready]
    rows += [words("beside.plan-start", card=h.card, title=words.of(h.title)) for h in others]
    if not rows:
        return False
    picked = session.choose("run.prompt", rows, [*((p.card,) for p in ready), *((h.card, h.id) for h in others)])
    if picked is None:
        return False
    if picked < len(ready):
        return go_on(session, ready[picked])
    return start(session, others[picked - len(ready)])


def start(session: Session, heading: Heading, rung: tuple[int, str] | None = None) -> bool:
    """Put a plan in force beside what is in hand: who starts it and why is written down first.

    False where it is not started: the person went back, or its file cannot be had now.
    """
    state, words = session.state, session.words
    known = plans.in_force(state, heading.id)
    if known:
        session.say("beside.in-force-already", card=heading.card, status=words(f"plan.{known.status}"))
        return go_on(session, known) if known.status in plans.NEXT else False
    snapshot = snapshot_of(session, heading)
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


def go_on(session: Session, plan: Activation) -> bool:
    """The next thing in the life of a plan: stand it down, reconcile it, close it."""
    phase = plans.NEXT[plan.status]
    if phase == "close":
        by = session.text("beside.close-by", card=plan.card, who=session.who)
        by = session.who if replies.same(by) else by
        if by and session.does(plans.close(session.state, plan.plan, by)):
            session.say("beside.closed", card=plan.card)
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


def sale(session: Session, typed: str) -> bool:
    """Count a sale against a plan in force, or take one back (-3 is the third)."""
    selling = [plan for plan in session.state.in_force if plan.status in SELLING and plan.sells]
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
        return _take_back(session, selling[picked], back)
    value = replies.value(typed, AMOUNT)
    amount = plans.amount(value) if isinstance(value, str) else None
    if amount is None:
        session.say("value.amount")
        return False
    count(session, selling[picked].number, amount)
    return False


def count(session: Session, number: int, amount: Decimal) -> bool:
    """Count a sale of `amount` while nobody else writes, or say what to do instead; what is left is shown.

    Whether it was counted.
    """
    with session.journal.held() as told:
        session.take_in(told)
        now, plan = session.moment(), session.state.activation(number)
        if plan is None:
            return session.refuse(Refusal("no-plan-selling"))
        sold = plans.sell(session.state, plan, amount, now.day, now.utc)
        if isinstance(sold, Event):
            session.tell(sold)
        elif sold.reason == "sale-beyond":
            session.tell(plans.refused(plan, amount, sold.params["bound"], now.day))
    if isinstance(sold, Event):
        session.say("beside.sold", n=sold.data["n"], card=plan.card)
    else:
        session.refuse(sold)
        pinned = session.texts.kept(plan.digest, plan.plan)
        limit = plans.beyond(pinned.book if pinned else None, sold.params.get("bound", ""))
        say(wrap(session.screen.of(limit.beyond), "    ") if limit and limit.beyond else [])
    say(session.screen.board.plans(session.state, session.moment()))
    return isinstance(sold, Event)


def _take_back(session: Session, plan: Activation, number: int) -> bool:
    reason = session.text("beside.why-back", "reason")
    if reason and session.does(plans.take_back(plan, number, reason)):
        say(session.screen.board.plans(session.state, session.moment()))
    return False


def snapshot_of(session: Session, heading: Heading) -> Snapshot | None:
    """The text of a runbook as it is now, or None after saying why it cannot be had."""
    try:
        return snapshots.take(session.library(), heading.id)
    except ToolkitError as error:
        session.say(f"error.{error.code}", **error.params)
        return None
