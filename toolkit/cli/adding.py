"""Commands that add to a record beside a run: note, handover, late-entry."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from toolkit import exits
from toolkit.cli import incident
from toolkit.cli.incident import asker_of
from toolkit.cli.setting import Setting
from toolkit.cli.single import ended, entry
from toolkit.clock import local
from toolkit.console import say
from toolkit.content.library import Heading
from toolkit.diagnostics import ToolkitError
from toolkit.guard import clean
from toolkit.incident import machine
from toolkit.incident.state import Event, State
from toolkit.record import incidents
from toolkit.record.incidents import Seen
from toolkit.sitting import paper

_NAME: Final = re.compile("[0-9]{8}-[0-9]{4}-[a-z]{3}|[0-9]{4}-[a-z]{3}|[bcdfghkmnpqrstvwxz]{3}")


def note(setting: Setting, words: Sequence[str], by: str) -> int:
    """Add a note to the latest open incident, or to the one whose name (kqx will do) is the first of several words."""
    named = words[0] if len(words) > 1 and _NAME.fullmatch(words[0]) else None
    text = " ".join(words[1:] if named else words).strip()
    clean(text, by)
    if not text:
        say([setting.words("refused.no-note")])
        return exits.FINDINGS
    with entry(setting, _target(setting, named), by) as session:
        session.tell(Event("noted", {"text": text}, ("text",)))
        if session.journal.recorded:
            session.say("adding.noted", n=session.last_told, incident=session.incident)
        return ended(session)


def handover(setting: Setting, to: str, name: str | None, by: str) -> int:
    """A named person goes on with the incident; what that person needs to know is shown."""
    clean(to, by)
    seen = _target(setting, name)
    if seen.state.closed:
        say([setting.words("refused.closed-already")])
        return exits.FINDINGS
    with entry(setting, seen, by) as session:
        if not session.does(machine.hand_over(to, session.who)):
            return exits.FINDINGS
        if session.journal.recorded:
            session.say("beside.handed-over", name=to.strip())
        say(session.screen.board.overview(session.incident, session.state, session.moment()))
        return ended(session)


def _target(setting: Setting, name: str | None) -> Seen:
    return incidents.latest(setting.data) if name is None else incidents.find(setting.data, name)


def late_entry(setting: Setting, target: str, text: str, at: str, answers: Path | None, by: str) -> int:
    """Enter what was done on paper: `text` as one entry, or without it a guided run with the time of each step.

    `target` is an incident, or the card of a runbook for a new one.
    """
    clean(text, by)
    happened = _time(setting, at) if at else ""
    seen = _known(setting, target)
    if text.strip():
        if isinstance(seen, Heading):
            raise ToolkitError("late-text-card", status=exits.USAGE)
        return _text(setting, seen, text.strip(), happened, by)
    if isinstance(seen, Seen) and _over(seen.state):
        raise ToolkitError("late-over", status=exits.NOTHING, incident=seen.name)
    asker = asker_of(setting, answers)
    if not happened and asker.scripted and isinstance(seen, Heading):
        raise ToolkitError("late-no-time", status=exits.USAGE)
    if not happened and not asker.scripted:
        happened = paper.first(asker, setting.words, setting.clock.now())
    if isinstance(seen, Heading):
        return incident.begin(setting, seen, asker, by, late=happened)
    return incident.go_on(setting, seen, asker, by, happened)


def _over(state: State) -> bool:
    return state.closed or not (state.current or state.in_force or state.open_items)


def _time(setting: Setting, typed: str) -> str:
    at = paper.time_of(typed, setting.clock.now())
    if at is None:
        raise ToolkitError("bad-time", status=exits.USAGE)
    return at


def _known(setting: Setting, target: str) -> Seen | Heading:
    """The incident, else the runbook; ToolkitError (status 3) if it is neither."""
    try:
        return incidents.find(setting.data, target)
    except ToolkitError as error:
        if error.code != "no-incident":
            raise
    return setting.library.heading(target)


def _text(setting: Setting, seen: Seen, text: str, happened: str, by: str) -> int:
    if not happened:
        raise ToolkitError("late-no-time", status=exits.USAGE)
    with entry(setting, seen, by) as session:
        session.tell(Event("late-entry", {"text": text, "happened": happened}, ("text",)))
        if session.journal.recorded:
            at = local(happened, session.screen.zone, "%Y-%m-%d %H:%M")
            session.say("late.entered", n=session.last_told, incident=session.incident, at=at)
        return ended(session)
