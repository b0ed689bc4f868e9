"""Evidence asked for at a step, a field at a time; what does not fit is asked again."""

from collections.abc import Callable
from typing import Any, Final

from toolkit.cells import wrap
from toolkit.console import Ask, say
from toolkit.guard import looks_like_card, redacted
from toolkit.incident import machine, replies
from toolkit.incident.replies import NOTHING, Reply
from toolkit.incident.state import Event
from toolkit.model import Field, Step
from toolkit.record import attachments
from toolkit.record.attachments import BadPhoto
from toolkit.record.texts import Pinned
from toolkit.sitting.session import Session
from toolkit.vocabulary import OF_ONE_CASE

FREE: Final = frozenset({"text"})  # free texts: searched for card data, and erasable
_BEYOND_CARD: Final = 28  # digits: more than a card number with its date and code behind it; a person may insist
_Carry = Callable[[Pinned, Step, Reply], bool]


def evidence(session: Session, pinned: Pinned, step: Step, carry_out: _Carry) -> bool:
    """Ask for the evidence of `step` that this visit has not brought yet; False when a command led away."""
    missing = [f for f in step.record if f not in session.run.recorded and f in pinned.evidence]
    if missing:
        say(["", *wrap(session.words("run.record"))])
    return all(_field(session, pinned, step, pinned.evidence[name], carry_out) for name in missing)


def known(session: Session, field: str) -> tuple[str, str]:
    """(what was written down under `field` last, the card of the run where it was if that is about another case).

    What is another customer's is not offered.
    """
    state, run = session.state, session.run
    own = state.known(run).get(field, NOTHING)
    if own not in {"", NOTHING}:
        return own, ""
    if field in OF_ONE_CASE:
        return "", ""
    values = [(v, n) for (n, _, name), v in state.evidence.items() if name == field and v not in {"", NOTHING}]
    other = state.run(values[-1][1]) if values else None
    return (values[-1][0], other.card) if other else ("", "")


def _field(session: Session, pinned: Pinned, step: Step, field: Field, carry_out: _Carry) -> bool:
    words, screen = session.words, session.screen
    say(screen.field(field))
    before, card = known(session, field.id)
    key = "run.field" if not before else "run.field-from" if card else "run.field-again"
    shown = next((words.of(said) for name, said in field.choices if name == before), before)
    label = words(key, label=words.of(field.label), value=shown, card=card)
    asked = Ask("record", session.run.card, step.id, field.id)
    odd = ""
    while True:
        typed = session.asker.ask(label, asked)
        found = None if session.asker.scripted else replies.command(typed)
        if found:
            if carry_out(pinned, step, found):
                return False
            continue
        data = _value(session, before if before and replies.same(typed) else typed, field)
        if data is None:
            session.asker.refuse(asked, typed, "")
            continue
        if _unusual(field, data["value"]) and data["value"] != odd and not session.asker.scripted:
            odd = data["value"]
            session.say("value.unusual", n=len(odd), usual=field.usual)
            continue
        run = session.run
        event = machine.decide(run, step, machine.RECORD, data["value"], field.id, free=field.type in FREE)
        if isinstance(event, Event):
            session.tell(event._replace(data={**event.data, **data}))
        return True


def _unusual(field: Field, value: str) -> bool:
    return field.usual is not None and value != NOTHING and len(value) != field.usual


def _value(session: Session, typed: str, field: Field) -> dict[str, Any] | None:
    """What was typed as a value of `field`, or None after saying why not. A leading = says: just as it stands."""
    plain = typed.strip()
    if not plain:
        session.say("value.blank")
        return None
    if field.type in FREE and session.leaks(plain):
        return None
    if field.type == "photo":
        return _photo(session, plain)
    bare = plain[1:].strip() if replies.same(plain[0]) else plain
    if field.type == "code" and (looks_like_card(bare) or redacted(bare) is not None):
        long = bare.isdecimal() and len(bare) >= _BEYOND_CARD
        if not (long and bare != plain):
            say(wrap(session.words("run.card-within" if long else "run.card-like"), "!! ", "   "))
            return None
    value = replies.value(bare, field)
    if isinstance(value, replies.BadValue):
        low, high = field.length
        session.say(f"value.{value.reason}", low=low, high=high)
        return None
    return {"value": value}


def _photo(session: Session, typed: str) -> dict[str, Any] | None:
    """A photo that is copied into the incident; what is recorded is its name there, its hash and its size."""
    if typed in {NOTHING, "—", "－"}:
        return {"value": NOTHING}
    found = attachments.read(typed)
    if isinstance(found, BadPhoto):
        session.say(f"photo.{found.reason}", limit=attachments.MOST // 1024 // 1024)
        return None
    problem = session.journal.keep(found.name, found.raw)
    if problem:
        session.warn("photo.not-kept", reason=problem)
        return {"value": NOTHING}
    return {"value": found.name, "sha256": found.digest, "size": len(found.raw)}
