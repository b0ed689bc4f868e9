"""From "what do you see?" to a runbook, in at most one typed line and three answers.

Values only: a `Menu` is a question with its answers, a `Go` is where it ended. Somebody else shows them and asks.

    typed line → a runbook at once when one fits clearly, else one of five
               → none of these → a group → one of its runbooks
    a group    → one of its runbooks

"I cannot tell" stands in every menu and leads to a first safe action and a card.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple, TypeVar

from toolkit.cells import fold
from toolkit.content import triage
from toolkit.content.library import Heading, Library
from toolkit.model import Group, Runbook, Text

T = TypeVar("T")

GROUP: Final = "group"  # the kinds of options
OTHERS: Final = "others"
RUNBOOK: Final = "runbook"
NONE: Final = "none"
UNKNOWN: Final = "unknown"

GROUPS: Final = "groups"  # the kinds of menus, beside GROUP and OTHERS
HITS: Final = "hits"
NOTHING: Final = "nothing"

_MOST: Final = 5
_CLEAR: Final = 1.6  # the best is taken at once if it scores so many times the second …
_SHARE: Final = 0.7  # … and has this part of what was typed …
_LEAST: Final = 2  # … which is at least so many letters or characters
_SEEN: Final = ("failure", "plan")  # a routine is nothing that a shop sees going wrong


class Option(NamedTuple):
    """One answer. `name` is the id of a group or runbook; `seen` a symptom.

    `say` is None where the words are the toolkit's own: `others`, `none` and `unknown` are the same everywhere.
    """

    kind: str
    name: str = ""
    card: str = ""
    say: Text | None = None
    seen: Text | None = None


class Menu(NamedTuple):
    """A question: GROUPS, NOTHING (was found; the groups again), HITS, or GROUP and OTHERS (one of its runbooks).

    `first` is the safe action to show before it; answers are numbered from 1.
    """

    kind: str
    options: tuple[Option, ...]
    first: Text | None = None
    group: str = ""


class Go(NamedTuple):
    """The end: the runbook to follow, and what to do first where nobody could tell.

    Without a runbook (`card` is empty, the library has none for it) `first` is all there is.
    """

    id: str
    card: str
    first: Text | None = None


def family(card: str) -> str:
    """The letters that a card begins with: R of R14, CP of CP-01."""
    return card.rstrip("0123456789").rstrip("-")


def options(library: Library, kind: str = GROUPS) -> Menu:
    """The groups to choose from."""
    known = library.triage
    listed = [Option(GROUP, group.id, say=group.say) for group in known.groups]
    others = [Option(OTHERS)] if _others(library) else []
    return Menu(kind, (*listed, *others, Option(NONE), Option(UNKNOWN)))


def reply(library: Library, menu: Menu, line: str, code: Callable[[str], T | None] = lambda _: None) -> Menu | Go | T:
    """What follows from a line typed at `menu`: the number of an answer, else words, a card or a code."""
    number = fold(line)
    if number.isascii() and number.isdigit() and number[0] != "0" and int(number) <= len(menu.options):
        return chosen(library, menu, int(number))
    return typed(library, line, code)


def typed(library: Library, line: str, code: Callable[[str], T | None] = lambda _: None) -> Menu | Go | T:
    """What fits a line of words: a runbook where one fits clearly, else a choice of at most five.

    `code` is asked first: what it makes of the line is handed back unless it is None.
    """
    meant = code(line)
    if meant is not None:
        return meant
    hits = library.search(line, _MOST)
    if not hits:
        return options(library, NOTHING)
    if _clear(library, line, hits):
        return _go(hits[0][0])
    found = (_option(library.book(heading), line) for heading, _ in hits)
    return Menu(HITS, (*found, Option(NONE), Option(UNKNOWN)))


def chosen(library: Library, menu: Menu, number: int) -> Menu | Go:
    """What follows from answer `number` of `menu`; IndexError if it has no such answer."""
    kind, name, card, _, _ = menu.options[number - 1]
    if kind == RUNBOOK:
        return Go(name, card)
    if kind == OTHERS:
        return books(library, OTHERS, _others(library))
    if kind == NONE and menu.kind == HITS:
        return options(library)
    group = next((g for g in library.triage.groups if g.id == (name or menu.group)), None)
    return _within(library, group) if kind == GROUP and group else _otherwise(library, group)


def _clear(library: Library, line: str, hits: Sequence[tuple[Heading, float]]) -> bool:
    """Whether the best hit is the one: by name, or far ahead, with most of the words and with more than any other.

    A plan is only by its name: it is put in force by choice.
    """
    (best, score), *others = hits
    if score >= triage.NAMED:
        return True
    if best.kind == "plan":
        return False
    if sum(c.isalpha() for c in line) < _LEAST or (others and score < _CLEAR * others[0][1]):
        return False
    share = library.share(line, best)
    return share >= _SHARE and all(library.share(line, heading) < share for heading, _ in others)


def _within(library: Library, group: Group) -> Menu | Go:
    listed = [h for h in library.headings if h.kind in _SEEN and family(h.card) in group.families]
    if not listed:
        return _otherwise(library, group)
    return books(library, GROUP, listed)._replace(first=group.first, group=group.id)


def books(library: Library, kind: str, headings: Iterable[Heading]) -> Menu:
    """A choice among these runbooks, each with its first symptom."""
    listed = (_option(library.book(heading)) for heading in headings)
    return Menu(kind, (*listed, Option(NONE), Option(UNKNOWN)))


def _others(library: Library) -> list[Heading]:
    """The runbooks that belong to no group."""
    grouped = {letters for group in library.triage.groups for letters in group.families}
    return [h for h in library.headings if h.kind in _SEEN and family(h.card) not in grouped]


def _option(book: Runbook, line: str = "") -> Option:
    """A runbook with the symptom that fits `line` best, the first one among equals."""
    seen = max(book.symptoms, key=lambda s: triage.alike(line, f"{s.zh} {s.en}"), default=book.trigger)
    return Option(RUNBOOK, book.id, book.card, book.title, seen)


def _go(heading: Heading) -> Go:
    return Go(heading.id, heading.card)


def _otherwise(library: Library, group: Group | None) -> Go:
    """The first card that the library has of those for "I cannot tell" in `group`, then of those for everybody."""
    known = library.triage
    by_card = {h.card: h for h in reversed(library.headings)}
    cards = [*(group.otherwise if group else ()), *known.otherwise]
    heading = next((by_card[card] for card in cards if card in by_card), None)
    first = group.first if group else known.first
    return Go(heading.id, heading.card, first) if heading else Go("", "", first)
