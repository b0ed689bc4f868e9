"""The terminal: lines out, one line in. No redraw, no cursor keys, no escape codes; any encoding will do."""

import codecs
import sys
from collections.abc import Iterable
from typing import Any, Final, NamedTuple, NoReturn, Protocol, TextIO

from toolkit import exits
from toolkit.cells import sanitize
from toolkit.diagnostics import ToolkitError
from toolkit.guard import masked
from toolkit.text import Words

# What stands in for a character that the console cannot show; anything else becomes "?".
_INSTEAD: Final = {
    "→": "->", "…": "...", "—": "-", "–": "-", "•": "*", "·": "-", "×": "x", "✓": "[OK]", "¥": "CNY ", "￥": "CNY ",
    "“": '"', "”": '"', "‘": "'", "’": "'", "\u00a0": " ", "\u3000": "  ", "，": ", ", "。": ". ", "：": ": ",
    "；": "; ", "？": "? ", "！": "! ", "（": " (", "）": ") ", "【": "[", "】": "]", "、": ", ", "《": '"', "》": '"',
    "「": '"', "」": '"', "\ufffd": "?",
}  # fmt: skip


class Gone(Exception):
    """Nobody answers any more: `reason` is `eof`, `interrupt`, or `stopped` where the person says so."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Ask(NamedTuple):
    """What is asked: `kind` is answer, record, reason, note or at; where; and the name a script knows it by."""

    kind: str
    card: str
    step: str
    field: str = ""


class Asker(Protocol):
    """Somebody who answers: a person at a terminal, or a script. What a script says is never a command."""

    scripted: bool

    def ask(self, prompt: str, what: Ask) -> str:
        """The line answered to `prompt`; raises Gone, or ToolkitError when there can be no answer."""

    def refuse(self, what: Ask, typed: str, known: str) -> None:
        """What was typed does not fit; returns where asking again makes sense."""


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
    return stands_for_itself("中", stream.encoding or "utf-8")


def stands_for_itself(char: str, encoding: str) -> bool:
    """Whether `encoding` has the character, so that nothing has to stand in for it."""
    try:
        char.encode(encoding)
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

    scripted = False

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

    def refuse(self, what: Ask, typed: str, known: str) -> None:
        """The person has been told, and is asked again."""


class Script:
    """Answers from a file: step id, or CARD/step id, → answer.

    An answer is an id, a list of them for visits in turn, or a mapping with `answer` or `x` (a reason), `record` and
    `at` (when it was done, where it is entered late). A top-level `record` maps evidence to values. ToolkitError
    `bad-answers` if the table is none of that.
    """

    scripted = True

    def __init__(self, table: dict[str, Any], path: str, words: Words) -> None:
        self._table = {k: [_visit(v, path) for v in _listed(value)] for k, value in table.items() if k != "record"}
        self._record = _mapping(table.get("record"), path)
        self._path = path
        self._words = words
        self._reason = ""

    def ask(self, prompt: str, what: Ask) -> str:
        typed = self._answer(what)
        say([f"{prompt} {masked(typed)}"])
        return typed

    def refuse(self, what: Ask, typed: str, known: str) -> None:
        step, shown = f"{what.card}/{what.step}", masked(typed)
        if what.field:
            raise ToolkitError("bad-value", path=self._path, step=step, field=what.field, value=shown)
        raise ToolkitError("bad-answer", path=self._path, step=step, answer=shown, known=known)

    def _answer(self, what: Ask) -> str:
        if what.kind == "reason":
            return self._reason
        key = next((k for k in (f"{what.card}/{what.step}", what.step) if self._table.get(k)), None)
        visit = self._table[key][0] if key else {}
        if what.kind == "at":
            return str(visit.get("at", "="))
        if what.kind == "record":
            value = _mapping(visit.get("record"), self._path).get(what.field, self._record.get(what.field))
            if value is None:
                self._missing(what, what.field)
            return str(value)
        if key is None:
            self._missing(what, self._words("run.answer"))
        self._table[key].pop(0)
        self._reason = str(visit.get("x", ""))
        return "x" if "x" in visit else str(visit.get("answer", ""))

    @staticmethod
    def _missing(what: Ask, field: str) -> NoReturn:
        raise ToolkitError("no-answer", status=exits.NO_TERMINAL, step=f"{what.card}/{what.step}", field=field)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _visit(value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        return {"answer": _scalar(value, path)}
    return {k: v if k == "record" else _scalar(v, path) for k, v in value.items()}


def _scalar(value: Any, path: str) -> str:
    if value is None or isinstance(value, (list, dict)):
        raise ToolkitError("bad-answers", path=path)
    return str(value)


def _mapping(value: Any, path: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ToolkitError("bad-answers", path=path)
    return value
