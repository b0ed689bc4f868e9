"""The record of an incident as it is read from disk: every file of it, what is intact and what is not."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from toolkit.incident.state import Event, Told, sale_number
from toolkit.record import private
from toolkit.record.appender import segment_path
from toolkit.record.chain import ORIGIN, Damage, Line, Segment, head, read


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

    def events(self, last: int | None = None) -> Told:
        """The events with their times, for a replay: all of them, or up to the entry of that number."""
        lines = self.lines if last is None else [line for line in self.lines if line.seq <= last]
        return [(Event(line.kind, line.data), line.at) for line in lines]


EMPTY: Final = Record((), (), Segment((), (), 0, b""), 1)


def load(folder: Path) -> Record:
    """The record in `folder`, read only; an absent file is an empty record. Raises OSError when it cannot be read."""
    record = load_sealed(folder)
    return record._replace(lines=tuple(_numbered(_opened(folder, line) for line in record.lines)))


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


def unchanged(folder: Path, record: Record) -> bool:
    """Whether nothing was written since `record` was read."""
    try:
        size = segment_path(folder, record.number).stat().st_size
    except OSError:
        return False
    return size == record.last.size + len(record.last.tail) and not segment_path(folder, record.number + 1).exists()


def continued(after: str, damage: Iterable[Damage]) -> Event:
    """The event with which a record goes on in a new file, behind the line with the hash `after`."""
    return Event("continued", {"after": after, "damage": [f"{d.segment}:{d.line or '-'} {d.reason}" for d in damage]})


def _numbered(lines: Iterable[Line]) -> Iterator[Line]:
    """The lines, each sale with the number that it has in the state."""
    taken: dict[object, list[int]] = {}
    for line in lines:
        if line.kind == "sale" and isinstance(line.data, dict) and isinstance(line.data.get("n"), int):
            numbers = taken.setdefault(str(line.data.get("activation")), [])
            number = sale_number(line.data["n"], numbers)
            numbers.append(number)
            line = line._replace(data={**line.data, "n": number})
        yield line


def _opened(folder: Path, line: Line) -> Line:
    data = private.opened(folder, line.data)
    return line if data is line.data else line._replace(data=data)
