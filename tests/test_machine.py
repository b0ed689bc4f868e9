"""The machine, over the runbooks that ship and over ones that nobody would write: what is legal, kept and undone."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.content.checks.known import needs
from toolkit.content.flow import Graph, after, graph
from toolkit.content.library import load
from toolkit.incident import machine
from toolkit.incident.fold import apply, replay
from toolkit.incident.machine import BACK, NOTE, RECORD, TIME_UP, TRANSITIONS, USE, allowed, decide
from toolkit.incident.moves import ANSWER, LATER, NOT_POSSIBLE, RETURN, moves
from toolkit.incident.state import ASKING, AWAY, CATCHING_UP, ENDED, Cursor, Event, Refusal, Run, State
from toolkit.model import Answer, OpenItem, Runbook, Step, Text
from toolkit.resources import resource
from toolkit.vocabulary import AS_USED, DONE, OUTCOMES, UNKNOWN

WANTS = (ANSWER, USE, RETURN, NOT_POSSIBLE, LATER, BACK, RECORD, NOTE, TIME_UP)
ACTS = (None, "look-up", "write-down", "confirm-idle", "settle", "approve", "isolate", "repeat", "call", "restart")
LIBRARY = load(resource("runbooks"))
BOOKS = {book.id: book for book in LIBRARY.runbooks}
Told = list[tuple[Event, str]]
WORDS = Text("字", "words")


@st.composite
def phases(draw: st.DrawFn) -> tuple[Step, ...]:
    """Steps that lead anywhere: back, on, round in circles, into another runbook."""
    count = draw(st.integers(1, 6))
    names = [f"s{n}" for n in range(count)]
    steps = []
    for number, name in enumerate(names):
        act = draw(st.sampled_from(ACTS))
        item = draw(st.none() | st.just(OpenItem("refund-owed", "P1D")))
        go = st.sampled_from(names)
        plain = Step(name, "cashier", WORDS, act=act, open=item, record=draw(st.sampled_from([(), ("amount",)])))
        kind = draw(st.sampled_from(["asks", "goes", "ends", "uses", "uses and ends"]))
        below = names[number + 1] if number + 1 < count else None
        if kind == "asks":
            told = [draw(st.tuples(go, st.none()) | st.tuples(st.none(), st.just("resolved"))) for _ in range(2)]
            answers = (Answer("yes", WORDS, *told[0]), Answer(UNKNOWN, WORDS, *told[1]))
            steps.append(plain._replace(ask=WORDS, answers=answers))
        elif kind == "ends" or (below is None and kind == "goes"):
            steps.append(plain._replace(end="resolved"))
        elif kind == "goes":
            steps.append(plain._replace(next=draw(st.just(below) | go), otherwise=draw(st.none() | go)))
        elif kind == "uses" and below:
            steps.append(plain._replace(use="any", next=below))
        else:
            steps.append(plain._replace(use="any", end=draw(st.sampled_from(["resolved", AS_USED]))))
    return tuple(steps)


def book_of(steps: Sequence[Step]) -> Runbook:
    return Runbook("book", "R00", "failure", WORDS, "owner", {"steps": tuple(steps)})


class Sitting:
    """An incident with the events that made it; every event goes through JSON, as on disk."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self.state = State()
        self.told: Told = []
        self.texts: dict[int, Sequence[Step]] = {}
        self.tell(machine.open_incident())
        self.start(steps)

    def tell(self, event: Event) -> None:
        event = Event(event.kind, json.loads(json.dumps(event.data, allow_nan=False)))
        at = f"2026-11-23T02:{len(self.told) // 60 % 60:02d}:{len(self.told) % 60:02d}.000Z"
        self.told.append((event, at))
        self.state = apply(self.state, event, at)

    def start(self, steps: Sequence[Step]) -> None:
        event = machine.start(self.state, book_of(steps), "steps", "0" * 12)
        self.texts[event.data["run"]] = steps
        self.tell(event)

    def here(self, run: Run) -> Step:
        return next(s for s in self.texts[run.number] if s.id == run.cursor.step)


def value_of(draw: Any, want: str, step: Step, steps: Sequence[Step]) -> str:
    if want == ANSWER:
        return str(draw(st.sampled_from([a.id for a in step.answers] or [DONE])))
    if want == TIME_UP:
        return str(draw(st.sampled_from([s.id for s in steps])))
    return "because"


def go_on(draw: Any, sitting: Sitting, others: Sequence[Step], turns: int) -> None:
    """At most `turns` things that are legal; then the shortest way to the end, if there is one."""
    for _ in range(turns):
        run = sitting.state.current
        if run is None:
            return
        step = sitting.here(run)
        if run.status == AWAY:
            child = sitting.state.run(run.child)
            assert child is not None
            sitting.tell(told(decide(run, step, RETURN, child.outcome or "")))
            continue
        want = draw(st.sampled_from(allowed(run, step)))
        if want == USE:
            sitting.start(others)
        else:
            value = value_of(draw, want, step, sitting.texts[run.number])
            sitting.tell(told(decide(run, step, want, value, "amount")))


def told(event: Event | Refusal) -> Event:
    assert isinstance(event, Event), event
    return event


sittings = st.data()
some_steps = phases() | st.sampled_from([steps for book in BOOKS.values() for steps in book.phases.values()])


@settings(max_examples=200)
@given(steps=some_steps, others=phases(), data=sittings)
def test_a_replay_is_the_state_and_a_refusal_is_no_event(
    steps: Sequence[Step], others: Sequence[Step], data: st.DataObject
) -> None:
    sitting = Sitting(steps)
    for _ in range(6):
        go_on(data.draw, sitting, others, 5)
        assert replay(sitting.told) == sitting.state
        run = sitting.state.current
        if run is None:
            break
        step, before = sitting.here(run), sitting.state
        for want in WANTS:
            value = value_of(data.draw, want, step, steps)
            found = decide(run, step, want, value, "amount")
            legal = want in allowed(run, step)
            assert ((run.status, want) in TRANSITIONS) or isinstance(found, Refusal)
            if want == USE:
                assert isinstance(found, Refusal)  # a run is begun with `start`
            elif want != RETURN:
                assert isinstance(found, Event) == legal, want
                if isinstance(found, Event):
                    assert found.kind == TRANSITIONS[run.status, want]
        assert decide(run, step, "no such want") == Refusal("no such want")
        assert sitting.state == before == replay(sitting.told)


@settings(max_examples=200)
@given(steps=some_steps, others=phases(), data=sittings)
def test_a_record_with_holes_can_be_replayed(
    steps: Sequence[Step], others: Sequence[Step], data: st.DataObject
) -> None:
    sitting = Sitting(steps)
    go_on(data.draw, sitting, others, 30)
    kept = data.draw(st.lists(st.sampled_from(range(len(sitting.told))), unique=True).map(sorted))
    state = replay([sitting.told[n] for n in kept])
    assert len(state.runs) == sum(sitting.told[n][0].kind == "run-started" for n in kept)
    assert state.lost <= len(kept)
    assert state.current is None or state.current.status != ENDED


@settings(max_examples=200)
@given(steps=some_steps, others=phases(), data=sittings)
def test_back_restores_the_step_before_and_keeps_what_was_written_down(
    steps: Sequence[Step], others: Sequence[Step], data: st.DataObject
) -> None:
    sitting = Sitting(steps)
    go_on(data.draw, sitting, others, data.draw(st.integers(0, 15)))
    run = sitting.state.current
    if run is None or run.status == AWAY or BACK not in allowed(run, sitting.here(run)):
        return
    evidence = sitting.state.evidence
    sitting.tell(told(decide(run, sitting.here(run), BACK)))
    again = sitting.state.run(run.number)
    assert again is not None
    before = [(c.step, c.deferred, c.ending) for c in run.trail]
    assert [(c.step, c.deferred, c.ending) for c in (*again.trail, again.cursor)] == before
    assert again.outcome is None
    assert sitting.state.evidence == evidence


@settings(max_examples=200)
@given(steps=phases(), others=phases(), data=sittings)
def test_open_items_are_those_of_the_answers_that_were_not_taken_back(
    steps: Sequence[Step], others: Sequence[Step], data: st.DataObject
) -> None:
    sitting = Sitting(steps)
    go_on(data.draw, sitting, others, 30)
    done: dict[int, list[tuple[str, bool]]] = {}
    for event, _ in sitting.told:
        if event.kind in {"answered", "not-possible", "deferred", "time-up"}:
            done.setdefault(event.data["run"], []).append((event.data["step"], "opens" in event.data))
        elif event.kind == "reopened":
            done[event.data["run"]].pop()
    expected = sorted((run, step) for run, moves in done.items() for step, opens in moves if opens)
    assert sorted((i.run, i.step) for i in sitting.state.open_items) == expected


@settings(max_examples=200)
@given(steps=phases(), others=phases(), data=sittings)
def test_what_was_put_off_comes_back_before_the_end(
    steps: Sequence[Step], others: Sequence[Step], data: st.DataObject
) -> None:
    sitting = Sitting(steps)
    go_on(data.draw, sitting, others, 40)
    for run in sitting.state.runs:
        if run.status != ENDED:
            continue
        assert run.cursor.step is None
        left = [cursor.step for cursor in run.trail]
        for number, cursor in enumerate(run.trail):
            for step in cursor.deferred:
                assert step in left[number:], f"{step} was put off and never came back"


def test_what_was_put_off_comes_back_in_its_order() -> None:
    names = ("a", "b", "c", "d")
    steps = [
        Step(name, "cashier", WORDS, next=below, end=None if below else "resolved")
        for name, below in zip(names, (*names[1:], None), strict=True)
    ]
    sitting = Sitting(steps)
    visited = []
    for want in (LATER, ANSWER, LATER, ANSWER, ANSWER, ANSWER):
        run = sitting.state.current
        assert run is not None
        visited.append(run.cursor.step)
        sitting.tell(told(decide(run, sitting.here(run), want, DONE)))
    assert visited == ["a", "b", "c", "d", "a", "c"]
    assert sitting.state.runs[0].outcome == "resolved"


@settings(max_examples=100)
@given(steps=phases(), others=phases(), data=sittings)
def test_catching_up_ends(steps: Sequence[Step], others: Sequence[Step], data: st.DataObject) -> None:
    sitting = Sitting(steps)
    go_on(data.draw, sitting, others, 30)
    run = sitting.state.current
    if run is None or run.status != CATCHING_UP:
        return
    for _ in range(len(run.cursor.deferred)):
        run = sitting.state.run(run.number)
        assert run is not None
        step = sitting.here(run)
        assert allowed(run, step) != ()
        sitting.tell(told(decide(run, step, ANSWER, DONE)))
    ended = sitting.state.run(run.number)
    assert ended is not None
    assert ended.status == ENDED


@given(steps=some_steps)
def test_only_what_nothing_hangs_on_can_be_put_off(steps: Sequence[Step]) -> None:
    for step in steps:
        run = Run(1, "b", "R00", "steps", "0", None, Cursor(step.id))
        waits = step.act in {None, "tell-customer", "call"}
        if not waits or step.answers or step.use or step.open or step.end:
            assert LATER not in allowed(run, step)
            assert isinstance(decide(run, step, LATER), Refusal)


NEEDS = needs(LIBRARY.rules)
GUARDED = [(b.id, p) for b in LIBRARY.runbooks for p in b.phases if any(s.act in NEEDS for s in b.phases[p])]


@settings(max_examples=400)
@given(data=st.data())
def test_no_sitting_breaks_a_safety_rule(data: st.DataObject) -> None:
    """Whatever a person does, back, later, not possible and the time box included: what a guarded act rests on was
    done in this run, since the last thing that used it up or made it doubtful."""
    name, phase = data.draw(st.sampled_from(GUARDED))
    book = BOOKS[name]
    sitting = Sitting(book.phases[phase])
    held: frozenset[str] = frozenset()
    before: list[frozenset[str]] = []
    for _ in range(data.draw(st.integers(1, 60))):
        run = sitting.state.current
        if run is None:
            return
        step = sitting.here(run)
        wants = [w for w in allowed(run, step) if w != TIME_UP or (book.time_box and phase == "steps")]
        want = data.draw(st.sampled_from(wants))
        value = book.time_box.then if want == TIME_UP and book.time_box else "because"
        if want == ANSWER:
            value = data.draw(st.sampled_from([a.id for a in step.answers] or [DONE]))
            assert NEEDS.get(step.act or "", frozenset()) <= held, [e.data for e, _ in sitting.told]
        if want == USE:
            want, value = RETURN, data.draw(st.sampled_from(["resolved", "escalated"]))
            sitting.start(LOOK)
            sitting.tell(told(decide(sitting.state.runs[-1], LOOK[0], ANSWER, DONE)))
            run = told_run(sitting)
        sitting.tell(told(decide(run, step, want, value, "amount")))
        if want == BACK:
            held = before.pop()
        elif want not in {NOTE, RECORD}:
            before.append(held)
            held = held_after(held, step, want, value)


LOOK = (Step("look", "cashier", WORDS, act="look-up", end="resolved"),)


def told_run(sitting: Sitting) -> Run:
    run = sitting.state.current
    assert run is not None
    assert run.status == AWAY
    return run


def held_after(held: frozenset[str], step: Step, want: str, value: str) -> frozenset[str]:
    if want == TIME_UP:
        return frozenset()
    move = next((m for m in moves(step) if m.want == want and (want != ANSWER or m.answer == value)), None)
    return after(held, step.act, move, NEEDS) if move else held


def test_an_ended_run_allows_nothing() -> None:
    step = Step("s", "cashier", WORDS, end="resolved")
    run = Run(1, "b", "R00", "steps", "0", None, Cursor(None), outcome="resolved")
    assert run.status == ENDED
    assert allowed(run, step) == ()
    assert all(isinstance(decide(run, step, want, "x"), Refusal) for want in WANTS)


@pytest.mark.parametrize("want", [NOT_POSSIBLE, NOTE])
def test_a_blank_reason_or_note_is_refused(want: str) -> None:
    step = Step("s", "cashier", WORDS, end="resolved")
    run = Run(1, "b", "R00", "steps", "0", None, Cursor("s"))
    for blank in ("", "  ", "\u3000"):
        assert decide(run, step, want, blank) == Refusal("no-reason" if want == NOT_POSSIBLE else "no-note")


def test_an_answer_that_the_step_does_not_have_is_refused() -> None:
    asks = Step("s", "cashier", WORDS, ask=WORDS, answers=(Answer("yes", WORDS, None, "resolved"),))
    run = Run(1, "b", "R00", "steps", "0", None, Cursor("s"))
    assert decide(run, asks, ANSWER, "no") == Refusal("answer")
    assert decide(run, asks._replace(ask=None, answers=()), ANSWER, "yes") == Refusal("answer")


def paths(ways: Graph, start: str, most: int = 100_000) -> Iterator[tuple[str, ...]]:
    """Every path from `start` to an end that takes no way out twice, at most `most` of them."""
    waiting: list[tuple[tuple[str, ...], frozenset[tuple[str, int]]]] = [((start,), frozenset())]
    while waiting and most > 0:
        path, used = waiting.pop()
        for number, move in reversed(list(enumerate(ways[path[-1]]))):
            way = (path[-1], number)
            if move.go is None:
                most -= 1
                yield path
            elif move.go in ways and way not in used:
                waiting.append(((*path, move.go), used | {way}))


def test_every_want_is_in_the_table_and_every_refusal_has_words() -> None:
    from toolkit.text import words

    assert {want for _, want in TRANSITIONS} == set(WANTS)
    assert {status for status, _ in TRANSITIONS} == {ASKING, CATCHING_UP, AWAY}
    for language in ("zh", "en"):
        for reason in (*WANTS, "no-reason", "no-note"):
            assert f"refused.{reason}" in words(language)
        for kind in set(TRANSITIONS.values()):
            assert f"event.{kind}" in words(language)


@pytest.mark.parametrize(
    ("book", "phase"), [(b.id, p) for b in BOOKS.values() for p in b.phases], ids=lambda value: str(value)
)
def test_every_path_of_a_real_runbook_ends_with_an_outcome_of_its_kind(book: str, phase: str) -> None:
    steps = BOOKS[book].phases[phase]
    by_id = {s.id: s for s in steps}
    outcomes = {*OUTCOMES[phase if BOOKS[book].kind == "plan" else BOOKS[book].kind]}
    count = 0
    for path in paths(graph(steps), steps[0].id, 500):
        count += 1
        sitting = Sitting(steps)
        for here, there in zip(path, (*path[1:], None), strict=True):
            run = sitting.state.current
            assert run is not None
            assert run.cursor.step == here
            step = by_id[here]
            used = step.use is not None and there == step.next
            if used:
                sitting.start([Step("only", "cashier", WORDS, end="escalated")])
                child = sitting.state.current
                assert child is not None
                sitting.tell(told(decide(child, sitting.here(child), ANSWER, DONE)))
                run = sitting.state.current
                assert run is not None
            chosen = next((a.id for a in step.answers if a.go == there), None)
            want = RETURN if used else ANSWER
            if not step.answers and step.next != there:
                want = NOT_POSSIBLE
            value = "escalated" if used else chosen or DONE
            sitting.tell(told(decide(run, step, want, value)))
        ended = sitting.state.runs[0]
        assert ended.outcome in outcomes | {"escalated"}
        assert ended.outcome != AS_USED
    assert count > 0


def along(name: str, *answers: str) -> Sitting:
    """A sitting at a real runbook, shown and answered as on a screen."""
    sitting = Sitting(BOOKS[name].phases["steps"])
    for answer in answers:
        run = sitting.state.current
        assert run is not None
        sitting.tell(Event("shown", {"run": run.number, "step": run.cursor.step}))
        sitting.tell(told(decide(run, sitting.here(run), ANSWER, answer)))
    return sitting


def repeated() -> Sitting:
    """R14, where the refund has been submitted once more and was found."""
    sitting = along("refund-timeout", DONE, DONE, "not-success", "failed", "unchanged")
    run = sitting.state.current
    assert run is not None
    assert sitting.here(run).act == "repeat"
    return sitting


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_a_gap_in_the_record_never_leads_back_to_a_repeat(lost: int) -> None:
    sitting = repeated()
    run = sitting.state.current
    assert run is not None
    begun = len(sitting.told)
    for answer in (DONE, "success"):
        sitting.tell(Event("shown", {"run": 1, "step": run.cursor.step}))
        sitting.tell(told(decide(run, sitting.here(run), ANSWER, answer)))
        run = sitting.state.current
        assert run is not None
    sitting.tell(Event("shown", {"run": 1, "step": run.cursor.step}))
    state = replay([*sitting.told[: begun + 1], *sitting.told[begun + 1 + lost :]])
    again = state.current
    assert again is not None
    assert again.cursor.step == run.cursor.step
    assert state.lost > 0
    while again.trail and not again.trail[-1].final:
        state = apply(state, told(decide(again, sitting.here(again), BACK)), "")
        again = state.current
        assert again is not None
        assert sitting.here(again).act != "repeat"


def test_time_up_at_a_repeat_leaves_no_way_back_to_it() -> None:
    sitting = repeated()
    run = sitting.state.current
    assert run is not None
    sitting.tell(told(decide(run, sitting.here(run), TIME_UP, "owe-slip")))
    run = sitting.state.current
    assert run is not None
    assert BACK not in allowed(run, sitting.here(run))
