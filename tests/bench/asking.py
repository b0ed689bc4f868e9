"""From a runbook's own symptoms back to it: how many lines and answers a person needs who sees just that.

The symptoms are typed as they stand, with one slip, and half in the other language; the same every time.
"""

import random
import string
from collections.abc import Iterator
from typing import NamedTuple

from toolkit.content import entry
from toolkit.content.entry import family
from toolkit.content.library import Heading, Library
from toolkit.model import Runbook, Text

_LIKE = "的是了在有和不这人大来上个到说们为子时"  # what slips in between Chinese characters


class Way(NamedTuple):
    """What was typed, the runbook it was about, the one it led to, and the answers that it took after that line."""

    how: str
    line: str
    card: str
    reached: str
    answers: int


def slip(text: str, chance: random.Random) -> str:
    """`text` with one character lost, doubled, changed, or swapped with the next."""
    at = chance.choice([i for i, c in enumerate(text) if c.isalpha()] or [0])
    other = chance.choice(string.ascii_lowercase if text[at].isascii() else _LIKE)
    changed = (text[at + 1 : at + 2] + text[at], text[at] * 2, other, "")
    kind = chance.randrange(4)
    return text[:at] + changed[kind] + text[at + (2 if kind == 0 else 1) :]


def _mixed(one: Text, other: Text) -> Iterator[str]:
    """Half of one symptom in one language, half of another in the other."""
    yield f"{one.zh[: max(2, len(one.zh) // 2)]} {' '.join(other.en.split()[-3:])}"
    yield f"{' '.join(one.en.split()[:3])} {other.zh[-4:]}"


def lines(book: Runbook) -> Iterator[tuple[str, str]]:
    """(how it is typed, line) for each symptom of `book`."""
    for number, symptom in enumerate(book.symptoms):
        chance = random.Random(f"{book.id} {number}")
        yield from (("as it stands", text) for text in symptom)
        yield from (("one slip", slip(text, chance)) for text in symptom for _ in range(4))
        yield from (("two languages", line) for line in _mixed(symptom, chance.choice(book.symptoms)))


def asked(library: Library, heading: Heading) -> Iterator[Way]:
    """The way back to the runbook from each line; `reached` is empty where three answers were not enough."""
    for how, line in lines(library.book(heading)):
        now = entry.typed(library, line)
        answers = 0
        while isinstance(now, entry.Menu) and answers < 3:
            now = entry.chosen(library, now, _answer(library, now, heading))
            answers += 1
        yield Way(how, line, heading.card, now.card if isinstance(now, entry.Go) else "", answers)


def _answer(library: Library, menu: entry.Menu, heading: Heading) -> int:
    """The answer of a person who sees the right one: the runbook, its group, or none of these."""
    groups = [g.id for g in library.triage.groups if family(heading.card) in g.families]
    for number, option in enumerate(menu.options, 1):
        if option.name == heading.id or option.name in groups or option.kind == entry.OTHERS:
            return number
    return 1 + [o.kind for o in menu.options].index(entry.NONE)
