"""When the entries of a record really happened, how long it was between them, and when a plan changed its status."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from toolkit.clock import seconds
from toolkit.incident.fold import apply
from toolkit.incident.state import Event, State
from toolkit.record.chain import ORIGIN, Line

# After these nobody knows exactly how long it has been since the entry before.
RESTARTS: Final = frozenset({"resumed", "torn", "continued"})
_UNSURE: Final = RESTARTS | {"clock-jumped"}


class Took(NamedTuple):
    """Seconds between two entries; `about` says that a jump of the clock, a restart or a gap lies within."""

    seconds: float
    about: bool


class Turn(NamedTuple):
    """A plan changed its status at the entry with that index."""

    nth: int
    activation: int
    status: str


class Times(NamedTuple):
    """The times of a record, by the index of an entry.

    `steady` are seconds that never fall, with what the clock is known to have jumped taken out; `doubts` counts what
    makes them uncertain up to there; `happened` maps entry numbers to when it was (UTC), by the paper or a correction.
    """

    lines: Sequence[Line]
    steady: Sequence[float]
    doubts: Sequence[int]
    happened: dict[int, str]

    def took(self, first: int, last: int) -> Took:
        """How long it was from one entry to another; what was entered late counts by the paper."""
        begin, end = (self.happened.get(self.lines[i].seq) for i in (first, last))
        if begin or end:
            found = seconds(end or self.lines[last].at) - seconds(begin or self.lines[first].at)
            return Took(max(found, 0.0), True)
        return Took(self.steady[last] - self.steady[first], self.doubts[last] > self.doubts[first])


def gaps(lines: Sequence[Line]) -> list[int]:
    """The indices of the entries before which something is missing from the chain."""
    before = [ORIGIN, *(line.hash for line in lines)]
    return [i for i, line in enumerate(lines) if line.prev != before[i]]


def times(lines: Sequence[Line]) -> Times:
    """The times of a record."""
    steady: list[float] = []
    doubts: list[int] = []
    happened: dict[int, str] = {}
    skew, latest, doubt, missing = 0.0, 0.0, 0, set(gaps(lines))
    for index, line in enumerate(lines):
        if line.kind == "clock-jumped" and line.data.get("known", True):
            skew += float(line.data["by"])
        latest = max(latest, seconds(line.at) - skew)
        doubt += (line.kind in _UNSURE) + (index in missing)
        steady.append(latest)
        doubts.append(doubt)
        if line.kind == "time-corrected":
            happened[int(line.data["entry"])] = str(line.data["happened"])
        elif "happened" in line.data:
            happened[line.seq] = str(line.data["happened"])
    return Times(lines, steady, doubts, happened)


def turns(lines: Sequence[Line]) -> list[Turn]:
    """Every change of status of every plan, in order."""
    state, found, known = State(), list[Turn](), dict[int, str]()
    for index, line in enumerate(lines):
        state = apply(state, Event(line.kind, line.data), line.at)
        for plan in state.activations:
            if known.get(plan.number) != plan.status:
                known[plan.number] = plan.status
                found.append(Turn(index, plan.number, plan.status))
    return found
