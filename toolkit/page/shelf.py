"""What pages are rendered from: the runbooks, the rules and the evidence."""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from toolkit.model import Field, Rule, Runbook, Step, Text
from toolkit.page.markdown import inline, lines, link
from toolkit.text import Words

_PLACEHOLDER: Final = re.compile(r"\{\{\s*([a-z]+)\.([a-z0-9-]+)\s*\}\}")


class Shelf(NamedTuple):
    """All that a page may refer to. `runbooks` is in the order of the indexes."""

    runbooks: tuple[Runbook, ...]
    rules: Mapping[str, Rule]
    evidence: Mapping[str, Field]

    def find(self, name: str) -> Runbook | None:
        """The runbook of that name, or None."""
        return next((r for r in self.runbooks if r.id == name), None)

    def standing_over(self, step: Step) -> list[Rule]:
        """The rules that the step could break: those over its kind of action, and those it names."""
        return [r for r in self.rules.values() if step.act in r.over or r.id in step.rules]


def name(runbook: Runbook, words: Words) -> str:
    """A runbook's card and title, not escaped."""
    return f"{runbook.card} · {words.of(runbook.title)}"


def linked(runbook: Runbook, words: Words, folder: str = "runbooks/") -> str:
    """A link to a runbook's page; `folder` leads from the page that holds the link."""
    return link(inline(name(runbook, words)), f"{folder}{runbook.id}.md")


def say(text: Text, words: Words) -> str:
    """An author's text as Markdown. A published page holds no shop's values: a placeholder shows what to look up."""
    return _filled(words.of(text), words, lines)


def say_folded(text: Text, words: Words) -> str:
    """The same on one line, for headings and links."""
    return _filled(" ".join(words.of(text).split()), words, inline)


def contact(who: str, words: Words) -> str:
    """Whom to call, with the place where the number is, not escaped."""
    return gap("contact", who, words)


def gap(group: str, key: str, words: Words) -> str:
    """What stands for a value of the store file, not escaped."""
    known = f"{group}.{key}"
    form = f"site.gap.{group}"
    return words(form if form in words else "site.gap.config", what=words(known) if known in words else key)


def _filled(text: str, words: Words, escape: "type[str] | object") -> str:
    raise NotImplementedError
