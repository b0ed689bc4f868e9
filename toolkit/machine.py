"""An incident as a state machine: no clock, no disk, no terminal.

`decide` turns what a person wants into an event or a refusal, `apply` turns an event into the next state, and a
replay is a fold of `apply` over events. What is legal is the table `TRANSITIONS`; `allowed` narrows it for the
step at hand, so that a screen can offer only what is legal. An event says where it leads; therefore a state can be
had from a record with gaps, and follows the text that the run began with.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from toolkit.model import Step
from toolkit.moves import ANSWER, LATER, LEFT, NOT_POSSIBLE, RETURN, UNSURE, moves
from toolkit.state import ASKING, AWAY, CATCHING_UP, Cursor, Event, Item, Refusal, Run, State
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


def open_incident() -> Event:
    """The first event of an incident."""
    return Event("incident-opened", {})


def start(state: State, book: str, card: str, phase: str, digest: str, steps: Sequence[Step]) -> Event:
    """The event that begins a run at the first of `steps`, within the step at hand if there is one."""
    parent = state.current
    data = {
        "run": max((r.number for r in state.runs), default=0) + 1,
        "runbook": book,
        "card": card,
        "phase": phase,
        "digest": digest,
        "parent": parent.number if parent else None,
        "step": steps[0].id,
    }
    return Event("run-started", data)


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


def decide(run: Run, step: Step, want: str, value: str = "", field: str = "") -> Event | Refusal:
    """The event for what the person wants at `step`: an answer's id, a reason, a note, a value for `field`."""
    if want not in allowed(run, step):
        return Refusal("back-final" if want == BACK and run.trail else want)
    data: dict[str, Any] = {"run": run.number, "step": step.id}
    match want:
        case "answer" | "return" | "not-possible" | "later":
            return _moved(run, step, want, value.strip(), data)
        case "back":
            return Event("reopened", {**data, "to": run.trail[-1].step})
        case "record":
            return Event("evidence", {**data, "field": field, "value": value})
        case "note":
            return Event("noted", {**data, "text": value.strip()}) if value.strip() else Refusal("no-note")
        case "time-up":
            doubt = {"final": True} if step.act in DEEDS else {"unsure": True} if step.act else {}
            return Event("time-up", {**data, "next": value, **doubt, **_opens(step)})
    return Refusal(want)


def _moved(run: Run, step: Step, want: str, value: str, data: dict[str, Any]) -> Event | Refusal:
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
    if not (move.act == LEFT and step.otherwise):
        data |= _opens(step)
    if want == RETURN or (step.act in DEEDS and move.act != LEFT):
        data["final"] = True
    elif step.act and move.act == UNSURE:
        data["unsure"] = True
    return Event("not-possible" if want == NOT_POSSIBLE else "answered", data)


def _opens(step: Step) -> dict[str, Any]:
    return {"opens": {"item": step.open.item, "due": step.open.due}} if step.open else {}


def _lead(run: Run, go: str | None, end: str | None) -> dict[str, Any]:
    """Where an event leads: the next step, or the outcome once nothing is put off."""
    waiting = tuple(d for d in run.cursor.deferred if d != run.cursor.step)
    if run.cursor.ending is not None:
        return {"next": waiting[0], "end": None} if waiting else {"next": None, "end": run.cursor.ending}
    if end is not None and waiting:
        return {"next": waiting[0], "end": None, "ending": end}
    return {"next": go if end is None else None, "end": end}


def apply(state: State, event: Event, at: str = "") -> State:
    """The state after `event`, which happened at the time `at`. An event that cannot be placed counts as lost."""
    data = event.data
    match event.kind:
        case "incident-opened":
            return state._replace(opened=at)
        case "incident-closed":
            return state._replace(closed=True)
        case "run-started":
            return _begin(state, data, at)
        case "noted":
            return state._replace(notes=state.notes + 1)
    if "run" not in data:
        return state
    run = state.run(data["run"])
    if run is None:
        return state._replace(lost=state.lost + 1)
    if event.kind == "shown" or ("step" in data and data["step"] != run.cursor.step):
        state = _shown(state, run, data["step"])
        run = state.run(run.number) or run
    match event.kind:
        case "evidence":
            key = (run.number, data["step"], data["field"])
            values = {**{k: v for k, v in state.evidence.items() if k != key}, key: data["value"]}
            return _put(state._replace(evidence=values), run._replace(recorded=(*run.recorded, data["field"])))
        case "answered" | "not-possible" | "deferred" | "time-up":
            return _move(state, run, event, at)
        case "reopened":
            back = run.trail[-1] if run.trail else Cursor(data["to"])
            items = tuple(i for i in state.items if (i.run, i.visit) != (run.number, len(run.trail) - 1))
            trail = run.trail[:-1]
            if back.unsure and trail:
                trail = (*trail[:-1], trail[-1]._replace(final=True))
            back = back._replace(unsure=False)
            return _put(state._replace(items=items), run._replace(cursor=back, trail=trail, recorded=()))
    return state


def _shown(state: State, run: Run, step: str) -> State:
    """A step that was shown is where the run stood. Where that is news, the events before it are missing."""
    if run.child is None and run.cursor.step == step:
        return state
    trail = (*run.trail, run.cursor._replace(final=True))
    moved = run._replace(cursor=run.cursor._replace(step=step), trail=trail, outcome=None, child=None, recorded=())
    return _put(state._replace(lost=state.lost + 1), moved)


def _begin(state: State, data: Mapping[str, Any], at: str) -> State:
    cursor = Cursor(data["step"])
    names = (data["runbook"], data["card"], data["phase"], data["digest"])
    run = Run(data["run"], *names, data["parent"], cursor, started=at)
    parent = state.run(data["parent"])
    if parent:
        state = _put(state, parent._replace(child=run.number))
    return state._replace(runs=(*state.runs, run))


def _move(state: State, run: Run, event: Event, at: str) -> State:
    data, cursor = event.data, run.cursor
    deferred, ending = tuple(d for d in cursor.deferred if d != data["step"]), data.get("ending", cursor.ending)
    if event.kind == "deferred":
        deferred = (*deferred, data["step"])
    opens = data.get("opens")
    if opens:
        item = Item(opens["item"], opens["due"], run.card, data["step"], run.number, at, len(run.trail))
        state = state._replace(items=(*state.items, item))
    moved = run._replace(
        cursor=Cursor(data.get("next"), deferred, ending if data.get("end") is None else None),
        trail=(*run.trail, cursor._replace(final="final" in data, unsure="unsure" in data)),
        outcome=data.get("end"),
        child=None,
        recorded=(),
    )
    return _put(state, moved)


def _put(state: State, run: Run) -> State:
    return state._replace(runs=tuple(run if r.number == run.number else r for r in state.runs))


def replay(events: Sequence[tuple[Event, str]]) -> State:
    """The state after `events`, each with its time."""
    state = State()
    for event, at in events:
        state = apply(state, event, at)
    return state
