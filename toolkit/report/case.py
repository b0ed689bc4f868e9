"""What a report is written from: the record, the texts that were followed, the shop, the photos."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from toolkit.clock import local
from toolkit.incident.state import Run
from toolkit.model import Store, Text
from toolkit.record.chain import Line
from toolkit.record.incidents import Seen
from toolkit.record.texts import Pinned
from toolkit.report.incident import UNTOLD, Teller, clean
from toolkit.report.moments import Times, Took, Turn, times, turns
from toolkit.text import Words

_DAY: Final = "%Y-%m-%d"


class Case(NamedTuple):
    """Everything a report needs; every text that comes out of its methods is on one line and without card data.

    `fates` says what became of each run's text since, `photos` maps the name of a photo to its bytes, or to why it
    cannot be shown: `missing`, `changed`, `large`, `other`; `day` is the shop's date where all of it happened on one.
    """

    seen: Seen
    words: Words
    store: Store
    texts: Mapping[int, Pinned | None]
    fates: Mapping[int, str]
    photos: Mapping[str, bytes | str]
    teller: Teller
    times: Times
    turns: Sequence[Turn]
    day: str

    @property
    def lines(self) -> Sequence[Line]:
        """The entries of the record."""
        return self.seen.record.lines

    @property
    def told(self) -> list[tuple[int, Line]]:
        """The entries that a report tells of, with their indices."""
        return [(i, line) for i, line in enumerate(self.lines) if line.kind not in UNTOLD]

    def of(self, text: Text) -> str:
        """An author's text."""
        return self.teller.of(text)

    def tell(self, line: Line) -> str:
        """What happened, in a sentence; with when it really happened, where that was corrected."""
        told = self.teller.tell(line)
        really = self.times.happened.get(line.seq)
        if really and "happened" not in line.data:
            told += " " + self.words("report.really", at=self.at(really, line.zone))
        return told

    def part(self, line: Line, name: str) -> str:
        """A text of an event, or that it was erased; a dash where there is none."""
        value = line.data.get(name)
        if isinstance(value, dict):
            return self.words("event.gone-text")
        return clean(str(value)) if value else "-"

    @property
    def zone(self) -> str:
        """The shop's offset from UTC when it began."""
        return self.lines[0].zone if self.lines else "+00:00"

    def at(self, utc: str, zone: str = "") -> str:
        """A time on the shop's clock to the minute, with its date where the incident has several."""
        zone = zone or self.zone
        return local(utc, zone, "%H:%M" if local(utc, zone, _DAY) == self.day else "%m-%d %H:%M")

    def when(self, line: Line) -> str:
        """The time of an entry, to the second."""
        return local(line.at, line.zone, "%H:%M:%S" if self.day else "%m-%d %H:%M:%S")

    def long(self, took: Took) -> str:
        """A duration in words; one that is not certain says so."""
        words = self.words
        minutes = round(took.seconds / 60)
        plain = words.minutes(minutes) if minutes else words("report.under-a-minute")
        return words("report.about", time=plain) if took.about else plain

    def run_of(self, line: Line) -> Run | None:
        """The run that an entry belongs to."""
        return self.seen.state.run(line.data.get("run"))

    def card(self, line: Line) -> str:
        """The card of the runbook that an entry belongs to; a dash where it belongs to none."""
        run = self.run_of(line)
        return clean(run.card if run else str(line.data.get("card", "-")))

    def title(self, run: Run) -> str:
        """The card and the title of what a run follows."""
        pinned = self.texts.get(run.number)
        title = self.of(pinned.book.title) if pinned else run.runbook
        return clean(f"{run.card} {title}")

    def where(self, line: Line) -> str:
        """The step that an entry belongs to: its card, and what to do there."""
        step = self.teller.step(line)
        return f"{self.card(line)} {self.of(step.do) if step else self.part(line, 'step')}"


def case(
    seen: Seen,
    words: Words,
    store: Store,
    texts: Mapping[int, Pinned | None],
    fates: Mapping[int, str],
    photos: Mapping[str, bytes | str],
) -> Case:
    """What a report is written from."""
    cards = {run.number: clean(run.card) for run in seen.state.runs}
    teller = Teller(words, store, texts, cards, clean)
    lines = seen.record.lines
    days = {local(line.at, line.zone, _DAY) for line in lines}
    day = days.pop() if len(days) == 1 else ""
    return Case(seen, words, store, texts, fates, photos, teller, times(lines), turns(lines), day)
