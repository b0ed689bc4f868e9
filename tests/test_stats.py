"""Figures over all incidents: what they say, that each incident is a dot, that what cannot be read hides nothing."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.written import SHOP, Held
from toolkit.cells import width
from toolkit.incident.state import Event
from toolkit.record.journal import Journal
from toolkit.report.stats import median, percentile, scale

Tillbook = Callable[..., Any]


def put(data: Path, name: str, events: Sequence[tuple[int, str, dict[str, Any]]], year: int = 2026) -> Path:
    """An incident with events, each so many minutes after the one before."""
    clock = Held(f"{year}-11-23T07:00:00.000Z")
    journal = Journal(data / "incidents" / name, clock, "ann")  # type: ignore[arg-type]
    for minutes, kind, what in events:
        clock.wall += minutes * 60 * 1_000_000_000
        journal.append(Event(kind, what))
    journal.close()
    return journal.folder


def run(number: int, card: str, book: str, phase: str, step: str, **more: Any) -> dict[str, Any]:
    names = {"run": number, "runbook": book, "card": card, "phase": phase, "digest": "0", "parent": None, "step": step}
    return {**names, **more}


OPENED = (0, "incident-opened", {})
BEGUN = (0, "run-started", run(1, "H01", "no-slip", "steps", "look"))


def left(kind: str, **what: Any) -> dict[str, Any]:
    return {"run": 1, "step": "look", "next": None, "end": None, **what}


def incident(minutes: int, *, drill: bool = False) -> list[tuple[int, str, dict[str, Any]]]:
    """One that was closed after so many minutes, with a question that nobody could answer."""
    opened = (0, "incident-opened", {"drill": True, "seed": 1} if drill else {})
    unknown = left("answered", answer="unknown", end="escalated")
    return [opened, BEGUN, (minutes, "answered", unknown), (0, "incident-closed", {"outcome": "escalated"})]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def figures(tillbook: Tillbook, *more: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(tillbook("--runbooks", SHOP, "stats", "--json", *more).out)
    return found


def test_every_incident_counts_once_and_is_a_dot(data: Path, tillbook: Tillbook) -> None:
    for n, minutes in enumerate((10, 20, 30, 40, 1000)):
        put(data, f"20261123-150{n}-kqx", incident(minutes))
    whole = figures(tillbook)["spans"]["whole"]
    assert [whole[k] / 60 for k in ("median", "p90", "min", "max")] == [30, 1000, 10, 1000]
    assert [v["seconds"] / 60 for v in whole["values"]] == [10, 20, 30, 40, 1000]
    assert "mean" not in json.dumps(whole)
    said = tillbook("--runbooks", SHOP, "stats").out
    assert "median 30 minutes, p90 16 hours 40 minutes, shortest 10 minutes" in said
    dots = next(line for line in said.split("\n") if line.startswith("  0 |"))
    assert sum(int(c) if c.isdigit() else c == "o" for c in dots.split("|")[1]) == 5


def test_open_ones_are_named_and_not_counted(data: Path, tillbook: Tillbook) -> None:
    put(data, "20261123-1500-kqx", [OPENED, BEGUN])
    put(data, "20261123-1501-kqx", incident(10))
    found = figures(tillbook)
    assert found["open"] == ["20261123-1500-kqx"]
    assert found["spans"]["whole"]["n"] == 1
    assert "still open: 20261123-1500-kqx, since 2026-11-23 15:00" in tillbook("--runbooks", SHOP, "stats").out


def test_drills_are_apart(data: Path, tillbook: Tillbook) -> None:
    put(data, "20261123-1500-kqx", incident(5, drill=True))
    put(data, "20261123-1501-kqx", incident(50))
    assert figures(tillbook)["spans"]["whole"]["median"] == 3000
    assert figures(tillbook, "--drills")["spans"]["whole"]["median"] == 300
    assert "Drills: 1; still open: 0" in tillbook("--runbooks", SHOP, "stats", "--drills").out


def test_what_cannot_be_read_is_named_and_hides_no_other(data: Path, tillbook: Tillbook) -> None:
    put(data, "20261123-1500-kqx", incident(10))
    broken = put(data, "20261123-1501-kqx", incident(10))
    (broken / "journal.jsonl").write_bytes(b"?\n")
    unread = data / "incidents" / "20261123-1502-kqx"
    (unread / "journal.jsonl").mkdir(parents=True)
    (data / "incidents" / "20261123-1503-kqx").mkdir()
    ran = tillbook("--runbooks", SHOP, "stats")
    assert ran.status == 0
    assert "left out: 20261123-1502-kqx, 20261123-1501-kqx" in " ".join(ran.out.split())
    assert figures(tillbook)["incidents"] == 1


def test_a_purged_one_counts_by_how_long_it_took(data: Path, tillbook: Tillbook) -> None:
    put(data, "20201123-1501-kqx", incident(10), 2020)
    put(data, "20201123-1500-kqx", incident(30), 2020)
    put(data, "20261123-1502-kqx", [OPENED, BEGUN])
    assert tillbook("--runbooks", SHOP, "purge", "--older-than", "P1D", "--yes").status == 0
    found = figures(tillbook)
    assert found["purged"] == ["20201123-1500-kqx", "20201123-1501-kqx"]
    assert [(v["seconds"] / 60, v["approximate"]) for v in found["spans"]["whole"]["values"]] == [
        (10, True),
        (30, True),
    ]
    assert "counted only by how long they took: 2" in tillbook("--runbooks", SHOP, "stats").out


def test_the_way_is_split_at_the_first_plan_and_at_the_card_coming_back(data: Path, tillbook: Tillbook) -> None:
    plan = {"activation": 1, "by": "ann", "why": "x", "limits": {}}
    step = {"step": "a", "next": None}
    events = [
        OPENED,
        BEGUN,
        (4, "run-started", run(2, "CP-01", "slips-by-hand", "activate", "a", **plan)),
        (3, "answered", {"run": 2, **step, "answer": "yes", "end": "active"}),
        (60, "run-started", run(3, "CP-01", "slips-by-hand", "stand_down", "a", activation=1)),
        (5, "answered", {"run": 3, **step, "answer": "done", "end": "stood-down"}),
        (0, "answered", left("answered", answer="yes", end="resolved")),
        (20, "run-started", run(4, "CP-01", "slips-by-hand", "reconcile", "a", activation=1)),
        (0, "answered", {"run": 4, **step, "answer": "done", "end": "reconciled"}),
        (1, "plan-closed", {"activation": 1, "card": "CP-01", "by": "ann"}),
        (2, "incident-closed", {"outcome": "resolved"}),
    ]
    put(data, "20261123-1500-kqx", events)
    spans = {name: found.get("median", 0) / 60 for name, found in figures(tillbook)["spans"].items()}
    assert spans == {"whole": 95, "to-plan": 7, "to-card": 65, "to-closed": 23}
    put(data, "20261123-1501-kqx", events[:5])
    assert [found["n"] for found in figures(tillbook)["spans"].values()] == [1, 2, 1, 1]


def test_the_steps_that_fail_are_counted_with_the_visits(data: Path, tillbook: Tillbook) -> None:
    again = left("", next="look")
    put(
        data,
        "20261123-1500-kqx",
        [
            OPENED,
            BEGUN,
            (1, "answered", {**again, "answer": "yes"}),
            (1, "answered", {**again, "answer": "unknown"}),
            (1, "not-possible", {**again, "reason": "dark"}),
            (1, "time-up", {**again, "rung": "PT15M"}),
        ],
    )
    (book,) = figures(tillbook)["runbooks"]
    assert (book["card"], book["phase"], book["runs"], book["outcomes"]) == ("H01", "steps", 1, {"open": 1})
    assert book["steps"] == [{"step": "look", "visits": 4, "not-possible": 1, "unknown": 1, "time-up": 1}]
    said = tillbook("--runbooks", SHOP, "stats").out
    assert "look: not possible 1, cannot tell 1, time up 1 (3 of 4 visits)" in said
    assert "Look this payment up in the list." in said


def test_a_late_entry_and_a_restart_are_said_to_be_approximate(data: Path, tillbook: Tillbook) -> None:
    early = {"happened": "2026-11-23T06:30:00.000Z"}
    put(data, "20261123-1500-kqx", [(0, "incident-opened", early), *incident(10)[1:]])
    put(data, "20261123-1501-kqx", [OPENED, BEGUN, (0, "resumed", {}), *incident(10)[2:]])
    values = figures(tillbook)["spans"]["whole"]["values"]
    assert [(v["seconds"] / 60, v["approximate"]) for v in values] == [(10, True), (40, True)]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_line_is_too_wide(data: Path, tillbook: Tillbook, lang: str) -> None:
    for n, minutes in enumerate((1, 70, 600_000)):
        put(data, f"20261123-150{n}-kqx", incident(minutes))
    said = tillbook("--lang", lang, "--runbooks", SHOP, "stats").out
    assert [line for line in said.split("\n") if width(line) > 79] == []


def test_the_middle_and_the_ninetieth_percentile() -> None:
    assert (median([3]), median([1, 3]), median([1, 2, 9])) == (3, 2, 2)
    assert percentile(list(range(1, 11)), 90) == 9
    assert percentile(list(range(1, 12)), 90) == 10
    assert (percentile([7], 90), percentile([1, 2], 90)) == (7, 2)


@given(st.lists(st.floats(0, 1e9), min_size=1).map(sorted))
def test_a_scale_is_plain_and_as_long_as_any(values: list[float]) -> None:
    shown = scale(values)
    assert len(shown) == 50
    assert set(shown) <= set(".o23456789#")
    assert shown.strip(".")
    assert values[0] <= median(values) <= percentile(values, 90) <= values[-1]
