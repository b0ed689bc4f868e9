"""Text measured in terminal cells: a Chinese character takes two."""

import re
from collections.abc import Iterator
from typing import Final
from unicodedata import category, east_asian_width, normalize

WIDTH: Final = 72  # leaves room in the 79 cells that an old console shows without wrapping

_DIRECTION: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# A token is a run that must not be broken (a word, a number, a phone number) or one wide character.
_TOKEN: Final = re.compile(r"[ ]+|[!-~\u00a1-\u024f]+|.", re.DOTALL)
_NOT_FIRST: Final = frozenset("，。：；？！、）》」』”’…)],.;:?!%")
_NOT_LAST: Final = frozenset("（《「『“‘([")


def sanitize(text: str) -> str:
    """`text` with every character that could steer a terminal replaced; newlines and tabs stay."""
    if text.isprintable() and text.isascii():
        return text
    return "".join(_safe(c) for c in text)


def _safe(char: str) -> str:
    if char in "\n\t":
        return char
    hidden = category(char) in {"Cc", "Cf", "Cs", "Co", "Cn"} or char in _DIRECTION or char in "\u2028\u2029"
    return "\ufffd" if hidden else char


def width(text: str) -> int:
    """How many cells `text` takes."""
    if text.isascii():
        return len(text)
    return sum(_cells(c) for c in text)


def _cells(char: str) -> int:
    if category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if east_asian_width(char) in {"W", "F"} else 1


def fold(text: str) -> str:
    """What a person meant by `text`: full-width letters and digits made plain, spaces trimmed, lower case."""
    return normalize("NFKC", text).strip().casefold()


def lead(label: str) -> str:
    """A label before text: a full-width colon needs no space after it."""
    return f"{label} " if label.isascii() else label


def wrap(text: str, indent: str = "", hanging: str | None = None, limit: int = WIDTH) -> list[str]:
    """`text` in lines of at most `limit` cells, the first behind `indent`, the others behind `hanging`.

    Words and numbers are never broken unless one alone is longer than a line; no line begins with closing
    punctuation. A newline in `text` begins a new line.
    """
    hanging = " " * width(indent) if hanging is None else hanging
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line, used, bare = (indent if not lines else hanging), 0, True
        used = width(line)
        for token in _pieces(paragraph, limit - max(width(indent), width(hanging))):
            if used + width(token.rstrip()) > limit and not bare:
                lines.append(line.rstrip())
                line, used, bare = hanging, width(hanging), True
                token = token.lstrip()
            line += token
            used += width(token)
            bare = bare and not token.strip()
        lines.append(line.rstrip())
    return lines


def _pieces(text: str, limit: int) -> Iterator[str]:
    """Unbreakable pieces of `text`; closing punctuation stays with what it closes."""
    piece = ""
    for token in _TOKEN.findall(text):
        if piece and token not in _NOT_FIRST and piece[-1] not in _NOT_LAST and not token.isspace():
            yield piece
            piece = ""
        piece += token
        while width(piece) > max(limit, 2):
            head = _head(piece, limit)
            yield head
            piece = piece[len(head) :]
    if piece:
        yield piece


def _head(text: str, limit: int) -> str:
    used = 0
    for index, char in enumerate(text):
        used += _cells(char)
        if used > limit:
            return text[: max(index, 1)]
    return text
