"""The shape of the steps (TB211 to TB218): reached, ended, named once, answered for sure."""

from collections import Counter
from collections.abc import Iterator, Sequence

from toolkit.content.checks.known import Known
from toolkit.content.flow import Graph, graph, leads_to_end, reached
from toolkit.diagnostics import Note, Route
from toolkit.model import Runbook, Step
from toolkit.vocabulary import AS_USED, OUTCOMES, UNKNOWN


def starts(book: Runbook, steps: Sequence[Step]) -> list[str]:
    """Where a phase can be entered: its first step, and the steps to go to when time is up."""
    ways = {s.id for s in steps}
    return [steps[0].id, *(rung.go for rung in book.ladder if rung.go in ways)]


def check(book: Runbook, _: Known) -> Iterator[Note]:
    """What is wrong with the shape of `book`'s steps."""
    seen: Counter[str] = Counter()
    for phase, steps in book.phases.items():
        allowed = OUTCOMES[phase if book.kind == "plan" else book.kind]
        for index, step in enumerate(steps):
            seen[step.id] += 1
            if seen[step.id] > 1:
                yield Note((phase, index, "id"), "TB214", {"step": step.id})
            yield from _step(step, (phase, index), allowed)
        yield from _reach(phase, steps, graph(steps), starts(book, steps))


def _reach(phase: str, steps: Sequence[Step], ways: Graph, entries: list[str]) -> Iterator[Note]:
    met, ending = reached(ways, entries), leads_to_end(ways)
    for index, step in enumerate(steps):
        if step.id not in met:
            yield Note((phase, index, "id"), "TB211", {"step": step.id})
        elif step.id not in ending and all(m.go in ways for m in ways[step.id]):
            yield Note((phase, index, "id"), "TB213", {"step": step.id})


def _step(step: Step, route: Route, allowed: tuple[str, ...]) -> Iterator[Note]:
    if not step.answers and step.next is None and step.end is None:
        yield Note((*route, "id"), "TB212", {"step": step.id})
    for key in ("end", "use"):
        if step.answers and getattr(step, key) is not None:
            yield Note((*route, key), "TB217", {"key": key}, key=True)
    yield from _outcome(step.end, (*route, "end"), allowed, step)
    named: Counter[str] = Counter(a.id for a in step.answers)
    for index, answer in enumerate(step.answers):
        place = (*route, "answers", index)
        if named[answer.id] > 1 and any(a.id == answer.id for a in step.answers[:index]):
            yield Note((*place, "is"), "TB215", {"answer": answer.id})
        if (answer.go is None) == (answer.end is None):
            yield Note((*place, "is"), "TB216", {"answer": answer.id})
        yield from _outcome(answer.end, (*place, "end"), allowed, step)
    if step.answers and UNKNOWN not in named:
        yield Note((*route, "ask"), "TB218", {"step": step.id}, key=True)


def _outcome(end: str | None, route: Route, allowed: tuple[str, ...], step: Step) -> Iterator[Note]:
    if end is not None and (end not in allowed or (end == AS_USED and step.use is None)):
        yield Note(route, "TB219", {"outcome": end, "known": ", ".join(allowed)})
