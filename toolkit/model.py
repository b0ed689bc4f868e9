"""The nouns: runbook, step, answer, rule, evidence field, store file; immutable, with no behaviour beyond look-up.

Records are `NamedTuple`s: a frozen dataclass costs five times as much to define, and these
are defined at every start of the command (DECISIONS.md, "Start-up").
"""

from collections.abc import Iterator, Mapping
from typing import Final, Literal, NamedTuple

Language = Literal["zh", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")


def plain_card(card: str) -> str:
    """A card as people may also type it: CP-01 and cp01 are one."""
    return card.casefold().replace("-", "").replace(" ", "")


class Text(NamedTuple):
    """What people read, in both languages."""

    zh: str
    en: str

    def to(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en


class Answer(NamedTuple):
    """One answer to a step's question; exactly one of `go` (a step) and `end` (an outcome) is set in sound content."""

    id: str
    say: Text
    go: str | None
    end: str | None


class OpenItem(NamedTuple):
    """Money or a promise that is not settled yet; `due` is an ISO 8601 duration from the moment it is opened."""

    item: str
    due: str


class Check(NamedTuple):
    """One automatic check: a `probe` (dns, tcp, http, tls, clock or disk) of a target of the store file, or of none."""

    probe: str
    target: str = ""


class Comparison(NamedTuple):
    """Amounts that must be equal: the sum of evidence fields, and another field or COUNTED (the plan's sales)."""

    sum: tuple[str, ...]
    equals: str


class Step(NamedTuple):
    """One action by one person. `next` is where a step without a question leads: its `go`, else the step below."""

    id: str
    who: str
    do: Text
    act: str | None = None
    caution: Text | None = None
    say: Text | None = None
    expect: Text | None = None
    why: Text | None = None
    record: tuple[str, ...] = ()
    compare: tuple[Comparison, ...] = ()
    rules: tuple[str, ...] = ()
    check: tuple[Check, ...] = ()
    call: str | None = None
    ask: Text | None = None
    answers: tuple[Answer, ...] = ()
    next: str | None = None
    otherwise: str | None = None
    open: OpenItem | None = None
    use: str | None = None
    end: str | None = None

    def answer(self, name: str) -> Answer | None:
        """The answer of that name, or None."""
        return next((a for a in self.answers if a.id == name), None)


class TimeBox(NamedTuple):
    """When to stop trying (`within`, an ISO 8601 duration), where the number comes from, and the step to go to then."""

    within: str
    basis: str
    then: str


class Rung(NamedTuple):
    """A rung of the escalation: `after` an ISO 8601 duration from the start, go to a step or start a plan."""

    after: str
    basis: str
    go: str | None = None
    plan: str | None = None

    @property
    def name(self) -> str:
        """What a record calls it: when, and where it leads."""
        return f"{self.after} {self.go or self.plan}"


class Limit(NamedTuple):
    """What a plan may not exceed.

    `bound` is one of BOUNDS where sales are counted against it; then `value` is an amount, a number or a duration
    (None where only the store file knows it), and `beyond` says what to do instead.
    """

    what: Text
    basis: str
    bound: str | None = None
    value: str | None = None
    beyond: Text | None = None


class Authority(NamedTuple):
    """The roles that may start and end a plan, and who stands in."""

    start: str
    end: str
    deputy: str


class Interval(NamedTuple):
    """How often something is done (an ISO 8601 duration), and where the number comes from."""

    every: str
    basis: str


class Claim(NamedTuple):
    """A statement with the basis of its number; `every` is an ISO 8601 duration, or None where nothing recurs."""

    what: Text
    basis: str
    every: str | None = None


class Runbook(NamedTuple):
    """One YAML file. `phases` maps a phase's name (see PHASES) to its steps, the first step first."""

    id: str
    card: str
    kind: str
    title: Text
    owner: str
    phases: Mapping[str, tuple[Step, ...]]
    symptoms: tuple[Text, ...] = ()
    aliases: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    first: Text | None = None
    never: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()
    time_box: TimeBox | None = None
    escalation: tuple[Rung, ...] = ()
    trigger: Text | None = None
    authority: Authority | None = None
    requires: tuple[Claim, ...] = ()
    limits: tuple[Limit, ...] = ()
    drill: Interval | None = None
    every: str | None = None
    who: str | None = None
    reviewed_on: str = ""
    reviewed_by: str = ""

    @property
    def ladder(self) -> tuple[Rung, ...]:
        """Every rung of the escalation, in no order; the time box is one of them, before others of its time."""
        box = self.time_box
        return (*([Rung(box.within, box.basis, go=box.then)] if box else []), *self.escalation)

    def steps(self) -> Iterator[Step]:
        """Every step of every phase, in order."""
        for steps in self.phases.values():
            yield from steps

    def step(self, name: str) -> Step | None:
        """The step of that name, or None."""
        return next((s for s in self.steps() if s.id == name), None)


class PathCheck(NamedTuple):
    """Before any act in `before`, each act in `needs` has been done on the same path."""

    before: tuple[str, ...]
    needs: tuple[str, ...]


class Rule(NamedTuple):
    """A safety rule. `over` are the acts it is shown at; `status` is verified, secondary or design."""

    id: str
    card: str
    text: Text
    why: Text
    over: tuple[str, ...]
    checks: tuple[PathCheck, ...]
    status: str
    source: Text


def standing(step: Step, rules: Mapping[str, Rule]) -> list[Rule]:
    """The rules that `step` could break: those over its kind of action, and those it names."""
    return [rule for rule in rules.values() if step.act in rule.over or rule.id in step.rules]


class Field(NamedTuple):
    """One kind of evidence. `length` bounds the characters of a code; `choices` are (value, words).

    `usual` is the length that a code mostly has; `asked_by` are the contacts whose hotline asks for it.
    """

    id: str
    type: str
    label: Text
    hint: Text | None = None
    length: tuple[int, int] = (1, 64)
    choices: tuple[tuple[str, Text], ...] = ()
    usual: int | None = None
    asked_by: tuple[str, ...] = ()


class Group(NamedTuple):
    """The runbooks whose card begins with one of `families`; `otherwise` are cards, the first in the library counts."""

    id: str
    families: tuple[str, ...]
    say: Text
    first: Text
    otherwise: tuple[str, ...]


class Triage(NamedTuple):
    """The groups, and what to do first and where to go for somebody who cannot tell at all."""

    groups: tuple[Group, ...] = ()
    first: Text | None = None
    otherwise: tuple[str, ...] = ()


class Contact(NamedTuple):
    """Whom to call; an unknown phone is the empty string."""

    name: str
    phone: str = ""
    hours: str = ""
    verified_on: str = ""
    verified_by: str = ""


class Target(NamedTuple):
    """Where an automatic check knocks; `expect` are words that the page at `path` has and a log-in page has not."""

    host: str
    port: int
    path: str = ""
    expect: str = ""
    tls: bool = False


class Store(NamedTuple):
    """What differs from shop to shop; `limits` maps a plan's id to values by bound."""

    name: str = ""
    number: str = ""
    mid: str = ""
    tid: str = ""
    language: Language | None = None
    sample: bool = False
    contacts: Mapping[str, Contact] = {}
    config: Mapping[str, str] = {}
    limits: Mapping[str, Mapping[str, str]] = {}
    targets: Mapping[str, Target] = {}
