"""Incidents written by their events with a clock that is held, and the reports of them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from toolkit.clock import Moment, seconds
from toolkit.content.library import load
from toolkit.content.source import read
from toolkit.incident.state import Event
from toolkit.model import Contact, Store
from toolkit.record import private
from toolkit.record.incidents import Seen, look
from toolkit.record.journal import Journal
from toolkit.record.snapshots import file_name, take
from toolkit.record.snapshots import load as snapshot_of
from toolkit.record.texts import Pinned
from toolkit.report import html, markdown
from toolkit.report.case import Case, case
from toolkit.report.whole import document
from toolkit.text import words

SHOP = Path(__file__).parent / "cases" / "shop"
STORE = Store(name="一号店", number="001", contacts={"acquirer": Contact("收单客服", "000-0000-0000")})


class Held:
    """A clock that goes on when it is told to."""

    def __init__(self, begins: str) -> None:
        self.wall = int(seconds(begins)) * 1_000_000_000

    def now(self) -> Moment:
        return Moment(self.wall, self.wall, 8 * 3600, True)


def written(folder: Path, begins: str, events: Sequence[Sequence[Any]], runbooks: Path = SHOP) -> Seen:
    """An incident in `folder` with those events."""
    clock = Held(begins)
    journal = Journal(folder, clock, "")  # type: ignore[arg-type]
    library = load(runbooks)
    for wait, who, kind, data, *rest in events:
        clock.wall += wait * 1_000_000_000
        journal.who = who
        if "text" in data and kind == "run-started":
            snapshot = take(library, data["text"])
            assert journal.keep(file_name(snapshot.digest), snapshot.raw) == ""
            data = {k: v for k, v in data.items() if k != "text"} | {"digest": snapshot.digest}
        journal.append(Event(kind, data, tuple(*rest)))
    journal.close()
    return look(folder)


def of_file(path: Path, incidents: Path) -> Seen:
    found = read(path.read_bytes(), path.name).data
    seen = written(incidents / "20261123-1502-kqx", found["begins"], found["events"])
    for number in found.get("erased", ()):
        (digest,) = private.digests(json.loads(raw_line(seen, number))["data"]).values()
        private.erase(seen.folder, digest)
    return look(seen.folder)


def raw_line(seen: Seen, number: int) -> bytes:
    return (seen.folder / "journal.jsonl").read_bytes().split(b"\n")[number - 1]


def texts_of(seen: Seen) -> dict[int, Pinned | None]:
    found: dict[int, Pinned | None] = {}
    for run in seen.state.runs:
        kept = snapshot_of(seen.folder, run.digest)
        book = kept.books.get(run.runbook) if kept else None
        found[run.number] = Pinned(book, kept.rules, kept.evidence, kept.books) if kept and book else None
    return found


def told(
    seen: Seen, lang: Any = "en", store: Store = STORE, photos: Mapping[str, bytes | str] | None = None, **fates: str
) -> Case:
    return case(seen, words(lang), store, texts_of(seen), {1: fates["fate"]} if fates else {}, photos or {})


def both(seen: Seen, lang: Any = "en", **how: Any) -> dict[str, str]:
    whole = document(told(seen, lang, **how))
    return {"md": markdown.render(whole), "html": html.render(whole)}
