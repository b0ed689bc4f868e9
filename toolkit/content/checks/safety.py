"""Safety rules over every path (TB401): before an action of one kind, others must have been done."""

from collections.abc import Iterator

from toolkit.content.checks.graph import starts
from toolkit.content.checks.known import Known
from toolkit.content.flow import done_before, graph, path_without
from toolkit.diagnostics import Note
from toolkit.model import Runbook


def check(book: Runbook, known: Known) -> Iterator[Note]:
    """Each step whose act a rule guards and that some path reaches without the acts that the rule needs."""
    guards = [
        (act, need, r.id)
        for r in (known.rules or {}).values()
        for c in r.checks
        for act in c.before
        for need in c.needs
    ]
    if not any(step.act in known.needs for step in book.steps()):
        return
    for phase, steps in book.phases.items():
        ways, entries = graph(steps), starts(book, steps)
        before = done_before(steps, ways, entries, known.needs)
        for index, step in enumerate(steps):
            for act, need, rule in guards:
                if step.act == act and need not in before.get(step.id, {need}):
                    trail = " → ".join(path_without(steps, ways, entries, step.id, need, known.needs))
                    yield Note((phase, index, "act"), "TB401", {"rule": rule, "act": act, "needs": need, "path": trail})
