"""Entry without knowing anything: what is open is offered, else "what do you see?"; before a runbook is in hand."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from toolkit.cells import fold, lead, wrap
from toolkit.console import Ask, Asker, Gone, say
from toolkit.content import codes, entry
from toolkit.content.entry import GROUPS, HITS, NOTHING, RUNBOOK, Go, Menu, Option
from toolkit.content.library import Library
from toolkit.incident import replies
from toolkit.model import Text
from toolkit.record.incidents import Seen
from toolkit.report import codes as meanings
from toolkit.sitting.screen import RULER, Screen

_STOP: Final = frozenset({"q", "quit", "stop", "停", "退出"})
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
    """Which of the open incidents to go on with; None for something new."""
    words, shown = screen.words, unfinished[:_MOST]
    say([RULER, *wrap(words("opening.open"))])
    for number, seen in enumerate(shown, start=1):
        run, first = seen.state.current, seen.state.runs[0]
        at = words("opening.at", card=run.card, n=len(run.trail) + 1) if run else words("opening.at-desk")
        began = screen.board.time(seen.record.lines[0].at, now)
        mark = words("opening.drill") if seen.state.drill else ""
        row = words(
            "opening.row", incident=seen.name, card=first.card, at=at, began=began, who=seen.record.lines[-1].who
        )
        say(wrap(f"{row} {mark}".rstrip(), f"  {number} ", "    "))
    say(wrap(words("opening.new"), f"  {len(shown) + 1} ", "    "))
    while True:
        plain = _line(screen, asker, "opening.pick", len(shown) + 1)
        picked = replies.number(plain, len(shown) + 1)
        if picked == len(shown) + 1:
            return None
        if picked:
            return GoOn(shown[picked - 1].name)
        say(wrap(words("run.unclear-choice", last=len(shown) + 1)))


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
    say(meanings.as_text(library.codes, rows, line, library.offered, screen.words))
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
    if typed in _STOP:
        raise Gone("stopped")
    return typed
