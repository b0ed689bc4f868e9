"""The guided run: show a step, take an answer, put it on disk, go on."""

from functools import partial

from toolkit import exits
from toolkit.cells import wrap
from toolkit.console import Ask, Gone, say
from toolkit.diagnostics import ToolkitError
from toolkit.incident import items, machine, replies, sums
from toolkit.incident.moves import RETURN
from toolkit.incident.state import ACTIVE, AWAY, WITHDRAWN, Event, Item, Run
from toolkit.model import Step
from toolkit.record import exercise
from toolkit.record.snapshots import Snapshot
from toolkit.record.texts import Pinned
from toolkit.sitting import desk, doing, paper
from toolkit.sitting.deciding import decided
from toolkit.sitting.recording import evidence
from toolkit.sitting.screen import RULER
from toolkit.sitting.session import Session
from toolkit.vocabulary import UNSOLVED


def open_incident(session: Session) -> None:
    """The first event; in a drill it says which."""
    drill = session.drill
    session.tell(machine.open_incident(seed=drill.seed, script=drill.script) if drill else machine.open_incident())


def begin(session: Session, snapshot: Snapshot, root: str, phase: str) -> None:
    """Begin a run of the runbook `root`, whose text is kept beside the record first; a plan is put in force by it."""
    session.keep(snapshot)
    book = snapshot.books[root]
    plan = doing.activation(session, book, phase, session.who, "-")
    session.tell(machine.start(session.state, book, phase, snapshot.digest, beside=True, plan=plan))


def follow(session: Session, exercised: str = "") -> int:
    """Go on until nothing is left to do or the person stops; the exit status. What a drill exercised is kept.

    A ToolkitError that makes it impossible to go on is raised after the way back has been shown.
    """
    try:
        return _follow(session, exercised)
    finally:
        if session.drill:
            exercise.update(session.data)


def _follow(session: Session, exercised: str) -> int:
    shown: set[int] = set()
    try:
        while True:
            session.take_in(session.journal.catch_up())
            run = session.state.current
            if run is None:
                if session.asker.scripted or not desk.follow(session):
                    break
                continue
            pinned = session.texts.of(run)
            step = pinned.step(run)
            if run.status == AWAY:
                _return(session, run, step)
                continue
            if run.number not in shown:
                _opening(session, pinned, run, exercised)
                shown.add(run.number)
            _at_step(session, pinned, run, step)
    except Gone as gone:
        return stop(session, gone.reason)
    except ToolkitError:
        stop(session, "error")
        raise
    return _finish(session)


def _opening(session: Session, pinned: Pinned, run: Run, exercised: str) -> None:
    recorded = session.journal.recorded
    said = exercised if run.parent is None and run.number == 1 else ""
    say(
        session.screen.opening(
            session.incident, pinned, run, session.state, session.now(), recorded=recorded, exercised=said
        )
    )
    if run.number == 1 and not run.trail and not session.asker.scripted:
        session.say("run.recorded-as", who=session.who)


def _at_step(session: Session, pinned: Pinned, run: Run, step: Step) -> None:
    session.tell(Event("shown", {"run": run.number, "step": step.id}))
    say(session.screen.step(pinned, run, step, session.state, session.now(), _title(session, run, step)))
    _checks(session, run, step)
    before = len(session.state.items)
    if paper.when(session, partial(doing.do, session, pinned, step)) and evidence(
        session, pinned, step, partial(doing.do, session)
    ):
        _question(session, pinned, step)
    say(session.screen.board.items(session.incident, session.state.items[before:], session.now()))
    _ended(session, session.state.run(run.number))


def _checks(session: Session, run: Run, step: Step) -> None:
    """The automatic checks of the step, at every visit anew: advice, on record; the person decides."""
    if not step.check or session.drill or session.late:
        return
    from toolkit.shop import probes

    known = (session.state.opened, *(entry for entry in (session.state.last,) if entry))
    say(["", session.words("probe.label")])
    for outcome in probes.run(step.check, session.screen.store, session.data, session.clock, known):
        say(probes.lines(outcome, session.words))
        data = {"probe": outcome.probe, "target": outcome.target, "result": outcome.result, "reason": outcome.reason}
        session.tell(Event("checked", {"run": run.number, "step": step.id, **data, "ms": outcome.ms}))
    say(wrap(session.words("probe.advice")))


def _ended(session: Session, run: Run | None) -> None:
    """When a run that was begun beside others is over, where it comes back to; or that the desk is next."""
    if run is None or run.outcome is None or run.parent is not None:
        return
    outcome = session.words(f"outcome.{run.outcome}")
    plan = session.state.activation(run.activation)
    if plan and plan.sells and run.phase == "activate" and plan.status == ACTIVE:
        session.warn("run.count-sales", card=run.card)
    if session.state.waiting:
        say([""])
        session.say("run.beside-ended", card=run.card, outcome=outcome, back=session.run.card)
    elif desk.needed(session) and not session.asker.scripted:
        say(["", RULER])
        session.say("run.end", card=run.card, outcome=outcome)


def _return(session: Session, run: Run, step: Step) -> None:
    child = session.state.run(run.child)
    outcome = child.outcome if child and child.outcome else "escalated"
    reply = doing.promised_reply(session, session.texts.of(run), step)
    event = machine.decide(run, step, RETURN, outcome, promised=reply)
    if isinstance(event, Event):
        session.tell(event)
        words = session.words
        say(["", *wrap(words("run.back-in", card=run.card, outcome=words(f"outcome.{outcome}")))])
        _ended(session, session.state.run(run.number))


def _question(session: Session, pinned: Pinned, step: Step) -> None:
    """Ask until an event leads away from `step`."""
    confused = 0
    words, screen = session.words, session.screen
    _compare(session, step)
    say(screen.choices(step))
    _cue(session, step)
    while True:
        session.take_in(session.journal.catch_up())
        say(screen.standing(pinned, session.run, session.state, session.moment(), _others(session)))
        say(wrap(screen.keys(doing.wants(session, pinned, step)), "  "))
        last = len(step.answers) or 1
        prompt = words("run.prompt", last=last) if last > 1 else words("run.prompt-one")
        asked = Ask("answer", session.run.card, step.id)
        typed = session.asker.ask(prompt, asked)
        reply = replies.answer(typed, step, scripted=session.asker.scripted)
        if reply.want in {replies.BLANK, replies.UNCLEAR}:
            session.asker.refuse(asked, typed, ", ".join(a.id for a in step.answers) or "done")
            confused += 1
            session.say("run.blank" if reply.want == replies.BLANK else "run.unclear")
            say(screen.choices(step) if reply.want == replies.BLANK or confused >= 3 else [])
        elif doing.do(session, pinned, step, reply):
            return


def _compare(session: Session, step: Step) -> None:
    """Whether the amounts of the step agree, reckoned by us; on record, and the person decides."""
    found = sums.differences(step.compare, session.state, session.run)
    for one in found:
        names = {"sum": list(one.comparison.sum), "with": one.comparison.equals}
        by = str(one.by) if one.known else ""
        session.tell(Event("compared", {"run": session.run.number, "step": step.id, **names, "by": by}))
    say(session.screen.differences(found))


def _others(session: Session) -> list[tuple[Pinned, Run]]:
    """The runs that wait for the one in hand, with their texts: their time goes on."""
    here = session.run.number
    waiting = [run for run in session.state.runs if run.outcome is None and run.number != here]
    found = ((session.texts.kept(run.digest, run.runbook), run) for run in waiting)
    return [(pinned, run) for pinned, run in found if pinned]


def _cue(session: Session, step: Step) -> None:
    """In a drill, what the person is to see."""
    run = session.run
    cue = session.drill.cue(run.card, step, len(run.trail)) if session.drill else None
    if cue:
        session.tell(Event("cued", {"run": run.number, "step": step.id, "answer": cue.id}))
        say(wrap(session.words("run.drill-cue", cue=session.screen.of(cue.say)), "** ", "   "))


def _title(session: Session, run: Run, step: Step) -> str:
    """What the runbook that the step goes through is called on paper and on the screen."""
    child = session.texts.kept(run.digest, step.use) if step.use else None
    return f"{child.book.card} {session.words.of(child.book.title)}" if child else ""


def stop(session: Session, reason: str) -> int:
    """The person stops, or is gone: what was saved and the way back are said; the exit status.

    Where no run was begun yet there is nothing to come back to, and the incident is closed.
    """
    session.tell(Event("stopped", {"by": reason}))
    if not session.state.runs:
        session.does(items.close(session.state))
        session.say("run.not-begun")
        return exits.INTERRUPTED if reason == "interrupt" else exits.PAUSED
    words = session.words
    if not session.journal.recorded:
        say(["", *wrap(words("run.unsaved"))])
        return exits.NOT_RECORDED
    back = "late.come-back" if session.late else "run.come-back"
    say(["", *wrap(words("run.saved")), *wrap(words(back, incident=session.incident))])
    say(wrap(words("run.head-code", code=session.journal.head)))
    return exits.INTERRUPTED if reason == "interrupt" else exits.PAUSED


def _finish(session: Session) -> int:
    root, outcome = session.state.runs[0], items.outcome(session.state)
    decided(session, items.close)
    session.happened = ""  # what is left is shown as it is now
    words, state = session.words, session.state
    lines = ["", RULER, *wrap(words("run.end", card=root.card, outcome=words(f"outcome.{outcome}")))]
    lines += session.screen.board.plans(state, session.moment()) if not state.closed else []
    left: tuple[Item, ...] = () if state.drill else state.open_items
    if left:
        lines += [*wrap(words("run.items-left")), *session.screen.board.items(session.incident, left, session.now())]
    lines += wrap(words("run.closed" if state.closed else "run.not-closed", incident=session.incident))
    lines += wrap(words("run.head-code", code=session.journal.head))
    lines += wrap(words("run.report", incident=session.incident))
    say(lines)
    if not session.journal.recorded:
        return exits.NOT_RECORDED
    settled = state.closed and any(item.settled not in {"", WITHDRAWN} for item in state.items)
    return exits.FINDINGS if outcome in UNSOLVED and not settled else exits.OK
