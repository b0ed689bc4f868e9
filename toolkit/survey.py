"""Files become findings, one file at a time: read, judge, check, then what only several files together show.

Only a few words of each file are kept, so that ten thousand files take the memory of one.
"""

import os
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple

from toolkit import model
from toolkit.checks import check
from toolkit.checks.known import Known, near, placed_steps
from toolkit.diagnostics import START, Diagnostic, Note, Route, Span, ToolkitError, finding
from toolkit.resources import yaml_files
from toolkit.schema import judge, vocabulary
from toolkit.source import Source, read

_FOLDER_KINDS: Final = {folder: kind for kind, folder in model.FOLDERS.items()}


class Entry(NamedTuple):
    """One file. `kind` is the name of its schema; `data` is None where it could not be read whole."""

    path: str
    kind: str
    data: Any
    digest: str
    findings: tuple[Diagnostic, ...]
    links: tuple[tuple[str, Span], ...] = ()
    places: tuple[Span, Span] = (START, START)


def kind_of(path: Path) -> str:
    """The schema that judges the file: by its name and folder."""
    if path.stem.split(".")[0] == "store":
        return "store"
    if path.parent.name == "reference" and path.stem in {"rules", "evidence"}:
        return path.stem
    return "runbook"


def survey(paths: Iterable[Path], home: Path) -> Iterator[Diagnostic]:
    """Every finding in the files at and below `paths`, in no order. `home` holds the rules and the other runbooks."""
    cards: dict[str, str] = {}
    names: dict[str, str] = {}
    links: list[tuple[str, str, Span]] = []
    asked = list(files_of(paths))
    for entry in _entries(asked, home):
        yield from entry.findings
        if entry.kind == "runbook" and isinstance(entry.data, dict):
            yield from _twice(entry, names, "id", "TB220", entry.places[0])
            yield from _twice(entry, cards, "card", "TB221", entry.places[1])
            links += [(entry.path, target, span) for target, span in entry.links]
    if not links:
        return
    known = set(names) | set(_neighbours(home, asked))
    for path, target, span in links:
        if target not in known:
            yield finding(path, span, "TB204", near=near(target, known), name=target)


def files_of(paths: Iterable[Path]) -> Iterator[Path]:
    """The YAML files at and below `paths`, each once, sorted within each path."""
    seen: set[str] = set()
    for path in paths:
        for file in [path] if path.is_file() else yaml_files(path):
            if str(file) not in seen:
                seen.add(str(file))
                yield file


def _twice(entry: Entry, seen: dict[str, str], key: str, code: str, span: Span) -> Iterator[Diagnostic]:
    value = entry.data.get(key)
    if isinstance(value, str):
        first = seen.setdefault(value, entry.path)
        if first != entry.path:
            yield finding(entry.path, span, code, value=value, first=first)


def _neighbours(home: Path, asked: list[Path]) -> Iterator[str]:
    """The ids of the runbooks in `home` that were not asked for, by their file names."""
    given = {os.path.abspath(p) for p in asked}
    for file in files_of([home]):
        if os.path.abspath(file) not in given and kind_of(file) == "runbook":
            yield file.stem


def entries(paths: Iterable[Path], home: Path) -> Iterator[Entry]:
    """Each file at and below `paths`, read, judged and checked against the rules of `home`."""
    return _entries(files_of(paths), home)


def _entries(files: Iterable[Path], home: Path) -> Iterator[Entry]:
    known = _known(home)
    for file in files:
        yield _entry(file, known)


def _known(home: Path) -> Known:
    def reference(kind: str) -> Any:
        try:
            source = read((home / "reference" / f"{kind}.yaml").read_bytes(), kind)
        except OSError as error:
            raise ToolkitError("no-library", status=4, path=str(home), file=f"reference/{kind}.yaml") from error
        return source.data if source.whole and not judge(kind, source.data) else None

    rules, evidence = reference("rules"), reference("evidence")
    return Known(
        model.rules(rules) if rules else None,
        model.evidence(evidence) if evidence else None,
        vocabulary("contacts"),
        vocabulary("config"),
    )


def _entry(file: Path, known: Known) -> Entry:
    path, kind = str(file), kind_of(file)
    try:
        raw = file.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        return Entry(path, kind, None, "", (finding(path, START, "TB001", reason=reason),))
    source = read(raw, path)
    if not source.whole:
        return Entry(path, kind, None, "", source.findings)
    notes = judge(kind, source.data)
    links: tuple[tuple[str, Span], ...] = ()
    if kind == "runbook":
        notes += _named(file, source.data)
        more, uses = _checked(source.data, known)
        bad = {n.route for n in notes if not n.key}
        notes += [n for n in more if not any(n.route[:i] in bad for i in range(1, len(n.route) + 1))]
        links = tuple((name, source.span(route)) for route, name in uses if route not in bad)
    findings = (*source.findings, *(_diagnostic(source, note) for note in notes))
    places = (source.span(("id",)), source.span(("card",)))
    return Entry(path, kind, source.data, sha256(raw).hexdigest(), findings, links, places)


def _checked(data: Any, known: Known) -> tuple[list[Note], list[tuple[Route, str]]]:
    """The notes of the rules, and the other runbooks referred to; nothing where the schema's faults go too deep."""
    try:
        book = model.runbook(data)
        uses = [((*route, "use"), step.use) for route, step in placed_steps(book) if step.use]
        return list(check(book, known)), uses
    except (KeyError, TypeError, AttributeError, ValueError):
        return [], []


def _named(file: Path, data: Any) -> list[Note]:
    """The file's name is its id, and its folder is its kind."""
    notes: list[Note] = []
    name, kind = data.get("id"), data.get("kind")
    if isinstance(name, str) and name != file.stem:
        notes.append(Note(("id",), "TB222", {"name": name, "file": file.name}))
    folder = _FOLDER_KINDS.get(file.parent.name)
    if folder and isinstance(kind, str) and kind in model.FOLDERS and kind != folder:
        notes.append(Note(("kind",), "TB223", {"kind": kind, "folder": model.FOLDERS[kind]}))
    return notes


def _diagnostic(source: Source, note: Note) -> Diagnostic:
    place = source.span(note.route, key=note.key)
    return finding(source.path, place, note.code, near=note.near, **note.params)
