"""The incident's record on disk: append-only, one event a line, on stable storage before anything new is shown.

Several windows may write to one record: each append holds a lock for its moment, and takes in first what others have
written. A disk that is full or cannot be written never stops the guidance: the events wait in memory, each append
tries again, and the caller is told.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from toolkit.clock import Clock, Moment
from toolkit.incident.state import Event, Told
from toolkit.record import jumps, private
from toolkit.record.appender import Appender
from toolkit.record.chain import ORIGIN, Damage, Segment, head, read
from toolkit.record.copies import Copies
from toolkit.record.lock import PATIENCE
from toolkit.record.reading import EMPTY, Record, continued, load
from toolkit.record.waiting import Waiting


class Journal:
    """The record of one incident, open for writing."""

    def __init__(self, folder: Path, clock: Clock, who: str, record: Record = EMPTY) -> None:
        self.folder = folder
        self.problem = ""
        self.who = who
        self.seq = record.lines[-1].seq if record.lines else 0
        self.marked = 0  # the number of the entry that `mark` was called after
        self._head = record.lines[-1].hash if record.lines else ORIGIN
        self._clock = clock
        self._watch = jumps.watch(record.lines)
        self._held = False
        self._failed = False
        self._overtaken = False
        self._waiting = Waiting()
        self._copies = Copies(folder)
        self._news: Told = []  # what others wrote and nobody was told yet
        self._file = Appender(folder, record.number, record.last.size)
        self._damage = record.last.damage
        if self._damage:  # a damaged file is kept as it is, and the record goes on in a new one
            self._file.turn(record.number + 1)

    def mend(self) -> Told:
        """Record the damage that this journal goes on from."""
        if not self._damage:
            return []
        return self.append(continued(self._head, self._damage))

    @property
    def recorded(self) -> bool:
        """Whether everything so far is on disk."""
        return not self._waiting

    @property
    def last(self) -> int:
        """The number of the last entry; of one that waits it may still change."""
        return self.seq + len(self._waiting)

    def mark(self) -> None:
        """Keep the number of the last entry, up to date."""
        self.marked = self.last

    def overtaken(self) -> Told | None:
        """All events in the order of the record, where others wrote before what waited here and was told already.

        None where nothing was overtaken since the last look, or where the disk cannot be read now.
        """
        if self._overtaken:
            with suppress(OSError):
                known = load(self.folder).events(self.seq)  # what is behind it will be told
                self._overtaken = False
                return [*known, *self._waiting.events()]
        return None

    @property
    def head(self) -> str:
        """The head code of what is on disk."""
        return head(self._head)

    def append(self, *events: Event) -> Told:
        """Write `events` and force them to stable storage; returns what others wrote meanwhile, then `events`.

        When that fails they wait, `recorded` is False and `problem` says why.
        """
        held, now, added = self._held, self._clock.now(), False
        try:
            self._enter()
            self._copies.again()
            self._add(now, *events)
            added = True
            if self._waiting:
                self._write()
            self.problem = ""
        except OSError as error:
            self._fail(error)
        finally:
            if not held:
                self._leave()
        if not added:
            self._add(now, *events)
        return self._heard()

    def catch_up(self) -> Told:
        """Write what waits; returns what others have written since the last look, and a jump of the clock."""
        return self.append()

    @contextmanager
    def held(self) -> Iterator[Told]:
        """Nobody else writes meanwhile; yields what `catch_up` returns, so that a decision rests on it.

        Where the disk has no locks, or cannot be written, it goes on without.
        """
        try:
            try:
                self._enter()
            except OSError as error:
                self._fail(error)
            self._add(self._clock.now())
            yield self._heard()
        finally:
            self._leave()

    def _add(self, now: Moment, *events: Event) -> None:
        """`events` wait, behind a jump of the clock that nobody has told yet."""
        jump = self._watch.jump(now)
        for one in (jumps.event(jump, now), *events) if jump else events:
            self._news.append((one, self._waiting.add(one, now, self.who)))

    def keep(self, name: str, raw: bytes, *, waits: bool = False) -> str:
        """Put a file beside the record, whole or not at all; returns the empty string, or why it could not be kept.

        One that `waits` is then tried again before each entry.
        """
        return self._copies.keep(name, raw, waits=waits)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _found(self, event: Event) -> None:
        """Something about the record itself, which stands before what waits."""
        now = self._clock.now()
        self._news.append((event, self._waiting.add(event, now, self.who, first=True)))
        self._shift(1)

    def _shift(self, by: int, behind: int = 0) -> None:  # entries have come before those that wait
        if self.marked > self.seq + behind:
            self.marked += by
        self._waiting.shift(self.seq + behind, by)

    def _heard(self) -> Told:
        told, self._news = self._news, []
        return told

    def _fail(self, error: OSError) -> None:
        """Say why; the next append begins with a file opened anew, for a disk may have been put back."""
        self.problem = error.strerror or str(error)
        self._failed = True

    def _leave(self) -> None:
        """Others may write."""
        self._held = False
        if self._failed:
            self._file.close()
        else:
            self._file.let_go()
        self._failed = False

    def _enter(self) -> None:
        """Open the file to go on in, while nobody else writes to it, and take in what others have written.

        That is another one where there is damage, or where this one was cut or taken away. Somebody who hangs with the
        lock in hand is waited for only once.
        """
        while True:
            self._file.take(0 if self.problem else PATIENCE)
            if self._file.followed():
                with suppress(OSError):
                    self._take_in(self._file.behind())
            elif self._file.cut():
                self._found(continued(self._head, [Damage(self._file.number, 0, "cut")]))
            elif not (damage := self._read_on()):
                self._held = True
                return
            else:
                self._found(continued(self._head, damage))
            self._waiting.sent = []
            self._file.turn(self._file.number + 1)

    def _read_on(self) -> tuple[Damage, ...]:
        """Take in what others have written; what a crash left behind it is set aside and recorded.

        Where some of it cannot be read it stays as it is: returns the damage.
        """
        if not self._file.grown():
            return ()
        raw = self._file.behind()
        if self._waiting.only(raw):  # our own, which could not be taken back then
            self._file.take_back()
            return ()
        known, part = self._file.size, self._take_in(raw)
        if part.damage:
            before = self._file.lines(known)
            return tuple(d._replace(line=d.line + before) for d in part.damage)
        if part.tail:
            self._file.set_aside(part.tail)
            self._found(Event("torn", {"bytes": len(part.tail)}))
        return ()

    def _take_in(self, raw: bytes) -> Segment:
        """Whole lines behind what is known become known; those of ours wait no longer."""
        part = read(raw, self._head, self._file.number)
        ours = self._waiting.among(raw)
        self._waiting.written(ours)
        self._file.size += part.size
        self._overtaken |= len(part.lines) > ours and bool(self._waiting)
        self._shift(len(part.lines) - ours, behind=ours)
        if part.lines:
            self._head, self.seq = part.lines[-1].hash, part.lines[-1].seq
        for line in part.lines[ours:]:
            self._watch.heard(line.at, line.mono, jumps.told(line))
            if line.kind == "sale" and isinstance(line.data.get("n"), int):
                self._waiting.make_way(line.data.get("activation"), line.data["n"])
            self._news.append((Event(line.kind, private.opened(self.folder, line.data)), line.at))
        return part

    def _write(self) -> None:
        """What waits on stable storage, after the texts it names, or none of it: no half a line stays behind."""
        files = self._waiting.files()
        if files:
            private.keep(self.folder, files)
        lines, last = self._waiting.lines(self._head, self.seq)
        raw = b"".join(lines)
        self._waiting.sent = lines
        try:
            self._file.put(raw)
        except OSError:
            with suppress(OSError):
                self._file.take_back()
                self._waiting.sent = []
            raise
        self._file.size += len(raw)
        self._head, self.seq = last, self.seq + len(lines)
        self._waiting.written(len(lines))
