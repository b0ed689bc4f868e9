"""When no runbook is in hand and the incident is not over: settle, stand down, count sales, open, close."""

from toolkit.cells import fold, wrap
from toolkit.console import say
from toolkit.incident import items, machine, replies
from toolkit.incident.state import Activation, Event, Item
from toolkit.sitting import beside, contingency
from toolkit.sitting.deciding import acknowledge, decided, does
from toolkit.sitting.session import Session
from toolkit.vocabulary import SETTLEMENTS


def needed(session: Session) -> bool:
    """Whether something is left: a plan that is not closed, or an item that is not settled."""
    state = session.state
    return not state.closed and not state.drill and bool(state.in_force or state.open_items)


def follow(session: Session) -> bool:
    """Ask what to do next until a run is in hand (True) or the incident is closed (False); q stops."""
    while needed(session):
        session.take_in(session.journal.catch_up())
        state, words = session.state, session.words
        say(["", *session.screen.board.overview(session.incident, state, session.moment())])
        ready, rows = contingency.ready(session)
        left = sorted(state.open_items, key=lambda item: item.due)
        rows += [words("desk.settle", code=items.code(session.incident, item.number)) for item in left]
        rows.append(words("desk.close"))
        say([f"  {n} {row}" for n, row in enumerate(rows, start=1)])
        say(wrap(words("desk.keys"), "  "))
        typed = session.line("desk.prompt", last=len(rows))
        if _carried_out(session, typed, ready, left):
            return True
    return False


def _carried_out(session: Session, typed: str, ready: list[Activation], left: list[Item]) -> bool:
    """Do what was typed; True when a run is in hand now."""
    found = replies.command(typed)
    if found and found.want in machine.BESIDE:
        return beside.do(session, found.want, found.value)
    if found and found.want == machine.NOTE:
        return beside.note(session, found.value, machine.note)
    plain, last = fold(typed), len(ready) + len(left) + 1
    number = replies.number(plain, last)
    named = next((item for item in left if plain == items.code(session.incident, item.number)), None)
    if named:
        settle(session, named)
        return False
    if 0 < number <= len(ready):
        return contingency.go_on(session, ready[number - 1])
    if len(ready) < number < last:
        settle(session, left[number - len(ready) - 1])
    elif number == last:
        close(session)
    else:
        session.say("run.unclear-choice", last=last)
    return False


def settle(session: Session, item: Item, how: str = "", proof: str = "") -> bool:
    """Ask how an item was settled and for the proof, as far as that was not said; whether it is settled now."""
    words = session.words
    ways = SETTLEMENTS[item.item]
    if how not in ways:
        session.say("desk.settle-head", item=words(f"item.{item.item}"), card=item.card)
        rows = [words(f"settle.{item.item}.{way}") for way in ways]
        picked = session.choose("run.prompt", rows, [(way,) for way in ways])
        how = ways[picked] if picked is not None else ""
    proof = proof or (session.text("desk.proof", "reason") if how else "")
    return bool(proof) and settled(session, item.number, how, proof)


def settled(session: Session, number: int, how: str, proof: str) -> bool:
    """Settle an item, or say why not: another window may have been first. Whether it is settled by this."""
    if not does(session, lambda state: items.settle(state, number, how, proof, session.who)):
        return False
    acknowledge(session, "desk.settled", code=items.code(session.incident, number))
    return True


def close(session: Session) -> bool:
    """Close the incident; with items left, only when a named person takes them over with a reason."""
    found = decided(session, items.close)
    if isinstance(found, Event):
        return True
    session.refuse(found)
    heir = session.text("desk.heir") if found.reason == "items-left" else ""
    reason = session.text("desk.heir-reason", "reason") if heir else ""
    return bool(heir and reason) and does(session, lambda state: items.close(state, heir, reason))
