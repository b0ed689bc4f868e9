"""Whether an incident's files are still what its record says; reads only, and repairs nothing."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from toolkit.cells import fold
from toolkit.incident.fold import replay
from toolkit.incident.state import State
from toolkit.record import attachments, private, snapshots
from toolkit.record.appender import segment_path
from toolkit.record.chain import Damage, Line
from toolkit.record.reading import Record, load_sealed

TEXT, PHOTO, RUNBOOK = "text", "photo", "runbook"
KEPT, ERASED, MISSING, CHANGED, STILL, UNREADABLE = "kept", "erased", "missing", "changed", "still", "unreadable"
_CODE: Final = re.compile("[0-9a-f]{10}").fullmatch
_SNAPSHOT: Final = re.compile("[0-9a-f]{16}").fullmatch
_ALIKE: Final = str.maketrans("ol", "01", "-–—_ .")  # what a hand writes for a digit, and between the groups


class Part(NamedTuple):
    """Something that lies beside the record and that entry `entry` names.

    `name` is that of the text in its event, or a path in the incident's folder. `fate` is KEPT; ERASED, as the record
    says; MISSING although it does not say so; CHANGED; STILL there although the record calls it erased; UNREADABLE.
    """

    entry: int
    kind: str
    name: str
    digest: str
    fate: str


class Audit(NamedTuple):
    """What the files of an incident show.

    `strays` are record files that nothing leads to, `aside` the half-written lines set aside (file, bytes), `torn` the
    bytes at the end that were never acknowledged, `jumps` the clock's jumps (entry, seconds), `state` what the
    entries make of it, `last` the last entry, `unnamed` the texts that no entry names, `hashes` the hash of each entry.
    """

    incident: str
    entries: int
    head: str
    segments: int
    damage: tuple[Damage, ...]
    strays: tuple[str, ...]
    torn: int
    aside: tuple[tuple[str, int], ...]
    jumps: tuple[tuple[int, str], ...]
    state: State
    last: Line | None
    parts: tuple[Part, ...]
    unnamed: int
    hashes: tuple[tuple[int, str], ...]

    @property
    def lost(self) -> int:
        """The places where the state lacks an event."""
        return self.state.lost

    @property
    def bad(self) -> tuple[Part, ...]:
        """What is not as the record says."""
        return tuple(part for part in self.parts if part.fate not in {KEPT, ERASED})

    @property
    def sound(self) -> bool:
        """Whether everything is as the record says; what was never acknowledged does not count."""
        return not (self.damage or self.strays or self.lost or self.bad)


def audit(folder: Path) -> Audit:
    """The incident in `folder`; raises OSError when the record cannot be read."""
    record = load_sealed(folder)
    found = parts(folder, record)
    named = {p.digest[:32] for p in found if p.kind == TEXT}
    kept = [p.stem for p in _files(folder / private.FOLDER, "*.json")]
    return Audit(
        folder.name,
        len(record.lines),
        record.head,
        record.number,
        record.damage,
        tuple(_strays(folder, record)),
        len(record.last.tail),
        tuple((p.name, p.stat().st_size) for p in _files(folder, "journal*.torn")),
        tuple((line.seq, str(line.data.get("by"))) for line in record.lines if line.kind == "clock-jumped"),
        replay(record.events()),
        record.lines[-1] if record.lines else None,
        tuple(found),
        sum(name not in named for name in kept),
        tuple((line.seq, line.hash) for line in record.lines),
    )


def parts(folder: Path, record: Record) -> list[Part]:
    """Everything beside the record that its entries name; `record` as `journal.load_sealed` gives it."""
    said = {x.data.get("entry"): x.seq for x in record.lines if x.kind == "erased"}
    found = [_text(folder, line, name, digest, said) for line, name, digest in _texts(record.lines)]
    found += _photos(folder, record.lines, said)
    digests = {str(x.data.get("digest")): x.seq for x in reversed(record.lines) if x.kind == "run-started"}
    found += [_snapshot(folder, digest, entry) for digest, entry in digests.items() if _SNAPSHOT(digest)]
    return sorted(found)


def where(seen: Audit, code: str) -> int:
    """The number of the entry at which the head code was `code` (as `head_code` gives it); 0 if at none."""
    return next((entry for entry, digest in reversed(seen.hashes) if digest.startswith(code)), 0)


def head_code(typed: str) -> str | None:
    """A head code as copied from paper, in one spelling; None if it is none."""
    plain = fold(typed).translate(_ALIKE)
    return plain if _CODE(plain) else None


def _texts(lines: Sequence[Line]) -> Iterator[tuple[Line, str, str]]:
    for line in lines:
        for name, digest in private.digests(line.data).items():
            yield line, name, digest


def _text(folder: Path, line: Line, name: str, digest: str, said: Mapping[object, int]) -> Part:
    try:
        fate = private.state(folder, digest)
    except OSError:
        fate = UNREADABLE
    return Part(line.seq, TEXT, name, digest, _judged(fate, line.seq in said))


def _photos(folder: Path, lines: Sequence[Line], said: Mapping[object, int]) -> Iterator[Part]:
    """The photos, each under the entry that named it last: one taken twice is one file."""
    last = {str(x.data["value"]): x for x in lines if x.kind == "evidence" and attachments.named(x.data.get("value"))}
    for name, line in last.items():
        namers = [x.seq for x in lines if x.kind == "evidence" and x.data.get("value") == name]
        erased = max((said[n] for n in namers if n in said), default=0)
        digest = str(line.data.get("sha256", ""))
        try:
            fate = attachments.state(folder, name, digest)
        except OSError:
            fate = UNREADABLE
        yield from (Part(n, PHOTO, name, digest, _judged(fate, erased > line.seq)) for n in namers)


def _snapshot(folder: Path, digest: str, entry: int) -> Part:
    try:
        fate = snapshots.state(folder, digest)
    except OSError:
        fate = UNREADABLE
    return Part(entry, RUNBOOK, snapshots.file_name(digest), digest, fate)


def _judged(fate: str, erased: bool) -> str:
    if not erased:
        return fate
    return ERASED if fate == MISSING else STILL


def _strays(folder: Path, record: Record) -> Iterator[str]:
    """Record files that the chain does not lead to; without any line, whatever lies there belonged to a record."""
    led = {segment_path(folder, number).name for number in range(1, record.number + 1)}
    yield from (p.name for p in _files(folder, "journal*.jsonl") if p.name not in led)
    if not record.lines and not record.damage:
        yield from (p.name for p in _files(folder, "*") if p.name not in led | {"lock"} and ".jsonl" not in p.name)


def _files(folder: Path, pattern: str) -> list[Path]:
    return sorted(folder.glob(pattern))
