"""The folder of incidents: each holds its journal, its lock and the runbooks as they were when their runs began."""

import os
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

from toolkit import model
from toolkit.clock import Clock, Moment
from toolkit.diagnostics import ToolkitError
from toolkit.journal import Journal, Record, load
from toolkit.library import Heading, Library
from toolkit.lock import Busy, Lock
from toolkit.machine import Run, State, replay
from toolkit.model import Field, Rule, Runbook, Step

_REFERENCE: Final = ("rules", "evidence")


class Pinned(NamedTuple):
    """A runbook with the rules and evidence it was written against, as they were when the run began."""

    book: Runbook
    rules: dict[str, Rule]
    evidence: dict[str, Field]
    digest: str

    def step(self, run: Run) -> Step:
        """The step that `run` stands at; ToolkitError `step-gone` if the text does not have it."""
        step = self.book.step(run.cursor.step or "")
        if step is None:
            raise ToolkitError("step-gone", status=8, step=run.cursor.step or "-", card=run.card)
        return step


class Seen(NamedTuple):
    """An incident as read from disk."""

    name: str
    folder: Path
    record: Record
    state: State


def data_folder(option: str | None) -> Path:
    """Where incidents and the store file are: `option`, else TILLBOOK_DATA, else the platform's place."""
    chosen = option or os.environ.get("TILLBOOK_DATA")
    if chosen:
        return Path(chosen)
    from platformdirs import user_data_path

    return user_data_path("tillbook", appauthor=False)


def new_name(now: Moment) -> str:
    """A name for an incident: the shop's date and time and three random letters, 20261123-1042-kqx."""
    from time import gmtime, strftime

    local = gmtime(now.wall // 1_000_000_000 + now.offset)
    letters = "".join("bcdfghkmnpqrstvwxz"[byte % 18] for byte in os.urandom(3))
    return f"{strftime('%Y%m%d-%H%M', local)}-{letters}"


def look(folder: Path) -> Seen:
    """The incident in `folder`, read only; ToolkitError `unreadable` if the disk refuses."""
    try:
        record = load(folder)
    except OSError as error:
        raise ToolkitError("unreadable", path=str(folder), reason=error.strerror or error) from error
    return Seen(folder.name, folder, record, replay(record.events()))


def every(data: Path) -> Iterator[Seen]:
    """Every incident, the latest first."""
    place = data / "incidents"
    names = sorted((p for p in place.iterdir() if p.is_dir()), reverse=True) if place.is_dir() else []
    for folder in names:
        yield look(folder)


def find(data: Path, name: str | None) -> Seen:
    """The incident `name` (a part of the name that fits only one will do); without a name the latest open one.

    ToolkitError `no-incident`, `no-open-incident` or `several-incidents` (status 3) when there is not exactly one.
    """
    if name is None:
        for seen in every(data):
            if not seen.state.closed:
                return seen
        raise ToolkitError("no-open-incident", status=3)
    place = data / "incidents"
    names = sorted(p.name for p in place.iterdir() if p.is_dir()) if place.is_dir() else []
    fitting = [n for n in names if n == name] or [n for n in names if name in n]
    if not fitting:
        raise ToolkitError("no-incident", status=3, name=name)
    if len(fitting) > 1:
        raise ToolkitError("several-incidents", status=3, name=name, names=", ".join(fitting[-5:]))
    return look(place / fitting[0])


def lock(folder: Path, now: Moment) -> Lock | None:
    """The incident's lock; None where the folder cannot be written; ToolkitError `busy` (status 7) if it is held."""
    from getpass import getuser
    from socket import gethostname

    try:
        user = getuser()
    except (OSError, KeyError, ImportError):
        user = "?"
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        return Lock(folder / "lock", f"{user}@{gethostname()} pid {os.getpid()} {now.utc}")
    except Busy as held:
        raise ToolkitError("busy", status=7, incident=folder.name, holder=str(held) or "?") from None
    except OSError:
        return None


def pin(journal: Journal, library: Library, heading: Heading) -> str:
    """Keep the runbook and its reference files in the incident's folder; returns the name they are kept under."""
    files = {f"{heading.card}.yaml": library.raw(heading)}
    for name in _REFERENCE:
        files[f"{name}.yaml"] = (library.folder / "reference" / f"{name}.yaml").read_bytes()
    digest = sha256(b"\0".join(files.values())).hexdigest()[:12]
    for name, raw in files.items():
        journal.keep(f"{heading.card}-{digest}/{name}", raw)
    return digest


def pinned(folder: Path, run: Run, fallback: Callable[[], Pinned]) -> Pinned:
    """The text that `run` began with, from its snapshot; `fallback()` where nothing could be kept.

    ToolkitError `snapshot-damaged` (status 8) if it is there and no longer what was kept.
    """
    from toolkit.source import read

    place = folder / f"{run.card}-{run.digest}"
    if not place.is_dir():
        return fallback()
    try:
        raws = [(place / f"{name}.yaml").read_bytes() for name in (run.card, *_REFERENCE)]
    except OSError as error:
        raise ToolkitError("unreadable", path=str(place), reason=error.strerror or error) from error
    if sha256(b"\0".join(raws)).hexdigest()[:12] != run.digest:
        raise ToolkitError("snapshot-damaged", status=8, path=str(place))
    try:
        book, rules, evidence = (read(raw, str(place)).data for raw in raws)
        return Pinned(model.runbook(book), model.rules(rules), model.evidence(evidence), run.digest)
    except (KeyError, TypeError):  # sound when it was kept: a later format of the toolkit cannot read it
        raise ToolkitError("snapshot-damaged", status=8, path=str(place)) from None


def opened(seen: Seen, clock: Clock, who: str) -> tuple[Journal, Lock | None]:
    """The incident's journal for writing, and its lock."""
    held = lock(seen.folder, clock.now())
    fresh = look(seen.folder)
    return Journal(seen.folder, clock, who, fresh.record), held
