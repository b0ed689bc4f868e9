"""An incident as a state machine: no clock, no disk, no terminal.

`decide` turns what a person wants into an event or a refusal; `fold.apply` turns an event into the next state. What
is legal is the table `TRANSITIONS`; `allowed` narrows it for the step at hand, so that a screen can offer only what
is legal. An event says where it leads; therefore a state can be had from a record with gaps, and follows the text
that the run began with.
"""

from collections.abc import Mapping
from typing import Any, Final

from toolkit.incident.moves import ANSWER, LATER, LEFT, NOT_POSSIBLE, RETURN, UNSURE, moves
from toolkit.incident.state import ASKING, AWAY, CATCHING_UP, Event, Refusal, Run, State
from toolkit.model import OpenItem, Runbook, Step
from toolkit.vocabulary import AS_USED, DEEDS

USE, BACK, RECORD, NOTE, TIME_UP = "use", "back", "record", "note", "time-up"

# (status of the run, what the person wants) → the event; a pair that is not here is refused.
TRANSITIONS: Final[Mapping[tuple[str, str], str]] = {
    (ASKING, ANSWER): "answered",
    (ASKING, USE): "run-started",
    (ASKING, NOT_POSSIBLE): "not-possible",
    (ASKING, LATER): "deferred",
    (ASKING, BACK): "reopened",
    (ASKING, RECORD): "evidence",
    (ASKING, NOTE): "noted",
    (ASKING, TIME_UP): "time-up",
    (CATCHING_UP, ANSWER): "answered",
    (CATCHING_UP, NOT_POSSIBLE): "not-possible",
    (CATCHING_UP, BACK): "reopened",
    (CATCHING_UP, RECORD): "evidence",
    (CATCHING_UP, NOTE): "noted",
    (AWAY, RETURN): "answered",
}
# The events by which a step is left, forward.
LEAVING: Final = frozenset(TRANSITIONS[ASKING, want] for want in (ANSWER, NOT_POSSIBLE, LATER, TIME_UP))
OPEN, PLAN, SALE, CORRECT, HAND_OVER, DESK, MORE = "open", "plan", "sale", "correct", "hand-over", "desk", "more"
SETTLE, CLOSE = "settle", "close"

# What a person may do at every prompt, beside the step at hand → the events that may come of it; some only show.
BESIDE: Final[Mapping[str, tuple[str, ...]]] = {
    OPEN: ("run-started", "switched"),
    PLAN: ("run-started", "plan-closed"),
    SALE: ("sale", "sale-taken-back", "sale-refused"),
    CORRECT: ("time-corrected",),
    HAND_OVER: ("handed-over",),
    DESK: (),
    MORE: (),
}
# The same where no runbook is in hand and the incident is not over.
AT_DESK: Final[Mapping[str, tuple[str, ...]]] = {SETTLE: ("item-settled",), CLOSE: ("incident-closed",)}


def open_incident(*, seed: int | None = None, script: Mapping[str, str] | None = None) -> Event:
    """The first event of an incident; with a `seed` it is a drill, and `script` is what is seen in it."""
    data: dict[str, Any] = {} if seed is None else {"drill": True, "seed": seed}
    return Event("incident-opened", {**data, "script": dict(script)} if script else data)


def start(
    state: State,
    book: Runbook,
    phase: str,
    digest: str,
    *,
    beside: bool = False,
    plan: Mapping[str, Any] | None = None,
    rung: tuple[int, str] | None = None,
) -> Event:
    """The event that begins a run of `phase` of `book`: within the step at hand if there is one, or `beside` it.

    `plan` is what puts the plan in force (`plans.activate`), `rung` the run whose escalation asks for it, and when.
    """
    parent = None if beside else state.current
    data = {
        "run": max((r.number for r in state.runs), default=0) + 1,
        "runbook": book.id,
        "card": book.card,
        "phase": phase,
        "digest": digest,
        "parent": parent.number if parent else None,
        "step": book.phases[phase][0].id,
        **(plan or {}),
        **({"rung_of": rung[0], "rung": rung[1]} if rung else {}),
    }
    return Event("run-started", data, ("why",) if data.get("why") else ())


def switch(state: State, number: int) -> Event | Refusal:
    """The event that takes up another run that has not ended."""
    if not any(run.number == number for run in state.waiting):
        return Refusal("no-such-run")
    return Event("switched", {"to": number})


def note(text: str) -> Event | Refusal:
    """The event of a note when no runbook is in hand."""
    return Event("noted", {"text": text.strip()}, ("text",)) if text.strip() else Refusal("no-note")


def hand_over(to: str, by: str) -> Event | Refusal:
    """The event by which a named person takes the incident over."""
    name = " ".join(to.split())
    return Event("handed-over", {"to": name, "from": by}) if name else Refusal("no-name")


def correct(entry: int, last: int, happened: str) -> Event | Refusal:
    """The event that says when entry number `entry` really happened (UTC); the time of recording stays beside it."""
    if not 0 < entry <= last:
        return Refusal("no-such-entry", {"n": str(entry)})
    return Event("time-corrected", {"entry": entry, "happened": happened})


def allowed(run: Run, step: Step) -> tuple[str, ...]:
    """What the person may do at `step`, by the table and the ways out of the step."""
    legal = [want for status, want in TRANSITIONS if status == run.status]
    ways = {move.want for move in moves(step)}
    barred = {
        ANSWER: ANSWER not in ways,
        USE: RETURN not in ways,
        NOT_POSSIBLE: NOT_POSSIBLE not in ways,
        LATER: LATER not in ways,
        BACK: not run.trail or run.trail[-1].final,
    }
    return tuple(want for want in legal if not barred.get(want, False))


def decide(
    run: Run, step: Step, want: str, value: str = "", field: str = "", *, free: bool = False, promised: str = ""
) -> Event | Refusal:
    """The event for what the person wants at `step`: an answer's id, a reason, a note, a value for `field`.

    `free` says that the value is free text; `promised` is when a call is to be answered (UTC), as far as known.
    """
    if want not in allowed(run, step):
        return Refusal("back-final" if want == BACK and run.trail else want)
    data: dict[str, Any] = {"run": run.number, "step": step.id}
    match want:
        case "answer" | "return" | "not-possible" | "later":
            return _moved(run, step, want, value.strip(), data, promised)
        case "back":
            return Event("reopened", {**data, "to": run.trail[-1].step})
        case "record":
            return Event("evidence", {**data, "field": field, "value": value}, ("value",) if free else ())
        case "note":
            return Event("noted", {**data, "text": value.strip()}, ("text",)) if value.strip() else Refusal("no-note")
        case "time-up":
            doubt = {"final": True} if step.act in DEEDS else {"unsure": True} if step.act else {}
            return Event("time-up", {**data, "next": value, "rung": field, **doubt, **_opens(step.open, promised)})
    return Refusal(want)


def _moved(run: Run, step: Step, want: str, value: str, data: dict[str, Any], promised: str) -> Event | Refusal:
    """The event of one of the step's ways out."""
    move = next((m for m in moves(step) if m.want == want and (want != ANSWER or m.answer == value)), None)
    if move is None:
        return Refusal(want)
    if want == NOT_POSSIBLE and not value:
        return Refusal("no-reason")
    if want == LATER:
        return Event("deferred", {**data, "next": move.go})
    end = value if move.end == AS_USED else move.end
    data |= {"reason": value} if want == NOT_POSSIBLE else {"answer": value}
    data |= _lead(run, move.go, end)
    own = None if move.act == LEFT and step.otherwise else step.open
    data |= _opens(own, promised)
    if want == RETURN or (step.act in DEEDS and move.act != LEFT):
        data["final"] = True
    elif step.act and move.act == UNSURE:
        data["unsure"] = True
    if want == NOT_POSSIBLE:
        return Event("not-possible", data, ("reason",))
    return Event("answered", data)


def _opens(own: OpenItem | None, promised: str) -> dict[str, Any]:
    """What stays open after a step, whichever way it is left: its own item, and the call that was promised."""
    found: list[dict[str, str]] = [{"item": own.item, "due": own.due}] if own else []
    if promised:
        found.append({"item": "call-back", "by": promised})
    return {"opens": found} if found else {}


def _lead(run: Run, go: str | None, end: str | None) -> dict[str, Any]:
    """Where an event leads: the next step, or the outcome once nothing is put off."""
    waiting = tuple(d for d in run.cursor.deferred if d != run.cursor.step)
    if run.cursor.ending is not None:
        return {"next": waiting[0], "end": None} if waiting else {"next": None, "end": run.cursor.ending}
    if end is not None and waiting:
        return {"next": waiting[0], "end": None, "ending": end}
    return {"next": go if end is None else None, "end": end}
