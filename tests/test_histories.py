"""Whatever people do in an incident, in any order, crashing and coming back: its record tells what a model tells."""

import json
import os
import shutil
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.records import Ticking, noted
from toolkit.content.library import load as library
from toolkit.incident import items, machine, plans
from toolkit.incident.fold import apply, replay
from toolkit.incident.moves import ANSWER, NOT_POSSIBLE, RETURN
from toolkit.incident.state import AWAY, CLOSED, RECONCILED, SELLING, Activation, Event, Refusal, Run, State
from toolkit.model import Limit, Runbook, Step, Store, Text
from toolkit.record import chain
from toolkit.record.appender import segment_path
from toolkit.record.journal import Journal
from toolkit.record.reading import load
from toolkit.resources import resource
from toolkit.vocabulary import DONE, SETTLEMENTS, UNKNOWN

BOOKS = {book.id: book for book in library(resource("runbooks")).runbooks}
FAILURES = [name for name, book in BOOKS.items() if book.kind == "failure"]
PLANS = [name for name, book in BOOKS.items() if book.kind == "plan"]
USING = [name for name in FAILURES if any(step.use or step.open for step in BOOKS[name].steps())]
BOUNDS = {"day": "200.00", "sale": "90.00", "count": "6"}
LIMITS = tuple(Limit(Text("限", "limit"), "design", bound, value) for bound, value in BOUNDS.items())
BOOKS |= {name: BOOKS[name]._replace(limits=LIMITS) for name in PLANS}
DAY = "2026-11-23"
# How a plan goes on in the model, by the phase that ended and its outcome; another outcome changes nothing.
ENDS = {
    ("activate", "active"): "active", ("activate", "not-possible"): "closed", ("activate", "escalated"): "closed",
    ("stand_down", "stood-down"): "stood-down", ("stand_down", "escalated"): "active",
    ("reconcile", "reconciled"): "reconciled",
}  # fmt: skip
draws = st.data()


def plain(event: Event) -> str:
    return json.dumps([event.kind, event.data], sort_keys=True)


class Incident(RuleBasedStateMachine):
    """An incident with its record on disk; beside it the model: what was acknowledged, plans, sales, items, steps."""

    def __init__(self) -> None:
        super().__init__()
        shared = Path("/dev/shm")
        self.place = Path(tempfile.mkdtemp(dir=shared if os.access(shared, os.W_OK) else None))
        self.folder = self.place / "incident"
        self.journal = Journal(self.folder, Ticking(), "ann")
        self.state = State()
        self.acknowledged: list[str] = []
        self.life: dict[int, str] = {}
        self.sales: dict[int, dict[int, Decimal]] = {}
        self.open: set[int] = set()
        self.at: dict[int, list[str | None]] = {}
        self.ended: set[int] = set()

    def teardown(self) -> None:
        self.come_back()
        self.journal.close()
        shutil.rmtree(self.place)

    def tell(self, event: Event | Refusal) -> None:
        assert isinstance(event, Event), event
        before = {item.number for item in self.state.items}
        for told, at in self.journal.append(event):
            self.state = apply(self.state, told, at)
            self.acknowledged.append(plain(told))
        assert self.journal.recorded
        self.open |= {item.number for item in self.state.items} - before
        self.model(event.kind, event.data)

    def model(self, kind: str, data: Any) -> None:
        run = self.state.run(data.get("run"))
        if kind == "run-started":
            self.at[data["run"]] = [data["step"]]
            if data.get("activation"):
                self.life.setdefault(data["activation"], "activated")
                self.sales.setdefault(data["activation"], {})
                if data["phase"] == "stand_down":
                    self.life[data["activation"]] = "standing-down"
        elif run and kind in {"answered", "not-possible", "deferred"}:
            self.at[run.number].append(data.get("next"))
            if data.get("end"):
                self.ended.add(run.number)
                if run.activation:
                    life = self.life[run.activation]
                    if life != "closed" and (run.phase != "activate" or life == "activated"):
                        self.life[run.activation] = ENDS.get((run.phase, data["end"]), life)
        elif run and kind == "reopened":
            self.at[run.number].pop()
            visit = len(self.at[run.number]) - 1
            self.open -= {i.number for i in self.state.items if (i.run, i.visit) == (run.number, visit)}

    @property
    def going_on(self) -> bool:
        return not self.state.closed

    def step(self, run: Run) -> Step:
        return next(s for s in BOOKS[run.runbook].phases[run.phase] if s.id == run.cursor.step)

    def start(self, book: Runbook, *, beside: bool, phase: str = "", plan: Any = None) -> None:
        phase = phase or next(iter(book.phases))
        if phase == "activate" and plan is None:
            plan = plans.activate(self.state, book, Store(), "ann", "because")
        self.tell(machine.start(self.state, book, phase, "0", beside=beside, plan=plan))

    def wants(self, run: Run, step: Step) -> list[str]:
        """What can be done at a step; a plan that is barred is not gone through."""
        barred = bool(step.use) and plans.barred(self.state, step.use or "") is not None
        return [want for want in machine.allowed(run, step) if not (barred and want == machine.USE)]

    @initialize(name=st.sampled_from(USING))
    def begin(self, name: str) -> None:
        self.tell(machine.open_incident())
        self.start(BOOKS[name], beside=True)

    @precondition(lambda self: self.going_on)
    @rule(name=st.sampled_from(FAILURES))
    def open_another(self, name: str) -> None:
        if not any(run.runbook == name for run in self.state.waiting) and len(self.state.waiting) < 3:
            self.start(BOOKS[name], beside=True)

    @precondition(lambda self: self.state.current)
    @rule(data=draws, turns=st.integers(1, 12))
    def go_on(self, data: st.DataObject, turns: int) -> None:
        """Mostly answers, as people do; sometimes something else that is legal."""
        for _ in range(turns):
            run = self.state.current
            if run is None:
                return
            step = self.step(run)
            if run.status == AWAY:
                child = self.state.run(run.child)
                assert child is not None
                self.tell(machine.decide(run, step, RETURN, child.outcome or ""))
                continue
            wants = [w for w in self.wants(run, step) if w != machine.TIME_UP]
            want = data.draw(st.sampled_from([*wants, *[w for w in wants if w in {ANSWER, machine.USE}] * 5]))
            if want == machine.USE:
                self.start(BOOKS[step.use or ""], beside=False)
            else:
                value = data.draw(st.sampled_from([a.id for a in step.answers] or [DONE])) if want == ANSWER else "so"
                self.tell(machine.decide(run, step, want, value, "amount", free=True))

    @precondition(lambda self: self.state.current)
    @rule(data=draws)
    def go_to_the_end(self, data: st.DataObject) -> None:
        """The run in hand and what it goes through, by the answers that people mostly give."""
        begun = self.state.waiting[0].number
        for _ in range(60):
            run = self.state.current
            if run is None or begun in self.ended:
                return
            step = self.step(run)
            child = self.state.run(run.child)
            if child:
                self.tell(machine.decide(run, step, RETURN, child.outcome or ""))
            elif machine.USE in self.wants(run, step):
                self.start(BOOKS[step.use or ""], beside=False)
            else:
                known = [a for a in step.answers if a.id != UNKNOWN]
                ends = [a.id for a in known if a.end and a.end != "not-possible"]
                value = data.draw(st.sampled_from(ends or [a.id for a in known] or [DONE]))
                if ANSWER in machine.allowed(run, step):
                    self.tell(machine.decide(run, step, ANSWER, value))
                else:
                    self.tell(machine.decide(run, step, NOT_POSSIBLE, "so"))

    @precondition(lambda self: self.state.current and len(self.state.waiting) > 1)
    @rule(data=draws)
    def switch(self, data: st.DataObject) -> None:
        run = data.draw(st.sampled_from(self.state.waiting))
        self.tell(machine.switch(self.state, run.number))
        assert self.state.waiting[0].number == run.number

    @precondition(lambda self: self.going_on)
    @rule(name=st.sampled_from(PLANS))
    def activate(self, name: str) -> None:
        if not plans.in_force(self.state, name) and len(self.state.in_force) < 3:
            self.start(BOOKS[name], beside=True)

    def some_plan(self, data: st.DataObject) -> Activation | None:
        return data.draw(st.sampled_from(self.state.activations)) if self.state.activations else None

    @precondition(lambda self: self.going_on and self.state.activations)
    @rule(data=draws, amount=st.integers(1, 9999))
    def sell(self, data: st.DataObject, amount: int) -> None:
        plan = self.some_plan(data)
        assert plan is not None
        value = Decimal(amount) / 100
        with self.journal.held() as told:
            assert told == []
            found = plans.sell(self.state, plan, value, DAY, self.state.last)
            if isinstance(found, Event):
                self.tell(found)
        sold = self.sales[plan.number]
        fits = value <= 90 and sum(sold.values()) + value <= 200 and len(sold) < 6 and self.life[plan.number] in SELLING
        assert isinstance(found, Event) == fits
        if isinstance(found, Event):
            sold[found.data["n"]] = value

    @precondition(lambda self: self.going_on and any(self.sales.values()))
    @rule(data=draws)
    def take_back(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from([n for n, sold in self.sales.items() if sold]))
        plan = self.state.activation(number)
        assert plan is not None
        sale = data.draw(st.sampled_from(sorted(self.sales[number])))
        self.tell(plans.take_back(plan, sale, "typed wrong"))
        del self.sales[number][sale]
        again = self.state.activation(number)
        assert again is not None
        assert isinstance(plans.take_back(again, sale, "once more"), Refusal)

    @precondition(lambda self: self.going_on and self.state.in_force)
    @rule(data=draws, phase=st.sampled_from(["stand_down", "reconcile"]))
    def later_phase(self, data: st.DataObject, phase: str) -> None:
        plan = data.draw(st.sampled_from(self.state.in_force))
        found = plans.may_begin(self.state, plan.plan, phase)
        ready = {"stand_down": "active", "reconcile": "stood-down"}[phase]
        running = any(r.activation == plan.number and r.phase == phase and not r.outcome for r in self.state.runs)
        latest = max(a.number for a in self.state.in_force if a.plan == plan.plan)
        assert isinstance(found, Activation) == (self.life[latest] == ready and not running)
        if isinstance(found, Activation):
            self.start(BOOKS[plan.plan], beside=True, phase=phase, plan={"activation": found.number})

    @precondition(lambda self: self.going_on and self.state.in_force)
    @rule(data=draws)
    def close_plan(self, data: st.DataObject) -> None:
        plan = data.draw(st.sampled_from(self.state.in_force))
        latest = max(a.number for a in self.state.in_force if a.plan == plan.plan)
        found = plans.close(self.state, plan.plan, "the manager")
        assert isinstance(found, Event) == (self.life[latest] == RECONCILED), "closed before its money was reconciled"
        if isinstance(found, Event):
            self.tell(found)
            self.life[latest] = CLOSED

    @precondition(lambda self: self.open)
    @rule(data=draws)
    def settle(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.open)))
        item = next(i for i in self.state.items if i.number == number)
        self.tell(items.settle(self.state, number, data.draw(st.sampled_from(SETTLEMENTS[item.item])), "slip 0042"))
        self.open.discard(number)
        assert isinstance(items.settle(self.state, number, SETTLEMENTS[item.item][0], "again"), Refusal)

    @rule(name=st.sampled_from(["ben", "小李"]), entry=st.integers(-2, 60))
    def aside(self, name: str, entry: int) -> None:
        """A change of shift; a time that is corrected."""
        self.tell(machine.hand_over(name, self.journal.who))
        self.journal.who = name
        found = machine.correct(entry, self.journal.seq, "2026-11-23T02:35:00.000Z")
        assert isinstance(found, Event) == (0 < entry <= self.journal.seq)
        if isinstance(found, Event):
            self.tell(found)

    @precondition(lambda self: self.going_on)
    @rule(heir=st.sampled_from(["", "the area manager"]))
    def close(self, heir: str) -> None:
        found = items.close(self.state, heir, "the bank is closed" if heir else "")
        free = all(life == CLOSED for life in self.life.values()) and not (set(self.at) - self.ended)
        assert isinstance(found, Event) == (free and (not self.open or bool(heir)))
        if isinstance(found, Event):
            self.tell(found)
            assert self.state.closed
            assert all(item.heir == heir for item in self.state.items if item.number in self.open)

    @precondition(lambda self: self.going_on and len(self.acknowledged) > 12)
    @rule(data=draws, heir=st.sampled_from(["", "the area manager"]))
    def wind_up(self, data: st.DataObject, heir: str) -> None:
        """Bring to an end what goes on, and close the incident if that is possible."""
        for _ in range(20):
            plan = next((p for p in self.state.in_force if p.status in plans.NEXT), None)
            if self.state.current:
                self.go_to_the_end(data)
            elif plan and plan.status == RECONCILED:
                self.tell(plans.close(self.state, plan.plan, "the manager"))
                self.life[plan.number] = CLOSED
            elif plan:
                phase = plans.NEXT[plan.status]
                self.start(BOOKS[plan.plan], beside=True, phase=phase, plan={"activation": plan.number})
        self.close(heir)

    @rule(cut=st.floats(0, 0.999))
    def crash(self, cut: float) -> None:
        """The process is killed while it writes one more entry."""
        self.journal.close()
        raw, _ = chain.encode(
            self.journal.seq + 1, "noted", self.state.last, "+08:00", 1, "ann", noted(0).data, "0" * 64
        )
        with segment_path(self.folder, 1).open("ab") as file:
            file.write(raw[: int(cut * len(raw))])
        self.come_back()

    def come_back(self) -> None:
        """Another process goes on; it knows what was acknowledged, and asks what was not answered."""
        self.journal.close()
        record = load(self.folder)
        assert record.damage == ()
        assert [plain(event) for event, _ in record.events()] == self.acknowledged
        again = replay(record.events())
        assert again == self.state
        self.journal, self.state = Journal(self.folder, Ticking(), "ann", record), again
        for told, at in self.journal.catch_up():
            assert told.kind == "torn"
            self.state = apply(self.state, told, at)
            self.acknowledged.append(plain(told))

    @invariant()
    def tells_what_the_model_tells(self) -> None:
        state = self.state
        assert state.lost == 0
        plans_in_force = [a.plan for a in state.in_force]
        assert len(plans_in_force) == len(set(plans_in_force)), "one plan in force twice"
        assert {a.number: a.status for a in state.activations} == self.life
        assert {a.number: {s.number: s.amount for s in a.counted} for a in state.activations} == self.sales
        assert {item.number for item in state.open_items} == self.open
        assert {run.number: run.cursor.step for run in state.runs} == {n: steps[-1] for n, steps in self.at.items()}
        assert {run.number for run in state.runs if run.outcome is not None} == self.ended


def test_any_history_is_told_by_its_record() -> None:
    run_state_machine_as_test(Incident, settings=settings(max_examples=80, stateful_step_count=50))
