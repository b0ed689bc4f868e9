"""What the other incidents of the shop count against a plan: its limit of a day is one for all of them."""

import os
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from toolkit.clock import local
from toolkit.diagnostics import ToolkitError
from toolkit.incident.state import State
from toolkit.record.appender import last_segment
from toolkit.record.glance import glance
from toolkit.record.incidents import folders, look

_Sold = Mapping[tuple[str, str], Decimal]  # (plan, the shop's date) → what was sold
_Mark = tuple[str, int, int]


class Elsewhere:
    """The sales of every incident but `incident`; one is read again only when its record has changed.

    Two incidents have no lock in common: what is counted in both in one moment may go beyond the limit together.
    """

    def __init__(self, data: Path, incident: str) -> None:
        self._data = data
        self._incident = incident
        self._days: dict[Path, tuple[_Mark, str]] = {}
        self._sold: dict[Path, tuple[_Mark, _Sold]] = {}

    def __call__(self, plan: str, day: str) -> Decimal:
        """What was sold by `plan` on the shop's date `day`; a drill's sales are none."""
        found = (self._of(folder, day) for folder in folders(self._data) if folder.name != self._incident)
        return sum((sold.get((plan, day), Decimal(0)) for sold in found), Decimal(0))

    def _of(self, folder: Path, day: str) -> _Sold:
        mark = _mark(folder)
        if mark is None:
            return {}
        if folder not in self._days or self._days[folder][0] != mark:
            last = glance(folder)
            self._days[folder] = mark, local(last.at, last.zone, "%Y-%m-%d") if last else "9999"
        if self._days[folder][1] < day:  # its last entry is of a day before
            return {}
        if folder not in self._sold or self._sold[folder][0] != mark:
            try:
                self._sold[folder] = mark, _sold(look(folder).state)
            except ToolkitError:
                return {}
        return self._sold[folder][1]


def _mark(folder: Path) -> _Mark | None:
    """By what a record that has changed is known: its last file is longer, newer, or another one."""
    path = last_segment(folder)
    try:
        found = os.stat(path)
    except OSError:
        return None
    return path.name, found.st_size, found.st_mtime_ns


def _sold(state: State) -> _Sold:
    found: dict[tuple[str, str], Decimal] = {}
    for plan in state.activations if not state.drill else ():
        for sale in plan.counted:
            found[plan.plan, sale.day] = found.get((plan.plan, sale.day), Decimal(0)) + sale.amount
    return found
