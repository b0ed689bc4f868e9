"""Names that must exist: steps, rules, evidence, contacts, targets (TB201 to TB205, TB208); one to a rung (TB225)."""

from collections.abc import Iterable, Iterator

from toolkit.content.checks.known import Known
from toolkit.diagnostics import Note, Route, near
from toolkit.model import Field, Runbook, Step
from toolkit.vocabulary import COUNTED


def check(book: Runbook, known: Known) -> Iterator[Note]:
    """Every name in `book` that does not exist."""
    yield from _absent("TB201", (), "never", book.never, known.rules)
    for phase, steps in book.phases.items():
        names = {s.id for s in steps}
        for index, step in enumerate(steps):
            yield from _step(step, (phase, index), names, known)
    if book.time_box and not any(s.id == book.time_box.then for s in book.steps()):
        names = {s.id for s in book.steps()}
        yield _unknown("TB203", ("time_box", "then"), book.time_box.then, names)
    yield from _rungs(book)


def _rungs(book: Runbook) -> Iterator[Note]:
    """Each rung of the escalation leads to one thing: to a step of this runbook, or to a plan."""
    names = {s.id for s in book.steps()}
    for index, rung in enumerate(book.escalation):
        if (rung.go is None) == (rung.plan is None):
            yield Note(("escalation", index, "after"), "TB225")
        if rung.go is not None and rung.go not in names:
            yield _unknown("TB203", ("escalation", index, "go"), rung.go, names)


def asked(fields: Iterable[Field], contacts: tuple[str, ...]) -> Iterator[Note]:
    """The contacts that evidence is asked by and that no store file can have."""
    for index, field in enumerate(fields):
        yield from _absent("TB202", ("evidence", index), "asked_by", field.asked_by, contacts)


def _step(step: Step, route: Route, names: set[str], known: Known) -> Iterator[Note]:
    targets: list[tuple[Route, str | None]] = [(("go",), step.next), (("else",), step.otherwise)]
    targets += [(("answers", i, "go"), a.go) for i, a in enumerate(step.answers)]
    for where, target in targets:
        if target is not None and target not in names:
            yield _unknown("TB203", (*route, *where), target, names)
    yield from _absent("TB201", route, "rules", step.rules, known.rules)
    yield from _absent("TB205", route, "record", step.record, known.evidence)
    for index, comparison in enumerate(step.compare):
        yield from _absent("TB205", (*route, "compare", index), "sum", comparison.sum, known.evidence)
        wanted = {COUNTED, *(known.evidence or ())}
        if known.evidence is not None and comparison.equals not in wanted:
            yield _unknown("TB205", (*route, "compare", index, "with"), comparison.equals, wanted)
    if step.call is not None and step.call not in known.contacts:
        yield _unknown("TB202", (*route, "call"), step.call, known.contacts)
    for index, check in enumerate(step.check):
        if check.target and check.target not in known.targets:
            yield _unknown("TB208", (*route, "check", index, "target"), check.target, known.targets)


def _absent(code: str, route: Route, key: str, used: tuple[str, ...], names: Iterable[str] | None) -> Iterator[Note]:
    for index, name in enumerate(used):
        if names is not None and name not in names:
            yield _unknown(code, (*route, key, index), name, names)


def _unknown(code: str, route: Route, name: str, names: Iterable[str]) -> Note:
    return Note(route, code, {"name": name}, near(name, names))
