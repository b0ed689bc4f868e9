"""YAML bytes become plain data that knows its lines.

Read from the parser's events in one pass, by the scalar rules of YAML 1.2's core schema: `no`, `22:30` and
`2026-01-02` stay text. Numbers with a leading zero stay text too, since a terminal number loses its meaning without it.
What hides meaning from a reader or can blow up a program is refused: anchors, aliases, tags, merge keys,
several documents, deep nesting, large files, repeated keys and keys that are not text.
"""

import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple, NoReturn

import yaml

from toolkit.diagnostics import START, Diagnostic, Route, Span, finding

MAX_BYTES: Final = 1024 * 1024
MAX_DEPTH: Final = 32

_LOADER: Final = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
_BOM: Final = b"\xef\xbb\xbf"
_INT: Final = re.compile(r"[-+]?(0|[1-9][0-9]*)|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_CONSTANTS: Final = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_NUMBER_START: Final = frozenset("+-.0123456789")
_LONGEST_NUMBER: Final = 40
# Control characters, lone surrogates, and what reorders or hides text on a screen.
_FORBIDDEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff"
    "\ufeff\ufff9-\uffff\U000e0000-\U000e007f]"
)
# The parser's English, by a part of it, against our code.
_SYNTAX: Final = (
    ("mapping values are not allowed", "TB006"),
    ("but got ':'", "TB006"),
    ("'\\t'", "TB008"),
    ("end of stream", "TB009"),
    ("expected ',' or '", "TB010"),
    ("could not find expected ':'", "TB011"),
    ("expected <block end>", "TB007"),
    ("did not find expected '-' indicator", "TB007"),
)
_FROM_OPENING: Final = frozenset({"TB009", "TB010", "TB011"})  # better shown where the quote, bracket or key begins


class Branch(NamedTuple):
    """A mapping's or a list's place; `children` are (key event or None, place), by key or index.

    The place of a scalar is its event.
    """

    event: Any
    end: Any
    children: Any


Place = Any  # a Branch, or the event of a scalar, or None


class Source(NamedTuple):
    """A file as read. `data` is what JSON could carry; `whole` is False when the findings left holes in it."""

    path: str
    data: Any
    tree: Place
    findings: tuple[Diagnostic, ...]
    whole: bool

    def span(self, route: Route, *, key: bool = False) -> Span:
        """The place of the value at `route` (a container: of the key that holds it), or with `key` of its key.

        A route that leads nowhere gives the place of the last part that exists.
        """
        place, holder = self.tree, None
        for part in route:
            child = _child(place, part)
            if child is None:
                break
            holder, place = child
        if place is None:
            return START
        if holder is not None and (key or isinstance(place, Branch)):
            return _span(holder)
        return _span(place.event if isinstance(place, Branch) else place)


def _child(place: Place, part: str | int) -> tuple[Any, Place] | None:
    if not isinstance(place, Branch):
        return None
    if isinstance(place.children, dict):
        return place.children.get(part)
    if isinstance(part, int) and part < len(place.children):
        return place.children[part]  # type: ignore[no-any-return]
    return None


def _span(event: Any) -> Span:
    start, end = event.start_mark, event.end_mark
    return Span(start.line + 1, start.column + 1, end.line + 1, end.column + 1)


def read(raw: bytes, path: str) -> Source:
    """`raw` as data with places, and every finding about its form (TB0xx); it never raises on content."""
    if len(raw) > MAX_BYTES:
        return _refused(path, finding(path, START, "TB003", limit="1 MiB"))
    raw = raw.removeprefix(_BOM)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return _refused(path, finding(path, Span(line, 1, line, 1), "TB002"))
    hidden = _FORBIDDEN.search(text)
    if hidden:
        place = _at(text, hidden.start())
        return _refused(path, finding(path, place, "TB004", char=f"U+{ord(hidden.group()):04X}"))
    try:
        return _Builder(path).build(_LOADER(raw))
    except yaml.YAMLError as error:
        return _refused(path, _syntax_error(text, path, error))


def _refused(path: str, *findings: Diagnostic) -> Source:
    return Source(path, None, None, findings, False)


def _at(text: str, offset: int) -> Span:
    line = text.count("\n", 0, offset) + 1
    column = offset - (text.rfind("\n", 0, offset) + 1) + 1
    return Span(line, column, line, column + 1)


def _syntax_error(text: str, path: str, error: yaml.YAMLError) -> Diagnostic:
    """The fault in the words and at the place of PyYAML's own parser where it sees one, so that both parsers agree."""
    depth = 0
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:  # libyaml from 0.2.6 refuses deep nesting in its scanner, before we see it
                return finding(path, _span(event), "TB016", limit=str(MAX_DEPTH))
    except yaml.YAMLError as found:
        error = found
    problem = " ".join(str(getattr(error, part, None) or "") for part in ("context", "problem")).strip() or str(error)
    code = next((code for part, code in _SYNTAX if part in problem), "TB005")
    if code == "TB006" and _began_above(error):
        code = "TB010"
    mark = getattr(error, "context_mark" if code in _FROM_OPENING else "problem_mark", None)
    place = Span(mark.line + 1, mark.column + 1, mark.line + 1, mark.column + 2) if mark else START
    return finding(path, place, code, problem=problem)


def _began_above(error: yaml.YAMLError) -> bool:
    """Whether the bracket that the error is about stands on a line above: then it was not closed there."""
    opened, met = getattr(error, "context_mark", None), getattr(error, "problem_mark", None)
    return bool(opened and met and opened.line < met.line)


class _Stop(Exception):
    """The document cannot be read further."""


class _Builder:
    """Turns one stream of events into data, places and findings."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.findings: list[Diagnostic] = []
        self.whole = True

    def build(self, parser: Any) -> Source:
        data, tree = None, None
        try:
            data, tree = self._document(parser.get_event)
        except _Stop:
            self.whole = False
        finally:
            parser.dispose()
        if not self.findings and not isinstance(data, dict):
            self.findings.append(finding(self.path, START, "TB019"))
            self.whole = False
        return Source(self.path, data, tree, tuple(self.findings), self.whole)

    def _document(self, following: Callable[[], Any]) -> tuple[Any, Place]:  # noqa: C901 one loop, for speed
        # The open containers; the frame of the innermost is at hand: is it a mapping, its data, its places, the
        # event that began it, and in a mapping the key that waits for its value, with its event.
        stack: list[tuple[bool, Any, Any, Any, str, Any]] = []
        mapping, begun, key, key_event = False, None, "", None
        inner: Any = []
        children: Any = []
        documents = 0
        while True:
            event = following()
            kind = type(event)
            if kind is yaml.ScalarEvent:
                value, place = self._scalar(event), event
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                self._marks(event)
                if len(stack) >= MAX_DEPTH:
                    self._stop("TB016", event, limit=str(MAX_DEPTH))
                if mapping and key_event is None:
                    self._stop("TB018", event, key="{…}" if kind is yaml.MappingStartEvent else "[…]")
                stack.append((mapping, inner, children, begun, key, key_event))
                mapping = kind is yaml.MappingStartEvent
                inner, children = ({}, {}) if mapping else ([], [])
                begun, key, key_event = event, "", None
                continue
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                value, place = inner, Branch(begun, event, children)
                mapping, inner, children, begun, key, key_event = stack.pop()
            elif kind is yaml.AliasEvent:
                self._report("TB012", event, name=event.anchor)
                self.whole = False
                value, place = None, event
            elif kind is yaml.StreamEndEvent:
                return (inner[0], children[0][1]) if inner else (None, None)
            else:
                if kind is yaml.DocumentStartEvent:
                    documents += 1
                    if documents > 1:
                        self._stop("TB015", event)
                continue
            if not mapping:
                inner.append(value)
                children.append((None, place))
            elif key_event is None:
                key, key_event = self._key(value, event), event
            else:
                if key in inner:
                    first = str(_span(children[key][0]).line)
                    self.findings.append(finding(self.path, _span(key_event), "TB017", key=key, first=first))
                else:
                    inner[key] = value
                    children[key] = (key_event, place)
                key_event = None

    def _key(self, value: Any, event: Any) -> str:
        if not isinstance(value, str):
            self._stop("TB018", event, key=getattr(event, "value", "…"))
        if value == "<<" and not event.style:
            self._report("TB014", event)
            self.whole = False
        return value

    def _marks(self, event: Any) -> None:
        if event.anchor is not None:
            self._report("TB012", event, name=event.anchor)
        if event.tag is not None:
            self._report("TB013", event, tag=event.tag)

    def _scalar(self, event: Any) -> Any:
        if event.anchor is not None or event.tag is not None:
            self._marks(event)
        value: str = event.value
        if not event.style:
            return _plain(value)
        if event.style == '"' and not value.isprintable():
            hidden = _FORBIDDEN.search(value)
            if hidden:
                self._report("TB004", event, char=f"U+{ord(hidden.group()):04X}")
                self.whole = False
        return value

    def _report(self, code: str, event: Any, **params: str) -> None:
        self.findings.append(finding(self.path, _span(event), code, **params))

    def _stop(self, code: str, event: Any, **params: str) -> NoReturn:
        self._report(code, event, **params)
        raise _Stop


def _plain(value: str) -> Any:
    """A plain scalar by YAML 1.2's core schema (https://yaml.org/spec/1.2.2/#1032-tag-resolution)."""
    if value in _CONSTANTS:
        return _CONSTANTS[value]
    if value[0] in _NUMBER_START and len(value) <= _LONGEST_NUMBER:
        if _INT.fullmatch(value):
            return int(value, 0) if value[:2] in {"0o", "0x"} else int(value)
        if _FLOAT.fullmatch(value):
            return float(value)
    return value
