"""The incident's record on disk: append-only, one event a line, on stable storage before anything new is shown.

A disk that is full or cannot be written never stops the guidance: the events wait in memory, each append tries
again, and the caller is told.
"""

import os
from pathlib import Path
from typing import Final, NamedTuple

from toolkit.chain import ORIGIN, Damage, Line, Segment, encode, head, read
from toolkit.clock import Clock
from toolkit.state import Event

_FLAGS: Final = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)


class Record(NamedTuple):
    """What is on disk: the intact lines of all segments, the damage in them, and the last segment with its number."""

    lines: tuple[Line, ...]
    damage: tuple[Damage, ...]
    last: Segment
    number: int

    @property
    def head(self) -> str:
        """The head code, to be compared with the one on paper."""
        return head(self.lines[-1].hash if self.lines else ORIGIN)

    def events(self) -> list[tuple[Event, str]]:
        """The events with their times, for a replay."""
        return [(Event(line.kind, line.data), line.at) for line in self.lines]


def segment_path(folder: Path, number: int) -> Path:
    """The file of a segment: journal.jsonl, journal.2.jsonl, …"""
    return folder / ("journal.jsonl" if number == 1 else f"journal.{number}.jsonl")


def load(folder: Path) -> Record:
    """The record in `folder`, read only; an absent file is an empty record. Raises OSError when it cannot be read."""
    lines: list[Line] = []
    damage: list[Damage] = []
    number = 0
    part = Segment((), (), 0, b"")
    while number == 0 or segment_path(folder, number + 1).exists():
        number += 1
        path = segment_path(folder, number)
        raw = path.read_bytes() if path.exists() else b""
        part = read(raw, lines[-1].hash if lines else ORIGIN, number)
        lines += part.lines
        damage += part.damage
    return Record(tuple(lines), tuple(damage), part, number)


class Journal:
    """The record of one incident, open for writing. The caller holds the incident's lock."""

    def __init__(self, folder: Path, clock: Clock, who: str, record: Record | None = None) -> None:
        self.folder = folder
        self.problem = ""
        self._clock = clock
        self._who = who
        self._fd = -1
        self._pending = b""
        record = record or Record((), (), Segment((), (), 0, b""), 1)
        self._seq = record.lines[-1].seq if record.lines else 0
        self._head = record.lines[-1].hash if record.lines else ORIGIN
        self._number = record.number
        self._size = record.last.size
        self._tail = record.last.tail
        if record.last.damage:  # a damaged file is kept as it is, and the record goes on in a new one
            self._number, self._size, self._tail = record.number + 1, 0, b""

    def mend(self, record: Record) -> None:
        """Record what was found amiss in `record`, which this journal goes on from."""
        if record.last.damage:
            where = [f"{d.segment}:{d.line} {d.reason}" for d in record.last.damage]
            self.append(Event("continued", {"after": self._head, "damage": where}))
        elif record.last.tail:
            self.append(Event("torn", {"bytes": len(record.last.tail)}))

    @property
    def recorded(self) -> bool:
        """Whether everything so far is on disk."""
        return not self._pending

    @property
    def head(self) -> str:
        """The head code of what has been said so far."""
        return head(self._head)

    def append(self, event: Event) -> tuple[Event, str]:
        """Write `event` and force it to stable storage; returns it with its time.

        When that fails the event waits, `recorded` is False and `problem` says why.
        """
        now = self._clock.now()
        self._seq += 1
        line, self._head = encode(self._seq, event.kind, now.utc, now.zone, now.mono, self._who, event.data, self._head)
        self._pending += line
        self._flush()
        return event, now.utc

    def _flush(self) -> None:
        try:
            if self._fd < 0:
                self._open()
            written = 0
            while written < len(self._pending):
                written += os.write(self._fd, self._pending[written:])
            os.fsync(self._fd)
        except OSError as error:
            self.problem = error.strerror or str(error)
            self._take_back()
        else:
            self._size += len(self._pending)
            self._pending = b""
            self.problem = ""

    def _open(self) -> None:
        """Open the segment; what a crash left behind its last whole line is set aside first."""
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        path = segment_path(self.folder, self._number)
        if self._tail:
            _write_new(path.with_name(f"{path.name}.torn"), self._tail, append=True)
            self._tail = b""
        self._fd = os.open(path, _FLAGS, 0o600)
        os.ftruncate(self._fd, self._size)
        sync_folder(self.folder)
        sync_folder(self.folder.parent)

    def _take_back(self) -> None:
        """Leave no half a line: cut the file where the last whole one ends, and open it anew next time."""
        if self._fd >= 0:
            try:
                os.ftruncate(self._fd, self._size)
            except OSError:
                pass
            os.close(self._fd)
            self._fd = -1

    def keep(self, name: str, raw: bytes) -> str:
        """Put a file beside the record, whole or not at all; returns the empty string, or why it could not be kept."""
        path = self.folder / name
        part = self.folder / f"{name}.part"
        try:
            os.makedirs(self.folder, mode=0o700, exist_ok=True)
            _write_new(part, raw)
            os.replace(part, path)
            sync_folder(self.folder)
        except OSError as error:
            return error.strerror or str(error)
        return ""

    def close(self) -> None:
        """Let go of the file."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def _write_new(path: Path, raw: bytes, *, append: bool = False) -> None:
    fd = os.open(path, _FLAGS if append else _FLAGS | os.O_TRUNC, 0o600)
    try:
        written = 0
        while written < len(raw):
            written += os.write(fd, raw[written:])
        os.fsync(fd)
    finally:
        os.close(fd)


def sync_folder(folder: Path) -> None:
    """Force a folder's entries to stable storage, where the system can."""
    if os.name == "posix":
        fd = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
