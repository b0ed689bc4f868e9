"""What all incidents together show: how long they took, and which steps of which runbook fail; pure.

Every incident is a dot, beside median, 90th percentile (nearest rank), shortest and longest. There is no mean: a few
long outages would make it say nothing. Incidents that are still open are named, not counted.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from toolkit.cells import wrap
from toolkit.clock import local, seconds
from toolkit.incident.machine import LEAVING
from toolkit.incident.state import ACTIVE, STOOD_DOWN
from toolkit.record.incidents import Seen
from toolkit.report.moments import Times, Took, times, turns
from toolkit.text import Words
from toolkit.vocabulary import UNKNOWN

SCHEMA_VERSION: Final = 1
SPANS: Final = ("whole", "to-plan", "to-card", "to-closed")
FAILURES: Final = ("not-possible", "unknown", "time-up")
_DAY: Final = 1440  # minutes; from there on the hours are enough
_SCALE: Final = 50  # places of the text scale


class Value(NamedTuple):
    """How long a stretch of one incident took."""

    incident: str
    took: Took


class Failing(NamedTuple):
    """A step, how often it was left in any way, and how often for each reason of FAILURES."""

    step: str
    visits: int
    reasons: Mapping[str, int]


class Book(NamedTuple):
    """A part of a runbook: how many runs of it, how they ended (`open` if they have not), the steps that failed."""

    card: str
    id: str
    phase: str
    runs: int
    outcomes: Mapping[str, int]
    failing: Sequence[Failing]


class Stats(NamedTuple):
    """All of it; `still_open` are (incident, when it began by the shop's clock), `unreadable` and `purged` names."""

    incidents: int
    still_open: Sequence[tuple[str, str]]
    spans: Mapping[str, Sequence[Value]]
    books: Sequence[Book]
    unreadable: Sequence[str]
    purged: Sequence[str]


def gather(seen: Sequence[Seen], unreadable: Sequence[str] = (), purged: Sequence[Value] = ()) -> Stats:
    """What those incidents show; of one that was purged it is only known how long it took."""
    spans: dict[str, list[Value]] = {name: [] for name in SPANS}
    spans["whole"] += purged
    waiting = []
    for one in seen:
        if not one.state.closed:
            began = one.record.lines[0]
            waiting.append((one.name, local(began.at, began.zone, "%Y-%m-%d %H:%M")))
        for name, took in _spans(one):
            spans[name].append(Value(one.name, took))
    for values in spans.values():
        values.sort(key=lambda value: (value.took.seconds, value.incident))
    gone = sorted(value.incident for value in purged)
    return Stats(len(seen) + len(gone), sorted(waiting), spans, _books(seen), unreadable, gone)


def purged(incident: str, began: str, ended: str) -> Value:
    """An incident of which only its first and last entry are known (UTC): what lay between may have been uncertain."""
    return Value(incident, Took(max(seconds(ended) - seconds(began), 0.0), True))


def _spans(seen: Seen) -> Iterator[tuple[str, Took]]:
    """The stretches of an incident that are over: to the first plan in force, to the card back, to its end."""
    known: Times = times(seen.record.lines)
    changes = turns(seen.record.lines)
    last = next((i for i, line in enumerate(seen.record.lines) if line.kind == "incident-closed"), None)
    plan = next((turn.nth for turn in changes if turn.status == ACTIVE), None)
    selling = any(a.status in {ACTIVE, "standing-down"} for a in seen.state.activations)
    back = next((turn.nth for turn in reversed(changes) if turn.status == STOOD_DOWN and not selling), None)
    if last is not None:
        yield "whole", known.took(0, last)
    if plan is not None:
        yield "to-plan", known.took(0, plan)
    if plan is not None and back is not None and back > plan:
        yield "to-card", known.took(plan, back)
    if back is not None and last is not None:
        yield "to-closed", known.took(back, last)


def _books(seen: Sequence[Seen]) -> list[Book]:
    runs: dict[tuple[str, str, str], dict[str, int]] = {}
    visits: dict[tuple[str, str, str], dict[str, int]] = {}
    reasons: dict[tuple[str, str, str], dict[str, dict[str, int]]] = {}
    for one in seen:
        for run in one.state.runs:
            _count(runs.setdefault((run.card, run.runbook, run.phase), {}), run.outcome or "open")
        for line in one.record.lines:
            left = one.state.run(line.data.get("run")) if line.kind in LEAVING else None
            if left is None:
                continue
            book, step = (left.card, left.runbook, left.phase), str(line.data["step"])
            _count(visits.setdefault(book, {}), step)
            reason = UNKNOWN if line.data.get("answer") == UNKNOWN else line.kind
            if reason in FAILURES:
                _count(reasons.setdefault(book, {}).setdefault(step, {}), reason)
    found = []
    for book, ends in sorted(runs.items()):
        failing = [Failing(step, visits[book][step], why) for step, why in reasons.get(book, {}).items()]
        failing.sort(key=lambda step: (-sum(step.reasons.values()), step.step))
        found.append(Book(*book, sum(ends.values()), dict(sorted(ends.items())), failing))
    return found


def _count(table: dict[str, int], name: str) -> None:
    table[name] = table.get(name, 0) + 1


def median(values: Sequence[float]) -> float:
    """The middle of sorted values; between the two in the middle of an even number."""
    half = len(values) // 2
    return values[half] if len(values) % 2 else (values[half - 1] + values[half]) / 2


def percentile(values: Sequence[float], share: int) -> float:
    """The smallest of sorted values that at least `share` percent do not exceed."""
    return values[-(-share * len(values) // 100) - 1]


def scale(values: Sequence[float]) -> str:
    """Sorted values from 0 to the longest as dots: o is one, a digit so many in one place, # more than nine."""
    most = values[-1] or 1.0
    places = [0] * _SCALE
    for value in values:
        places[min(int(value / most * _SCALE), _SCALE - 1)] += 1
    return "".join("." if not n else "o" if n == 1 else str(n) if n < 10 else "#" for n in places)


def lines(found: Stats, about: Callable[[str, str], str], words: Words, drills: bool) -> Iterator[str]:
    """The figures as text; `about` gives the words of a step (runbook id, step id), or the empty string."""
    yield from wrap(words("stats.drills" if drills else "stats.head", n=found.incidents, open=len(found.still_open)))
    for name, began in found.still_open:
        yield from wrap(words("stats.open", incident=name, began=began), "  ", "    ")
    if found.unreadable:
        yield from wrap(words("stats.unreadable", names=", ".join(found.unreadable)))
    if found.purged:
        yield from wrap(words("stats.purged", n=len(found.purged)))
    shown = {name: [value.took for value in values] for name, values in found.spans.items() if values}
    if shown:
        yield ""
        yield from wrap(words("stats.dots"))
    for name, took in shown.items():
        yield ""
        yield from _span(name, took, words)
    for book in found.books:
        yield ""
        yield from _book(book, about, words)


def _span(name: str, took: Sequence[Took], words: Words) -> Iterator[str]:
    values = [one.seconds for one in took]
    yield from wrap(words(f"stats.span.{name}", n=len(values)))
    parts = {
        "median": _long(median(values), words),
        "p90": _long(percentile(values, 90), words),
        "least": _long(values[0], words),
        "most": _long(values[-1], words),
    }
    yield from wrap(words("stats.figures", **parts), "  ", "  ")
    yield f"  0 |{scale(values)}| {parts['most']}"
    doubtful = sum(one.about for one in took)
    if doubtful:
        yield from wrap(words("stats.about", n=doubtful), "  ", "  ")


def _long(seconds: float, words: Words) -> str:
    minutes = round(seconds / 60)
    minutes -= minutes % 60 if minutes >= _DAY else 0
    return words.minutes(minutes) if minutes else words("report.under-a-minute")


def _book(book: Book, about: Callable[[str, str], str], words: Words) -> Iterator[str]:
    ends = ", ".join(
        words("stats.outcome", n=n, outcome=words("stats.unfinished" if end == "open" else f"outcome.{end}"))
        for end, n in book.outcomes.items()
    )
    yield from wrap(
        words("stats.book", card=book.card, phase=words(f"phase.{book.phase}"), n=book.runs, ends=ends), "", "  "
    )
    for step in book.failing:
        why = ", ".join(
            words(f"stats.reason.{name}", n=step.reasons[name]) for name in FAILURES if name in step.reasons
        )
        total = sum(step.reasons.values())
        yield from wrap(words("stats.step", step=step.step, why=why, n=total, of=step.visits), "  ", "    ")
        told = about(book.id, step.step)
        yield from wrap(told, "    ", "    ") if told else []


def as_json(found: Stats, drills: bool) -> dict[str, Any]:
    """The figures for a program; durations in seconds."""
    spans = {}
    for name, values in found.spans.items():
        took = [value.took.seconds for value in values]
        figures = (
            {
                "median": median(took),
                "p90": percentile(took, 90),
                "min": took[0],
                "max": took[-1],
            }
            if took
            else {}
        )
        each = [{"incident": v.incident, "seconds": v.took.seconds, "approximate": v.took.about} for v in values]
        spans[name] = {"n": len(took), **figures, "values": each}
    books = [
        {
            "card": book.card,
            "id": book.id,
            "phase": book.phase,
            "runs": book.runs,
            "outcomes": book.outcomes,
            "steps": [
                {"step": s.step, "visits": s.visits, **{f: s.reasons.get(f, 0) for f in FAILURES}} for s in book.failing
            ],
        }
        for book in found.books
    ]
    return {
        "schema_version": SCHEMA_VERSION,
        "drills": drills,
        "incidents": found.incidents,
        "open": [name for name, _ in found.still_open],
        "unreadable": list(found.unreadable),
        "purged": list(found.purged),
        "spans": spans,
        "runbooks": books,
    }
