"""What a runbook may refer to."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from toolkit.diagnostics import Route
from toolkit.model import Field, Rule, Runbook, Step


class Known(NamedTuple):
    """The rules and evidence of a library, None where their file is at fault, and the names a store file may hold.

    `needs` is what the rules want before each act.
    """

    rules: Mapping[str, Rule] | None
    evidence: Mapping[str, Field] | None
    contacts: tuple[str, ...]
    config: tuple[str, ...]
    needs: Mapping[str, frozenset[str]] = {}
    targets: tuple[str, ...] = ()


def needs(rules: Mapping[str, Rule]) -> dict[str, frozenset[str]]:
    """For each act, the acts that any rule wants before it."""
    found: dict[str, set[str]] = defaultdict(set)
    for rule in rules.values():
        for path in rule.checks:
            for act in path.before:
                found[act] |= set(path.needs)
    return {act: frozenset(wanted) for act, wanted in found.items()}


def placed_steps(book: Runbook) -> Iterator[tuple[Route, Step]]:
    """Every step with its route."""
    for phase, steps in book.phases.items():
        for index, step in enumerate(steps):
            yield (phase, index), step
