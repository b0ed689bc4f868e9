"""The text of each run of an incident: the snapshot kept with it, else what the library has."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from toolkit import exits
from toolkit.content.library import Library
from toolkit.diagnostics import ToolkitError
from toolkit.incident.state import Run
from toolkit.model import Field, Rule, Runbook, Step
from toolkit.record import snapshots
from toolkit.record.snapshots import Snapshot

SAME, EDITED, GONE, LOST = "same", "edited", "gone", "missing"


class Pinned(NamedTuple):
    """A runbook with the rules and evidence it was written against; `books` are those it may lead to."""

    book: Runbook
    rules: dict[str, Rule]
    evidence: dict[str, Field]
    books: Mapping[str, Runbook] = {}

    def step(self, run: Run) -> Step:
        """The step that `run` stands at; ToolkitError `step-gone` (status 8) if the text does not have it."""
        step = self.book.step(run.cursor.step or "")
        if step is None:
            raise ToolkitError("step-gone", status=exits.DAMAGED, step=run.cursor.step or "-", card=run.card)
        return step


class Texts:
    """The snapshots of one incident, read when they are asked for."""

    def __init__(self, folder: Path, library: Callable[[], Library]) -> None:
        self._folder = folder
        self._library = library
        self._kept: dict[str, Snapshot | None] = {}

    def add(self, snapshot: Snapshot) -> None:
        """A snapshot that was taken just now."""
        self._kept[snapshot.digest] = snapshot

    def of(self, run: Run) -> Pinned:
        """The text that `run` follows; ToolkitError `no-text` (status 8) where nothing holds it any more."""
        found = self.kept(run.digest, run.runbook)
        if found is None:
            raise ToolkitError("no-text", status=exits.DAMAGED, card=run.card)
        return found

    def kept(self, digest: str, name: str) -> Pinned | None:
        """The runbook `name` as it was kept under `digest`, else as the library has it; None where neither has it."""
        snapshot = self._snapshot(digest)
        if snapshot is None:
            try:
                snapshot = snapshots.take(self._library(), name)
            except ToolkitError:
                return None
        book = snapshot.books.get(name)
        return Pinned(book, snapshot.rules, snapshot.evidence, snapshot.books) if book else None

    def fate(self, run: Run) -> str:
        """What became of the text since the run began: SAME, EDITED, GONE, or LOST if the incident does not hold it."""
        kept = self._snapshot(run.digest)
        try:
            now = snapshots.take(self._library(), run.runbook)
        except ToolkitError:
            return LOST if kept is None else GONE
        if now.digest == run.digest:
            return SAME
        return LOST if kept is None else EDITED

    def _snapshot(self, digest: str) -> Snapshot | None:
        if digest not in self._kept:
            self._kept[digest] = snapshots.load(self._folder, digest)
        return self._kept[digest]
