"""Rules that a JSON Schema cannot state, as pure functions over one runbook.

Each takes a runbook and what the library knows, and yields notes at routes; the library finds the lines.
"""

from collections.abc import Callable, Iterator
from typing import Final

from toolkit.content.checks import graph, limits, references, safety, wording
from toolkit.content.checks.known import Known
from toolkit.diagnostics import Note
from toolkit.model import Runbook

CHECKS: Final[tuple[Callable[[Runbook, Known], Iterator[Note]], ...]] = (
    references.check,
    limits.check,
    graph.check,
    wording.check,
    safety.check,
)


def check(book: Runbook, known: Known) -> Iterator[Note]:
    """Every note of every rule on `book`."""
    for rule in CHECKS:
        yield from rule(book, known)
