"""What pages are rendered from: the runbooks, the rules, the evidence and the response codes."""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from toolkit.content.codes import Codebook
from toolkit.model import Field, Rule, Runbook, Text
from toolkit.page.markdown import inline, lines, link
from toolkit.text import Words

_PLACEHOLDER: Final = re.compile(r"\{\{\s*([a-z]+)\.([a-z0-9-]+)\s*\}\}")


class Shelf(NamedTuple):
    """All that a page may refer to. `runbooks` is in the order of the indexes, `exercised` the dates of last drills."""

    runbooks: tuple[Runbook, ...]
    rules: Mapping[str, Rule]
    evidence: Mapping[str, Field]
    codes: Codebook | None = None
    exercised: Mapping[str, str] = {}

    def find(self, name: str) -> Runbook | None:
        """The runbook of that name, or None."""
        return next((r for r in self.runbooks if r.id == name), None)


def name(runbook: Runbook, words: Words) -> str:
    """A runbook's card and title, not escaped."""
    return f"{runbook.card} · {words.of(runbook.title)}"


def linked(runbook: Runbook, words: Words, folder: str = "runbooks/") -> str:
    """A link to a runbook's page; `folder` leads from the page that holds the link."""
    return link(inline(name(runbook, words)), f"{folder}{runbook.id}.md")


def say(text: Text, words: Words) -> str:
    """An author's text as Markdown with its line breaks; placeholders show what to look up."""
    return lines(_filled(words.of(text), words))


def say_folded(text: Text, words: Words) -> str:
    """The same on one line, for headings, links and cells of tables."""
    return inline(_filled(words.of(text), words))


def gap(group: str, key: str, words: Words) -> str:
    """What stands for a value of the store file: a published page holds no shop's values. Not escaped."""
    known, form = f"{group}.{key}", f"site.gap.{group}"
    return words(form if form in words else "site.gap.config", what=words(known) if known in words else key)


def _filled(text: str, words: Words) -> str:
    return _PLACEHOLDER.sub(lambda found: gap(found[1], found[2], words), text)
