"""The incident's record on disk: append-only, one event a line, on stable storage before anything new is shown.

Several windows may write to one record: each append holds a lock for its moment, and takes in first what others have
written. A disk that is full or cannot be written never stops the guidance: the events wait in memory, each append
tries again, and the caller is told.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

from toolkit import private
from toolkit.chain import ORIGIN, Damage, Line, Segment, encode, head, read
from toolkit.clock import Clock, Moment, seconds
from toolkit.files import FLAGS, replace, sync_folder, write_all, write_new
from toolkit.lock import hold
from toolkit.state import Event

Told = list[tuple[Event, str]]  # events with their times (UTC), to be folded into the state in this order

_JUMP: Final = 2.0  # seconds by which wall and monotonic clock may part before it counts as a jump
_NS: Final = 1_000_000_000


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

    def events(self) -> Told:
        """The events with their times, for a replay."""
        return [(Event(line.kind, line.data), line.at) for line in self.lines]


def segment_path(folder: Path, number: int) -> Path:
    """The file of a segment: journal.jsonl, journal.2.jsonl, …"""
    return folder / ("journal.jsonl" if number == 1 else f"journal.{number}.jsonl")


def load(folder: Path) -> Record:
    """The record in `folder`, read only; an absent file is an empty record. Raises OSError when it cannot be read."""
    record = load_sealed(folder)
    return record._replace(lines=tuple(_opened(folder, line) for line in record.lines))


def load_sealed(folder: Path) -> Record:
    """The same with the digests of sealed texts instead of the texts."""
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


def _opened(folder: Path, line: Line) -> Line:
    data = private.opened(folder, line.data)
    return line if data is line.data else line._replace(data=data)


class _Waiting(NamedTuple):
    """An event that is not on disk yet: as it is told, as it is recorded, and the files of its sealed texts."""

    event: Event
    sealed: Mapping[str, Any]
    files: Mapping[str, bytes]
    now: Moment
    who: str


class Journal:
    """The record of one incident, open for writing."""

    def __init__(self, folder: Path, clock: Clock, who: str, record: Record | None = None) -> None:
        self.folder = folder
        self.problem = ""
        self.who = who
        self._clock = clock
        self._fd = -1
        self._pending: list[_Waiting] = []
        self._drift: int | None = None
        self._held = False
        self._failed = b""
        record = record or Record((), (), Segment((), (), 0, b""), 1)
        self._last = record.lines[-1].at if record.lines else ""
        self.seq = record.lines[-1].seq if record.lines else 0
        self._head = record.lines[-1].hash if record.lines else ORIGIN
        self._number = record.number
        self._size = record.last.size
        self._damage = record.last.damage
        if record.last.damage:  # a damaged file is kept as it is, and the record goes on in a new one
            self._number, self._size = record.number + 1, 0

    def mend(self) -> Told:
        """Record the damage that this journal goes on from."""
        if not self._damage:
            return []
        where = [f"{d.segment}:{d.line} {d.reason}" for d in self._damage]
        return self.append(Event("continued", {"after": self._head, "damage": where}))

    @property
    def recorded(self) -> bool:
        """Whether everything so far is on disk."""
        return not self._pending

    @property
    def head(self) -> str:
        """The head code of what is on disk."""
        return head(self._head)

    def append(self, event: Event) -> Told:
        """Write `event` and force it to stable storage; returns what others wrote meanwhile, then `event`.

        When that fails the event waits, `recorded` is False and `problem` says why.
        """
        now = self._clock.now()
        told = [*self._jump(now), (event, now.utc)]
        self._wait(event, now)
        return [*self._flush(), *told]

    def catch_up(self) -> Told:
        """What others have written since the last look."""
        return self._flush()

    @contextmanager
    def held(self) -> Iterator[Told]:
        """Nobody else writes meanwhile; yields what others have written, so that a decision rests on it.

        Where the disk has no locks, or cannot be written, it goes on without.
        """
        told: Told = []
        with ExitStack() as stack:
            try:
                stack.enter_context(self._locked())
                told = self._read_on()
            except OSError as error:
                self.problem = error.strerror or str(error)
            self._held = True
            try:
                yield told
            finally:
                self._held = False

    def _wait(self, event: Event, now: Moment) -> None:
        sealed, files = private.seal(event.data, event.private) if event.private else (event.data, {})
        self._pending.append(_Waiting(event, sealed, files, now, self.who))

    def _jump(self, now: Moment) -> Told:
        """The clock's jump since the last event, as an event; a clock that is behind the record has jumped back."""
        drift, before = now.wall - now.mono, self._drift
        self._drift = drift
        if before is not None:
            by = (drift - before) / _NS
        else:
            by = min(seconds(now.utc) - seconds(self._last), 0.0) if self._last else 0.0
        if abs(by) <= _JUMP:
            return []
        event = Event("clock-jumped", {"by": str(round(by, 1)), "known": now.sleeps or by < 0})
        self._wait(event, now)
        return [(event, now.utc)]

    def _flush(self) -> Told:
        try:
            if self._held:
                return self._write()
            with self._locked():
                return self._write()
        except OSError as error:
            self.problem = error.strerror or str(error)
            self.close()
            return []

    @contextmanager
    def _locked(self) -> Iterator[None]:
        if self._fd < 0:
            self._open()
        with hold(self._fd):
            yield

    def _write(self) -> Told:
        if self._fd < 0:
            self._open()
        told = self._read_on()
        raw, last, seq = b"", self._head, self.seq
        for one in self._pending:
            seq += 1
            now = one.now
            line, last = encode(seq, one.event.kind, now.utc, now.zone, now.mono, one.who, one.sealed, last)
            raw += line
        if raw:
            self._put(raw)
        self._size += len(raw)
        self._head, self.seq, self._pending, self.problem = last, seq, [], ""
        return told

    def _put(self, raw: bytes) -> None:
        """Lines on stable storage with the texts they name, or none of them: no half a line stays behind."""
        for one in self._pending:
            if one.files:
                private.keep(self.folder, one.files)
        try:
            write_all(self._fd, raw)
            os.fsync(self._fd)
        except OSError:
            self._failed = raw
            with suppress(OSError):
                os.ftruncate(self._fd, self._size)
                self._failed = b""
            raise

    def _read_on(self) -> Told:
        """What others have written behind our last line; what a crash left there is set aside and recorded."""
        size = os.fstat(self._fd).st_size
        if size <= self._size:
            return []
        path = segment_path(self.folder, self._number)
        with path.open("rb") as file:
            file.seek(self._size)
            raw = file.read(size - self._size)
        if self._failed and self._failed.startswith(raw):  # our own, which could not be taken back then
            os.ftruncate(self._fd, self._size)
            self._failed = b""
            return []
        part = read(raw, self._head, self._number)
        self._size += part.size
        if part.lines:
            self._head, self.seq = part.lines[-1].hash, part.lines[-1].seq
        told = [(Event(line.kind, private.opened(self.folder, line.data)), line.at) for line in part.lines]
        if part.tail:
            write_new(path.with_name(f"{path.name}.torn"), part.tail, append=True)
            os.ftruncate(self._fd, self._size)
            torn, now = Event("torn", {"bytes": len(part.tail)}), self._clock.now()
            self._pending.insert(0, _Waiting(torn, torn.data, {}, now, self.who))
            told.append((torn, now.utc))
        return told

    def _open(self) -> None:
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        self._fd = os.open(segment_path(self.folder, self._number), FLAGS, 0o600)
        sync_folder(self.folder)
        sync_folder(self.folder.parent)

    def keep(self, name: str, raw: bytes) -> str:
        """Put a file beside the record, whole or not at all; returns the empty string, or why it could not be kept."""
        try:
            os.makedirs((self.folder / name).parent, mode=0o700, exist_ok=True)
            replace(self.folder / name, raw)
        except OSError as error:
            return error.strerror or str(error)
        return ""

    def close(self) -> None:
        """Let go of the file."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
