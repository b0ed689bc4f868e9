"""Findings as text with the source line and a caret, or as JSON."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from toolkit.cells import sanitize, width
from toolkit.diagnostics import Diagnostic, Span
from toolkit.text import Words

SCHEMA_VERSION: Final = 1
_TAB: Final = "    "
_LONGEST: Final = 100

Lines = Callable[[str], Sequence[str]]  # a path → the lines of that file, empty where it cannot be read


def sentence(found: Diagnostic, words: Words) -> str:
    """What is wrong, and what was expected, in a sentence."""
    return words(f"finding.{found.code}.says", **_worded(found, words))


def hint(found: Diagnostic, words: Words) -> str:
    """The way out: the near name where there is one, else what to do."""
    if found.near:
        return words("check.near", near=found.near)
    return words(f"finding.{found.code}.fix", **_worded(found, words))


def _worded(found: Diagnostic, words: Words) -> dict[str, str]:
    """The parameters on one line, those that name a type, a shape or a bound in words."""
    values = {key: value.replace("\n", "\\n") for key, value in found.params}
    for key in ("expected", "found", "shape", "bound"):
        name = f"{key if key in {'shape', 'bound'} else 'type'}.{values.get(key)}"
        if key in values and name in words:
            values[key] = words(name, **dict(found.params))
    return values


def as_text(findings: Sequence[Diagnostic], words: Words, lines_of: Lines) -> Iterator[str]:
    """Each finding with its place, its line, a caret under what is meant, and the way out."""
    for found in findings:
        place = f"{found.path}:{found.span.line}:{found.span.column}"
        yield f"{sanitize(place)}: {sentence(found, words)} [{found.code}]"
        yield from _excerpt(found.span, lines_of(found.path))
        margin = " " * len(str(found.span.line))
        yield f"{margin} = {hint(found, words)}"
        yield ""


def _excerpt(span: Span, lines: Sequence[str]) -> Iterator[str]:
    if not 0 < span.line <= len(lines):
        return
    line = lines[span.line - 1].rstrip("\r\n")
    end = span.end_column - 1 if span.end_line == span.line else len(line)
    start = min(span.column - 1, len(line))
    first = max(0, min(start - 20, start + 60 - _LONGEST)) if len(line) > _LONGEST else 0
    before, marked = _shown(line[first:start]), _shown(line[start : max(end, start + 1)][:_LONGEST])
    more = "…" if first else ""
    shown = more + _shown(line[first : first + _LONGEST])
    number = str(span.line)
    yield f"{number} | {shown}"
    yield f"{' ' * len(number)} | {' ' * (width(before) + len(more))}{'^' * max(1, width(marked.rstrip()))}"


def _shown(text: str) -> str:
    return sanitize(text.replace("\t", _TAB))


def summary(findings: Sequence[Diagnostic], files: int, words: Words) -> str:
    """The last line: how many faults in how many files."""
    if not findings:
        return words("check.clean", files=files)
    return words("check.found", n=len(findings), bad=len({f.path for f in findings}), files=files)


def as_json(findings: Sequence[Diagnostic], files: int, words: Words) -> str:
    """One object: `schema_version`, `files`, `findings` with path, line, column, code, severity, message, hint."""
    rows: list[dict[str, Any]] = [
        {
            "path": f.path,
            "line": f.span.line,
            "column": f.span.column,
            "end_line": f.span.end_line,
            "end_column": f.span.end_column,
            "code": f.code,
            "severity": f.severity,
            "message": sentence(f, words),
            "hint": hint(f, words),
            "near": f.near or None,
        }
        for f in findings
    ]
    whole = {"schema_version": SCHEMA_VERSION, "files": files, "findings": rows}
    return json.dumps(whole, ensure_ascii=True, indent=1)
