"""Safety rules over every path (TB401): before an action of one kind, others must have been done."""

from collections.abc import Iterator

from toolkit.checks.graph import starts
from toolkit.checks.known import Known
from toolkit.diagnostics import Note
from toolkit.flow import done_before, graph, path_without
from toolkit.model import Runbook


def check(book: Runbook, known: Known) -> Iterator[Note]:
    """Each step whose act a rule guards and that some path reaches without the acts that the rule needs."""
    rules, wanted = known.rules or {}, known.needs
    if not any(step.act in wanted for step in book.steps()):
        return
    for phase, steps in book.phases.items():
        ways, entries = graph(steps), starts(book, steps)
        before = done_before(steps, ways, entries, wanted)
        for index, step in enumerate(steps):
            for rule in rules.values():
                for path in rule.checks:
                    if step.act not in path.before or step.id not in before:
                        continue
                    for act in path.needs:
                        if act not in before[step.id]:
                            trail = path_without(steps, ways, entries, step.id, act) or path_without(
                                steps, ways, entries, step.id, ""
                            )
                            yield Note(
                                (phase, index, "act"),
                                "TB401",
                                {"rule": rule.id, "act": step.act or "", "needs": act, "path": " → ".join(trail)},
                            )
