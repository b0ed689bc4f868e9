"""What the guided run shows, as lines; pure. Short lines, the caution before the action, a number on its own line."""

from collections.abc import Iterable, Sequence
from typing import Final

from toolkit import stores
from toolkit.cells import lead, wrap
from toolkit.clock import later, local, seconds, span
from toolkit.machine import BACK, NOTE, TIME_UP
from toolkit.model import Field, Step, Store, Text, standing
from toolkit.moves import LATER, NOT_POSSIBLE
from toolkit.state import Item, Run
from toolkit.text import Words
from toolkit.texts import Pinned

RULER: Final = "-" * 72
_MOST_RULES: Final = 2  # the whole opening and the first step fit on an old console; the rest is one command away
_KEYS: Final = ((BACK, "b"), (NOTE, "n"), (NOT_POSSIBLE, "x"), (LATER, "l"), (TIME_UP, "t"))


class Screen:
    """The words, the store file and the zone that every screen needs."""

    def __init__(self, words: Words, store: Store, zone: str) -> None:
        self.words = words
        self.store = store
        self.zone = zone

    def of(self, text: Text) -> str:
        """An author's text with its placeholders filled."""
        return stores.fill(self.words.of(text), self.store, self.words)

    def opening(self, incident: str, pinned: Pinned, run: Run, now: str, *, recorded: bool) -> list[str]:
        """The head of a run: which, since when, how to come back, the first safe action and what never to do."""
        words, book = self.words, pinned.book
        lines = [RULER, *wrap(words("run.head", incident=incident, card=book.card, title=words.of(book.title)))]
        lines += wrap(words("run.since", at=local(run.started, self.zone), ago=self._ago(run.started, now)))
        lines += wrap(words("run.safe" if recorded else "run.unsaved"))
        if self.store.sample:
            lines += wrap(words("store.sample"))
        rules = [pinned.rules[name] for name in book.never if name in pinned.rules and not run.trail]
        lines += ["", words("run.never")] if rules else []
        for rule in rules[:_MOST_RULES]:
            lines += wrap(words.of(rule.text), f"  {rule.card:<4}")
        if len(rules) > _MOST_RULES:
            lines += wrap(
                words("run.more-rules", cards=" ".join(r.card for r in rules[_MOST_RULES:]), card=book.card), "  "
            )
        lines += ["", *self.time_box(pinned, run, now)]
        if book.first and not run.trail:
            lines += wrap(self.of(book.first), lead(words("run.first")))
        return lines

    def time_box(self, pinned: Pinned, run: Run, now: str) -> list[str]:
        """Until when to try, and what then; nothing where the runbook sets no time."""
        box = pinned.book.time_box
        if box is None or run.phase != "steps":
            return []
        left = seconds(run.started) + span(box.within) - seconds(now)
        then = pinned.book.step(box.then)
        do = self.of(then.do) if then else box.then
        key = "run.time-over" if left <= 0 else "run.time-left"
        return wrap(self.words(key, within=self.words.duration(box.within), left=max(1, round(left / 60)), do=do))

    def time_is_up(self, pinned: Pinned, run: Run, now: str) -> bool:
        """Whether the time box of the run is over."""
        box = pinned.book.time_box
        if box is None or run.phase != "steps" or any(c.step == box.then for c in (run.cursor, *run.trail)):
            return False
        return seconds(now) >= seconds(run.started) + span(box.within)

    def step(self, pinned: Pinned, run: Run, step: Step, now: str, use: str = "") -> list[str]:
        """The step: who, caution, action, what to say, what should be seen, the rules over it, whom to call."""
        words = self.words
        phase = words(f"phase.{run.phase}")
        number = len(run.trail) + 1
        lines = ["", RULER]
        lines += wrap(words("run.step", card=run.card, phase=phase, n=number, who=words(f"role.{step.who}")))
        over = self.time_box(pinned, run, now) if self.time_is_up(pinned, run, now) else []
        lines += over
        for key in ("caution", "do", "say", "expect"):
            text = getattr(step, key)
            if text is not None:
                lines += wrap(self.of(text), lead(words(f"run.{key}")), "    ")
        for rule in standing(step, pinned.rules)[:_MOST_RULES]:
            lines += wrap(words.of(rule.text), lead(words("run.rule", card=rule.card)), "    ")
        if step.call:
            lines += [words("run.call"), *(f"    {line}" for line in self._call(step.call))]
        if step.use:
            lines += wrap(words("run.use", name=use or step.use), "", "    ")
        return lines

    def _call(self, name: str) -> list[str]:
        return stores.card(self.store.contacts.get(name), name, self.words)

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
        return "  ".join([self.words("key.?"), *shown, self.words("key.q")])

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

    def items(self, items: Sequence[Item]) -> list[str]:
        """Open items with their due times."""
        lines: list[str] = []
        for item in items:
            due = local(later(item.opened, item.due), self.zone, "%Y-%m-%d %H:%M")
            text = self.words("run.item", item=self.words(f"item.{item.item}"), due=due, card=item.card)
            lines += wrap(text, "  ", "    ")
        return lines

    def _ago(self, then: str, now: str) -> str:
        return self.words.minutes(max(0, int((seconds(now) - seconds(then)) // 60)))
