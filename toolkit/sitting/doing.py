"""What a reply at a step does: an answer, a note, a runbook to go through, a rung of the escalation that is due."""

from typing import Final

from toolkit.clock import later, promised
from toolkit.console import Gone, say
from toolkit.diagnostics import ToolkitError
from toolkit.incident import ladder, machine, plans, replies
from toolkit.incident.moves import NOT_POSSIBLE
from toolkit.incident.replies import NOTHING, Reply
from toolkit.incident.state import Refusal
from toolkit.model import Runbook, Step
from toolkit.record.texts import Pinned
from toolkit.sitting import beside, contingency
from toolkit.sitting.session import Session

_CALL_BACK: Final = "P1D"  # a ticket without a promised time is asked after the next day, a design default


def wants(session: Session, pinned: Pinned, step: Step) -> tuple[str, ...]:
    """What the person may do at the step now: a rung of the escalation only where one is due."""
    late = session.screen.time_is_up(pinned, session.run, session.state, session.now())
    return tuple(w for w in machine.allowed(session.run, step) if w != machine.TIME_UP or late)


def do(session: Session, pinned: Pinned, step: Step, reply: Reply) -> bool:
    """Carry out `reply`; True when it led away from the step."""
    want, value = reply
    legal = wants(session, pinned, step)
    if want in machine.BESIDE:
        return beside.do(session, want, value)
    match want:
        case replies.WHY:
            say(session.screen.why(step, pinned))
            return False
        case replies.STOP:
            raise Gone("stopped")
        case machine.NOTE:
            return beside.note(session, value, lambda text: machine.decide(session.run, step, machine.NOTE, text))
        case machine.USE if machine.USE in legal:
            return _go_through(session, step)
        case machine.TIME_UP:
            return _time_up(session, pinned, step) if machine.TIME_UP in legal else session.refuse(Refusal("time-up"))
        case "not-possible" if NOT_POSSIBLE in legal:
            value = session.text("run.reason", "reason")
            if not value:
                return False
    event = machine.decide(session.run, step, want, value, promised=promised_reply(session, pinned, step))
    return session.does(event)


def activation(session: Session, book: Runbook, phase: str, by: str, why: str) -> dict[str, object] | None:
    """What the first event of a run holds where that puts a plan in force; None for any other."""
    if phase != "activate":
        return None
    return plans.activate(session.state, book, session.screen.store, by, why)


def promised_reply(session: Session, pinned: Pinned, step: Step) -> str:
    """When a call that was made at this visit is to be answered (UTC): a ticket is followed until it is."""
    if not step.call:
        return ""
    run = session.run
    told = {
        name: value
        for name in run.recorded
        if (value := session.state.evidence.get((run.number, step.id, name), NOTHING)) != NOTHING
    }
    field = next((pinned.evidence[n] for n in told if n == "promised-reply" and n in pinned.evidence), None)
    if field and field.type == "time":
        return promised(told["promised-reply"], session.moment())
    return later(session.now(), _CALL_BACK) if "ticket-no" in told else ""


def _go_through(session: Session, step: Step) -> bool:
    """Begin a run of the runbook that the step goes through; False where it cannot be had."""
    run = session.run
    child = session.texts.kept(run.digest, step.use or "")
    if child is None:
        session.say("run.no-use", name=step.use)
        return False
    book, phase = child.book, next(iter(child.book.phases))
    barred = contingency.barred(session, book.id)
    if barred is not None:
        return barred
    plan = activation(session, book, phase, session.who, run.card)
    session.tell(machine.start(session.state, book, phase, run.digest, plan=plan))
    return True


def _time_up(session: Session, pinned: Pinned, step: Step) -> bool:
    """Take the rung of the escalation that is due: go to its step, or start its plan and come back."""
    run = session.run
    coming = ladder.coming(pinned.book, run, session.state, session.now())
    assert coming is not None
    rung = coming.rung
    if rung.plan:
        try:
            heading = session.library().heading(rung.plan)
        except ToolkitError as error:
            session.say(f"error.{error.code}", **error.params)
            return False
        if heading.kind != "plan":
            return beside.begin(session, heading)
        return contingency.start(session, heading, (run.number, rung.name))
    to = promised_reply(session, pinned, step)
    return session.does(machine.decide(run, step, machine.TIME_UP, rung.go or "", rung.name, promised=to))
