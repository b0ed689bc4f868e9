"""The escalation of a run: which rung comes next, and how long until then; pure."""

from typing import NamedTuple

from toolkit.clock import seconds, span, utc
from toolkit.incident.plans import in_force
from toolkit.incident.state import Run, State
from toolkit.model import Runbook, Rung


class Next(NamedTuple):
    """The next rung, the seconds left until it (negative when it is over), and its time (UTC)."""

    rung: Rung
    left: float
    at: str


def coming(book: Runbook, run: Run, state: State, now: str) -> Next | None:
    """The earliest rung of `book` that `run` has not taken, or None.

    A rung whose step was visited or whose plan is in force counts as taken.
    """
    if run.phase != "steps":
        return None
    visited = {cursor.step for cursor in (run.cursor, *run.trail)}
    gone = state.elapsed(run.started, run.skew, now)
    for rung in sorted(book.ladder, key=lambda rung: span(rung.after)):
        taken = rung.name in run.rungs or rung.go in visited or (rung.plan and in_force(state, rung.plan))
        if not taken:
            left = span(rung.after) - gone
            return Next(rung, left, utc(seconds(now) + left))
    return None
