"""An incident made by rule, for measuring: one run that goes round, a plan with sales, notes that can be erased."""

from pathlib import Path

from toolkit.clock import Clock
from toolkit.incident.state import Event
from toolkit.record.journal import Journal
from toolkit.record.snapshots import Snapshot, file_name


def made(folder: Path, snapshot: Snapshot, root: str, count: int) -> None:
    """An incident of `count` events (at least 2) in `folder`, where the runbook `root` is gone through."""
    book = snapshot.books[root]
    phase, steps = next(iter(book.phases.items()))
    first = steps[0].id
    journal = Journal(folder, Clock(), "bench")
    journal.keep(file_name(snapshot.digest), snapshot.raw)
    started = {"runbook": root, "card": book.card, "phase": phase, "digest": snapshot.digest, "parent": None}
    journal.append(Event("incident-opened", {}))
    journal.append(Event("run-started", {"run": 1, **started, "step": first}))
    here = {"run": 1, "step": first}
    plan = {"run": 2, **started, "step": first, "activation": 1, "by": "ann", "why": "-", "limits": {"count": "900"}}
    turn = [
        Event("shown", here),
        Event("evidence", {**here, "field": "amount", "value": "12.50"}),
        Event("answered", {**here, "answer": "done", "next": first, "end": None}),
        Event("shown", here),
        Event("noted", {**here, "text": "the second slip did not come out"}, ("text",)),
        Event("answered", {**here, "answer": "done", "next": first, "end": None}),
        Event("shown", here),
        Event("evidence", {**here, "field": "trace-no", "value": "004217"}),
    ]
    for number in range(2, count):
        kind = number % 10
        if number == 2:
            event = Event("run-started", plan)
        elif number == 3:
            event = Event("answered", {"run": 2, "step": first, "answer": "done", "next": None, "end": "active"})
        elif kind == 8:
            sale = {"activation": 1, "card": book.card, "n": number, "amount": "12.50", "day": "2026-11-23"}
            event = Event("sale", sale)
        else:
            event = turn[kind % len(turn)]
        journal.append(event)
    journal.close()
