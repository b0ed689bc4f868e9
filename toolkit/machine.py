"""An incident as a state machine: no clock, no disk, no terminal.

`decide` turns what a person wants into an event or a refusal, `apply` turns an event into the next state, and a
replay is a fold of `apply` over events. What is legal is the table `TRANSITIONS`; `allowed` narrows it for the
step at hand, so that a screen can offer only what is legal. An event says where it leads; therefore a state can be
had from a record with gaps, and follows the text that the run began with.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from toolkit.model import AS_USED, DONE, UNKNOWN, Step

ASKING, CATCHING_UP, AWAY, ENDED = "asking", "catching-up", "away", "ended"

ANSWER, USE, RETURN, NOT_POSSIBLE, LATER, BACK, RECORD, NOTE, TIME_UP = (
    "answer", "use", "return", "not-possible", "later", "back", "record", "note", "time-up",
)  # fmt: skip

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
# Putting these off would let a path go on as if they had been done.
GUARDS: Final = frozenset({"look-up", "write-down", "confirm-idle", "settle", "approve", "isolate"})


class Event(NamedTuple):
    """Something that happened; `data` is what JSON can carry."""

    kind: str
    data: Mapping[str, Any]


class Refusal(NamedTuple):
    """Why not; `reason` is the end of a words key `refused.<reason>`."""

    reason: str


class Cursor(NamedTuple):
    """Where a run stands: the step, the steps put off, and the outcome that waits until those are done."""

    step: str | None
    deferred: tuple[str, ...] = ()
    ending: str | None = None


class Run(NamedTuple):
    """One passage through one phase of one runbook.

    `trail` holds the cursors of the steps already left, `recorded` the evidence fields written down at this visit.
    """

    number: int
    runbook: str
    card: str
    phase: str
    digest: str
    parent: int | None
    cursor: Cursor
    trail: tuple[Cursor, ...] = ()
    outcome: str | None = None
    child: int | None = None
    started: str = ""
    recorded: tuple[str, ...] = ()

    @property
    def status(self) -> str:
        if self.outcome is not None:
            return ENDED
        if self.child is not None:
            return AWAY
        return CATCHING_UP if self.cursor.ending is not None else ASKING


class Item(NamedTuple):
    """An open item, the step that opened it, when, and its due time as a duration from then.

    `visit` tells visits to one step apart: it is how many steps the run had left before.
    """

    item: str
    due: str
    card: str
    step: str
    run: int
    opened: str
    visit: int


class State(NamedTuple):
    """An incident. `evidence` maps (run, step, field) to the last value; `lost` counts events without a place."""

    runs: tuple[Run, ...] = ()
    evidence: Mapping[tuple[int, str, str], str] = {}
    items: tuple[Item, ...] = ()
    notes: int = 0
    opened: str = ""
    drill: bool = False
    closed: bool = False
    lost: int = 0

    @property
    def current(self) -> Run | None:
        """The run that is asked about next: the innermost that has not ended, or that waits for an ended one."""
        return next((r for r in reversed(self.runs) if r.status != ENDED), None)

    def run(self, number: int | None) -> Run | None:
        """The run of that number, or None."""
        return next((r for r in self.runs if r.number == number), None)


def open_incident(*, drill: bool = False) -> Event:
    """The first event of an incident."""
    return Event("incident-opened", {"drill": drill})


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
    """What the person may do at `step`, by the table and the step."""
    legal = [want for status, want in TRANSITIONS if status == run.status]
    barred = {
        ANSWER: step.use is not None,
        USE: step.use is None,
        LATER: _no_putting_off(step),
        BACK: not run.trail,
    }
    return tuple(want for want in legal if not barred.get(want, False))


def _no_putting_off(step: Step) -> bool:
    last = step.next is None
    return last or bool(step.answers) or step.use is not None or step.act in GUARDS or step.open is not None


def decide(run: Run, step: Step, want: str, value: str = "", field: str = "") -> Event | Refusal:
    """The event for what the person wants at `step`: an answer's id, a reason, a note, a value for `field`."""
    if want not in allowed(run, step) and not (want == RETURN and run.status == AWAY):
        return Refusal(want)
    data: dict[str, Any] = {"run": run.number, "step": step.id}
    match want:
        case "answer" | "return":
            return _answered(run, step, value, data)
        case "not-possible":
            if not value.strip():
                return Refusal("no-reason")
            unknown = step.answer(UNKNOWN)
            go, end = (unknown.go, unknown.end) if unknown else (step.otherwise or step.next, None)
            lead = _lead(run, go, end or (None if go else "escalated"))
            return Event("not-possible", {**data, "reason": value.strip(), **lead})
        case "later":
            return Event("deferred", {**data, "next": step.next})
        case "back":
            return Event("reopened", {**data, "to": run.trail[-1].step})
        case "record":
            return Event("evidence", {**data, "field": field, "value": value})
        case "note":
            return Event("noted", {**data, "text": value.strip()}) if value.strip() else Refusal("no-note")
        case "time-up":
            return Event("time-up", {**data, "next": value})
    return Refusal(want)


def _answered(run: Run, step: Step, value: str, data: dict[str, Any]) -> Event | Refusal:
    go, end = step.next, step.end
    if step.answers:
        answer = step.answer(value)
        if answer is None:
            return Refusal("answer")
        go, end = answer.go, answer.end
    elif step.use is not None:
        end = value if end == AS_USED else end
    elif value != DONE:
        return Refusal("answer")
    opens = {"opens": {"item": step.open.item, "due": step.open.due}} if step.open else {}
    return Event("answered", {**data, "answer": value, **_lead(run, go, end), **opens})


def _lead(run: Run, go: str | None, end: str | None) -> dict[str, Any]:
    """Where an event leads: the next step, or the outcome once nothing is put off."""
    waiting = run.cursor.deferred
    if run.cursor.ending is not None:
        rest = waiting[1:]
        return {"next": rest[0], "end": None} if rest else {"next": None, "end": run.cursor.ending}
    if end is not None and waiting:
        return {"next": waiting[0], "end": None, "ending": end}
    return {"next": go if end is None else None, "end": end}


def apply(state: State, event: Event, at: str = "") -> State:
    """The state after `event`, which happened at the time `at`. An event that cannot be placed is counted as lost."""
    data = event.data
    match event.kind:
        case "incident-opened":
            return state._replace(opened=at, drill=bool(data.get("drill")))
        case "incident-closed":
            return state._replace(closed=True)
        case "run-started":
            return _begin(state, data, at)
    run = state.run(data.get("run")) if "run" in data else None
    if "run" in data and run is None:
        return state._replace(lost=state.lost + 1)
    match event.kind:
        case "evidence" if run:
            values = {**state.evidence, (run.number, data["step"], data["field"]): data["value"]}
            return _put(state._replace(evidence=values), run._replace(recorded=(*run.recorded, data["field"])))
        case "noted":
            return state._replace(notes=state.notes + 1)
        case "answered" | "not-possible" | "deferred" | "time-up" if run:
            return _move(state, run, event, at)
        case "reopened" if run:
            back = run.trail[-1] if run.trail else Cursor(data["to"])
            items = tuple(i for i in state.items if (i.run, i.visit) != (run.number, len(run.trail) - 1))
            return _put(state._replace(items=items), run._replace(cursor=back, trail=run.trail[:-1], recorded=()))
    return state


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
    deferred, ending = cursor.deferred, data.get("ending", cursor.ending)
    if event.kind == "deferred":
        deferred = deferred if data["step"] in deferred else (*deferred, data["step"])
    elif cursor.ending is not None:
        deferred = deferred[1:]
    opens = data.get("opens")
    if opens:
        item = Item(opens["item"], opens["due"], run.card, data["step"], run.number, at, len(run.trail))
        state = state._replace(items=(*state.items, item))
    moved = run._replace(
        cursor=Cursor(data.get("next"), deferred, ending if data.get("end") is None else None),
        trail=(*run.trail, cursor),
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
