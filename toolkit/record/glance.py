"""The last entry of a record without the rest: enough to know that an incident is over, or how long ago it was."""

from pathlib import Path
from typing import Final

from toolkit.record.appender import last_segment
from toolkit.record.chain import Line, decode

_LATE: Final = 16_384  # bytes in which the last line of a record lies, but for the longest texts


def glance(folder: Path) -> Line | None:
    """The last whole line of the record in `folder`, or None where only the whole record can tell."""
    try:
        with open(last_segment(folder), "rb") as file:
            file.seek(max(file.seek(0, 2) - _LATE, 0))
            raw = file.read()
    except OSError:
        return None
    return decode(raw.rpartition(b"\n")[0].rpartition(b"\n")[2])


def over(folder: Path) -> bool:
    """Whether the incident in `folder` was closed and nothing was entered since."""
    last = glance(folder)
    return last is not None and last.kind == "incident-closed"


def settled(folder: Path) -> bool:
    """The same, and nobody took anything over that was still open then."""
    last = glance(folder)
    return last is not None and last.kind == "incident-closed" and not last.data.get("items")
