"""What a plan may not exceed: a value in the form that its bound counts in, and more than nothing (TB226)."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from toolkit.content.checks.known import Known
from toolkit.diagnostics import Note
from toolkit.model import Runbook

_FORMS: Final[Mapping[str, str]] = {
    "sale": "[0-9]+([.][0-9]{1,2})?",
    "day": "[0-9]+([.][0-9]{1,2})?",
    "count": "[0-9]+",
    "duration": "P.+",
}


def check(book: Runbook, _: Known) -> Iterator[Note]:
    """Each limit of `book` whose value its bound cannot count."""
    for index, limit in enumerate(book.limits):
        if limit.bound is None or limit.value is None:
            continue
        if not re.fullmatch(_FORMS[limit.bound], limit.value) or not re.search("[1-9]", limit.value):
            yield Note(("limits", index, "value"), "TB226", {"value": limit.value, "bound": limit.bound})
