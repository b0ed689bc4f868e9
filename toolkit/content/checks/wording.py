"""What texts hold: no phone number and no address (TB301, TB302), and placeholders that exist (TB206)."""

import re
from collections.abc import Iterator
from typing import Any, Final

from toolkit.content.checks.known import Known, placed_steps
from toolkit.diagnostics import Note, Route, near
from toolkit.model import Runbook, Text

# Seven or more digits with the usual separators, 400/800 lines, and the 95xxx/12xxx service lines of China.
_PHONE: Final = re.compile(
    r"(?<![0-9A-Za-z.])(?:\+?[0-9]{2,4}[ -]){1,4}[0-9]{3,8}(?![0-9])"
    r"|(?<![0-9A-Za-z.])(?:1[3-9][0-9]{9}|[0-9]{7,12}|9[56][0-9]{3}|12[0-9]{3})(?![0-9A-Za-z%])"
)
_ADDRESS: Final = re.compile(
    r"[a-z][a-z0-9+.-]*://\S+|\bwww\.\S+|\b(?:javascript|data|mailto|tel):\S+"
    r"|\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|cn|net|org|gov|io|info|top|xyz|hk)\b(?!\.[a-z])",
    re.IGNORECASE,
)
# Without one of these a text holds nothing of the kind, and most texts do not.
_SUSPECT: Final = re.compile(r"[0-9]{3}|[.:][A-Za-z0-9/]|\{\{|\}\}")
_PLACEHOLDER: Final = re.compile(r"\{\{(.*?)\}\}|\{\{|\}\}")
_PARTS: Final = ("caution", "do", "say", "expect", "why", "ask")


def _texts(book: Runbook) -> Iterator[tuple[Route, Text]]:
    yield ("title",), book.title
    for key in ("first", "trigger"):
        text = getattr(book, key)
        if text is not None:
            yield (key,), text
    for index, symptom in enumerate(book.symptoms):
        yield ("symptoms", index), symptom
    for key in ("requires", "limits"):
        for index, claim in enumerate(getattr(book, key)):
            yield (key, index, "what"), claim.what
    for index, limit in enumerate(book.limits):
        if limit.beyond is not None:
            yield ("limits", index, "beyond"), limit.beyond
    for route, step in placed_steps(book):
        for key in _PARTS:
            text = getattr(step, key)
            if text is not None:
                yield (*route, key), text
        for index, answer in enumerate(step.answers):
            yield (*route, "answers", index, "say"), answer.say


def check(book: Runbook, known: Known) -> Iterator[Note]:
    """Phone numbers, addresses and placeholders that do not exist, in the texts and aliases of `book`."""
    for route, text in _texts(book):
        for language, words in zip(Text._fields, text, strict=True):
            if _SUSPECT.search(words):
                yield from _literal((*route, language), words)
                yield from _placeholders((*route, language), words, known)
    for index, alias in enumerate(book.aliases):
        yield from _literal(("aliases", index), alias)


def literals(data: Any, route: Route = ()) -> list[Note]:
    """Phone numbers and addresses in every text of a reference file, given as plain data."""
    if isinstance(data, str):
        return list(_literal(route, data)) if _SUSPECT.search(data) else []
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [note for key, value in pairs for note in literals(value, (*route, key))]


def _literal(route: Route, text: str) -> Iterator[Note]:
    for address in _ADDRESS.finditer(text):
        yield Note(route, "TB302", {"found": address.group()})
    for phone in _PHONE.finditer(_ADDRESS.sub(" ", text)):
        yield Note(route, "TB301", {"found": phone.group()})


def _placeholders(route: Route, text: str, known: Known) -> Iterator[Note]:
    allowed = [f"contact.{n}" for n in known.contacts] + [f"config.{n}" for n in known.config]
    for match in _PLACEHOLDER.finditer(text):
        name = match.group(1)
        if name not in allowed:
            shown = match.group(0) if name is None else name
            yield Note(route, "TB206", {"name": shown}, near(shown, allowed))
