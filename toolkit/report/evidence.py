"""What was written down, photographed, decided, asked on the phone and checked by the computer."""

from collections.abc import Iterator, Mapping
from typing import Final

from toolkit.incident.machine import LEAVING
from toolkit.incident.replies import NOTHING
from toolkit.record.chain import Line
from toolkit.report.case import Case
from toolkit.report.document import Block, Heading, Paragraph, Photo, Table
from toolkit.report.incident import clean

_TICKET: Final = "ticket-no"
_KINDS: Final = {"jpg": "jpeg"}


def decisions(case: Case) -> Iterator[Block]:
    """Every question that was answered; one that was gone back over says so."""
    words = case.words
    rows: list[list[str]] = []
    latest: dict[tuple[int, str], int] = {}
    for line in case.lines:
        if line.kind == "reopened" and (line.data["run"], line.data.get("to")) in latest:
            rows[latest[line.data["run"], line.data["to"]]][3] += " " + words("report.went-back")
        step = case.teller.step(line) if line.kind == "answered" else None
        answer = step.answer(str(line.data["answer"])) if step else None
        if step and answer and step.ask:
            latest[line.data["run"], step.id] = len(rows)
            asked = f"{case.of(step.do)} {case.of(step.ask)}"
            rows.append([case.when(line), case.card(line), asked, case.of(answer.say), clean(line.who)])
    if rows:
        yield Heading(words("report.decisions"), "decisions")
        yield Table([words(f"report.{name}") for name in ("at", "card", "question", "answer", "who")], rows)


def evidence(case: Case) -> Iterator[Block]:
    """What was written down last in each field at each step, what nobody could tell, and the photos."""
    words = case.words
    rows, photos, unknown = [], list[Block](), dict[str, None]()
    last: dict[tuple[int, str, str], Line] = {}
    for line in case.lines:
        if line.kind == "evidence":
            key = (line.data["run"], line.data["step"], line.data["field"])
            last.pop(key, None)
            last[key] = line
    for (run, _, field), line in last.items():
        label, value = case.teller.value(run, field, _value(case, line))
        if line.data["value"] == NOTHING:
            unknown[words("report.entry-of", card=case.card(line), what=label)] = None
            continue
        if "sha256" in line.data:
            value = words("report.photo", name=value, size=_size(line), digest=line.data["sha256"])
            photos.append(_photo(case, line, label))
        rows.append([case.card(line), label, value, case.when(line), clean(line.who)])
    if rows or unknown:
        yield Heading(words("report.evidence"), "evidence")
    if rows:
        yield Table([words(f"report.{name}") for name in ("card", "field", "value", "at", "who")], rows)
    if unknown:
        yield Paragraph(words("report.unknown", what=words("report.comma").join(unknown)))
    yield from photos


def _value(case: Case, line: Line) -> str:
    value = line.data["value"]
    return case.words("event.gone-text") if isinstance(value, Mapping) else str(value)


def _size(line: Line) -> str:
    return f"{int(line.data.get('size', 0)) / 1024:,.0f}"


def _photo(case: Case, line: Line, label: str) -> Block:
    """The photo, or why it cannot be shown."""
    name = str(line.data["value"])
    found = case.photos.get(name, "missing")
    caption = case.words("report.caption", n=line.seq, label=label, name=name)
    if isinstance(found, str):
        return Paragraph(f"{caption} {case.words(f'report.photo-{found}')}")
    kind = name.rpartition(".")[2]
    return Photo(caption, _KINDS.get(kind, kind), found)


def calls(case: Case) -> Iterator[Block]:
    """Every call that was made: whom, the ticket, what else was written down."""
    words, rows = case.words, []
    noted: dict[int, dict[str, str]] = {}
    for line in case.lines:
        run = line.data.get("run", 0)
        if line.kind == "evidence":
            noted.setdefault(run, {})[str(line.data["field"])] = _value(case, line)
        if line.kind not in LEAVING:
            continue
        found = noted.pop(run, {})
        step = case.teller.step(line) if line.kind == "answered" else None
        if step and step.call:
            contact = case.store.contacts.get(step.call)
            whom = words(f"contact.{step.call}") + (f" ({clean(contact.name)})" if contact else "")
            ticket = found.pop(_TICKET, NOTHING)
            told = [case.teller.value(run, name, value) for name, value in found.items() if value != NOTHING]
            rest = "; ".join(words("report.told", label=label, value=value) for label, value in told)
            number = words("report.no-ticket") if ticket == NOTHING else case.teller.value(run, _TICKET, ticket)[1]
            rows.append([case.when(line), whom, number, rest or "-", clean(line.who)])
    if rows:
        yield Heading(words("report.calls"), "calls")
        yield Table([words(f"report.{name}") for name in ("at", "whom", "ticket", "noted", "who")], rows)


def checks(case: Case) -> Iterator[Block]:
    """Every automatic check and what it showed."""
    words = case.words
    rows = [[case.when(x), case.card(x), case.tell(x)] for x in case.lines if x.kind == "checked"]
    if rows:
        yield Heading(words("report.checks"), "checks")
        yield Table([words(f"report.{name}") for name in ("at", "card", "what")], rows)
