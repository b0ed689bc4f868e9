"""Will the runbooks serve when it matters: this computer, the records, the runbooks, the store file, the network.

Everything is looked at and nothing is changed, but for a file of its own that is written and removed again, in the data
folder that a run would make.
"""

from collections.abc import Iterator

from toolkit.doctor import content, place, shop
from toolkit.doctor.finding import FAIL, OK, SKIP, WARN, Finding, as_json, first, lines, verdict
from toolkit.doctor.network import asks, reach
from toolkit.doctor.subject import Subject

__all__ = [
    "FAIL", "OK", "SKIP", "WARN", "Finding", "Subject", "as_json", "asks", "first", "here", "lines", "reach", "verdict",
]  # fmt: skip


def here(subject: Subject) -> Iterator[Finding]:
    """What can be seen without the network, in the order in which it matters."""
    yield from place.data_folder(subject)
    yield from place.records(subject)
    yield from place.console(subject)
    yield from content.runbooks(subject)
    yield from shop.store_file(subject)
    yield from shop.gaps(subject)
    yield from content.site(subject)
