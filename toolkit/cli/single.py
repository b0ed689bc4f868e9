"""What the commands share that make one entry beside whoever follows a runbook."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from toolkit import exits
from toolkit.cli.incident import session_of
from toolkit.cli.setting import Setting
from toolkit.cli.telling import texts_of
from toolkit.console import Ask, Terminal, say
from toolkit.diagnostics import ToolkitError
from toolkit.incident import replies
from toolkit.record import incidents
from toolkit.record.incidents import Seen
from toolkit.sitting.session import Session


@contextmanager
def entry(setting: Setting, seen: Seen, by: str, *, alone: bool = False) -> Iterator[Session]:
    """A sitting for one entry; `alone` keeps others from going on with the incident meanwhile."""
    opened = (incidents.reopen if alone else incidents.enter)(seen, setting.clock, by)
    try:
        yield session_of(setting, opened, texts_of(setting, seen), Terminal())
    finally:
        opened.close()


def confirmed(setting: Setting, key: str, *, yes: bool) -> bool:
    """Whether a person agrees to what cannot be undone; ToolkitError `unconfirmed` (5) where nobody can be asked."""
    if yes:
        return True
    if sys.stdin is None or sys.stdin.closed or not sys.stdin.isatty():
        raise ToolkitError("unconfirmed", status=exits.NO_TERMINAL)
    agreed = replies.agreed(Terminal().ask(setting.words(key), Ask("line", "", "")))
    if not agreed:
        say([setting.words("confirm.left")])
    return agreed


def ended(session: Session) -> int:
    """The exit status after an entry: whether it is on disk. What is not goes with this window, and that is said."""
    if session.journal.recorded:
        return exits.OK
    session.warn("deciding.lost")
    return exits.NOT_RECORDED
