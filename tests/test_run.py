"""The guided run: each file in cases/run is a sitting with its transcript, and every way out of every real step."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from toolkit.cells import width
from toolkit.content.flow import graph
from toolkit.content.library import load
from toolkit.content.source import read
from toolkit.incident import machine
from toolkit.incident.fold import apply, replay
from toolkit.incident.moves import ANSWER, LATER, NOT_POSSIBLE, RETURN
from toolkit.incident.state import AWAY, Event, Run, State
from toolkit.model import Runbook, Step
from toolkit.record.reading import load as record_of
from toolkit.resources import resource
from toolkit.vocabulary import DONE, OUTCOMES, UNSOLVED

CASES = Path(__file__).parent / "cases"
SITTINGS = sorted(CASES.glob("run/*.yaml"))
SCRUBBED = (
    (r"\d{8}-\d{4}-[a-z]{3}", "INCIDENT"),
    (r"[0-9a-f]{5}-[0-9a-f]{5}", "HEAD"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?", "DATE"),
    (r"Started \d\d:\d\d", "Started TIME"),
    (r"(until|到) \d\d:\d\d", r"\1 TIME"),
    (r"\b[bcdfghkmnpqrstvwxz]{3}-(\d+)\b", r"ITEM-\1"),
    (r"^\d\d:\d\d 开始", "TIME 开始"),
)
VALUES = {"text": "as on the screen", "amount": "128.50", "count": "3", "time": "14:05", "last4": "1234", "photo": "-"}
BOOKS = {book.id: book for book in load(resource("runbooks")).runbooks}
EVIDENCE = load(resource("runbooks")).evidence
EVERY_PHASE = [(book.id, phase) for book in BOOKS.values() for phase in book.phases]


def scrubbed(text: str) -> str:
    for pattern, instead in SCRUBBED:
        text = re.sub(pattern, instead, text, flags=re.MULTILINE)
    return text


def fit_for_any_terminal(text: str) -> None:
    assert "\x1b" not in text
    assert "\r" not in text
    assert [line for line in text.split("\n") if width(line) > 79] == []


@pytest.mark.parametrize("path", SITTINGS, ids=lambda p: p.stem)
def test_a_sitting_reads_as_it_should(
    path: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    tillbook: Callable[..., Any],
    same: Callable[[Path, str], None],
) -> None:
    case = read(path.read_bytes(), path.name).data
    script = Path("answers.yaml")
    monkeypatch.chdir(tmp_path)
    script.write_text(json.dumps(case["answers"], ensure_ascii=False), encoding="utf-8")
    phase = ["--phase", case["phase"]] if "phase" in case else []
    options = ["--lang", case["lang"], "--runbooks", CASES / "shop"]
    ran = tillbook(*options, "run", case["card"], "--answers", script, *phase, "--by", "ann")
    said = scrubbed(ran.out + (f"--- stderr\n{ran.err}" if ran.err else ""))
    same(path.with_suffix(".txt"), said)
    assert ran.status == case["exit"]
    fit_for_any_terminal(ran.out)


def walk(book: Runbook, phase: str, route: list[tuple[str, str]]) -> dict[str, Any]:
    """The answers that lead along `route`, (step, answer) in turn, and then the shortest way to an end.

    A runbook that is used on the way is gone through the shortest way; the evidence is the same everywhere.
    """
    table: dict[str, Any] = {
        "record": {
            f.id: f.choices[0][0] if f.choices else VALUES.get(f.type, "0" * f.length[0]) for f in EVIDENCE.values()
        }
    }
    state = State()
    at = "2026-11-23T02:43:09.123Z"
    texts = {1: (book, phase)}
    state = apply(state, machine.start(state, book, phase, "0"), at)
    turns = 0
    while run := state.current:
        turns += 1
        assert turns < 400, "this walk does not end"
        here, there = texts[run.number]
        step = next(s for s in here.phases[there] if s.id == run.cursor.step)
        if run.status == AWAY:
            child = state.run(run.child)
            assert child is not None
            event = machine.decide(run, step, RETURN, child.outcome or "")
        else:
            wanted = (
                route.pop(0)[1] if run.number == 1 and route and route[0][0] == step.id else nearest(here, there, step)
            )
            note = {"x": "not here"} if wanted == "x" else wanted
            table.setdefault(f"{here.card}/{step.id}", []).append(note)
            if step.use and wanted != "x":
                used = BOOKS[step.use]
                event = machine.start(state, used, next(iter(used.phases)), "0")
                texts[event.data["run"]] = (used, next(iter(used.phases)))
            else:
                event = machine.decide(
                    run, step, NOT_POSSIBLE if wanted == "x" else ANSWER, note["x"] if wanted == "x" else wanted
                )
        assert isinstance(event, Event), (step.id, event)
        state = apply(state, event, at)
    assert route == []
    return table


def nearest(book: Runbook, phase: str, step: Step) -> str:
    """The answer at `step` from which an end is nearest."""
    far = distances(book, phase)
    if not step.answers:
        return DONE
    return min(step.answers, key=lambda a: 0 if a.go is None else far[a.go]).id


def distances(book: Runbook, phase: str) -> dict[str, int]:
    ways = graph(book.phases[phase])
    far = dict.fromkeys(ways, 10_000)
    for _ in ways:
        for name, out in ways.items():
            out = tuple(m for m in out if m.want not in {NOT_POSSIBLE, LATER})
            far[name] = min([far[name], *(1 if m.go is None else 1 + far[m.go] for m in out)])
    return far


def routes(book: Runbook, phase: str) -> Iterator[list[tuple[str, str]]]:
    """For each answer of each step, and for "not possible here", the shortest way there."""
    steps = {s.id: s for s in book.phases[phase]}
    first = book.phases[phase][0].id
    came: dict[str, list[tuple[str, str]]] = {first: []}
    waiting = [first]
    for name in waiting:
        for move in graph(book.phases[phase])[name]:
            if move.go is not None and move.go not in came and move.want != LATER:
                label = "x" if move.want == NOT_POSSIBLE else move.answer or DONE
                came[move.go] = [*came[name], (name, label)]
                waiting.append(move.go)
    for name, way in came.items():
        for label in [a.id for a in steps[name].answers] or [DONE]:
            yield [*way, (name, label)]
        yield [*way, (name, "x")]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("name", "phase"), EVERY_PHASE, ids=lambda value: str(value))
def test_every_way_out_of_every_real_step_leads_to_an_end(
    name: str, phase: str, language: str, tmp_path: Path, tillbook: Callable[..., Any]
) -> None:
    book = BOOKS[name]
    known = {*OUTCOMES[phase if book.kind == "plan" else book.kind]} | {"escalated"}
    everything = list(routes(book, phase))
    assert {s for way in everything for s, _ in way} >= {s.id for s in book.phases[phase]} - late(book)
    for number, way in enumerate(everything[language == "en" :: 2]):
        script = tmp_path / f"{number}.yaml"
        script.write_text(json.dumps(walk(book, phase, list(way))), encoding="utf-8")
        data = tmp_path / "data" / str(number)
        options = ["--lang", language, "--data-dir", data, "--runbooks", resource("runbooks")]
        ran = tillbook(*options, "run", book.card, "--phase", phase.replace("_", "-"), "--answers", script)
        (folder,) = (data / "incidents").iterdir()
        state = replay(record_of(folder).events())
        assert state.current is None, f"{way}: {ran.err}"
        outcome = state.runs[0].outcome
        assert outcome in known, way
        assert (ran.status, ran.err) == (1 if outcome in UNSOLVED else 0, ""), way
        fit_for_any_terminal(ran.out)
        assert state.closed == (not state.open_items and not state.in_force)


def late(book: Runbook) -> set[str]:
    """The steps that only the time box leads to."""
    return {book.time_box.then} if book.time_box else set()


def test_the_run_says_what_stands_over_a_step(tmp_path: Path, tillbook: Callable[..., Any]) -> None:
    script = tmp_path / "answers.yaml"
    script.write_text(
        "{tell: done, write: {x: no pen}, look: unknown, report: done, record: {amount: 1, occurred-at: 9:05,"
        " trace-no: '0042', card-last4: '1234', paid-with: card, slips: 1, screen-text: x}}"
    )
    ran = tillbook("--runbooks", CASES / "shop", "run", "H01", "--answers", script)
    assert (ran.status, ran.err) == (1, "")
    lines = ran.out.split("\n")
    caution = next(n for n, line in enumerate(lines) if line.startswith("CAUTION:"))
    assert lines[caution + 1].startswith("Do:"), "the caution stands before the action"
    assert "000-0000-0000" in [line.strip() for line in lines], "a phone number stands on a line of its own"
    first = next(n for n, line in enumerate(lines) if line.startswith("FIRST:"))
    step = next(n for n, line in enumerate(lines) if "step 1" in line)
    assert first < step
    assert "Rule G2: Write it down before you press anything." in lines


def test_a_run_has_no_state_of_another(tmp_path: Path) -> None:
    """Two runs of one runbook in one incident keep their own evidence and their own place."""
    step = Step("s", "cashier", BOOKS["refund-timeout"].title, record=("amount",), end="resolved")
    book = BOOKS["refund-timeout"]._replace(phases={"steps": (step,)})
    state = apply(State(), machine.start(State(), book, "steps", "0"))
    state = apply(state, machine.start(state, book, "steps", "0"))
    for number, value in ((1, "1.00"), (2, "2.00")):
        run = state.run(number)
        assert isinstance(run, Run)
        state = apply(state, Event("evidence", {"run": number, "step": "s", "field": "amount", "value": value}))
    assert dict(state.evidence) == {(1, "s", "amount"): "1.00", (2, "s", "amount"): "2.00"}
