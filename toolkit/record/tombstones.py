"""What is left of incidents that were purged: a small file each, so that nobody looks for them in vain."""

import json
from pathlib import Path
from typing import Final, NamedTuple

from toolkit.files import replace, sync_folder

FOLDER: Final = "tombstones"
_KINDS: Final = (str, str, str, str, int, str, bool, list, list, str, str)


class Tomb(NamedTuple):
    """An incident that was purged. Times are UTC, `zone` is the shop's offset.

    `head` is the head code of its record, `runbooks` the ids of those that were followed to an end.
    """

    incident: str
    began: str
    ended: str
    zone: str
    entries: int
    head: str
    drill: bool
    cards: list[str]
    runbooks: list[str]
    purged: str
    by: str


def write(data: Path, tomb: Tomb) -> None:
    """Put a tombstone on stable storage; raises OSError."""
    place = data / FOLDER
    place.mkdir(mode=0o700, exist_ok=True)
    sync_folder(data)
    text = json.dumps({"format": 1, **tomb._asdict()}, ensure_ascii=True, indent=1)
    replace(place / f"{tomb.incident}.json", f"{text}\n".encode("ascii"))


def read(data: Path, incident: str) -> Tomb | None:
    """The tombstone of an incident, or None where there is none that can be read."""
    try:
        found = json.loads((data / FOLDER / f"{incident}.json").read_bytes())
        values = [found[name] for name in Tomb._fields]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if not all(isinstance(value, kind) for value, kind in zip(values, _KINDS, strict=True)):
        return None
    return Tomb(*values) if found["incident"] == incident else None


def names(data: Path) -> list[str]:
    """The names of all incidents that have a tombstone, the latest first."""
    try:
        return sorted((p.stem for p in (data / FOLDER).glob("*.json")), reverse=True)
    except OSError:
        return []


def every(data: Path) -> list[Tomb]:
    """The tombstones of incidents that are gone, the latest first; one beside its incident does not count yet."""
    found = (read(data, name) for name in names(data) if not (data / "incidents" / name).exists())
    return [tomb for tomb in found if tomb]
