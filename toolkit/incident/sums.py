"""Amounts that must be equal: what they add up to, and by how much they differ; pure."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from toolkit.incident.state import Run, State
from toolkit.model import Comparison
from toolkit.vocabulary import COUNTED


class Difference(NamedTuple):
    """The sum of `parts` against `other`; None where one of them was not written down."""

    comparison: Comparison
    parts: tuple[Decimal | None, ...]
    other: Decimal | None

    @property
    def known(self) -> bool:
        """Whether every amount is there."""
        return self.other is not None and None not in self.parts

    @property
    def by(self) -> Decimal:
        """How much more the sum is than what it should equal; zero where something is missing."""
        if self.other is None or not self.known:
            return Decimal(0)
        return sum((part for part in self.parts if part is not None), Decimal(0)) - self.other


def differences(comparisons: tuple[Comparison, ...], state: State, run: Run) -> list[Difference]:
    """Each comparison with the amounts that `run` has written down, or that were counted against its plan."""
    own = state.written(run)
    return [
        Difference(c, tuple(_amount(own, n) for n in c.sum), _other(c.equals, own, state, run)) for c in comparisons
    ]


def _other(name: str, own: Mapping[str, str], state: State, run: Run) -> Decimal | None:
    if name != COUNTED:
        return _amount(own, name)
    plan = state.activation(run.activation)
    return plan.sold if plan else None


def _amount(own: Mapping[str, str], name: str) -> Decimal | None:
    try:
        return Decimal(own.get(name, ""))
    except InvalidOperation:
        return None
