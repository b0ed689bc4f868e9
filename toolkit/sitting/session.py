"""One sitting at one incident: what is known, what is said to the record, and how a person is asked."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from toolkit.cells import fold, wrap
from toolkit.clock import Clock, Moment, seconds
from toolkit.console import Ask, Asker, Gone, say
from toolkit.content.library import Library
from toolkit.guard import masked, redacted
from toolkit.incident import machine, replies
from toolkit.incident.drill import Drill
from toolkit.incident.fold import apply, replay
from toolkit.incident.state import Event, Refusal, Run, State, Told
from toolkit.record.incidents import Opened
from toolkit.record.snapshots import Snapshot, file_name
from toolkit.record.texts import Texts
from toolkit.sitting.screen import Screen

_TRIES: Final = 2
_ASIDE: Final = frozenset({"shown", "stopped", "resumed", "time-corrected", "cued", "checked"})


class Session:
    """The journal is written before anything new is shown."""

    def __init__(
        self,
        incident: Opened,
        texts: Texts,
        screen: Screen,
        asker: Asker,
        clock: Clock,
        library: Callable[[], Library],
        data: Path,
    ) -> None:
        self.state = incident.state
        self.incident = incident.name
        self.journal = incident.journal
        self.texts = texts
        self.screen = screen
        self.words = screen.words
        self.asker = asker
        self.library = library
        self.data = data
        self.drill: Drill | None = None
        self.happened = ""  # of what is entered late: when it was done (UTC), from the paper
        self.clock = clock
        self._warned = ""

    def tell(self, event: Event) -> None:
        """Record `event`, and warn when it could not be recorded."""
        if self.happened and event.kind not in _ASIDE:
            event = event._replace(data={**event.data, "happened": self.happened})
        self.take_in(self.journal.append(event))
        if event.kind not in _ASIDE:
            self.journal.mark()
        problem = self.journal.problem
        if problem and problem != self._warned:
            self.warn("run.not-recorded", reason=problem)
        self._warned = problem

    def take_in(self, told: Told) -> None:
        """Fold into the state what the record told."""
        for event, at in told:
            if event.kind == "torn":
                self.say("resume.torn")
            if event.kind == "clock-jumped":
                self.warn("run.clock-jumped", by=self.words.minutes(max(1, round(abs(float(event.data["by"])) / 60))))
            if event.kind == "handed-over":
                self.journal.who = str(event.data["to"])
            self.state = apply(self.state, event, at)
        again = self.journal.overtaken()
        if again is not None:
            before, self.state = self.state, replay(again)
            self._renumbered(before)

    def _renumbered(self, before: State) -> None:
        """Say which sales have other numbers, since another window has written before what waited here."""
        for plan in self.state.activations:
            known = before.activation(plan.number)
            had = {sale.number: sale.amount for sale in known.sales} if known else {}
            for sale in plan.sales:
                if had.get(sale.number, sale.amount) != sale.amount:
                    self.warn("run.renumbered", card=plan.card, n=sale.number, amount=sale.amount)

    @property
    def late(self) -> bool:
        """Whether it is entered from paper what was done before."""
        return self.screen.late

    @property
    def last_told(self) -> int:
        """The number of the last entry that a person would want to correct."""
        return self.journal.marked

    def keep(self, snapshot: Snapshot) -> None:
        """Keep the text that a run will follow beside the record."""
        self.texts.add(snapshot)
        problem = self.journal.keep(file_name(snapshot.digest), snapshot.raw, waits=True)
        if problem and self.journal.recorded:
            self.warn("run.not-kept", reason=problem)

    @property
    def run(self) -> Run:
        """The run in hand; there must be one."""
        run = self.state.current
        assert run is not None
        return run

    @property
    def who(self) -> str:
        """Who the record says does it."""
        return self.journal.who

    def moment(self) -> Moment:
        """Now; of what is entered late, when it happened."""
        now = self.clock.now()
        return now._replace(wall=round(seconds(self.happened)) * 1_000_000_000) if self.happened else now

    def now(self) -> str:
        """The same, UTC."""
        return self.moment().utc

    def say(self, key: str, **values: object) -> None:
        """A sentence of ours."""
        say(wrap(self.words(key, **values)))

    def warn(self, key: str, **values: object) -> None:
        """A sentence of ours that must not be overlooked."""
        say(["", *wrap(self.words(key, **values), "!! ", "   ")])

    def refuse(self, refusal: Refusal) -> bool:
        """Say why not; False, for nothing has changed."""
        say(wrap(masked(self.words(f"refused.{refusal.reason}", **refusal.params))))
        return False

    def does(self, event: Event | Refusal) -> bool:
        """Tell the record an event, or say why not; whether it was told; `journal.recorded`: is it on disk."""
        if isinstance(event, Refusal):
            return self.refuse(event)
        self.tell(event)
        return True

    def line(self, key: str, kind: str = "line", **values: object) -> str:
        """One line that answers `key`, blank if nothing; q stops."""
        run = self.state.current
        what = Ask(kind, run.card if run else "", run.cursor.step or "" if run else "")
        typed = self.asker.ask(self.words(key, **values), what).strip()
        if not self.asker.scripted and replies.stops(typed):
            raise Gone("stopped")
        return typed

    def text(self, key: str, kind: str = "line", given: str = "", **values: object) -> str:
        """A free text without card data; blank or card data is asked for once more, then given up (empty).

        What was `given` with the command is not asked for.
        """
        if given:
            return "" if self.leaks(given) else given
        for _ in range(_TRIES):
            typed = self.line(key, kind, **values)
            found = None if self.asker.scripted else replies.command(typed)
            if found and found.want == machine.BACK:
                return ""
            if typed and not self.leaks(typed):
                return typed
            if not typed:
                self.say(f"refused.no-{kind}" if f"refused.no-{kind}" in self.words else "run.please")
        return ""

    def choose(self, key: str, rows: Sequence[str], names: Sequence[Iterable[str]] = ()) -> int | None:
        """Which of `rows` (shown with numbers), or None: none of them. `names` are further words for each row."""
        say([line for n, row in enumerate(rows, start=1) for line in wrap(row, f"  {n} ", "    ")])
        say([f"  0 {self.words('run.none-of-these')}"])
        for _ in range(_TRIES + 1):
            plain = fold(self.line(key, last=len(rows)))
            if plain in {"0", "b", "返回"}:
                return None
            if picked := replies.number(plain, len(rows)):
                return picked - 1
            for index, known in enumerate(names):
                if plain and plain in {fold(name) for name in known}:
                    return index
            self.say("run.unclear-choice", last=len(rows))
        return None

    def leaks(self, text: str) -> bool:
        """Whether `text` holds card data; then it is refused, with what may be typed instead."""
        clean = redacted(text)
        if clean is not None:
            say(wrap(self.words("run.card-data", text=clean), "!! ", "   "))
        return clean is not None
