"""What was done on paper is entered late: each step is asked when it was done, and every event says so."""

from collections.abc import Callable
from typing import Final

from toolkit.clock import Moment, instant, local, seconds, utc
from toolkit.console import Ask, Asker, Gone, say
from toolkit.incident import replies
from toolkit.incident.replies import Reply
from toolkit.sitting.session import Session
from toolkit.text import Words

_DAY: Final = 86_400
_AHEAD: Final = 3600  # seconds by which the computer's clock may be behind that of whoever wrote the paper


def begin(session: Session, happened: str) -> None:
    """From here on what was done before is entered; `happened` is when the first of it was done (UTC), if known.

    Time boxes say nothing meanwhile. The way out of one is offered where by the paper its time was over.
    """
    session.happened = happened
    session.screen.late = True
    session.warn("late.begins")


def when(session: Session, carry_out: Callable[[Reply], bool]) -> bool:
    """Ask when the step in hand was done; False when a command led away from it, True at once in any other sitting."""
    if not session.late:
        return True
    run = session.run
    what = Ask("at", run.card, run.cursor.step or "", "at")
    say([""])
    while True:
        now, before = session.clock.now(), session.happened
        key = "late.when-again" if before else "late.when"
        typed = session.asker.ask(session.words(key, at=local(before, now.zone, "%m-%d %H:%M") if before else ""), what)
        found = None if session.asker.scripted else replies.command(typed)
        if found:
            if carry_out(found):
                return False
            continue
        if before and replies.same(typed):
            return True
        at = time_of(typed, now, before)
        if at:
            session.happened = at
            return True
        session.say("late.no-time")
        session.asker.refuse(what, typed, "")


def first(asker: Asker, words: Words, now: Moment) -> str:
    """When the first of it was done (UTC), asked before anything is recorded; raises Gone when the person stops."""
    while True:
        typed = asker.ask(words("late.first"), Ask("line", "", ""))
        if replies.stops(typed):
            raise Gone("stopped")
        at = time_of(typed, now)
        if at:
            return at
        say([words("late.no-time")])


def time_of(typed: str, now: Moment, before: str = "") -> str | None:
    """A time on paper as UTC, None if it is none or lies ahead of `now`.

    Without a date it is the last such time, or the one nearest to `before` (UTC), what was done before it.
    """
    value = replies.time(typed)
    if not value:
        return None
    at = seconds(instant(value, now))
    latest = seconds(now.utc) + _AHEAD
    if before and " " not in value:
        at += _DAY * round((seconds(before) - at) / _DAY)
        at -= _DAY if at > latest else 0
    return utc(at) if at <= latest else None
