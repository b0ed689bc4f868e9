"""What happened, as a table and as a picture of lanes."""

from collections.abc import Iterator, Mapping
from typing import Final

from toolkit.cells import width
from toolkit.clock import local
from toolkit.incident.state import ACTIVE, CLOSED, Activation
from toolkit.record.chain import Line
from toolkit.report.case import Case
from toolkit.report.document import MARKS, Bar, Block, Figure, Heading, Instant, Mark, Paragraph, Table
from toolkit.report.incident import clean
from toolkit.report.moments import RESTARTS, gaps

_PAUSE: Final = 1800.0  # seconds without an entry that the picture names
_LABEL: Final = 30  # cells of a label beside a mark
_RUN: Final = "run"

# What an event is in the picture; an answer at a step that calls somebody is a call.
_MARKS: Final[Mapping[str, str]] = {
    "answered": "answer",
    "not-possible": "not-possible",
    "deferred": "put-off",
    "time-up": "put-off",
    "reopened": "put-off",
    "sale": "sale",
    "sale-refused": "not-counted",
    "sale-taken-back": "not-counted",
    "noted": "note",
    "late-entry": "note",
    "item-settled": "settled",
    "handed-over": "person",
    "clock-jumped": "jump",
    **dict.fromkeys(RESTARTS, "restart"),
}


def blocks(case: Case) -> Iterator[Block]:
    """The picture, and the table with every entry."""
    words = case.words
    yield Heading(words("report.timeline"), "timeline")
    if case.told:
        yield _figure(case)
    yield Paragraph(words("report.times"))
    head = [words(f"report.{name}") for name in ("number", "at", "who", "what")]
    yield Table(head, [[str(x.seq), case.when(x), clean(x.who), case.tell(x)] for _, x in case.told])


class _Lanes:
    """Which lane an entry lies in: that of the incident, of its plan, or of its runbook."""

    def __init__(self, case: Case) -> None:
        self.names = [case.words("report.lane")]
        self._case = case
        self._of: dict[str, int] = {}

    def of(self, card: str) -> int:
        """The lane of a card."""
        if card not in self._of:
            self._of[card] = len(self.names)
            self.names.append(clean(card))
        return self._of[card]

    def entry(self, line: Line) -> int:
        """The lane of an entry."""
        if line.kind in {"late-entry", "handed-over"}:
            return 0
        run = self._case.run_of(line)
        card = run.card if run else str(line.data.get("card", ""))
        return self.of(card) if card in self._of else 0


def _figure(case: Case) -> Figure:
    words = case.words
    shown = [i for i, line in case.told if line.kind != "evidence"]
    place = {index: n for n, index in enumerate(shown)}
    lanes, last = _Lanes(case), len(shown) - 1
    bars = [Bar(0, 0, last, _RUN, case.seen.state.closed), *_bars(case, lanes, place, last)]
    marks = [mark for index in shown for mark in _mark(case, lanes, case.lines[index], place[index])]
    missing = set(gaps(case.lines))
    marks += [Mark(0, place[i], "gap", words("report.mark.gap")) for i in shown if i in missing]
    used = {mark.kind for mark in marks}
    legend = [(kind, words(f"report.mark.{kind}")) for kind in MARKS if kind in used]
    instants = [
        Instant(case.times.steady[i], local(x.at, x.zone, "%m-%d"), local(x.at, x.zone))
        for i in shown
        for x in [case.lines[i]]
    ]
    pauses = {
        n: words("report.pause", time=case.long(case.times.took(shown[n - 1], shown[n])))
        for n in range(1, len(shown))
        if instants[n].seconds - instants[n - 1].seconds >= _PAUSE
    }
    return Figure(words("report.picture"), _alternative(case), lanes.names, instants, bars, marks, legend, pauses)


def _bars(case: Case, lanes: _Lanes, place: Mapping[int, int], last: int) -> Iterator[Bar]:
    """A bar for each run, and for a plan one for each stretch of a status."""
    for index, line in case.told:
        if line.kind != "run-started" or "activation" in line.data:
            continue
        number, card = line.data["run"], str(line.data["card"])
        ends = [place[i] for i, x in case.told if x.data.get("run") == number and x.data.get("end") and i in place]
        yield Bar(lanes.of(card), place[index], ends[-1] if ends else last, _RUN, bool(ends))
    for plan in case.seen.state.activations:
        mine = [turn for turn in case.turns if turn.activation == plan.number]
        for turn, following in zip(mine, [*mine[1:], None], strict=True):
            if turn.status != CLOSED:
                end = place.get(following.nth, last) if following else last
                yield Bar(lanes.of(plan.card), place.get(turn.nth, 0), end, turn.status, following is not None)


def _mark(case: Case, lanes: _Lanes, line: Line, at: int) -> Iterator[Mark]:
    lane = lanes.entry(line)
    kind = _MARKS.get(line.kind)
    words = case.words
    step = case.teller.step(line) if line.kind == "answered" else None
    if step and step.call:
        kind = "call"
    for turn in case.turns:
        if case.lines[turn.nth] is line:
            plan = case.seen.state.activation(turn.activation)
            label = (
                words("report.lane-turn", card=clean(plan.card), status=words(f"plan.{turn.status}")) if plan else ""
            )
            yield Mark(lane, at, kind or "person", _short(label))
            return
    if kind:
        yield Mark(lane, at, kind, _short(_label(case, line, kind)))
    elif line.kind == "run-started" and "activation" not in line.data:
        yield Mark(lane, at, "person", _short(words("report.lane-begins", card=case.card(line))))
    elif line.kind in {"incident-closed", "plan-closed"}:
        yield Mark(lane, at, "settled", _short(case.tell(line)))


def _label(case: Case, line: Line, kind: str) -> str:
    """A few words beside a mark that matters; most have none."""
    words = case.words
    if line.data.get("end"):
        return words("report.lane-ends", card=case.card(line), outcome=words(f"outcome.{line.data['end']}"))
    if kind == "call":
        step = case.teller.step(line)
        return words("report.lane-call", whom=words(f"contact.{step.call}")) if step and step.call else ""
    if kind in {"sale", "not-counted"} and "amount" in line.data:
        return words(f"report.lane-{kind}", amount=case.part(line, "amount"))
    if kind in {"person", "settled", "jump", "restart"}:
        return case.tell(line)
    return ""


def _short(text: str) -> str:
    """`text`, cut to what has room beside a mark."""
    if width(text) <= _LABEL:
        return text
    while width(text) > _LABEL - 1:
        text = text[:-1]
    return text.rstrip() + "…"


def _alternative(case: Case) -> list[str]:
    """The picture in sentences: a run or a plan each, from when to when, and what happened in it."""
    words, state = case.words, case.seen.state
    found = []
    for run in state.runs:
        if run.activation is not None:
            continue
        mine = [(i, x) for i, x in case.told if x.data.get("run") == run.number]
        if mine:
            begin, end = case.at(mine[0][1].at), case.at(mine[-1][1].at)
            count = sum(x.kind == "answered" for _, x in mine)
            key = "report.alt-run" if run.outcome else "report.alt-run-open"
            found.append(words(key, card=clean(run.card), begin=begin, end=end, n=count))
    return [*found, *(_plan(case, plan) for plan in state.activations)]


def _plan(case: Case, plan: Activation) -> str:
    mine = [turn for turn in case.turns if turn.activation == plan.number]
    begin = next((case.at(case.lines[t.nth].at) for t in mine if t.status == ACTIVE), "-")
    return case.words(
        "report.alt-plan",
        card=clean(plan.card),
        begin=begin,
        end=case.at(case.lines[mine[-1].nth].at) if mine else "-",
        status=case.words(f"plan.{plan.status}"),
        n=len(plan.counted),
    )
