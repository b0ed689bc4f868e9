"""An incident as Markdown, and its log as lines; pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from toolkit import stores
from toolkit.board import Board
from toolkit.chain import Line
from toolkit.clock import local
from toolkit.guard import redacted
from toolkit.incidents import Seen
from toolkit.journal import Record
from toolkit.model import Store, Text
from toolkit.replies import NOTHING
from toolkit.state import Run
from toolkit.text import Words
from toolkit.texts import Pinned

# What Markdown would act on in the middle of a line; more escapes would only make the file hard to read as it is.
_MARKS: Final = re.compile(r"[\\`*_\[\]<>|&~@$#]|:(?=//)|(?<=www)\.", re.IGNORECASE)
_UNTOLD: Final = frozenset({"shown"})
_WHEN: Final = "%Y-%m-%d %H:%M"
# What of an event is a name that has words, and in which section they stand.
_NAMED: Final = {"by": "stopped", "phase": "phase", "outcome": "outcome", "bound": "bounds"}
_PARTS: Final = ("step", "answer", "field", "value", "reason", "text", "to", "by", "card", "phase", "why")


def safe(text: str, *, scan: bool = True) -> str:
    """`text` as Markdown that shows it as it is, on one line, with `scan` without card data."""
    clean = redacted(text) if scan else None
    plain = " ".join((text if clean is None else clean).split())
    return _MARKS.sub(r"\\\g<0>", plain)


class Teller:
    """Turns recorded events into sentences, with the words of the texts that were followed."""

    def __init__(self, words: Words, store: Store, texts: Mapping[int, Pinned | None]) -> None:
        self._words = words
        self._store = store
        self._texts = texts

    def of(self, text: Text) -> str:
        """An author's text with its placeholders filled."""
        return stores.fill(self._words.of(text), self._store, self._words)

    def free(self, run: int, field: str) -> bool:
        """Whether a field holds free text: a number of another kind can look like a card's and is not scanned."""
        pinned = self._texts.get(run)
        known = pinned.evidence.get(field) if pinned else None
        return known is None or known.type == "text"

    def value(self, run: int, field: str, value: str) -> tuple[str, str]:
        """(the name of a field of evidence, its value), in words."""
        pinned = self._texts.get(run)
        known = pinned.evidence.get(field) if pinned else None
        if value == NOTHING:
            value = self._words("value.nothing")
        elif known:
            value = next((self.of(say) for name, say in known.choices if name == value), value)
        return (self.of(known.label) if known else field), value

    def tell(self, line: Line) -> str:
        """What happened, in a sentence; with when it happened, where the paper or a correction says so."""
        words = self._words
        key = "event.began-plan" if line.kind == "run-started" and "by" in line.data else f"event.{line.kind}"
        if key not in words:
            return line.kind
        told = words(key, **self._values(line))
        happened = line.data.get("happened")
        if happened and line.kind != "time-corrected":
            told += " " + words("event.happened", at=local(str(happened), line.zone, _WHEN))
        return told

    def _values(self, line: Line) -> dict[str, str]:
        words, data = self._words, line.data
        pinned = self._texts.get(data.get("run", 0))
        gone = words("event.gone-text")
        values = {k: gone if isinstance(v, dict) else str(v) for k, v in data.items() if v is not None}
        step = pinned.book.step(str(data.get("step"))) if pinned else None
        if step:
            values["step"] = self.of(step.do)
            answer = step.answer(str(data.get("answer")))
            values["answer"] = self.of(answer.say) if answer else self._outcome(data.get("answer"))
        if "field" in data:
            value = gone if isinstance(data["value"], dict) else str(data["value"])
            values["field"], values["value"] = self.value(data["run"], str(data["field"]), value)
        back = pinned.book.step(str(data.get("to"))) if pinned and line.kind == "reopened" else None
        if back:
            values["to"] = self.of(back.do)
        if line.kind == "item-settled":
            values |= {"what": words(f"item.{data['what']}"), "how": words(f"settle.{data['what']}.{data['how']}")}
        if line.kind == "time-corrected":
            values["happened"] = local(str(data["happened"]), line.zone, _WHEN)
        for name, section in _NAMED.items():
            key = f"{section}.{values.get(name)}"
            if name in values and key in words and (name != "by" or line.kind == "stopped"):
                values[name] = words(key)
        end = words("event.ends", outcome=words(f"outcome.{data['end']}")) if data.get("end") else ""
        return {**dict.fromkeys(_PARTS, "-"), **values, "ends": end}

    def _outcome(self, answer: object) -> str:
        for key in (f"outcome.{answer}", f"run.{answer}"):
            if key in self._words:
                return self._words(key)
        return str(answer)


def log(seen: Seen, teller: Teller) -> Iterator[str]:
    """The record, a line an event: number, shop's time, who, what."""
    for line in seen.record.lines:
        if line.kind not in _UNTOLD:
            at = local(line.at, line.zone, "%Y-%m-%d %H:%M:%S")
            yield f"{line.seq:>4}  {at}  {line.who}  {teller.tell(line)}"


def markdown(seen: Seen, teller: Teller, words: Words, shop: str, texts: Mapping[int, Pinned | None]) -> str:
    """The report: what, when, who, evidence, open items, what was not possible, and what the record proves."""
    lines = seen.record.lines
    parts: list[str] = [f"# {words('report.title', incident=seen.name)}", ""]
    parts += _facts(seen, words, shop, texts)
    parts += [f"## {words('report.timeline')}", "", words("report.times"), ""]
    parts += [f"| {words('report.at')} | {words('report.who')} | {words('report.what')} |", "|---|---|---|"]
    parts += [
        f"| {local(x.at, x.zone, '%H:%M:%S')} | {safe(x.who)} | {safe(teller.tell(x), scan=_scanned(x, teller))} |"
        for x in lines
        if x.kind not in _UNTOLD
    ]
    parts += ["", *_evidence(seen, teller, words)]
    parts += _told(lines, teller, "not-possible", words("report.not-possible"))
    parts += _told(lines, teller, "deferred", words("report.deferred"))
    parts += _told(lines, teller, "noted", words("report.notes"))
    parts += _items(seen, words)
    parts += _integrity(seen, words)
    return "\n".join(parts).rstrip() + "\n"


def _scanned(line: Line, teller: Teller) -> bool:
    return line.kind != "evidence" or teller.free(line.data["run"], line.data["field"])


def _facts(seen: Seen, words: Words, shop: str, texts: Mapping[int, Pinned | None]) -> list[str]:
    lines = seen.record.lines
    first, last = (lines[0], lines[-1]) if lines else (None, None)
    rows = [(words("report.incident"), seen.name), (words("report.shop"), shop or "-")]
    if first and last:
        pattern = "%Y-%m-%d %H:%M:%S"
        rows.append((words("report.began"), f"{local(first.at, first.zone, pattern)} ({first.zone})"))
        rows.append((words("report.last"), local(last.at, last.zone, pattern)))
        rows.append((words("report.people"), ", ".join(dict.fromkeys(x.who for x in lines))))
    rows += [(words("report.run", n=run.number), _run(run, words, texts.get(run.number))) for run in seen.state.runs]
    rows.append((words("report.head-code"), seen.record.head))
    return [f"| {words('report.fact')} | |", "|---|---|", *(f"| {safe(k)} | {safe(v)} |" for k, v in rows), ""]


def _run(run: Run, words: Words, pinned: Pinned | None) -> str:
    title = words.of(pinned.book.title) if pinned else run.runbook
    outcome = words(f"outcome.{run.outcome}") if run.outcome else words("report.unfinished")
    return f"{run.card} {title} ({run.digest}): {outcome}"


def _evidence(seen: Seen, teller: Teller, words: Words) -> list[str]:
    rows: list[str] = []
    for (number, _, field), value in seen.state.evidence.items():
        run = seen.state.run(number)
        label, shown = teller.value(number, field, value)
        rows.append(
            f"| {safe(run.card if run else '-')} | {safe(label)} | {safe(shown, scan=teller.free(number, field))} |"
        )
    if not rows:
        return []
    head = f"| {words('report.card')} | {words('report.field')} | {words('report.value')} |"
    return [f"## {words('report.evidence')}", "", head, "|---|---|---|", *rows, ""]


def _told(lines: Sequence[Line], teller: Teller, kind: str, title: str) -> list[str]:
    told = [f"- {safe(local(x.at, x.zone))} {safe(x.who)}: {safe(teller.tell(x))}" for x in lines if x.kind == kind]
    return [f"## {title}", "", *told, ""] if told else []


def _items(seen: Seen, words: Words) -> list[str]:
    left = seen.state.open_items
    if not left:
        return []
    board = Board(words, seen.record.lines[0].zone)
    rows = [f"- {safe(board.item(seen.name, item, seen.state.last))}" for item in left]
    return [f"## {words('report.items')}", "", *rows, ""]


def _integrity(seen: Seen, words: Words) -> list[str]:
    record = seen.record
    rows = [words("report.chain", n=len(record.lines), code=record.head), *amiss(record, words)]
    if seen.state.lost:
        rows.append(words("report.lost", n=seen.state.lost))
    return [f"## {words('report.record')}", "", *(f"- {safe(row)}" for row in rows), ""]


def amiss(record: Record, words: Words) -> Iterator[str]:
    """What is wrong with the files of a record, a sentence each."""
    for found in record.damage:
        yield words("report.damage", segment=found.segment, line=found.line, reason=words(f"damage.{found.reason}"))
    if record.last.tail:
        yield words("report.torn", n=len(record.last.tail))
