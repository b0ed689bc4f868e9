"""What the guided run shows, as lines; pure. Short lines, the caution before the action, a number on its own line."""

from collections.abc import Iterable, Mapping
from typing import Final

from toolkit.cells import lead, wrap
from toolkit.clock import Moment, local, seconds
from toolkit.incident import ladder
from toolkit.incident.board import Board, money
from toolkit.incident.ladder import Next
from toolkit.incident.machine import BACK, NOTE, TIME_UP
from toolkit.incident.moves import LATER, NOT_POSSIBLE
from toolkit.incident.state import Run, State
from toolkit.incident.sums import Difference
from toolkit.model import Field, Runbook, Step, Store, Text, standing
from toolkit.record.texts import Pinned
from toolkit.shop import callsheet, stores
from toolkit.shop.age import aged
from toolkit.text import Words
from toolkit.vocabulary import COUNTED

RULER: Final = "-" * 72
_BEGINNING: Final = frozenset({"steps", "activate"})  # a plan is not stood down by its first action
_BEGINS_PAYMENT: Final = frozenset({"repeat", "refund", "charge", "void"})
_MOST_RULES: Final = 2  # the whole opening and the first step fit on an old console; the rest is one command away
_KEYS: Final = ((BACK, "b"), (NOTE, "n"), (NOT_POSSIBLE, "x"), (LATER, "l"), (TIME_UP, "t"))


class Screen:
    """The words, the store file and the zone that every screen needs."""

    def __init__(self, words: Words, store: Store, zone: str) -> None:
        self.words = words
        self.store = store
        self.zone = zone
        self.board = Board(words, zone)
        self.late = False  # while it is entered what was done before, no time box says anything

    def of(self, text: Text) -> str:
        """An author's text with its placeholders filled."""
        return stores.fill(self.words.of(text), self.store, self.words)

    def opening(
        self, incident: str, pinned: Pinned, run: Run, state: State, now: str, *, recorded: bool, exercised: str = ""
    ) -> list[str]:
        """The head of a run: which, since when, how to come back, the first safe action and what never to do."""
        words, book = self.words, pinned.book
        lines = [RULER]
        if state.drill:
            lines += wrap(words("run.drill"), "** ")
        lines += wrap(words("run.head", incident=incident, card=book.card, title=words.of(book.title)))
        lines += wrap(words("run.since", at=local(run.started, self.zone), ago=self._ago(run.started, now)))
        safe = "late.safe" if self.late else "run.safe"
        lines += wrap(words(safe if recorded else "run.unsaved", incident=incident))
        if self.store.sample:
            lines += wrap(words("store.sample"))
        if exercised and not run.trail:
            lines += wrap(words("run.exercised", on=exercised))
        rules = [pinned.rules[name] for name in book.never if name in pinned.rules and not run.trail]
        lines += ["", words("run.never")] if rules else []
        for rule in rules[:_MOST_RULES]:
            lines += wrap(words.of(rule.text), f"  {rule.card:<4}")
        if len(rules) > _MOST_RULES:
            lines += wrap(
                words("run.more-rules", cards=" ".join(r.card for r in rules[_MOST_RULES:]), card=book.card), "  "
            )
        rung = self.rung(pinned, run, state, now)
        lines += ["", *rung] if rung else []
        if book.first and not run.trail and run.phase in _BEGINNING:
            lines += ["", *wrap(self.of(book.first), lead(words("run.first")))]
        return lines

    def rung(self, pinned: Pinned, run: Run, state: State, now: str, *, brief: bool = False) -> list[str]:
        """What comes next of the escalation, and how long until then; nothing where there is no more.

        `brief` leaves out what to do as long as there is time.
        """
        coming = ladder.coming(pinned.book, run, state, now) if not self.late else None
        if coming is None:
            return []
        key = "run.time-over" if coming.left <= 0 else "run.time-short" if brief else "run.time-left"
        left = self.words.minutes(max(1, round(coming.left / 60)))
        at = self.board.time(coming.at, now)
        text = self.words(key, at=at, left=left, do=self._rung(pinned, coming))
        return wrap(text, "!! " if coming.left <= 0 else "", "    ")

    def _rung(self, pinned: Pinned, coming: Next) -> str:
        if coming.rung.plan:
            book = pinned.books.get(coming.rung.plan)
            name = f"{book.card} {self.words.of(book.title)}" if book else coming.rung.plan
            return self.words("run.rung-plan", name=name)
        step = pinned.book.step(coming.rung.go or "")
        return self.of(step.do) if step else str(coming.rung.go)

    def time_is_up(self, pinned: Pinned, run: Run, state: State, now: str) -> bool:
        """Whether a rung of the escalation is due."""
        coming = ladder.coming(pinned.book, run, state, now)
        return coming is not None and coming.left <= 0

    def standing(
        self, pinned: Pinned, run: Run, state: State, moment: Moment, others: Iterable[tuple[Pinned, Run]] = ()
    ) -> list[str]:
        """What stands at every prompt: the plans in force with what is left, and the time that is left.

        Of `others`, the runs that wait, it says whose time is up.
        """
        lines = [*self.board.plans(state, moment), *self.rung(pinned, run, state, moment.utc, brief=True)]
        for text, waits in others:
            if not self.late and self.time_is_up(text, waits, state, moment.utc):
                lines += wrap(self.words("run.time-over-there", card=waits.card), "!! ", "   ")
        return ["", *lines] if lines else []

    def step(self, pinned: Pinned, run: Run, step: Step, state: State, now: str, use: str = "") -> list[str]:
        """The step: who, caution, action, what to say, what should be seen, the rules over it, whom to call."""
        words = self.words
        phase = words(f"phase.{run.phase}")
        number = len(run.trail) + 1
        lines = ["", RULER]
        lines += wrap(words("run.step", card=run.card, phase=phase, n=number, who=words(f"role.{step.who}")))
        for key in ("caution", "do", "say", "expect"):
            text = getattr(step, key)
            if text is not None:
                lines += wrap(self.of(text), lead(words(f"run.{key}")), "    ")
        if step.act in _BEGINS_PAYMENT and self.time_is_up(pinned, run, state, now):
            lines += wrap(words("run.late-deed"), "!! ", "   ")
        for rule in standing(step, pinned.rules)[:_MOST_RULES]:
            lines += wrap(words.of(rule.text), lead(words("run.rule", card=rule.card)), "    ")
        if step.call:
            lines += self._call(step.call, pinned, run, state, now)
        if step.use:
            lines += wrap(words("run.use", name=use or step.use), "", "    ")
        return lines

    def _call(self, name: str, pinned: Pinned, run: Run, state: State, now: str) -> list[str]:
        """Whom to call, and what they will ask for; in a drill nobody is called."""
        words, contact, today = self.words, self.store.contacts.get(name), local(now, self.zone, "%Y-%m-%d")
        lines = [words("run.call")]
        if state.drill:
            lines += wrap(words("run.drill-call"), "    ")
        else:
            lines += [f"    {line}" for line in stores.card(contact, name, words)]
            if contact and contact.phone and contact.verified_on and aged(contact.verified_on, today):
                lines += wrap(words("store.stale", on=contact.verified_on), "    !! ", "       ")
        asked = callsheet.sheet(name, pinned.evidence, self.store, state, run)
        if asked:
            lines.append(words("run.call-sheet"))
        for field, value in asked:
            shown = next((words.of(said) for known, said in field.choices if known == value), value)
            lines += wrap(
                words("run.call-line", label=words.of(field.label), value=shown or words("run.call-gap")),
                "    ",
                "      ",
            )
        return lines

    def conditions(self, book: Runbook, limits: Mapping[str, str]) -> list[str]:
        """Before a plan starts: when it may, who may, and its limits as this shop has them; a gap shows as one."""
        words = self.words
        lines = wrap(f"{book.card} {words.of(book.title)}")
        if book.trigger:
            lines += wrap(self.of(book.trigger), lead(words("sheet.trigger") + words("run.colon")), "    ")
        if book.authority:
            names = {k: words(f"role.{v}") for k, v in book.authority._asdict().items()}
            lines += wrap(words("sheet.authority", **names), "", "    ")
        for limit in book.limits:
            known = limits.get(limit.bound or "")
            value = words.duration(known) if known and limit.bound == "duration" else known
            shown = value or words("run.limit-gap") if limit.bound else ""
            lines += wrap(f"{self.of(limit.what)} {shown}".rstrip(), "  - ", "    ")
        return lines

    def differences(self, found: Iterable[Difference]) -> list[str]:
        """What amounts add up to, and by how much they differ from what they should equal."""
        lines: list[str] = []
        for one in found:
            gap = self.words("run.call-gap")
            parts = " + ".join(gap if part is None else money(part) for part in one.parts)
            other = gap if one.other is None else money(one.other)
            what = "counted" if one.comparison.equals == COUNTED else "written"
            if not one.known:
                lines += wrap(self.words(f"compare.missing-{what}", parts=parts, other=other), "!! ", "   ")
            elif one.by:
                key = f"compare.{'more' if one.by > 0 else 'less'}-{what}"
                lines += wrap(self.words(key, parts=parts, other=other, by=money(abs(one.by))), "!! ", "   ")
            else:
                lines += wrap(self.words(f"compare.equal-{what}", parts=parts, other=other))
        return ["", *lines] if lines else []

    def choices(self, step: Step) -> list[str]:
        """The question and its numbered answers."""
        words = self.words
        lines = wrap(self.of(step.ask), lead(words("run.ask")), "    ") if step.ask else []
        if step.answers:
            for number, answer in enumerate(step.answers, start=1):
                lines += wrap(self.of(answer.say), f"  {number} ", "    ")
            return lines
        return [*lines, f"  1 {words('run.go-there') if step.use else words('run.done')}"]

    def keys(self, wants: Iterable[str]) -> str:
        """The commands that are legal here, in one line."""
        legal = set(wants)
        shown = [self.words(f"key.{key}") for want, key in _KEYS if want in legal]
        return "  ".join([self.words("key.?"), *shown, self.words("key.q"), self.words("key.m")])

    def more(self) -> list[str]:
        """The commands that stand at every prompt beside the step."""
        return [line for key in "ipshoc" for line in wrap(self.words(f"more.{key}"), "  ", "      ")]

    def field(self, field: Field) -> list[str]:
        """A field of evidence: its choices if it has any, and where to find it."""
        lines: list[str] = []
        if field.hint:
            lines = wrap(
                self.words("run.hint", label=self.words.of(field.label), hint=self.of(field.hint)), "  ", "    "
            )
        for number, (_, say) in enumerate(field.choices, start=1):
            lines += wrap(self.of(say), f"  {number} ", "    ")
        return lines

    def why(self, step: Step, pinned: Pinned) -> list[str]:
        """The reason for the step, and for the rules that stand over it."""
        lines = wrap(self.of(step.why), lead(self.words("run.why")), "    ") if step.why else []
        for rule in standing(step, pinned.rules):
            lines += wrap(self.words.of(rule.why), f"{rule.card}: ", "    ")
        return lines or wrap(self.words("run.no-why"))

    def _ago(self, then: str, now: str) -> str:
        return self.words.minutes(max(0, int((seconds(now) - seconds(then)) // 60)))
