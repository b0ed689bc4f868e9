"""Open items and the end of an incident: what settles an item, when an incident may close; pure."""

from collections.abc import Iterable
from typing import NamedTuple

from toolkit.clock import seconds
from toolkit.incident.state import Event, Item, Refusal, State
from toolkit.vocabulary import SETTLEMENTS


class Due(NamedTuple):
    """An open item of an incident, and by how many seconds it is overdue (negative before it is due)."""

    incident: str
    item: Item
    over: float


def code(incident: str, number: int) -> str:
    """How people call an item: the incident's letters and its number, like kqx-3."""
    return f"{incident.rsplit('-', 1)[-1]}-{number}"


def ordered(found: Iterable[Due]) -> list[Due]:
    """The most overdue first."""
    return sorted(found, key=lambda due: (-due.over, due.incident, due.item.number))


def due(incident: str, state: State, now: str) -> list[Due]:
    """The open items of one incident."""
    return [Due(incident, item, seconds(now) - seconds(item.due)) for item in state.open_items]


def settle(state: State, number: int, how: str, proof: str, by: str = "") -> Event | Refusal:
    """The event that settles item `number` in the way `how`, with its proof."""
    item = next((i for i in state.items if i.number == number), None)
    if item is None:
        return Refusal("no-such-item", {"n": str(number)})
    if item.settled:
        return Refusal("item-settled", {"n": str(number)})
    if how not in SETTLEMENTS[item.item]:
        return Refusal("no-such-settlement", {"known": ", ".join(SETTLEMENTS[item.item])})
    if not proof.strip():
        return Refusal("no-proof")
    data = {"item": number, "what": item.item, "how": how, "proof": proof.strip(), **({"by": by} if by else {})}
    return Event("item-settled", data, ("proof",))


def outcome(state: State) -> str:
    """How the incident ended: as its first run did; where none was begun, nothing was possible."""
    return (state.runs[0].outcome or "escalated") if state.runs else "not-possible"


def close(state: State, heir: str = "", reason: str = "") -> Event | Refusal:
    """The event that closes the incident.

    Refused while a run goes on or a plan is in force; with items left, only when somebody (`heir`) takes them over
    with a reason. A drill leaves nothing to settle.
    """
    if state.closed:
        return Refusal("closed-already")
    if state.waiting:
        return Refusal("run-unfinished", {"card": state.waiting[0].card})
    if state.in_force and not state.drill:
        return Refusal("plan-in-force", {"card": state.in_force[0].card})
    left = state.open_items
    if not left or state.drill:
        return Event("incident-closed", {"outcome": outcome(state)})
    if not heir.strip():
        return Refusal("items-left", {"n": str(len(left))})
    if not reason.strip():
        return Refusal("no-reason")
    numbers = [item.number for item in left]
    data = {"outcome": outcome(state), "heir": heir.strip(), "items": numbers, "reason": reason.strip()}
    return Event("incident-closed", data, ("reason",))
