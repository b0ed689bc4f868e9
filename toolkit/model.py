"""The nouns: runbook, step, answer, rule, evidence field, store file; immutable, with no behaviour beyond look-up.

Records are `NamedTuple`s: a frozen dataclass costs five times as much to define, and these
are defined at every start of the command (DECISIONS.md, "Start-up").
Each builder takes data that its JSON Schema has accepted; on anything else it may raise KeyError or TypeError.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, NamedTuple

Language = Literal["zh", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")

UNKNOWN: Final = "unknown"  # the answer every question has: "I cannot tell"
DONE: Final = "done"  # the answer to a step that asks nothing
AS_USED: Final = "as-used"  # the outcome of the runbook that the step went through

PHASES: Final = {"failure": ("steps",), "plan": ("activate", "stand_down", "reconcile"), "routine": ("steps",)}
FOLDERS: Final = {"failure": "failures", "plan": "plans", "routine": "routines"}
OUTCOMES: Final[Mapping[str, tuple[str, ...]]] = {
    "failure": ("resolved", "workaround", "escalated", "not-a-fault", AS_USED),
    "activate": ("active", "not-possible", "escalated"),
    "stand_down": ("stood-down", "escalated"),
    "reconcile": ("reconciled", "escalated"),
    "routine": ("done", "escalated"),
}
UNSOLVED: Final = frozenset({"escalated", "not-possible"})


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
    rules: tuple[str, ...] = ()
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
    trigger: Text | None = None
    authority: Authority | None = None
    requires: tuple[Claim, ...] = ()
    limits: tuple[Claim, ...] = ()
    drill: Interval | None = None
    every: str | None = None
    who: str | None = None
    reviewed_on: str = ""
    reviewed_by: str = ""

    def steps(self) -> Iterator[Step]:
        """Every step of every phase, in order."""
        for steps in self.phases.values():
            yield from steps

    def step(self, name: str) -> Step | None:
        """The step of that name, or None."""
        return next((s for s in self.steps() if s.id == name), None)

    def phase_of(self, name: str) -> str | None:
        """The phase that holds the step of that name, or None."""
        return next((p for p, steps in self.phases.items() if any(s.id == name for s in steps)), None)


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


class Field(NamedTuple):
    """One kind of evidence. `length` bounds the characters of a code; `choices` are (value, words)."""

    id: str
    type: str
    label: Text
    hint: Text | None = None
    length: tuple[int, int] = (1, 64)
    choices: tuple[tuple[str, Text], ...] = ()


class Contact(NamedTuple):
    """Whom to call; an unknown phone is the empty string."""

    name: str
    phone: str = ""
    hours: str = ""
    verified_on: str = ""
    verified_by: str = ""


class Store(NamedTuple):
    """What differs from shop to shop."""

    name: str = ""
    number: str = ""
    language: Language | None = None
    sample: bool = False
    contacts: Mapping[str, Contact] = {}
    config: Mapping[str, str] = {}


Data = Mapping[str, Any]


def text(data: Data) -> Text:
    """A text; a language that is missing is empty, so that the rest of a faulty file can still be checked."""
    return Text(data.get("zh") or "", data.get("en") or "")


def _text(data: Data, key: str) -> Text | None:
    return text(data[key]) if key in data else None


def _steps(items: list[Data]) -> tuple[Step, ...]:
    following = [item["id"] for item in items[1:]] + [None]
    return tuple(_step(item, below) for item, below in zip(items, following, strict=True))


def _step(data: Data, below: str | None) -> Step:
    leads_on = "answers" not in data and "end" not in data
    return Step(
        id=data["id"],
        who=data["who"],
        do=text(data["do"]),
        act=data.get("act"),
        caution=_text(data, "caution"),
        say=_text(data, "say"),
        expect=_text(data, "expect"),
        why=_text(data, "why"),
        record=tuple(data.get("record", ())),
        rules=tuple(data.get("rules", ())),
        call=data.get("call"),
        ask=_text(data, "ask"),
        answers=tuple(Answer(a["is"], text(a["say"]), a.get("go"), a.get("end")) for a in data.get("answers", ())),
        next=data.get("go", below) if leads_on else None,
        otherwise=data.get("else"),
        open=OpenItem(data["open"]["item"], data["open"]["due"]) if "open" in data else None,
        use=data.get("use"),
        end=data.get("end"),
    )


def _claims(items: list[Data]) -> tuple[Claim, ...]:
    return tuple(Claim(text(c["what"]), c["basis"], c.get("every")) for c in items)


def runbook(data: Data) -> Runbook:
    """A runbook from data that `runbook.schema.json` accepts."""
    box, drill, authority = data.get("time_box"), data.get("drill"), data.get("authority")
    return Runbook(
        id=data["id"],
        card=data["card"],
        kind=data["kind"],
        title=text(data["title"]),
        owner=data["owner"],
        phases={phase: _steps(data[phase]) for phase in PHASES[data["kind"]]},
        symptoms=tuple(text(s) for s in data.get("symptoms", ())),
        aliases=tuple(data.get("aliases", ())),
        codes=tuple(data.get("codes", ())),
        first=_text(data, "first"),
        never=tuple(data["never"]),
        covers=tuple(data.get("covers", ())),
        time_box=TimeBox(box["within"], box["basis"], box["then"]) if box else None,
        trigger=_text(data, "trigger"),
        authority=Authority(authority["start"], authority["end"], authority["deputy"]) if authority else None,
        requires=_claims(data.get("requires", [])),
        limits=_claims(data.get("limits", [])),
        drill=Interval(drill["every"], drill["basis"]) if drill else None,
        every=data.get("every"),
        who=data.get("who"),
        reviewed_on=data["reviewed"]["on"],
        reviewed_by=data["reviewed"]["by"],
    )


def rules(data: Data) -> dict[str, Rule]:
    """The safety rules by id, from data that `rules.schema.json` accepts."""
    return {
        r["id"]: Rule(
            id=r["id"],
            card=r["card"],
            text=text(r["text"]),
            why=text(r["why"]),
            over=tuple(r.get("over", ())),
            checks=tuple(PathCheck(tuple(c["before"]), tuple(c["needs"])) for c in r.get("checks", ())),
            status=r["basis"]["status"],
            source=text(r["basis"]["source"]),
        )
        for r in data["rules"]
    }


def evidence(data: Data) -> dict[str, Field]:
    """The evidence fields by id, from data that `evidence.schema.json` accepts."""
    return {
        f["id"]: Field(
            id=f["id"],
            type=f["type"],
            label=text(f["label"]),
            hint=_text(f, "hint"),
            length=(f["length"][0], f["length"][1]) if "length" in f else (1, 64),
            choices=tuple((c["is"], text(c["say"])) for c in f.get("choices", ())),
        )
        for f in data["evidence"]
    }


def store(data: Data) -> Store:
    """A store file from data that `store.schema.json` accepts."""
    contacts = {
        name: Contact(
            name=c["name"],
            phone=c.get("phone", ""),
            hours=c.get("hours", ""),
            verified_on=c.get("verified", {}).get("on", ""),
            verified_by=c.get("verified", {}).get("by", ""),
        )
        for name, c in data.get("contacts", {}).items()
    }
    return Store(
        name=data["store"]["name"],
        number=data["store"].get("number", ""),
        language=data.get("language"),
        sample=data.get("sample", False),
        contacts=contacts,
        config=dict(data.get("config", {})),
    )
