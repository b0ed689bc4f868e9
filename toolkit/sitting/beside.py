"""What can be done at every prompt, beside the step at hand: open a runbook, plans and sales, correct, hand over."""

from collections.abc import Callable, Mapping
from typing import Final

from toolkit.clock import instant
from toolkit.console import say
from toolkit.content.library import Heading
from toolkit.diagnostics import ToolkitError
from toolkit.incident import machine, replies
from toolkit.incident.machine import CORRECT, DESK, HAND_OVER, MORE, OPEN, PLAN, SALE
from toolkit.incident.replies import MOST
from toolkit.incident.state import Event, Refusal
from toolkit.sitting import contingency
from toolkit.sitting.contingency import snapshot_of
from toolkit.sitting.session import Session

_MOST_HITS: Final = 5


def do(session: Session, want: str, value: str) -> bool:
    """Carry out one of the commands beside the step; True when something else is in hand now."""
    return COMMANDS[want](session, value)


def _more(session: Session, _: str) -> bool:
    say(session.screen.more())
    return False


def _desk(session: Session, _: str) -> bool:
    session.take_in(session.journal.catch_up())
    say(session.screen.board.overview(session.incident, session.state, session.moment()))
    return False


def _open(session: Session, wanted: str) -> bool:
    """Open another runbook, or take up one that waits; when it has ended, the step at hand comes back."""
    wanted = session.text("beside.open", given=wanted)
    heading = _heading(session, wanted) if wanted else None
    if heading is None:
        return False
    if heading.kind == "plan":
        return contingency.start(session, heading)
    waiting = next((r for r in session.state.waiting if r.runbook == heading.id), None)
    if waiting:
        here = waiting is session.state.waiting[0]
        session.say("beside.here-already" if here else "beside.waits", card=heading.card)
        rows = [] if here else [session.words("beside.go-on", card=heading.card)]
        picked = session.choose("run.prompt", [*rows, session.words("beside.another-one")])
        if picked is None:
            return False
        if picked < len(rows):
            return session.does(machine.switch(session.state, waiting.number))
    return begin(session, heading)


def begin(session: Session, heading: Heading) -> bool:
    """Begin a run of a failure or routine beside what is in hand; False where its file cannot be had now."""
    snapshot = snapshot_of(session, heading)
    if snapshot is None:
        return False
    session.keep(snapshot)
    book = snapshot.books[heading.id]
    session.tell(machine.start(session.state, book, next(iter(book.phases)), snapshot.digest, beside=True))
    return True


def _heading(session: Session, wanted: str) -> Heading | None:
    """The runbook of that card or id, else one picked among those that the words fit."""
    library = session.library()
    try:
        return library.heading(wanted)
    except ToolkitError:
        hits = [heading for heading, _ in library.search(wanted, _MOST_HITS)]
    if not hits:
        session.say("find.nothing", query=wanted)
        return None
    rows = [f"{h.card} {session.words.of(h.title)}" for h in hits]
    picked = session.choose("run.prompt", rows, [(h.card, h.id) for h in hits])
    return None if picked is None else hits[picked]


def _correct(session: Session, typed: str) -> bool:
    """Say when the last entry (or the one whose number follows: 10:35 #12) really happened; both times are kept."""
    typed = typed or session.line("beside.when")
    clock, _, entry = typed.partition("#")
    value = replies.time(clock)
    if not value:
        session.say("value.time")
        return False
    number = replies.number(entry, MOST) if entry.strip() else session.last_told
    if not number:
        return session.refuse(Refusal("no-such-entry", {"n": "?"}))
    happened = instant(value, session.moment())
    if session.does(machine.correct(number, session.journal.last, happened)):
        session.say("beside.corrected", n=number, at=session.screen.board.time(happened, session.now()))
    return False


def _hand_over(session: Session, name: str) -> bool:
    """Another named person goes on; what that person needs to know is shown."""
    name = session.text("beside.hand-over", given=name)
    if not name or not session.does(machine.hand_over(name, session.who)):
        return False
    session.say("beside.handed-over", name=name)
    say(session.screen.board.overview(session.incident, session.state, session.moment()))
    return False


def note(session: Session, given: str, event: Callable[[str], Event | Refusal]) -> bool:
    """Write down a note, as `event` makes it; False, for nothing else changes."""
    text = session.text("run.note", "note", given=given)
    if text and session.does(event(text)):
        session.say("run.noted")
    return False


COMMANDS: Final[Mapping[str, Callable[[Session, str], bool]]] = {
    MORE: _more,
    DESK: _desk,
    OPEN: _open,
    PLAN: lambda session, _: contingency.menu(session),
    SALE: contingency.sale,
    CORRECT: _correct,
    HAND_OVER: _hand_over,
}
