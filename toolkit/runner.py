"""The guided run: show a step, take an answer, put it on disk, go on."""

from collections.abc import Callable

from toolkit import machine, replies
from toolkit.cells import wrap
from toolkit.clock import Clock
from toolkit.console import Ask, Asker, Gone, Script, say
from toolkit.guard import redacted
from toolkit.incidents import Pinned
from toolkit.journal import Journal
from toolkit.machine import AWAY, Event, Refusal, Run, State
from toolkit.model import UNSOLVED, Field, Step
from toolkit.screen import Screen

OK, UNSOLVED_EXIT, PAUSED, NOT_RECORDED, INTERRUPTED = 0, 1, 6, 9, 130


class Session:
    """One sitting at one incident. The journal is written before anything new is shown."""

    def __init__(
        self,
        *,
        incident: str,
        state: State,
        journal: Journal,
        screen: Screen,
        asker: Asker,
        clock: Clock,
        text_of: Callable[[Run], Pinned],
        open_book: Callable[[str], Pinned],
    ) -> None:
        self.incident = incident
        self.state = state
        self._journal = journal
        self._screen = screen
        self._words = screen.words
        self._asker = asker
        self._scripted = isinstance(asker, Script)  # what a file says at a place is never a command
        self._clock = clock
        self._text_of = text_of
        self.open_book = open_book
        self._warned = ""

    def begin(self, pinned: Pinned, phase: str) -> None:
        """Open the incident with a run of `pinned`."""
        self.tell(machine.open_incident())
        self._start(pinned, phase)

    def _start(self, pinned: Pinned, phase: str) -> None:
        book = pinned.book
        self.tell(machine.start(self.state, book.id, book.card, phase, pinned.digest, book.phases[phase]))

    def tell(self, event: Event) -> None:
        event, at = self._journal.append(event)
        self.state = machine.apply(self.state, event, at)
        problem = self._journal.problem
        if problem and problem != self._warned:
            say(["", *wrap(self._words("run.not-recorded", reason=problem), "!! ")])
        self._warned = problem

    def follow(self) -> int:
        """Go on until the runs end or the person stops; the exit status."""
        shown: int | None = None
        try:
            while run := self.state.current:
                pinned = self._text_of(run)
                step = pinned.step(run)
                if run.status == AWAY:
                    self._return(run, step)
                    continue
                if shown != run.number:
                    say(self._screen.opening(self.incident, pinned, run, self._now()))
                    shown = run.number
                self.tell(Event("shown", {"run": run.number, "step": step.id}))
                say(self._screen.step(pinned, run, step))
                self._at(pinned, step)
        except Gone as gone:
            return self._stop(gone.reason)
        return self._finish()

    def _now(self) -> str:
        return self._clock.now().utc

    def _return(self, run: Run, step: Step) -> None:
        child = self.state.run(run.child)
        outcome = child.outcome if child and child.outcome else "escalated"
        event = machine.decide(run, step, machine.RETURN, outcome)
        if isinstance(event, Event):
            say(["", *wrap(self._words("run.back-in", card=run.card, outcome=self._words(f"outcome.{outcome}")))])
            self.tell(event)

    def _at(self, pinned: Pinned, step: Step) -> None:
        """Stay at `step` until an event leads away from it."""
        if not self._evidence(pinned, step):
            return
        confused = 0
        say(self._screen.choices(step))
        while True:
            wants = self._wants(pinned, step)
            last = len(step.answers) or 1
            prompt = self._words("run.prompt", last=last) if last > 1 else self._words("run.prompt-one")
            if confused in (0, 3):
                say(wrap(self._screen.keys(wants), "  "))
            typed = self._asker.ask(prompt, Ask("answer", self._run.card, step.id))
            reply = replies.answer(typed, step, scripted=self._scripted)
            if reply.want in {replies.BLANK, replies.UNCLEAR}:
                if isinstance(self._asker, Script):
                    known = ", ".join(a.id for a in step.answers) or "done"
                    self._asker.refuse(f"{self._run.card}/{step.id}", typed, known)
                confused += 1
                say(self._unclear(reply.want, step, confused))
                continue
            if self._do(pinned, step, reply):
                return

    @property
    def _run(self) -> Run:
        run = self.state.current
        assert run is not None
        return run

    def _wants(self, pinned: Pinned, step: Step) -> tuple[str, ...]:
        late = self._screen.time_is_up(pinned, self._run, self._now())
        return tuple(w for w in machine.allowed(self._run, step) if w != machine.TIME_UP or late)

    def _unclear(self, want: str, step: Step, times: int) -> list[str]:
        key = "run.blank" if want == replies.BLANK else "run.unclear"
        return [*wrap(self._words(key)), *(self._screen.choices(step) if want == replies.BLANK or times >= 3 else [])]

    def _do(self, pinned: Pinned, step: Step, reply: replies.Reply) -> bool:
        """Carry out `reply`; True when it led away from the step."""
        value = reply.value
        match reply.want:
            case replies.WHY:
                say(self._screen.why(step, pinned))
                return False
            case replies.STOP:
                raise Gone("stopped")
            case machine.NOTE:
                value = value or self._ask_for("note", step)
                return self._note(step, value)
            case machine.NOT_POSSIBLE:
                value = self._ask_for("reason", step)
                if not value:
                    return False
            case machine.TIME_UP:
                if machine.TIME_UP not in self._wants(pinned, step) or pinned.book.time_box is None:
                    say(wrap(self._words("refused.time-up")))
                    return False
                value = pinned.book.time_box.then
            case machine.USE:
                if machine.USE in machine.allowed(self._run, step) and step.use:
                    child = self.open_book(step.use)
                    self._start(child, next(iter(child.book.phases)))
                    return True
        event = machine.decide(self._run, step, reply.want, value)
        if isinstance(event, Refusal):
            say(wrap(self._words(f"refused.{event.reason}")))
            return False
        before = len(self.state.items)
        self.tell(event)
        say(self._screen.items(self.state.items[before:]))
        return True

    def _note(self, step: Step, text: str) -> bool:
        if text and not self._leaks(text):
            event = machine.decide(self._run, step, machine.NOTE, text)
            if isinstance(event, Event):
                self.tell(event)
                say(wrap(self._words("run.noted")))
        return False

    def _ask_for(self, kind: str, step: Step) -> str:
        """A reason or a note; blank asks again once, then gives up; card data is refused."""
        for _ in range(2):
            typed = self._asker.ask(self._words(f"run.{kind}"), Ask(kind, self._run.card, step.id)).strip()
            if typed and not self._leaks(typed):
                return typed
            if not typed:
                say(wrap(self._words(f"refused.no-{kind}")))
        return ""

    def _leaks(self, text: str) -> bool:
        clean = redacted(text)
        if clean is not None:
            say(wrap(self._words("run.card-data", text=clean), "!! ", "   "))
        return clean is not None

    def _evidence(self, pinned: Pinned, step: Step) -> bool:
        """Ask for the evidence of `step` that this visit has not brought yet; False when a command led away."""
        missing = [f for f in step.record if f not in self._run.recorded]
        if missing:
            say(["", *wrap(self._words("run.record"))])
        return all(self._field(pinned, step, pinned.evidence[name]) for name in missing)

    def _field(self, pinned: Pinned, step: Step, field: Field) -> bool:
        say(self._screen.field(field))
        before = self._known(field.id)
        while True:
            label = self._words("run.field", label=self._words.of(field.label))
            if before:
                label = self._words("run.field-again", label=self._words.of(field.label), value=before)
            typed = self._asker.ask(label, Ask("record", self._run.card, step.id, field.id))
            found = None if self._scripted else replies.command(typed)
            if found:
                if self._do(pinned, step, found):
                    return False
                continue
            if not typed.strip():
                say(wrap(self._words("value.blank")))
                continue
            typed = (before if before and replies.same(typed) else typed).strip().removeprefix("=")
            if field.type == "text" and self._leaks(typed):
                continue
            value = replies.value(typed, field)
            if isinstance(value, replies.BadValue):
                low, high = field.length
                say(wrap(self._words(f"value.{value.reason}", low=low, high=high)))
                continue
            event = machine.decide(self._run, step, machine.RECORD, value, field.id)
            if isinstance(event, Event):
                self.tell(event)
            return True

    def _known(self, field: str) -> str:
        """What this incident has written down under `field` already, or the empty string."""
        values = [v for (_, _, name), v in self.state.evidence.items() if name == field and v != replies.NOTHING]
        return values[-1] if values else ""

    def _stop(self, reason: str) -> int:
        self.tell(Event("stopped", {"by": reason}))
        say(["", *wrap(self._words("run.saved" if self._journal.recorded else "run.unsaved", incident=self.incident))])
        say(wrap(self._words("run.come-back", incident=self.incident)))
        if not self._journal.recorded:
            return NOT_RECORDED
        return INTERRUPTED if reason == "interrupt" else PAUSED

    def _finish(self) -> int:
        root = self.state.runs[0]
        outcome = root.outcome or "escalated"
        if not self.state.items and not self.state.closed:
            self.tell(Event("incident-closed", {"outcome": outcome}))
        words = self._words
        lines = ["", "-" * 72, *wrap(words("run.end", card=root.card, outcome=words(f"outcome.{outcome}")))]
        if root.phase == "activate" and outcome == "active":
            lines += wrap(words("run.in-force", card=root.card))
        if self.state.items:
            lines += [*wrap(words("run.items-left")), *self._screen.items(self.state.items)]
        lines += wrap(words("run.head-code", code=self._journal.head))
        lines += wrap(words("run.report", incident=self.incident))
        say(lines)
        if not self._journal.recorded:
            return NOT_RECORDED
        return UNSOLVED_EXIT if outcome in UNSOLVED else OK
