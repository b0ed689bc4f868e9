"""The folder of incidents: each holds its journal, its lock and the text that its runs follow."""

import os
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from toolkit import exits
from toolkit.clock import Clock, Moment, local
from toolkit.diagnostics import ToolkitError
from toolkit.files import make_folder, sync_folder
from toolkit.guard import masked
from toolkit.incident.fold import replay
from toolkit.incident.state import State
from toolkit.record import tombstones
from toolkit.record.glance import over, settled
from toolkit.record.journal import Journal
from toolkit.record.lock import Busy, Lock
from toolkit.record.reading import EMPTY, Record, load, unchanged

_DRAWS: Final = 10_000  # of 5,832 names; by then hardly one is free


class Seen(NamedTuple):
    """An incident as read from disk."""

    name: str
    folder: Path
    record: Record
    state: State


class Opened(NamedTuple):
    """An incident open for writing: its journal, its lock (None where the disk has none), its state, what was there."""

    name: str
    journal: Journal
    lock: Lock | None
    state: State
    record: Record = EMPTY

    def close(self) -> None:
        """Let go of both."""
        self.journal.close()
        if self.lock:
            self.lock.release()


def begin(data: Path, clock: Clock, who: str) -> Opened:
    """A new incident; where its folder cannot be made, the journal keeps trying and the guidance goes on."""
    used = {letters(folder.name) for folder in folders(data)} | {letters(name) for name in tombstones.names(data)}
    while True:
        folder = data / "incidents" / _new_name(clock.now(), used)
        try:
            make_folder(folder.parent)
            os.mkdir(folder, 0o700)
            sync_folder(data)
        except FileExistsError:
            if folder.exists():
                continue  # the name is taken: another one
        except OSError:
            pass
        return Opened(folder.name, Journal(folder, clock, named(who)), _lock(folder, clock.now()), State())


def reopen(seen: Seen, clock: Clock, who: str) -> Opened:
    """An incident that is there, for going on; ToolkitError `busy` (status 7) if another window holds it."""
    held = _lock(seen.folder, clock.now())
    return _opened(seen, clock, who, held)


def hold(seen: Seen, clock: Clock) -> Lock | None:
    """Keep others from going on with an incident; None where the disk has no locks, ToolkitError `busy` (7) if held."""
    return _lock(seen.folder, clock.now())


def enter(seen: Seen, clock: Clock, who: str) -> Opened:
    """An incident that is there, for a single entry beside whoever goes on with it in another window."""
    return _opened(seen, clock, who, None)


def _opened(seen: Seen, clock: Clock, who: str, held: Lock | None) -> Opened:
    if not unchanged(seen.folder, seen.record):
        seen = look(seen.folder)
    journal = Journal(seen.folder, clock, named(who or _handed_to(seen)), seen.record)
    if journal.mend():
        seen = look(seen.folder)
    return Opened(seen.name, journal, held, seen.state, seen.record)


def _handed_to(seen: Seen) -> str:
    """Who goes on with it by the last change of shift; empty where there was none."""
    told = (x.data for x in reversed(seen.record.lines) if x.kind == "handed-over")
    return next((str(data["to"]) for data in told if "to" in data), "")


def named(who: str) -> str:
    """The name for the record: as given, else the computer's user; never card data, on one line."""
    from getpass import getuser

    if not who:
        try:
            who = getuser()
        except (OSError, KeyError, ImportError):
            who = "?"
    return masked(" ".join(who.split()))


def _new_name(now: Moment, used: Collection[str]) -> str:
    """The shop's date and time and three random letters, none of `used` if there are others: 20261123-1042-kqx."""
    from time import gmtime, strftime

    local = gmtime(now.wall // 1_000_000_000 + now.offset)
    for _ in range(_DRAWS):
        drawn = "".join("bcdfghkmnpqrstvwxz"[byte % 18] for byte in os.urandom(3))
        if drawn not in used:
            break
    return f"{strftime('%Y%m%d-%H%M', local)}-{drawn}"


def _lock(folder: Path, now: Moment) -> Lock | None:
    from socket import gethostname

    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        return Lock(folder / "lock", f"{gethostname()} pid {os.getpid()} {now.utc}")
    except Busy as held:
        raise ToolkitError("busy", status=exits.BUSY, incident=folder.name, holder=str(held) or "?") from None
    except OSError:
        return None


def look(folder: Path) -> Seen:
    """The incident in `folder`, read only; ToolkitError `unreadable` if the disk refuses."""
    try:
        record = load(folder)
    except OSError as error:
        raise ToolkitError("unreadable", path=str(folder), reason=error.strerror or error) from error
    return Seen(folder.name, folder, record, replay(record.events()))


def every(data: Path) -> Iterator[Seen | ToolkitError]:
    """Every incident, the latest first; one that cannot be read is the error that says so."""
    for folder in reversed(folders(data)):
        try:
            yield look(folder)
        except ToolkitError as error:
            yield error


def folders(data: Path) -> list[Path]:
    """The folders of the incidents, the earliest first."""
    try:
        return sorted(p for p in (data / "incidents").iterdir() if p.is_dir())
    except OSError:
        return []


def find(data: Path, name: str) -> Seen:
    """The incident `name` (a part of the name that fits only one will do).

    ToolkitError `no-incident` or `several-incidents` (status 3) when there is not exactly one, `purged` when it was
    removed on purpose.
    """
    names = [p.name for p in folders(data)]
    fitting = [n for n in names if n == name] or [n for n in names if name in n]
    if not fitting:
        gone = next((tomb for tomb in tombstones.every(data) if name and name in tomb.incident), None)
        if gone:
            on = local(gone.purged, gone.zone, "%Y-%m-%d")
            raise ToolkitError(
                "purged", status=exits.NOTHING, incident=gone.incident, on=on, by=gone.by, head=gone.head
            )
        raise ToolkitError("no-incident", status=exits.NOTHING, name=name)
    if len(fitting) > 1:
        raise ToolkitError("several-incidents", status=exits.NOTHING, name=name, names=", ".join(fitting[-5:]))
    return look(data / "incidents" / fitting[0])


def unfinished(data: Path, *, drills: bool = False) -> Iterator[Seen]:
    """The incidents that are not closed, the latest first, each read when it is asked for; with `drills` also those.

    One that cannot be read is left out.
    """
    for seen in _readable(data, over):
        if seen.state.runs and not seen.state.closed and (drills or not seen.state.drill):
            yield seen


def owing(data: Path) -> Iterator[Seen]:
    """The incidents that may have something left to settle, the latest first; a drill has not."""
    return (seen for seen in _readable(data, settled) if not seen.state.drill)


def _readable(data: Path, passed: Callable[[Path], bool]) -> Iterator[Seen]:
    """The incidents, the latest first, without those that `passed` tells to pass over or that cannot be read."""
    for folder in reversed(folders(data)):
        if not passed(folder):
            try:
                seen = look(folder)
            except ToolkitError:
                continue
            yield seen


def called(data: Path, name: str) -> Iterator[Seen]:
    """The incidents of that name or of those three letters, the latest first; ToolkitError `unreadable`."""
    for folder in reversed(folders(data)):
        if name in {folder.name, letters(folder.name)}:
            yield look(folder)


def letters(name: str) -> str:
    """The letters of an incident's name, by which people call its items: kqx."""
    return name.rpartition("-")[2]


def latest(data: Path, *, drills: bool = False) -> Seen:
    """The latest incident to go on with, one with a run to follow first; a drill only where `drills` says so.

    ToolkitError `no-open-incident` (status 3) if there is none.
    """
    first = None
    for seen in unfinished(data, drills=drills):
        if seen.state.current is not None:
            return seen
        first = first or seen
    if first is None:
        raise ToolkitError("no-open-incident", status=exits.NOTHING)
    return first
