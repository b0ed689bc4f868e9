"""When each runbook was last exercised: derived from the drills on record, kept beside them; never the only copy."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Final

from toolkit.clock import local
from toolkit.files import replace
from toolkit.record import tombstones
from toolkit.record.incidents import Seen, every

NAME: Final = "exercised.json"


def last(data: Path, book: str) -> str:
    """The date on which the runbook `book` was last exercised to an end, or the empty string."""
    return known(data).get(book, "")


def known(data: Path) -> dict[str, str]:
    """The date of the last drill by runbook; empty where there is none, or where the file cannot be read."""
    try:
        found = json.loads((data / NAME).read_bytes())
        return {str(book): str(date) for book, date in found.items()}
    except (OSError, ValueError, AttributeError):
        return {}


def update(data: Path) -> dict[str, str]:
    """The same, read anew from every drill, purged or not, and kept; an unwritable folder costs only the copy."""
    found: dict[str, str] = {}
    for tomb in tombstones.every(data):
        for book in tomb.runbooks if tomb.drill else ():
            found[book] = max(found.get(book, ""), local(tomb.ended, tomb.zone, "%Y-%m-%d"))
    for seen in every(data):
        if isinstance(seen, Seen) and seen.state.drill and seen.record.lines:
            zone = seen.record.lines[0].zone
            for run in seen.state.runs:
                if run.outcome is not None:
                    date = local(seen.state.last, zone, "%Y-%m-%d")
                    found[run.runbook] = max(found.get(run.runbook, ""), date)
    with suppress(OSError):
        replace(data / NAME, json.dumps(found, indent=1, sort_keys=True).encode("ascii"))
    return found
