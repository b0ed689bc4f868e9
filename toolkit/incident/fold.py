"""Events become the state of an incident; a replay is a fold. An event that cannot be placed counts as lost."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from toolkit.clock import later
from toolkit.incident.jumped import jumped
from toolkit.incident.plans import LIFE
from toolkit.incident.state import (
    ACTIVATED,
    NONE,
    WITHDRAWN,
    Activation,
    Cursor,
    Event,
    Item,
    Run,
    Sale,
    State,
    sale_number,
)
from toolkit.vocabulary import IDENTIFYING

Data = Mapping[str, Any]
# What an event of a version that we do not know can raise.
_STRANGE: Final = (ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValueError)
_AT_A_STEP: Final = frozenset({"evidence", "answered", "not-possible", "deferred", "time-up", "reopened", "shown"})


def apply(state: State, event: Event, at: str = "") -> State:
    """The state after `event`, which was recorded at the time `at` (UTC); what was entered late happened earlier."""
    return _told(state, event, at)._replace(last=at)


def _told(state: State, event: Event, at: str) -> State:
    try:
        return _applied(state, event, str(event.data.get("happened") or at))
    except _STRANGE:
        return _lost(state)


def _applied(state: State, event: Event, at: str) -> State:
    whole = _WHOLE.get(event.kind)
    if whole:
        return whole(state, event.data, at)
    if event.kind not in _AT_A_STEP:
        return state
    run = state.run(event.data.get("run"))
    if run is None:
        return _lost(state)
    if event.kind == "shown" or event.data["step"] != run.cursor.step:
        state = _shown(state, run, event.data["step"])
        run = state.run(run.number) or run
    match event.kind:
        case "evidence":
            return _evidence(state, run, event.data)
        case "reopened":
            return _back(state, run, event.data)
        case "shown":
            return state
    return _move(state, run, event, at)


def replay(events: Sequence[tuple[Event, str]]) -> State:
    """The state after `events`, each with its time."""
    state = State()
    for event, at in events:
        state = _told(state, event, at)
    return state._replace(last=events[-1][1]) if events else state


def _lost(state: State) -> State:
    return state._replace(lost=state.lost + 1)


def _put(state: State, run: Run) -> State:
    return state._replace(runs=tuple(run if r.number == run.number else r for r in state.runs))


def _put_plan(state: State, plan: Activation) -> State:
    return state._replace(activations=tuple(plan if a.number == plan.number else a for a in state.activations))


def _live(state: State, number: int | None, happening: str) -> State:
    """The state after something happened in the life of a plan."""
    plan = state.activation(number)
    if plan is None:
        return state
    return _put_plan(state, plan._replace(status=LIFE.get((plan.status, happening), plan.status)))


def _opened(state: State, data: Data, at: str) -> State:
    return state._replace(opened=at, drill=bool(data.get("drill")))


def _closed(state: State, data: Data, _: str) -> State:
    taken = set(data.get("items", ()))
    items = tuple(i._replace(heir=str(data["heir"])) if i.number in taken else i for i in state.items)
    return state._replace(closed=True, items=items, stack=())


def _begin(state: State, data: Data, at: str) -> State:
    names = (data["runbook"], data["card"], data["phase"], data["digest"])
    run = Run(
        data["run"],
        *names,
        data["parent"],
        Cursor(data["step"]),
        started=at,
        activation=data.get("activation"),
        skew=state.skew,
    )
    parent = state.run(data["parent"])
    if parent:
        state = _put(state, parent._replace(child=run.number))
    else:
        state = state._replace(stack=(*state.stack, run.number))
    if run.activation is not None and state.activation(run.activation) is None:
        state = state._replace(activations=(*state.activations, _activation(run, data, at)))
    for_rung = state.run(data.get("rung_of"))
    if for_rung:
        state = _put(state, for_rung._replace(rungs=(*for_rung.rungs, data["rung"])))
    return _live(state._replace(runs=(*state.runs, run)), run.activation, run.phase)


def _activation(run: Run, data: Data, at: str) -> Activation:
    return Activation(
        run.activation or 0,
        run.runbook,
        run.card,
        run.digest,
        ACTIVATED,
        str(data.get("by", "")),
        str(data.get("why", "")),
        at,
        dict(data.get("limits", {})),
        skew=run.skew,
        sells=bool(data.get("sells", True)),
    )


def _switched(state: State, data: Data, _: str) -> State:
    number = data["to"]
    if number not in state.stack:
        return _lost(state)
    return state._replace(stack=(*(n for n in state.stack if n != number), number))


def _sold(state: State, data: Data, at: str) -> State:
    plan = state.activation(data["activation"])
    if plan is None:
        return _lost(state)
    number = sale_number(data["n"], [sale.number for sale in plan.sales])
    sale = Sale(number, Decimal(data["amount"]), str(data["day"]), at=at)
    return _put_plan(state, plan._replace(sales=(*plan.sales, sale)))


def _taken_back(state: State, data: Data, _: str) -> State:
    plan = state.activation(data["activation"])
    if plan is None:
        return _lost(state)
    sales = tuple(s._replace(back=True) if s.number == data["n"] else s for s in plan.sales)
    return _put_plan(state, plan._replace(sales=sales))


def _plan_closed(state: State, data: Data, _: str) -> State:
    return _live(state, data["activation"], "closed")


def _settled(state: State, data: Data, _: str) -> State:
    """What was settled stays settled as it was: a second window came too late."""
    items = tuple(
        i._replace(settled=str(data["how"])) if i.number == data["item"] and not i.settled else i for i in state.items
    )
    return state._replace(items=items)


def _jumped(state: State, data: Data, _: str) -> State:
    return jumped(state, float(data["by"]), str(data.get("zone", ""))) if data.get("known", True) else state


_WHOLE: Final[Mapping[str, Callable[[State, Data, str], State]]] = {
    "incident-opened": _opened,
    "incident-closed": _closed,
    "run-started": _begin,
    "switched": _switched,
    "sale": _sold,
    "sale-taken-back": _taken_back,
    "plan-closed": _plan_closed,
    "item-settled": _settled,
    "clock-jumped": _jumped,
}


def _shown(state: State, run: Run, step: str) -> State:
    """A step that was shown is where the run stood. Where that is news, the events before it are missing."""
    if run.child is None and run.cursor.step == step:
        return state
    trail = (*run.trail, run.cursor._replace(final=True))
    moved = run._replace(cursor=run.cursor._replace(step=step), trail=trail, outcome=None, child=None, recorded=())
    stack = state.stack if run.parent is not None or run.number in state.stack else (*state.stack, run.number)
    return _put(state._replace(lost=state.lost + 1, stack=stack), moved)


def _evidence(state: State, run: Run, data: Data) -> State:
    key = (run.number, data["step"], data["field"])
    values = dict(state.evidence)
    values.pop(key, None)
    values[key] = data["value"] if isinstance(data["value"], str) else ""
    return _put(state._replace(evidence=values), run._replace(recorded=(*run.recorded, data["field"])))


def _back(state: State, run: Run, data: Data) -> State:
    back = run.trail[-1] if run.trail else Cursor(data["to"])
    here = (run.number, len(run.trail) - 1)
    items = tuple(
        i._replace(settled=WITHDRAWN) if (i.run, i.visit) == here and not i.settled else i for i in state.items
    )
    trail = run.trail[:-1]
    if back.unsure and trail:
        trail = (*trail[:-1], trail[-1]._replace(final=True))
    back = back._replace(unsure=False)
    return _put(state._replace(items=items), run._replace(cursor=back, trail=trail, recorded=()))


def _move(state: State, run: Run, event: Event, at: str) -> State:
    data, cursor = event.data, run.cursor
    deferred, ending = tuple(d for d in cursor.deferred if d != data["step"]), data.get("ending", cursor.ending)
    if event.kind == "deferred":
        deferred = (*deferred, data["step"])
    moved = run._replace(
        cursor=Cursor(data.get("next"), deferred, ending if data.get("end") is None else None),
        trail=(*run.trail, cursor._replace(final="final" in data, unsure="unsure" in data)),
        outcome=data.get("end"),
        child=None,
        recorded=(),
        rungs=(*run.rungs, data["rung"]) if "rung" in data else run.rungs,
    )
    state = _put(_open(state, run, data, at), moved)
    if moved.outcome is not None:
        state = _live(
            state._replace(stack=tuple(n for n in state.stack if n != run.number)), run.activation, moved.outcome
        )
    return state


def _open(state: State, run: Run, data: Data, at: str) -> State:
    """The items that leaving a step opens."""
    found = data.get("opens", ())
    for opens in [found] if isinstance(found, dict) else found:
        number = max((i.number for i in state.items), default=0) + 1
        due = opens.get("by") or later(at, opens["due"])
        here = (number, opens["item"], due, run.card, data["step"], run.number, at, len(run.trail))
        item = Item(*here, facts=_facts(state, run, opens["item"]), promised=bool(opens.get("by")))
        state = state._replace(items=(*state.items, item))
    return state


def _facts(state: State, run: Run, kind: str) -> tuple[tuple[str, str], ...]:
    """What `run` itself has written down by which an item is told from another one of its kind; "-" is nothing."""
    own = state.written(run)
    return tuple((field, own[field]) for field in IDENTIFYING.get(kind, ()) if own.get(field, "") not in NONE)
