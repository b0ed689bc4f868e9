"""Decisions over what several windows may change at once: a sale, a settlement, the end of a plan, of the incident."""

from collections.abc import Callable

from toolkit.incident.state import Event, Refusal, State
from toolkit.sitting.session import Session

Decide = Callable[[State], Event | Refusal]


def decided(session: Session, decide: Decide) -> Event | Refusal:
    """What `decide` makes of the state with what others wrote in view, while nobody else writes.

    An event is recorded, or waits for the disk (`session.journal.recorded` tells); a refusal changes nothing.
    """
    with session.journal.held() as told:
        session.take_in(told)
        found = decide(session.state)
        if isinstance(found, Event):
            session.tell(found)
    return found


def does(session: Session, decide: Decide) -> bool:
    """The same, and why not is said; whether it was done."""
    found = decided(session, decide)
    return session.refuse(found) if isinstance(found, Refusal) else True


def acknowledge(session: Session, key: str, **values: object) -> None:
    """Say that it was done, once it is on disk; as long as it only waits for that, say so each time."""
    if session.journal.recorded:
        session.say(key, **values)
    else:
        session.warn("deciding.waits")
