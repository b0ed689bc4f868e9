"""What an incident was in a few words, its facts, and what its record is worth."""

from collections.abc import Iterator

from toolkit.clock import local
from toolkit.incident import items
from toolkit.incident.board import money
from toolkit.incident.state import Run
from toolkit.record import private
from toolkit.report.case import Case
from toolkit.report.document import Block, Bullets, Heading, Paragraph, Table
from toolkit.report.incident import amiss, clean
from toolkit.report.plans import in_force

_LONG = "%Y-%m-%d %H:%M:%S"


def summary(case: Case) -> Iterator[Block]:
    """What ran and how it ended, the plans, and what is open."""
    words, state = case.words, case.seen.state
    yield Heading(words("report.summary"), "summary")
    if state.drill:
        yield Paragraph(words("report.drill"), loud=True)
    if case.seen.record.damage or state.lost:
        yield Paragraph(words("report.damaged"), loud=True)
    entries = [_ran(case, run) for run in state.runs if run.activation is None and run.parent is None]
    for plan in state.activations:
        key, long = "report.sum-plan-open" if plan in state.in_force else "report.sum-plan", in_force(case, plan)
        entry = words(key, card=clean(plan.card), time=case.long(long) if long else "-")
        if plan.limits or plan.sales:
            entry += words("report.sum-sales", n=len(plan.counted), total=money(plan.sold))
        entries.append(entry)
    entries.append(_open(case))
    if case.lines:
        key = "report.sum-closed" if state.closed else "report.sum-open"
        entries.append(words(key, time=case.long(case.times.took(0, len(case.lines) - 1))))
    yield Bullets(entries)


def _open(case: Case) -> str:
    words, state = case.words, case.seen.state
    if not state.open_items:
        return words("report.sum-none-left")
    codes = words("report.comma").join(items.code(case.seen.name, item.number) for item in state.open_items)
    return words("report.sum-left", n=len(state.open_items), codes=codes)


def _ran(case: Case, run: Run) -> str:
    words = case.words
    mine = [i for i, line in case.told if line.data.get("run") == run.number]
    time = case.long(case.times.took(mine[0], mine[-1])) if mine else "-"
    outcome = words(f"outcome.{run.outcome}") if run.outcome else words("report.unfinished")
    return words("report.sum-run", title=case.title(run), outcome=outcome, time=time)


def facts(case: Case) -> Iterator[Block]:
    """Which incident, where, when, who, by which texts, and its head code."""
    words, state, lines = case.words, case.seen.state, case.lines
    shop = " ".join(part for part in (case.store.name, case.store.number) if part)
    rows = [(words("report.incident"), case.seen.name), (words("report.shop"), clean(shop) or "-")]
    rows.append((words("report.kind"), words("report.kind-drill" if state.drill else "report.kind-real")))
    if lines:
        first, last = lines[0], lines[-1]
        rows.append((words("report.began"), f"{local(first.at, first.zone, _LONG)} ({first.zone})"))
        rows.append((words("report.last"), local(last.at, last.zone, _LONG)))
        rows.append((words("report.ended"), words("report.so" if state.closed else "report.still-open")))
        rows.append(
            (words("report.people"), words("report.comma").join(dict.fromkeys(clean(line.who) for line in lines)))
        )
    followed: dict[tuple[str, str], list[str]] = {}
    for run in state.runs:
        followed.setdefault((case.title(run), run.digest), []).append(words(f"phase.{run.phase}"))
    for (title, digest), phases in followed.items():
        phase = words("report.comma").join(dict.fromkeys(phases))
        rows.append((words("report.run"), words("report.followed", title=title, phase=phase, digest=digest)))
    rows.append((words("report.head-code"), case.seen.record.head))
    yield Heading(words("report.facts"), "facts")
    yield Table((), rows)


def record(case: Case) -> Iterator[Block]:
    """What the record proves and what not, what is wrong with it, what was erased."""
    words, found = case.words, case.seen.record
    rows = [words("report.chain", n=len(found.lines), code=found.head), *amiss(found, words)]
    if case.seen.state.lost:
        rows.append(words("report.lost", n=case.seen.state.lost))
    gone = sum(len(private.digests(line.data)) for line in case.lines)
    if gone:
        rows.append(words("report.erased", n=gone))
    for key in ("torn", "clock-jumped"):
        count = sum(line.kind == key for line in case.lines)
        if count:
            rows.append(words(f"report.had-{key}", n=count))
    yield Heading(words("report.record"), "record")
    yield Bullets(rows)
