"""Entry without knowing anything: what is open is offered, else "what do you see?"; before a runbook is in hand."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from toolkit.cells import fold, lead, wrap
from toolkit.console import Ask, Asker, Gone, say
from toolkit.content import codes, entry
from toolkit.content.entry import GROUPS, HITS, NOTHING, RUNBOOK, Go, Menu, Option
from toolkit.content.library import Library
from toolkit.guard import masked
from toolkit.incident import replies
from toolkit.model import Text
from toolkit.record.incidents import Seen
from toolkit.report import codes as meanings
from toolkit.sitting.screen import RULER, Screen

_MOST: Final = 5


class GoOn(NamedTuple):
    """The person goes on with an incident that is open."""

    incident: str


class _Shown(NamedTuple):
    """A line that is, or holds, a response code."""

    line: str


def ask(library: Library, screen: Screen, asker: Asker, unfinished: Sequence[Seen], now: str) -> Go | GoOn:
    """Ask until it is clear what to follow; raises Gone when nobody answers or the person stops."""
    known = _go_on(screen, asker, unfinished, now) if unfinished else None
    return known or _see(library, screen, asker)


def _go_on(screen: Screen, asker: Asker, unfinished: Sequence[Seen], now: str) -> GoOn | None:
    """Which of the open incidents to go on with, those that are no drill first; None for something new."""
    found = sorted(unfinished, key=lambda seen: seen.state.drill)
    shown = found[:_MOST]
    while True:
        rest = len(found) - len(shown)
        _offer(screen, shown, rest, now)
        picked = _number(screen, asker, len(shown) + 1 + bool(rest))
        if picked <= len(shown):
            return GoOn(shown[picked - 1].name)
        if picked == len(shown) + 1:
            return None
        shown = found


def _offer(screen: Screen, shown: Sequence[Seen], rest: int, now: str) -> None:
    """The incidents in `shown`, something new, and that there are `rest` more."""
    words = screen.words
    say([RULER, *wrap(words("opening.open"))])
    rows = [_row(screen, seen, now) for seen in shown] + [words("opening.new")]
    rows += [words("opening.rest", n=rest)] if rest else []
    for number, row in enumerate(rows, start=1):
        say(wrap(row, f"  {number} ", "    "))


def _row(screen: Screen, seen: Seen, now: str) -> str:
    words, run, first = screen.words, seen.state.current, seen.state.runs[0]
    at = words("opening.at", card=run.card, n=len(run.trail) + 1) if run else words("opening.at-desk")
    began = screen.board.time(seen.record.lines[0].at, now)
    mark = words("opening.drill") if seen.state.drill else ""
    who = seen.record.lines[-1].who
    row = words("opening.row", incident=seen.name, card=first.card, at=at, began=began, who=who)
    return f"{row} {mark}".rstrip()


def _number(screen: Screen, asker: Asker, last: int) -> int:
    """A number from 1 to `last`, asked for until it is one."""
    while True:
        plain = _line(screen, asker, "opening.pick", last)
        picked = replies.number(plain, last)
        if picked:
            return picked
        say(wrap(screen.words("run.unclear-choice", last=last)))


def _see(library: Library, screen: Screen, asker: Asker) -> Go:
    """What do you see? At most one line and three answers, each with its first safe action before it."""
    say([RULER, *_first(screen, library.triage.first), "", *wrap(screen.words("opening.see"))])
    step: Menu | Go = entry.options(library)
    while isinstance(step, Menu):
        say([*_first(screen, step.first), *_menu(screen, step)])
        free = step.kind in {GROUPS, NOTHING}
        line = _line(screen, asker, "opening.prompt" if free else "opening.pick", len(step.options))
        if not line:
            say(wrap(screen.words("run.blank")))
            continue
        found = entry.reply(library, step, line, lambda typed: _shown(library, typed))
        step = _code(library, screen, step, found.line) if isinstance(found, _Shown) else found
    say(_first(screen, step.first))
    return step


def _shown(library: Library, line: str) -> _Shown | None:
    return _Shown(line) if library.codes and codes.looks_like_code(library.codes, line) else None


def _code(library: Library, screen: Screen, menu: Menu, line: str) -> Menu:
    """What a response code may mean, the safest first; then the runbooks that it leads to, else the menu again."""
    assert library.codes is not None
    rows = codes.find(library.codes, line, shown=screen.store.config.get("code-table", ""))
    say(meanings.as_text(library.codes, rows, masked(line), library.offered, screen.words))
    cards = list(dict.fromkeys(card for row in rows for card, _ in library.offered(row)))
    headings = [library.heading(card) for card in cards]
    return entry.books(library, HITS, headings) if headings else menu


def _menu(screen: Screen, menu: Menu) -> list[str]:
    words = screen.words
    head = f"opening.head.{menu.kind}"
    lines = ["", *wrap(words(head))] if head in words else [""]
    for number, option in enumerate(menu.options, start=1):
        lines += wrap(_option(screen, option), f"  {number} ", "     ")
    return lines


def _option(screen: Screen, option: Option) -> str:
    if option.say is None:
        return screen.words(f"opening.{option.kind}")
    if option.kind != RUNBOOK:
        return screen.of(option.say)
    seen = f" ({screen.of(option.seen)})" if option.seen else ""
    return f"{option.card} {screen.of(option.say)}{seen}"


def _first(screen: Screen, first: Text | None) -> list[str]:
    return wrap(screen.of(first), lead(screen.words("run.first"))) if first else []


def _line(screen: Screen, asker: Asker, key: str, last: int) -> str:
    typed = fold(asker.ask(screen.words(key, last=last), Ask("line", "", "")))
    if replies.stops(typed):
        raise Gone("stopped")
    return typed
