"""Incidents that are over are removed after a time and leave a tombstone; what is open or damaged is never touched."""

import os
import re
import shutil
from calendar import monthrange
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from toolkit.clock import Clock, Moment, seconds, span, utc
from toolkit.files import sync_folder
from toolkit.incident.state import State
from toolkit.record import audit, incidents, tombstones
from toolkit.record.incidents import Seen
from toolkit.record.tombstones import Tomb

PURGING: Final = "purging"  # what is being removed lies here, so that nobody meets half an incident
YOUNG: Final = "young"
_AGE: Final = re.compile(
    r"P(?=[0-9T])(?:([0-9]{1,3})Y)?(?:([0-9]{1,4})M)?((?:[0-9]{1,4}W)?(?:[0-9]{1,5}D)?(?:T(?=[0-9])"
    r"(?:[0-9]{1,5}H)?(?:[0-9]{1,6}M)?)?)"
)


class Fate(NamedTuple):
    """What becomes of an incident: `why` it stays (the end of a words key `purge.stays.<why>`), empty if it may go."""

    incident: str
    folder: Path
    why: str
    last: str = ""
    zone: str = "+00:00"


def cutoff(age: str, now: Moment) -> str | None:
    """The moment (UTC) that lies `age` back, an ISO 8601 duration; None if it is none. Years and months by calendar."""
    found = _AGE.fullmatch(age.strip().upper())
    if not found:
        return None
    years, months = int(found.group(1) or 0), int(found.group(2) or 0)
    year, month, day = (int(part) for part in now.day.split("-"))
    back = year * 12 + month - 1 - years * 12 - months
    year, month = back // 12, back % 12 + 1
    if year < 1970:
        return utc(0)
    gone = _days(year, month, min(day, monthrange(year, month)[1])) - _days(*(int(p) for p in now.day.split("-")))
    rest = span(f"P{found.group(3)}") if found.group(3) else 0
    return utc(max(seconds(now.utc) + gone * 86_400 - rest, 0))


def _days(year: int, month: int, day: int) -> int:
    from datetime import date

    return date(year, month, day).toordinal()


def judged(data: Path, before: str) -> list[Fate]:
    """Every incident, the earliest first: whether it may go, being over and its last entry older than `before`."""
    return [_fate(data, folder, before) for folder in incidents.folders(data)]


def _fate(data: Path, folder: Path, before: str) -> Fate:
    name = folder.name
    if folder.is_symlink():
        return Fate(name, folder, "link")
    try:
        found = audit.audit(folder)
    except OSError:
        return Fate(name, folder, "unreadable")
    last = found.last
    if last is None or not found.sound:
        return Fate(name, folder, "damaged")
    stone = tombstones.read(data, name)
    begun = stone is not None and (stone.head, stone.entries) == (found.head, found.entries)
    why = _stays(found.state) or ("" if begun or last.at < before else YOUNG)
    return Fate(name, folder, why, last.at, last.zone)


def _stays(state: State) -> str:
    if not state.closed:
        return "open"
    return "items" if state.open_items and not state.drill else ""


def purge(data: Path, fate: Fate, clock: Clock, by: str) -> None:
    """Remove an incident that may go; raises OSError, or ToolkitError `busy` while somebody is at it.

    The tombstone is on stable storage first. Then the folder leaves the incidents at one stroke, and only then is it
    taken apart: wherever a crash comes, there is the whole incident, or its tombstone and a rest for `finish`.
    """
    seen = incidents.look(fate.folder)
    held = incidents.hold(seen, clock)
    try:
        tombstones.write(data, _tomb(seen, clock.now(), by))
        place = data / PURGING
        place.mkdir(mode=0o700, exist_ok=True)
        if held and os.name == "nt":  # there an open file keeps its folder where it is
            held.release()
        fate.folder.rename(place / fate.incident)
        sync_folder(fate.folder.parent)
        sync_folder(place)
    finally:
        if held:
            held.release()
    _remove(place / fate.incident)


def left_over(data: Path) -> list[Path]:
    """What an interrupted purge has left to remove."""
    place = data / PURGING
    try:
        rests = sorted(p for p in place.iterdir() if p.is_dir() and not p.is_symlink())
    except OSError:
        return []
    return [rest for rest in rests if tombstones.read(data, rest.name)]


def finish(data: Path) -> None:
    """Remove what an interrupted purge has left; raises OSError."""
    for rest in left_over(data):
        _remove(rest)


def _remove(folder: Path) -> None:
    shutil.rmtree(folder)  # a link inside is removed, not what it leads to
    with suppress(OSError):
        folder.parent.rmdir()  # when it was the last


def _tomb(seen: Seen, now: Moment, by: str) -> Tomb:
    lines, runs = seen.record.lines, seen.state.runs
    return Tomb(
        seen.name,
        lines[0].at,
        lines[-1].at,
        lines[-1].zone,
        len(lines),
        seen.record.head,
        seen.state.drill,
        list(dict.fromkeys(run.card for run in runs)),
        list(dict.fromkeys(run.runbook for run in runs if run.outcome is not None)),
        now.utc,
        by,
    )
