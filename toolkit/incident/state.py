"""What an incident is at a moment: runs, plans in force, evidence, open items; and the events that make it so."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

from toolkit.clock import seconds

ASKING, CATCHING_UP, AWAY, ENDED = "asking", "catching-up", "away", "ended"

ACTIVATED, ACTIVE, STANDING_DOWN, STOOD_DOWN = "activated", "active", "standing-down", "stood-down"
RECONCILED, CLOSED = "reconciled", "closed"
WITHDRAWN: Final = "withdrawn"  # of an item: the step that opened it was gone back over
NONE: Final = frozenset({"", "-"})  # evidence that is not there
SELLING: Final = frozenset({ACTIVE, STANDING_DOWN})  # sales count against a plan until it is stood down


class Event(NamedTuple):
    """Something that happened; `data` is what JSON can carry, `private` names the texts in it that may be erased."""

    kind: str
    data: Mapping[str, Any]
    private: tuple[str, ...] = ()


Told = list[tuple[Event, str]]  # events with their times (UTC), to be folded into the state in this order


class Refusal(NamedTuple):
    """Why not; `reason` is the end of a words key `refused.<reason>`, which `params` fill."""

    reason: str
    params: Mapping[str, str] = {}


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

    `trail` holds the cursors of the steps already left, `recorded` the evidence fields written down at this visit,
    `rungs` the rungs of the escalation already taken. `skew` is that of the state when the run began.
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
    activation: int | None = None
    rungs: tuple[str, ...] = ()
    skew: float = 0.0

    @property
    def status(self) -> str:
        if self.outcome is not None:
            return ENDED
        if self.child is not None:
            return AWAY
        return CATCHING_UP if self.cursor.ending is not None else ASKING


class Item(NamedTuple):
    """An open item, the step that opened it, when, and when it is due (both UTC).

    `visit` tells visits to one step apart: it is how many steps the run had left before. `settled` is how it was
    settled, `heir` who took it over when the incident closed; each is empty before that. `facts` is the evidence by
    which it is told from another one, as (field, value); `promised` says that a person named the time. `due` is by the
    clock as it goes now.
    """

    number: int
    item: str
    due: str
    card: str
    step: str
    run: int
    opened: str
    visit: int
    settled: str = ""
    heir: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    promised: bool = False


class Sale(NamedTuple):
    """A sale counted against a plan; `day` is the shop's date, `back` whether it was taken back.

    `at` (UTC) and `day` are by the clock as it goes now.
    """

    number: int
    amount: Decimal
    day: str
    back: bool = False
    at: str = ""


def sale_number(said: int, taken: Collection[int]) -> int:
    """The number of a sale: as said, or the next where two windows that could not see one another said the same."""
    return said if said not in taken else max(taken) + 1


class Activation(NamedTuple):
    """A plan put in force: by whom, why, since when (UTC); `limits` maps bounds to values, as they were then.

    `sells` says that sales are counted against it.
    """

    number: int
    plan: str
    card: str
    digest: str
    status: str
    by: str
    why: str
    since: str
    limits: Mapping[str, str] = {}
    sales: tuple[Sale, ...] = ()
    skew: float = 0.0
    sells: bool = True

    @property
    def counted(self) -> tuple[Sale, ...]:
        """The sales that count."""
        return tuple(sale for sale in self.sales if not sale.back)

    @property
    def sold(self) -> Decimal:
        """What they add up to."""
        return sum((sale.amount for sale in self.counted), Decimal(0))


class State(NamedTuple):
    """An incident. `evidence` maps (run, step, field) to the last value, the latest last.

    `stack` holds the runs that were begun one beside the other, the one in hand last. `lost` counts the places where
    the record lacks an event, `skew` the seconds by which the computer's clock has jumped ahead since the beginning.
    """

    runs: tuple[Run, ...] = ()
    evidence: Mapping[tuple[int, str, str], str] = {}
    items: tuple[Item, ...] = ()
    activations: tuple[Activation, ...] = ()
    stack: tuple[int, ...] = ()
    opened: str = ""
    closed: bool = False
    drill: bool = False
    lost: int = 0
    skew: float = 0.0
    last: str = ""

    @property
    def current(self) -> Run | None:
        """The run that is asked about next: from the one in hand down to where it asks, or waits for one that ended."""
        run = next((r for n in reversed(self.stack) if (r := self.run(n)) and r.outcome is None), None)
        while run is not None and run.child is not None:
            child = self.run(run.child)
            if child is None or child.outcome is not None:
                break
            run = child
        return run

    def run(self, number: int | None) -> Run | None:
        """The run of that number, or None."""
        return next((r for r in reversed(self.runs) if r.number == number), None)

    def tree(self, run: Run) -> list[Run]:
        """The runs of one case with `run`, itself last: those that go through one another, the phases of one plan."""
        top, plan = self.top(run), run.activation
        others = (r for r in self.runs if r.number != run.number)
        return [*(r for r in others if self.top(r) == top or (plan is not None and r.activation == plan)), run]

    def top(self, run: Run) -> int:
        """The number of the run that `run` was gone through for in the end: itself if it was begun beside others."""
        while (parent := self.run(run.parent)) is not None:
            run = parent
        return run.number

    def written(self, run: Run) -> dict[str, str]:
        """The latest evidence by field that `run` itself has written down."""
        return {field: value for (number, _, field), value in self.evidence.items() if number == run.number}

    def known(self, run: Run) -> dict[str, str]:
        """The latest evidence by field in the tree of `run`, its own before that of the others; "-" hides nothing."""
        found: dict[str, str] = {}
        for one in self.tree(run):
            mine = self.written(one)
            found |= {field: value for field, value in mine.items() if value not in NONE or field not in found}
        return found

    @property
    def waiting(self) -> tuple[Run, ...]:
        """The runs begun one beside the other that have not ended, the one in hand first."""
        found = (self.run(n) for n in reversed(self.stack))
        return tuple(run for run in found if run is not None and run.outcome is None)

    def activation(self, number: int | None) -> Activation | None:
        """The activation of that number, or None."""
        return next((a for a in self.activations if a.number == number), None)

    @property
    def in_force(self) -> tuple[Activation, ...]:
        """The plans that are not closed yet, in the order they were activated."""
        return tuple(a for a in self.activations if a.status != CLOSED)

    @property
    def open_items(self) -> tuple[Item, ...]:
        """The items that are not settled yet."""
        return tuple(item for item in self.items if not item.settled)

    def elapsed(self, begun: str, skew: float, now: str) -> float:
        """Seconds from `begun`, when the skew was `skew`, to `now`, with what the clock jumped taken out."""
        return (seconds(now) - self.skew) - (seconds(begun) - skew)
