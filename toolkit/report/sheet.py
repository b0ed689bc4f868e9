"""A whole runbook as plain text."""

from collections.abc import Iterator
from typing import Final

from toolkit.cells import lead, wrap
from toolkit.model import Claim, Limit, Rule, Runbook, Step, Store, Text
from toolkit.shop import stores
from toolkit.shop.probes import what
from toolkit.text import Words

_PARTS: Final = ("caution", "do", "say", "expect", "why")


class Sheet:
    """Renders one runbook; `rules` and `labels` (of evidence) come from its library."""

    def __init__(self, words: Words, store: Store, rules: dict[str, Rule], labels: dict[str, Text]) -> None:
        self._words = words
        self._store = store
        self._rules = rules
        self._labels = labels

    def lines(self, book: Runbook, exercised: str = "") -> Iterator[str]:
        """The runbook, line by line; `exercised` is the date of its last drill."""
        words = self._words
        yield f"{book.card}  {words.of(book.title)}"
        yield words("sheet.head", kind=words(f"kind.{book.kind}"), id=book.id, owner=book.owner)
        yield words("sheet.reviewed", on=book.reviewed_on, by=book.reviewed_by)
        yield words("run.exercised", on=exercised) if exercised else words("sheet.not-exercised")
        yield ""
        yield from self._block("sheet.symptoms", [self._of(s) for s in book.symptoms])
        yield from self._block("sheet.codes", [", ".join(book.codes)] if book.codes else [])
        yield from self._block("sheet.first", [self._of(book.first)] if book.first else [])
        never = [f"{self._rules[n].card} {words.of(self._rules[n].text)}" for n in book.never if n in self._rules]
        yield from self._block("sheet.never", never)
        yield from self._conditions(book)
        for phase, steps in book.phases.items():
            yield f"== {words(f'phase.{phase}')}"
            for number, step in enumerate(steps, start=1):
                yield ""
                yield from self._step(number, step)
            yield ""

    def _of(self, text: Text) -> str:
        return stores.fill(self._words.of(text), self._store, self._words)

    def _block(self, key: str, items: list[str]) -> Iterator[str]:
        if items:
            yield self._words(key)
            for item in items:
                yield from wrap(item, "  - ", "    ")
            yield ""

    def _conditions(self, book: Runbook) -> Iterator[str]:
        words = self._words
        if book.time_box:
            within, basis = words.duration(book.time_box.within), words(f"basis.{book.time_box.basis}")
            yield from wrap(words("sheet.time-box", within=within, basis=basis, then=book.time_box.then))
            for rung in book.escalation:
                after, basis = words.duration(rung.after), words(f"basis.{rung.basis}")
                yield from wrap(words("sheet.rung", after=after, basis=basis, then=rung.go or rung.plan), "  ", "    ")
            yield ""
        if book.trigger:
            yield from self._block("sheet.trigger", [self._of(book.trigger)])
        if book.authority:
            names = {k: words(f"role.{v}") for k, v in book.authority._asdict().items()}
            yield from wrap(words("sheet.authority", **names))
            yield ""
        yield from self._block("sheet.requires", [self._claim(c) for c in book.requires])
        yield from self._block("sheet.limits", [self._limit(limit) for limit in book.limits])
        if book.drill:
            every, basis = words.duration(book.drill.every), words(f"basis.{book.drill.basis}")
            yield from wrap(words("sheet.drill", every=every, basis=basis))
            yield ""
        if book.every and book.who:
            yield from wrap(words("sheet.every", every=words.duration(book.every), who=words(f"role.{book.who}")))
            yield ""

    def _claim(self, claim: Claim) -> str:
        words = self._words
        every = words("sheet.tested", every=words.duration(claim.every)) if claim.every else ""
        return " ".join(part for part in (self._of(claim.what), every, f"({words(f'basis.{claim.basis}')})") if part)

    def _limit(self, limit: Limit) -> str:
        words = self._words
        value = f"{words(f'bounds.{limit.bound}')} {limit.value or words('run.limit-gap')}" if limit.bound else ""
        otherwise = words("sheet.beyond", what=self._of(limit.beyond)) if limit.beyond else ""
        basis = f"({words(f'basis.{limit.basis}')})"
        return " ".join(part for part in (self._of(limit.what), value, basis, otherwise) if part)

    def _step(self, number: int, step: Step) -> Iterator[str]:
        words = self._words
        yield f"{number}. [{step.id}] {words(f'role.{step.who}')}"
        for part in _PARTS:
            text = getattr(step, part)
            if text is not None:
                yield from wrap(self._of(text), f"   {lead(words(f'run.{part}'))}", "     ")
        for name in step.record:
            label = words.of(self._labels[name]) if name in self._labels else name
            yield from wrap(words("sheet.record", label=label), "   ", "     ")
        for check in step.check:
            yield from wrap(what(check, words), f"   {lead(words('probe.label'))}", "     ")
        if step.call:
            yield f"   {words('run.call')}"
            yield from (f"     {line}" for line in stores.card(self._store.contacts.get(step.call), step.call, words))
        if step.ask:
            yield from wrap(self._of(step.ask), f"   {lead(words('run.ask'))}", "     ")
        for answer in step.answers:
            goes = f"-> [{answer.go}]" if answer.go else f"=> {words(f'outcome.{answer.end}')}"
            yield from wrap(f"{self._of(answer.say)} {goes}", "   * ", "     ")
        if step.open:
            item, due = words(f"item.{step.open.item}"), words.duration(step.open.due)
            yield from wrap(words("sheet.open", item=item, due=due), "   ", "     ")
        if step.use:
            yield from wrap(words("run.use", name=step.use), "   ", "     ")
        if step.otherwise:
            yield f"   {words('sheet.otherwise')} -> [{step.otherwise}]"
        if step.end:
            yield f"   => {words(f'outcome.{step.end}')}"
