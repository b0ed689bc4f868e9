"""The terminal: lines out, one line in. No redraw, no cursor keys, no escape codes; any encoding will do."""

import codecs
import sys
from collections.abc import Iterable
from typing import Any, Final, NamedTuple, Protocol, TextIO

from toolkit.cells import sanitize
from toolkit.diagnostics import ToolkitError
from toolkit.guard import redacted
from toolkit.text import Words

# What stands in for a character that the console cannot show; anything else becomes "?".
_INSTEAD: Final = {
    "→": "->", "…": "...", "—": "-", "–": "-", "•": "*", "·": "-", "×": "x", "✓": "[OK]", "¥": "CNY ", "￥": "CNY ",
    "“": '"', "”": '"', "‘": "'", "’": "'", "\u00a0": " ", "\u3000": "  ", "，": ", ", "。": ". ", "：": ": ",
    "；": "; ", "？": "? ", "！": "! ", "（": " (", "）": ") ", "【": "[", "】": "]", "、": ", ", "《": '"', "》": '"',
    "「": '"', "」": '"', "\ufffd": "?",
}  # fmt: skip


class Gone(Exception):
    """Nobody answers any more: `reason` is `eof` or `interrupt`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Ask(NamedTuple):
    """What is asked: `kind` is answer, record, reason or note; where; and the name a script knows it by."""

    kind: str
    card: str
    step: str
    field: str = ""


class Asker(Protocol):
    """Somebody who answers: a person at a terminal, or a script."""

    def ask(self, prompt: str, what: Ask) -> str:
        """The line answered to `prompt`; raises Gone, or ToolkitError when there can be no answer."""


def _degrade(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    encoding = error.encoding
    shown = "".join(_fitting(c, encoding) for c in error.object[error.start : error.end])
    return shown, error.end


def _fitting(char: str, encoding: str) -> str:
    stand_in = _INSTEAD.get(char, "?")
    try:
        stand_in.encode(encoding)
    except UnicodeEncodeError:
        return "?"
    return stand_in


def prepare(*streams: Any) -> None:
    """Make the standard streams unable to fail over a character."""
    codecs.register_error("degrade", _degrade)
    for stream in streams or (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="degrade")
    if not streams and hasattr(sys.stdin, "reconfigure"):
        sys.stdin.reconfigure(errors="replace")


def shows_chinese(stream: TextIO) -> bool:
    """Whether the stream's encoding has Chinese characters."""
    try:
        "中".encode(stream.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def say(lines: Iterable[str], stream: TextIO | None = None) -> None:
    """Print lines that hold nothing a terminal would obey."""
    out = stream or sys.stdout
    out.write("".join(f"{sanitize(line)}\n" for line in lines))
    out.flush()


class Terminal:
    """A person at the keyboard."""

    def ask(self, prompt: str, what: Ask) -> str:  # noqa: ARG002 a person reads the prompt instead
        sys.stdout.write(f"{sanitize(prompt)} ")
        sys.stdout.flush()
        try:
            line = sys.stdin.readline()
        except KeyboardInterrupt:
            raise Gone("interrupt") from None
        if not line:
            raise Gone("eof")
        return line.rstrip("\r\n")


class Script:
    """Answers from a file: step id, or CARD/step id, → answer.

    An answer is an id, a list of them for visits in turn, or a mapping with `answer` or `x` (a reason) and
    `record`. A top-level `record` maps evidence to values.
    """

    def __init__(self, table: dict[str, Any], path: str, words: Words) -> None:
        self._table = {k: list(v) if isinstance(v, list) else [v] for k, v in table.items() if k != "record"}
        self._record: dict[str, Any] = table.get("record") or {}
        self._path = path
        self._words = words
        self._visit: dict[str, Any] = {}
        self._refused: set[Ask] = set()

    def ask(self, prompt: str, what: Ask) -> str:
        typed = self._answer(what)
        say([f"{prompt} {_without_card_data(typed)}"])
        return typed

    def _answer(self, what: Ask) -> str:
        match what.kind:
            case "record":
                value = self._peek(what).get("record", {}).get(what.field, self._record.get(what.field))
                if value is None:
                    raise ToolkitError("no-answer", status=5, step=f"{what.card}/{what.step}", field=what.field)
                if what in self._refused:
                    shown, step = _without_card_data(str(value)), f"{what.card}/{what.step}"
                    raise ToolkitError("bad-value", path=self._path, step=step, field=what.field, value=shown)
                self._refused.add(what)
                return str(value)
            case "reason":
                return str(self._visit["x"])
        self._refused = set()
        key = self._key(what)
        if key is None:
            raise ToolkitError("no-answer", status=5, step=f"{what.card}/{what.step}", field=self._words("run.answer"))
        self._visit = _visit(self._table[key].pop(0))
        return "x" if "x" in self._visit else str(self._visit.get("answer"))

    def _key(self, what: Ask) -> str | None:
        return next((k for k in (f"{what.card}/{what.step}", what.step) if self._table.get(k)), None)

    def _peek(self, what: Ask) -> dict[str, Any]:
        key = self._key(what)
        return _visit(self._table[key][0]) if key else {}

    def refuse(self, step: str, answer: str, known: str) -> None:
        """An answer that does not fit cannot be asked again: ToolkitError `bad-answer`."""
        raise ToolkitError("bad-answer", path=self._path, step=step, answer=_without_card_data(answer), known=known)


def _without_card_data(text: str) -> str:
    clean = redacted(text)
    return text if clean is None else clean


def _visit(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {"answer": value}
