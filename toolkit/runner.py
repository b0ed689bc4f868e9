"""The guided run: show a step, take an answer, put it on disk, go on."""

from toolkit import exits, machine, replies
from toolkit.cells import wrap
from toolkit.clock import Clock
from toolkit.console import Ask, Asker, Gone, say
from toolkit.diagnostics import ToolkitError
from toolkit.guard import looks_like_card, redacted
from toolkit.incidents import Opened
from toolkit.model import Field, Step
from toolkit.moves import NOT_POSSIBLE, RETURN
from toolkit.screen import RULER, Screen
from toolkit.snapshots import Snapshot, file_name
from toolkit.state import AWAY, Event, Refusal, Run
from toolkit.texts import Pinned, Texts
from toolkit.vocabulary import UNSOLVED

_CARD_LENGTH = 16  # an id that may be as long as a card number can be one by chance; a person may insist


class Session:
    """One sitting at one incident. The journal is written before anything new is shown."""

    def __init__(self, incident: Opened, texts: Texts, screen: Screen, asker: Asker, clock: Clock) -> None:
        self.state = incident.state
        self._incident = incident.name
        self._journal = incident.journal
        self._texts = texts
        self._screen = screen
        self._words = screen.words
        self._asker = asker
        self._clock = clock
        self._warned = ""

    def begin(self, snapshot: Snapshot, root: str, phase: str) -> None:
        """Open the incident with a run of the runbook `root`, whose text is kept beside the record first."""
        self._texts.add(snapshot)
        problem = self._journal.keep(file_name(snapshot.digest), snapshot.raw)
        self.tell(machine.open_incident())
        if problem and self._journal.recorded:
            say(["", *wrap(self._words("run.not-kept", reason=problem), "!! ")])
        book = snapshot.books[root]
        self.tell(machine.start(self.state, book.id, book.card, phase, snapshot.digest, book.phases[phase]))

    def tell(self, event: Event) -> None:
        """Record `event`, and warn when it could not be recorded."""
        event, at = self._journal.append(event)
        self.state = machine.apply(self.state, event, at)
        problem = self._journal.problem
        if problem and problem != self._warned:
            say(["", *wrap(self._words("run.not-recorded", reason=problem), "!! ")])
        self._warned = problem

    def follow(self) -> int:
        """Go on until the runs end or the person stops; the exit status.

        A ToolkitError that makes it impossible to go on is raised after the way back has been shown.
        """
        shown: int | None = None
        try:
            while run := self.state.current:
                pinned = self._texts.of(run)
                step = pinned.step(run)
                if run.status == AWAY:
                    self._return(run, step)
                    continue
                if shown != run.number:
                    say(self._screen.opening(self._incident, pinned, run, self._now(), recorded=self._journal.recorded))
                    shown = run.number
                self.tell(Event("shown", {"run": run.number, "step": step.id}))
                say(self._screen.step(pinned, run, step, self._now(), self._title(run, step)))
                if self._evidence(pinned, step):
                    self._question(pinned, step)
        except Gone as gone:
            return self._stop(gone.reason)
        except ToolkitError:
            self._stop("error")
            raise
        return self._finish()

    def _now(self) -> str:
        return self._clock.now().utc

    def _return(self, run: Run, step: Step) -> None:
        child = self.state.run(run.child)
        outcome = child.outcome if child and child.outcome else "escalated"
        event = machine.decide(run, step, RETURN, outcome)
        if isinstance(event, Event):
            self.tell(event)
            say(["", *wrap(self._words("run.back-in", card=run.card, outcome=self._words(f"outcome.{outcome}")))])

    def _question(self, pinned: Pinned, step: Step) -> None:
        """Ask until an event leads away from `step`."""
        confused = 0
        say([*self._screen.choices(step), *wrap(self._screen.keys(self._wants(pinned, step)), "  ")])
        while True:
            last = len(step.answers) or 1
            prompt = self._words("run.prompt", last=last) if last > 1 else self._words("run.prompt-one")
            asked = Ask("answer", self._run.card, step.id)
            typed = self._asker.ask(prompt, asked)
            reply = replies.answer(typed, step, scripted=self._asker.scripted)
            if reply.want in {replies.BLANK, replies.UNCLEAR}:
                self._asker.refuse(asked, typed, ", ".join(a.id for a in step.answers) or "done")
                confused += 1
                say(self._unclear(reply.want, step, confused))
                say(wrap(self._screen.keys(self._wants(pinned, step)), "  "))
            elif self._do(pinned, step, reply):
                return

    def _title(self, run: Run, step: Step) -> str:
        """What the runbook that the step goes through is called on paper and on the screen."""
        child = self._texts.through(run, step.use) if step.use else None
        return f"{child.book.card} {self._words.of(child.book.title)}" if child else ""

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
                return self._note(step, value or self._ask_for("note", step))
            case machine.USE if machine.USE in self._wants(pinned, step):
                return self._go_through(step)
            case machine.TIME_UP if machine.TIME_UP in self._wants(pinned, step) and pinned.book.time_box:
                value = pinned.book.time_box.then
            case machine.TIME_UP:
                return self._refused("time-up")
            case "not-possible" if NOT_POSSIBLE in self._wants(pinned, step):
                value = self._ask_for("reason", step)
                if not value:
                    return False
        event = machine.decide(self._run, step, reply.want, value)
        if isinstance(event, Refusal):
            return self._refused(event.reason)
        before = len(self.state.items)
        self.tell(event)
        say(self._screen.items(self.state.items[before:]))
        return True

    def _refused(self, reason: str) -> bool:
        say(wrap(self._words(f"refused.{reason}")))
        return False

    def _go_through(self, step: Step) -> bool:
        """Begin a run of the runbook that the step goes through; False where it cannot be had."""
        child = self._texts.through(self._run, step.use or "")
        if child is None:
            say(wrap(self._words("run.no-use", name=step.use)))
            return False
        book, phase = child.book, next(iter(child.book.phases))
        self.tell(machine.start(self.state, book.id, book.card, phase, self._run.digest, book.phases[phase]))
        return True

    def _note(self, step: Step, text: str) -> bool:
        if text and not self._leaks(text):
            event = machine.decide(self._run, step, machine.NOTE, text)
            if isinstance(event, Event):
                self.tell(event)
                say(wrap(self._words("run.noted")))
        return False

    def _ask_for(self, kind: str, step: Step) -> str:
        """A reason or a note; blank or card data is asked for once more, then given up."""
        for _ in range(2):
            typed = self._asker.ask(self._words(f"run.{kind}"), Ask(kind, self._run.card, step.id)).strip()
            found = None if self._asker.scripted else replies.command(typed)
            if found and found.want == replies.STOP:
                raise Gone("stopped")
            if found and found.want == machine.BACK:
                return ""
            if typed and not self._leaks(typed):
                return typed
            if not typed:
                self._refused(f"no-{kind}")
        return ""

    def _leaks(self, text: str) -> bool:
        clean = redacted(text)
        if clean is not None:
            say(wrap(self._words("run.card-data", text=clean), "!! ", "   "))
        return clean is not None

    def _evidence(self, pinned: Pinned, step: Step) -> bool:
        """Ask for the evidence of `step` that this visit has not brought yet; False when a command led away."""
        missing = [f for f in step.record if f not in self._run.recorded and f in pinned.evidence]
        if missing:
            say(["", *wrap(self._words("run.record"))])
        return all(self._field(pinned, step, pinned.evidence[name]) for name in missing)

    def _field(self, pinned: Pinned, step: Step, field: Field) -> bool:
        say(self._screen.field(field))
        before = self._known(field.id)
        key = "run.field-again" if before else "run.field"
        shown = next((self._words.of(say) for name, say in field.choices if name == before), before)
        label = self._words(key, label=self._words.of(field.label), value=shown)
        asked = Ask("record", self._run.card, step.id, field.id)
        while True:
            typed = self._asker.ask(label, asked)
            found = None if self._asker.scripted else replies.command(typed)
            if found:
                if self._do(pinned, step, found):
                    return False
                continue
            value = self._value(before if before and replies.same(typed) else typed, field)
            if value is None:
                self._asker.refuse(asked, typed, "")
                continue
            event = machine.decide(self._run, step, machine.RECORD, value, field.id)
            if isinstance(event, Event):
                self.tell(event)
            return True

    def _value(self, typed: str, field: Field) -> str | None:
        """What was typed as a value of `field`, or None after saying why not. A leading = says: just as it stands."""
        plain = typed.strip()
        if not plain:
            say(wrap(self._words("value.blank")))
            return None
        if field.type == "text" and self._leaks(plain):
            return None
        sure = plain.startswith("=") and plain[1:].isdecimal() and field.length[1] >= _CARD_LENGTH
        if field.type == "code" and not sure and (looks_like_card(plain) or redacted(plain) is not None):
            say(wrap(self._words("run.card-like"), "!! ", "   "))
            return None
        value = replies.value(plain.removeprefix("="), field)
        if isinstance(value, replies.BadValue):
            low, high = field.length
            say(wrap(self._words(f"value.{value.reason}", low=low, high=high)))
            return None
        return value

    def _known(self, field: str) -> str:
        """What this incident has written down under `field` last, or the empty string."""
        values = [v for (_, _, name), v in self.state.evidence.items() if name == field and v != replies.NOTHING]
        return values[-1] if values else ""

    def _stop(self, reason: str) -> int:
        self.tell(Event("stopped", {"by": reason}))
        if not self._journal.recorded:
            say(["", *wrap(self._words("run.unsaved"))])
            return exits.NOT_RECORDED
        say(["", *wrap(self._words("run.saved")), *wrap(self._words("run.come-back", incident=self._incident))])
        say(wrap(self._words("run.head-code", code=self._journal.head)))
        return exits.INTERRUPTED if reason == "interrupt" else exits.PAUSED

    def _finish(self) -> int:
        root = self.state.runs[0]
        outcome = root.outcome or "escalated"
        if not self.state.items and not self.state.closed:
            self.tell(Event("incident-closed", {"outcome": outcome}))
        words = self._words
        lines = ["", RULER, *wrap(words("run.end", card=root.card, outcome=words(f"outcome.{outcome}")))]
        if root.phase == "activate" and outcome == "active":
            lines += wrap(words("run.in-force", card=root.card))
        if self.state.items:
            lines += [*wrap(words("run.items-left")), *self._screen.items(self.state.items)]
        lines += wrap(words("run.head-code", code=self._journal.head))
        lines += wrap(words("run.report", incident=self._incident))
        say(lines)
        if not self._journal.recorded:
            return exits.NOT_RECORDED
        return exits.FINDINGS if outcome in UNSOLVED else exits.OK
