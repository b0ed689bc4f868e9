"""Where records are kept, the records themselves, and the window they are read in."""

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from toolkit.console import stands_for_itself
from toolkit.diagnostics import ToolkitError
from toolkit.doctor.finding import FAIL, OK, SKIP, WARN, Finding
from toolkit.doctor.subject import Subject
from toolkit.files import write_all
from toolkit.model import Check
from toolkit.record import lock
from toolkit.shop.probes import PASS, run

_SIZE: Final = 65_536  # bytes; more than an incident's first hour
# Folders that a program copies behind one's back: it may hold a file just when the record is written.
_CLOUDS: Final = ("onedrive", "dropbox", "google drive", "googledrive", "icloud", "nutstore", "坚果云", "baidunetdisk")
_SYMBOLS: Final = "→…—·•×✓¥￥“”「」，。：；？！（）、"


def data_folder(subject: Subject) -> Iterator[Finding]:
    """Whether a record can be kept, whether it fits, and who else can read it."""
    path = os.path.abspath(subject.data)
    reason = _written(subject.data)
    if reason:
        yield Finding("data", FAIL, "data-unwritable", {"path": path, "reason": reason})
    else:
        yield Finding("data", OK, "data-writable", {"path": path})
    for outcome in run([Check("disk")], subject.store, subject.data, subject.clock):
        yield Finding("disk", OK if outcome.result == PASS else WARN, outcome.reason, {}, outcome)
    cloud = _cloud(subject.data)
    if cloud:
        yield Finding("cloud", WARN, "cloud", {"path": path, "name": cloud})
    else:
        yield Finding("cloud", OK, "no-cloud")
    yield _access(subject.data)


def _written(folder: Path) -> str:
    """Write a file, force it to stable storage and remove it; returns "", or why that was not possible."""
    from tempfile import mkstemp

    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        fd, name = mkstemp(prefix=".doctor-", dir=folder)
        try:
            write_all(fd, b"\n" * _SIZE)
            os.fsync(fd)
        finally:
            os.close(fd)
            Path(name).unlink()
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _cloud(folder: Path) -> str:
    parts = folder.resolve().parts
    return next((p for p in parts if any(p.casefold().startswith(c) for c in _CLOUDS)), "")


def _access(data: Path) -> Finding:
    """Who else may look in; the folder of incidents guards what is in it, before there is one the data folder does."""
    if sys.platform == "win32":
        return Finding("access", SKIP, "access-windows")
    place = next((p for p in (data / "incidents", data) if p.is_dir()), None)
    try:
        mode = place.stat().st_mode if place else 0
    except OSError:
        mode = 0
    if place and mode & (stat.S_IRWXG | stat.S_IRWXO):
        return Finding("access", WARN, "access-open", {"path": os.path.abspath(place)})
    return Finding("access", OK, "access-own")


def records(subject: Subject) -> Iterator[Finding]:
    """The records of the incidents that are open, and whether another window has one in hand."""
    names: list[str] = []
    for seen in subject.incidents:
        if isinstance(seen, ToolkitError):
            values = {k: str(v) for k, v in seen.params.items()}
            yield Finding("incidents", FAIL, "incident-unreadable", {"path": "?", "reason": "?", **values})
            continue
        if seen.state.closed or not (seen.record.lines or seen.record.damage):
            continue
        names.append(seen.name)
        if seen.record.damage or not seen.state.runs:
            yield Finding("incidents", FAIL, "incident-damaged", {"incident": seen.name})
        holder = lock.holder(seen.folder / "lock")
        if holder is not None:
            yield Finding("lock", WARN, "lock-held", {"incident": seen.name, "holder": holder or "?"})
    if names:
        yield Finding("incidents", OK, "incidents-open", {"n": str(len(names)), "incidents": " ".join(names[:5])})
    else:
        yield Finding("incidents", OK, "incidents-none")


def console(subject: Subject) -> Iterator[Finding]:
    """What this window can show; what it cannot is shown in the way that a run would show it."""
    encoding = subject.encoding
    lost = "".join(c for c in _SYMBOLS if not stands_for_itself(c, encoding))
    if not stands_for_itself("中", encoding):
        yield Finding("console", WARN, "console-no-chinese", {"encoding": encoding})
    elif lost:
        yield Finding("console", OK, "console-stand-ins", {"encoding": encoding, "shown": " ".join(lost)})
    else:
        yield Finding("console", OK, "console-full", {"encoding": encoding})
