"""Jumps of the computer's clock, as a record tells of them."""

from collections.abc import Sequence

from toolkit.clock import Jump, Moment, Watch
from toolkit.incident.state import Event
from toolkit.record.chain import Line


def watch(lines: Sequence[Line]) -> Watch:
    """A watch that goes on from the last entry of a record."""
    if not lines:
        return Watch()
    return Watch(lines[-1].at, lines[-1].mono, sum(jump.by for x in lines if (jump := told(x)) and jump.known))


def told(line: Line) -> Jump | None:
    """What an entry says of a jump of the clock."""
    if line.kind != "clock-jumped":
        return None
    try:
        return Jump(float(line.data["by"]), bool(line.data.get("known", True)))
    except (AttributeError, LookupError, TypeError, ValueError):  # of a version that we do not know
        return None


def event(jump: Jump, now: Moment) -> Event:
    """The event that tells of it; with the shop's zone, by which the days of sales are told anew."""
    return Event("clock-jumped", {"by": str(round(jump.by, 1)), "known": jump.known, "zone": now.zone})
