"""What an incident is at a moment: runs with their cursors, evidence, open items; and the events that make it so."""

from collections.abc import Mapping
from typing import Any, NamedTuple

ASKING, CATCHING_UP, AWAY, ENDED = "asking", "catching-up", "away", "ended"


class Event(NamedTuple):
    """Something that happened; `data` is what JSON can carry."""

    kind: str
    data: Mapping[str, Any]


class Refusal(NamedTuple):
    """Why not; `reason` is the end of a words key `refused.<reason>`."""

    reason: str


class Cursor(NamedTuple):
    """Where a run stands: the step, the steps put off, and the outcome that waits until those are done.

    In a trail `final` says that there is no way back to it: something was done that going back cannot undo; and
    `unsure` that there is no way back beyond it: nobody could tell there, which what was known before does not outlive.
    """

    step: str | None
    deferred: tuple[str, ...] = ()
    ending: str | None = None
    final: bool = False
    unsure: bool = False


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
    """An incident. `evidence` maps (run, step, field) to the last value, the latest last.

    `lost` counts the places where the record lacks an event.
    """

    runs: tuple[Run, ...] = ()
    evidence: Mapping[tuple[int, str, str], str] = {}
    items: tuple[Item, ...] = ()
    notes: int = 0
    opened: str = ""
    closed: bool = False
    lost: int = 0

    @property
    def current(self) -> Run | None:
        """The run that is asked about next: from the root down to where a run asks, or waits for one that has ended."""
        run = next((r for r in reversed(self.runs) if r.parent is None and r.outcome is None), None)
        while run is not None and run.child is not None:
            child = self.run(run.child)
            if child is None or child.outcome is not None:
                break
            run = child
        return run

    def run(self, number: int | None) -> Run | None:
        """The run of that number, or None."""
        return next((r for r in self.runs if r.number == number), None)
