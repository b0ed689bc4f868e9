"""Names that must exist: steps, rules, evidence, contacts, targets of automatic checks (TB201 to TB205, TB208)."""

from collections.abc import Iterable, Iterator

from toolkit.checks.known import Known
from toolkit.diagnostics import Note, Route, near
from toolkit.model import Runbook, Step


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


def _step(step: Step, route: Route, names: set[str], known: Known) -> Iterator[Note]:
    targets: list[tuple[Route, str | None]] = [(("go",), step.next), (("else",), step.otherwise)]
    targets += [(("answers", i, "go"), a.go) for i, a in enumerate(step.answers)]
    for where, target in targets:
        if target is not None and target not in names:
            yield _unknown("TB203", (*route, *where), target, names)
    yield from _absent("TB201", route, "rules", step.rules, known.rules)
    yield from _absent("TB205", route, "record", step.record, known.evidence)
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
