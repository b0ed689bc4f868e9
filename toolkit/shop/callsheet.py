"""What a hotline will ask for, filled from what the incident holds; pure."""

from collections.abc import Mapping
from typing import NamedTuple

from toolkit.incident.replies import NOTHING
from toolkit.incident.state import Run, State
from toolkit.model import Field, Store
from toolkit.vocabulary import OF_ONE_CASE


class Asked(NamedTuple):
    """One thing that the hotline asks for: the field, its value or the empty string."""

    field: Field
    value: str


def sheet(contact: str, fields: Mapping[str, Field], store: Store, state: State, run: Run) -> list[Asked]:
    """What `contact` will ask for, in the order of the evidence list, each with what is known of it.

    What belongs to one payment is taken from one run only: `run`, else the nearest that goes through it, else one
    that it went through; a sheet mixed from two of them would name a payment that does not exist. The merchant and
    terminal number come from the store file where they were not written down.
    """
    latest = _case(state, run)
    own = {"mid": store.mid, "tid": store.tid}
    asked = [field for field in fields.values() if contact in field.asked_by]
    return [Asked(field, latest.get(field.id) or own.get(field.id, "")) for field in asked]


def _case(state: State, run: Run) -> dict[str, str]:
    """The evidence of the first run, from `run` upwards and then downwards, that has any of one payment."""
    above = [run]
    while (parent := state.run(above[-1].parent)) is not None:
        above.append(parent)
    below = [r for r in reversed(state.runs) if r.parent == run.number]
    for one in (*above, *below):
        own = {field: v for field, v in state.written(one).items() if v != NOTHING}
        if OF_ONE_CASE & own.keys():
            return own
    return {}
