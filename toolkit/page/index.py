"""The pages that lead to runbooks: the start page, and one index each by symptom, by card and by kind."""

from itertools import groupby

from toolkit.model import Runbook
from toolkit.page.markdown import block, front, heading, inline, items, join, link, page, paragraph, table
from toolkit.page.shelf import Shelf, linked, say_folded
from toolkit.text import Words
from toolkit.vocabulary import PHASES

_INDEXES = ("by-symptom", "by-card", "by-kind")
_NO_SEARCH = "exclude: true"  # an index repeats what the runbooks say: as a search result it only stands in the way


def start(intro: str, shelf: Shelf, words: Words) -> str:
    """The start page: the hand-written `intro`, then what the shop may see, a group for each runbook."""
    doors = block("tb-doors", [items(link(inline(words(f"site.{i}")), f"{i}.md") for i in _INDEXES)])
    return page([intro.rstrip(), doors, *(_group(kind, shelf, words) for kind in PHASES)])


def by_symptom(shelf: Shelf, words: Words) -> str:
    """What the shop sees, then the codes on the screen, each with its runbook."""
    symptoms = [(say_folded(s, words), r) for r in shelf.runbooks for s in r.symptoms]
    aliases = [(inline(alias), r) for r in shelf.runbooks for alias in r.aliases]
    codes = sorted((code, r.card, r) for r in shelf.runbooks for code in r.codes)
    parts = [
        (heading(2, inline(words("site.seen-here")), "symptoms"), symptoms),
        (heading(2, inline(words("site.codes-here")), "codes"), [(inline(code), r) for code, _, r in codes]),
        (heading(2, inline(words("site.aliases-here")), "aliases"), aliases),
    ]
    return _index("by-symptom", words, *(join([head, _rows(rows, words)]) for head, rows in parts if rows))


def by_card(shelf: Shelf, words: Words) -> str:
    """Every runbook by the code on its card."""
    runbooks = sorted(shelf.runbooks, key=lambda r: r.card)
    return _index("by-card", words, _table(["card", "runbook", "kind"], runbooks, words))


def by_kind(shelf: Shelf, words: Words) -> str:
    """Every runbook under its kind."""
    parts = [
        join([_kind(kind, words), _table(["runbook", "first"], list(runbooks), words)])
        for kind, runbooks in groupby(shelf.runbooks, key=lambda r: r.kind)
    ]
    return _index("by-kind", words, *parts)


def _index(index: str, words: Words, *parts: str) -> str:
    title = words(f"site.{index}")
    return page([front(title, search=_NO_SEARCH), heading(1, inline(title), "top"), *parts])


def _kind(kind: str, words: Words) -> str:
    return heading(2, inline(words(f"site.kinds.{kind}")), f"kind-{kind}")


def _group(kind: str, shelf: Shelf, words: Words) -> str:
    cards = [
        block(
            "tb-card",
            [
                heading(3, linked(r, words), f"card-{r.id}"),
                items(link(say_folded(s, words), f"runbooks/{r.id}.md") for s in r.symptoms)
                or paragraph(_gist(r, words)),
            ],
        )
        for r in shelf.runbooks
        if r.kind == kind
    ]
    return join([_kind(kind, words), block("tb-cards", cards)]) if cards else ""


def _gist(runbook: Runbook, words: Words) -> str:
    """When to take a runbook that names no symptoms, or what it says first."""
    text = runbook.trigger or runbook.first
    if text:
        return say_folded(text, words)
    return inline(words("site.every", time=words.duration(runbook.every))) if runbook.every else ""


def _rows(rows: list[tuple[str, Runbook]], words: Words) -> str:
    head = [words("site.column.seen"), words("site.column.runbook")]
    return table(head, ([what, linked(runbook, words)] for what, runbook in rows))


def _table(columns: list[str], runbooks: list[Runbook], words: Words) -> str:
    rows = [
        {
            "card": inline(r.card),
            "runbook": linked(r, words),
            "kind": inline(words(f"kind.{r.kind}")),
            "first": say_folded(r.first, words) if r.first else _gist(r, words),
        }
        for r in runbooks
    ]
    return table([words(f"site.column.{c}") for c in columns], ([row[c] for c in columns] for row in rows))
