"""An incident in words: each recorded event as a sentence, and the log as lines; pure."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from toolkit.clock import local
from toolkit.guard import masked
from toolkit.incident.replies import NOTHING
from toolkit.model import Step, Store, Text
from toolkit.record.chain import Line
from toolkit.record.incidents import Seen
from toolkit.record.reading import Record
from toolkit.record.texts import Pinned
from toolkit.shop import stores
from toolkit.text import Words

UNTOLD: Final = frozenset({"shown"})
WHEN: Final = "%Y-%m-%d %H:%M"
# What of an event is a name that has words, and in which section they stand.
_NAMED: Final = {
    "phase": "phase",
    "outcome": "outcome",
    "bound": "report.bound",
    "target": "target",
    "result": "probe.result",
}
_PARTS: Final = ("step", "answer", "field", "value", "reason", "text", "to", "by", "card", "phase", "why", "proof")
# Where a sentence of its own stands for an event that has a certain part.
_OTHERWISE: Final = {
    "run-started": ("by", "began-plan"),
    "sale": ("bound", "sale-late-beyond"),
    "incident-opened": ("drill", "opened-drill"),
    "incident-closed": ("heir", "closed-over"),
}


def clean(text: str) -> str:
    """`text` on one line, without card data."""
    return _one_line(masked(text))


class Teller:
    """Turns recorded events into sentences, with the words of the texts that were followed.

    `scan` is applied to every text that a person or an author wrote, and to no id, number or hash.
    """

    def __init__(
        self,
        words: Words,
        store: Store,
        texts: Mapping[int, Pinned | None],
        cards: Mapping[int, str] | None = None,
        scan: Callable[[str], str] = str,
    ) -> None:
        self._words = words
        self._store = store
        self._texts = texts
        self._cards = cards or {n: pinned.book.card for n, pinned in texts.items() if pinned}
        self._scan = scan

    def of(self, text: Text) -> str:
        """An author's text with its placeholders filled."""
        return self._scan(stores.fill(self._words.of(text), self._store, self._words))

    def step(self, line: Line) -> Step | None:
        """The step that an event happened at, as far as its text is there."""
        pinned = self._texts.get(line.data.get("run", 0))
        return pinned.book.step(str(line.data.get("step"))) if pinned else None

    def value(self, run: int, field: str, value: str) -> tuple[str, str]:
        """(the name of a field of evidence, its value), in words; only a free text is scanned.

        A number of another kind can look like a card's by chance.
        """
        pinned = self._texts.get(run)
        known = pinned.evidence.get(field) if pinned else None
        if value == NOTHING:
            value = self._words("value.nothing")
        elif known is None or known.type == "text":
            value = self._scan(value)
        else:
            value = next((self.of(say) for name, say in known.choices if name == value), value)
        return (self.of(known.label) if known else self._scan(field)), value

    def tell(self, line: Line) -> str:
        """What happened, in a sentence; with when it happened, where the paper says so."""
        words, data = self._words, line.data
        part, other = _OTHERWISE.get(line.kind, ("", ""))
        key = f"event.{other if part and data.get(part) else line.kind}"
        if key not in words:
            return self._scan(line.kind)
        told = words(key, **self._values(line))
        opened = data.get("opens", ())
        for one in [opened] if isinstance(opened, dict) else opened:
            told += words("event.opens", item=self.word("item", one["item"]))
        if data.get("rung_of"):
            told += words("event.by-ladder")
        if data.get("happened") and line.kind != "time-corrected":
            told += " " + words("event.happened", at=local(str(data["happened"]), line.zone, WHEN))
        return told

    def _values(self, line: Line) -> dict[str, str]:
        words, data = self._words, line.data
        gone = words("event.gone-text")
        values = {k: gone if isinstance(v, dict) else self._scan(str(v)) for k, v in data.items() if v is not None}
        step = self.step(line)
        if step:
            answer = step.answer(str(data.get("answer")))
            values["step"] = self.of(step.do)
            values["answer"] = self.of(answer.say) if answer else self._outcome(data.get("answer"))
        elif "answer" in data:
            values["answer"] = self._outcome(data["answer"])
        if "field" in data:
            value = gone if isinstance(data["value"], dict) else str(data["value"])
            values["field"], values["value"] = self.value(data["run"], str(data["field"]), value)
        match line.kind:
            case "reopened":
                pinned = self._texts.get(data["run"])
                back = pinned.book.step(str(data.get("to"))) if pinned else None
                values["to"] = self.of(back.do) if back else values.get("to", "-")
            case "item-settled":
                values["how"] = self.word(f"settle.{data['what']}", data["how"])
                values["what"] = self.word("item", data["what"])
            case "time-corrected":
                values["happened"] = local(str(data["happened"]), line.zone, WHEN)
            case "checked":
                asked, means = f"probe.what.{data['probe']}", f"probe.means.{data.get('reason')}"
                target = self.word("target", data["target"])
                values["probe"] = words(asked, target=target) if asked in words else f"{values['probe']} {target}"
                values["means"] = words(means) if means in words else ""
            case "clock-jumped":
                values["by"] = f"{float(data['by']):+g}"
            case "switched":
                values["card"] = self._cards.get(data["to"], "-")
            case "stopped":
                values["by"] = self.word("stopped", data["by"])
        values |= {name: self.word(section, values[name]) for name, section in _NAMED.items() if name in values}
        end = words("event.ends", outcome=self.word("outcome", data["end"])) if data.get("end") else ""
        return {**dict.fromkeys(_PARTS, "-"), **values, "ends": end}

    def word(self, section: str, name: object) -> str:
        """The word for a name; the name where there is none."""
        key = f"{section}.{name}"
        return self._words(key) if key in self._words else self._scan(str(name))

    def _outcome(self, answer: object) -> str:
        return self.word("outcome" if f"outcome.{answer}" in self._words else "run", answer)


def _one_line(text: str) -> str:
    """What a person wrote cannot look like a line of the record."""
    return " ".join(text.split())


def log(seen: Seen, teller: Teller) -> Iterator[str]:
    """The record, a line an event: number, shop's time, who, what."""
    for line in seen.record.lines:
        if line.kind not in UNTOLD:
            at = local(line.at, line.zone, f"{WHEN}:%S")
            yield f"{line.seq:>4}  {at}  {_one_line(line.who)}  {_one_line(teller.tell(line))}"


def amiss(record: Record, words: Words) -> Iterator[str]:
    """What is wrong with the files of a record, a sentence each."""
    for found in record.damage:
        yield words("report.damage", segment=found.segment, line=found.line, reason=words(f"damage.{found.reason}"))
    if record.last.tail:
        yield words("report.torn", n=len(record.last.tail))
