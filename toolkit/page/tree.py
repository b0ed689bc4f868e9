"""All pages of one language: a path below the docs folder, and what is in the file."""

from collections.abc import Mapping

from toolkit.page import index, reference
from toolkit.page.runbook import runbook
from toolkit.page.shelf import Shelf
from toolkit.text import Words

START = "index.md"


def pages(shelf: Shelf, words: Words, written: Mapping[str, str]) -> dict[str, str]:
    """The whole tree by path. `written` are the pages written by hand; its START introduces the start page."""
    return {
        **written,
        START: index.start(written.get(START, ""), shelf, words),
        "by-symptom.md": index.by_symptom(shelf, words),
        "by-card.md": index.by_card(shelf, words),
        "by-kind.md": index.by_kind(shelf, words),
        "reference/rules.md": reference.rules(shelf, words),
        "reference/evidence.md": reference.evidence(shelf, words),
        "reference/codes.md": reference.codes(shelf, words),
        "reference/checks.md": reference.checks(words),
        "reference/sitting.md": reference.sitting(words),
        **{f"runbooks/{r.id}.md": runbook(r, shelf, words) for r in shelf.runbooks},
    }
