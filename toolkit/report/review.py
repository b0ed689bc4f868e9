"""Where the incident left the runbook, what was put right afterwards, and what people should talk about."""

from collections.abc import Iterator
from typing import Final

from toolkit.record.chain import Line
from toolkit.record.texts import SAME
from toolkit.report.case import Case
from toolkit.report.document import Blank, Block, Bullets, Form, Heading, Paragraph, Table
from toolkit.report.incident import clean
from toolkit.vocabulary import UNKNOWN

_QUESTIONS: Final = ("surprised", "sense", "well", "harder", "near-miss", "knows")
_AWAY: Final = frozenset({"deferred", "time-up", "reopened", "text-replaced"})


def not_possible(case: Case) -> Iterator[Block]:
    """The steps that could not be done, and why."""
    words = case.words
    rows = [
        [case.when(x), case.where(x), case.part(x, "reason"), clean(x.who)]
        for x in case.lines
        if x.kind == "not-possible"
    ]
    if rows:
        yield Heading(words("report.not-possible"), "not-possible")
        yield Table([words(f"report.{name}") for name in ("at", "step", "reason", "who")], rows)


def deviations(case: Case) -> Iterator[Block]:
    """Where the way was another than the runbook's: put off, time up, gone back, another text, another answer."""
    words = case.words
    rows = list(_away(case))
    rows += [
        words(f"report.text-{fate}", title=case.title(run))
        for run in case.seen.state.runs
        if run.parent is None and (fate := case.fates.get(run.number, SAME)) != SAME
    ]
    if rows:
        yield Heading(words("report.deviations"), "deviations")
        yield Bullets(rows)


def _away(case: Case) -> Iterator[str]:
    words = case.words
    shown: dict[tuple[int, str], Line] = {}
    for line in case.lines:
        here, at = (line.data.get("run", 0), str(line.data.get("step"))), case.when(line)
        if line.kind == "cued":
            shown[here] = line
        cue = shown.pop(here, None) if line.kind == "answered" else None
        if line.kind in _AWAY:
            yield words("report.entry", at=at, who=clean(line.who), what=case.tell(line))
        elif cue and cue.data.get("answer") != line.data.get("answer"):
            yield words("report.cued", at=at, who=clean(line.who), shown=case.tell(cue), done=case.tell(line))


def notes(case: Case) -> Iterator[Block]:
    """What people noted."""
    told = [x for x in case.lines if x.kind in {"noted", "late-entry"}]
    if told:
        yield Heading(case.words("report.notes"), "notes")
        yield Bullets(
            [case.words("report.entry", at=case.when(x), who=clean(x.who), what=case.part(x, "text")) for x in told]
        )


def corrections(case: Case) -> Iterator[Block]:
    """What happened at another time than it was recorded; both times stand."""
    words = case.words
    rows = [
        [str(x.seq), case.when(x), case.at(case.times.happened[x.seq], x.zone), case.teller.tell(x), clean(x.who)]
        for x in case.lines
        if x.seq in case.times.happened
    ]
    if rows:
        yield Heading(words("report.corrections"), "corrections")
        yield Table([words(f"report.{name}") for name in ("number", "recorded", "happened", "what", "who")], rows)


def questions(case: Case) -> Iterator[Block]:
    """The questions of a blameless review, with room to answer them."""
    words = case.words
    yield Heading(words("report.review"), "review")
    yield Paragraph(words("report.blameless"))
    for name in _QUESTIONS:
        yield Blank(words(f"report.ask.{name}"))
    steps = dict.fromkeys(
        case.where(x)
        for x in case.lines
        if x.kind in {"not-possible", "time-up"} or (x.kind == "answered" and x.data.get("answer") == UNKNOWN)
    )
    yield Paragraph(words("report.ask.change"))
    head = [words(f"report.{name}") for name in ("step", "change", "whose", "until")]
    yield Form(head, [[step] for step in steps] + [[""]] * 2)
