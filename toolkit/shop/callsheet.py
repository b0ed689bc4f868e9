"""What a hotline will ask for, filled from what the incident holds; pure."""

from collections.abc import Mapping
from typing import NamedTuple

from toolkit.incident.replies import NOTHING
from toolkit.incident.state import Run, State
from toolkit.model import Field, Store


class Asked(NamedTuple):
    """One thing that the hotline asks for: the field, its value or the empty string."""

    field: Field
    value: str


def sheet(contact: str, fields: Mapping[str, Field], store: Store, state: State, run: Run) -> list[Asked]:
    """What `contact` will ask for, in the order of the evidence list, each with what is known of it.

    Only what `run` and the runs of its tree wrote down counts: another tree is about another transaction.
    The merchant and terminal number come from the store file where they were not written down.
    """
    latest = {field: value for field, value in state.known(run).items() if value != NOTHING}
    own = {"mid": store.mid, "tid": store.tid}
    asked = [field for field in fields.values() if contact in field.asked_by]
    return [Asked(field, latest.get(field.id) or own.get(field.id, "")) for field in asked]
