"""Files become findings, one file at a time: read, judge, check, then what only several files together show.

Only a few words of each file are kept, so that ten thousand files take the memory of one.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple

from toolkit import exits, model
from toolkit.content import unpack
from toolkit.content.checks import check, codes
from toolkit.content.checks.known import Known, needs, placed_steps
from toolkit.content.checks.references import asked
from toolkit.content.checks.wording import literals
from toolkit.content.schema import judge, vocabulary
from toolkit.content.source import Source, read
from toolkit.diagnostics import START, Diagnostic, Note, Route, Span, ToolkitError, finding, near
from toolkit.resources import yaml_files
from toolkit.vocabulary import FOLDERS

REFERENCE: Final = frozenset(
    {"rules", "evidence", "triage", "codes"}
)  # the files of reference/, each with its own schema
_MANY: Final = 400  # from here on a second process earns more than it costs
_CHUNK: Final = 50
_MOST_CORES: Final = 8
_FOLDER_KINDS: Final = {folder: kind for kind, folder in FOLDERS.items()}


class Entry(NamedTuple):
    """One file. `kind` is the name of its schema; `data` is None where it could not be read whole."""

    path: str
    kind: str
    data: Any
    digest: str
    findings: tuple[Diagnostic, ...]
    links: tuple[tuple[str, Span], ...] = ()
    codes: tuple[tuple[str, Span], ...] = ()
    places: tuple[Span, Span] = (START, START)


def kind_of(path: str) -> str:
    """The schema that judges the file: by its name and folder."""
    stem = _stem(path)
    if stem.split(".")[0] == "store":
        return "store"
    if stem in REFERENCE and _folder(path) == "reference":
        return stem
    return "runbook"


def _stem(path: str) -> str:
    return os.path.splitext(os.path.basename(path))[0]


def _folder(path: str) -> str:
    return os.path.basename(os.path.dirname(os.path.abspath(path)))


class Gist(NamedTuple):
    """What is kept of a file: its findings, the names it takes and where, what it refers to, the codes it lists."""

    path: str
    findings: tuple[Diagnostic, ...]
    id: str | None
    card: str | None
    places: tuple[Span, Span]
    links: tuple[tuple[str, Span], ...]
    codes: tuple[tuple[str, Span], ...]
    listed: tuple[str, ...]


def survey(files: Sequence[str], home: Path) -> Iterator[Diagnostic]:
    """Every finding in `files`, in no order. `home` holds the rules and the other runbooks."""
    return together(_gists(files, home), files, home)


def together(gists: Iterable[Gist], files: Sequence[str], home: Path) -> Iterator[Diagnostic]:
    """The findings of each gist, and those that only several files together show."""
    names: dict[str, str] = {}
    cards: dict[str, str] = {}
    links: list[tuple[str, str, Span]] = []
    shown: list[tuple[str, str, Span]] = []
    listed: dict[str, tuple[str, ...]] = {}
    for one in gists:
        yield from one.findings
        yield from _twice(one.path, one.id, one.id, names, "TB220", one.places[0])
        yield from _twice(one.path, one.card, model.plain_card(one.card or ""), cards, "TB221", one.places[1])
        links += [(one.path, target, span) for target, span in one.links]
        shown += [(one.path, code, span) for code, span in one.codes]
        listed |= {os.path.abspath(one.path): one.listed} if one.listed else {}
    if links:
        yield from _absent(links, set(names) | set(_neighbours(home, files)), "TB204")
    place = os.path.abspath(home / "reference" / "codes.yaml")
    listing = shown and (listed[place] if place in listed else _listed(place))
    if listing:
        yield from _absent(shown, set(listing), "TB207")


def _absent(used: Iterable[tuple[str, str, Span]], known: set[str], code: str) -> Iterator[Diagnostic]:
    for path, name, span in used:
        if name not in known:
            yield finding(path, span, code, near=near(name, known), name=name)


def _listed(place: str) -> tuple[str, ...]:
    """The response codes of the file at `place`; none where it cannot be read."""
    try:
        with open(place, "rb") as file:
            return codes.names(read(file.read(), place).data)
    except OSError:
        return ()


def _gists(files: Sequence[str], home: Path) -> Iterator[Gist]:
    """The gist of each file; many files are shared out over the cores where processes can be forked."""
    known = _known(home)
    cores = min(os.cpu_count() or 1, _MOST_CORES)
    if len(files) < _MANY or cores < 2 or not hasattr(os, "fork"):
        yield from (gist(_entry(file, known)) for file in files)
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with ProcessPoolExecutor(cores, get_context("fork"), _share, (known,)) as pool:
        yield from pool.map(_gist_of, files, chunksize=_CHUNK)


_shared: list[Known] = []


def _share(known: Known) -> None:
    _shared[:] = [known]


def _gist_of(file: str) -> Gist:
    return gist(_entry(file, _shared[0]))


def gist(entry: Entry) -> Gist:
    """What is kept of `entry`."""
    data = entry.data if entry.kind == "runbook" and isinstance(entry.data, dict) else {}
    name, card = (v if isinstance(v, str) else None for v in (data.get("id"), data.get("card")))
    own = codes.names(entry.data) if entry.kind == "codes" else ()
    return Gist(entry.path, entry.findings, name, card, entry.places, entry.links, entry.codes, own)


def files_of(paths: Iterable[Path]) -> list[str]:
    """The YAML files at and below `paths`, each once, sorted within each path."""
    found = [file for path in paths for file in ([str(path)] if path.is_file() else yaml_files(path))]
    return list({os.path.realpath(file): file for file in reversed(found)}.values())[::-1]


def _twice(
    path: str, value: str | None, key: str | None, seen: dict[str, str], code: str, span: Span
) -> Iterator[Diagnostic]:
    if value is not None and key is not None:
        first = seen.setdefault(key, path)
        if first != path:
            yield finding(path, span, code, value=value, first=first)


def _neighbours(home: Path, asked: Sequence[str]) -> Iterator[str]:
    """The ids of the runbooks in `home` that were not asked for, by their file names."""
    given = {os.path.abspath(p) for p in asked}
    for file in files_of([home]):
        if os.path.abspath(file) not in given and kind_of(file) == "runbook":
            yield _stem(file)


def entries(files: Iterable[str], home: Path) -> Iterator[Entry]:
    """Each of `files`, read, judged and checked against the rules of `home`."""
    known = _known(home)
    for file in files:
        yield _entry(file, known)


def _known(home: Path) -> Known:
    def reference(kind: str) -> Any:
        try:
            source = read((home / "reference" / f"{kind}.yaml").read_bytes(), kind)
        except OSError as error:
            raise ToolkitError(
                "no-library", status=exits.CANNOT, path=str(home), file=f"reference/{kind}.yaml"
            ) from error
        return source.data if source.whole and not judge(kind, source.data) else None

    evidence, found = reference("evidence"), reference("rules")
    rules = unpack.rules(found) if found else None
    return Known(
        rules,
        unpack.evidence(evidence) if evidence else None,
        vocabulary("contacts"),
        vocabulary("config"),
        needs(rules or {}),
        vocabulary("targets"),
    )


def _entry(path: str, known: Known) -> Entry:
    kind = kind_of(path)
    try:
        with open(path, "rb") as file:
            raw = file.read()
    except OSError as error:
        reason = error.strerror or str(error)
        return Entry(path, kind, None, "", (finding(path, START, "TB001", reason=reason),))
    source = read(raw, path)
    if not source.whole:
        return Entry(path, kind, None, "", source.findings)
    notes = judge(kind, source.data)
    if kind in REFERENCE:
        notes += literals(source.data) + (codes.check(source.data) if kind == "codes" else [])
    if kind == "evidence" and not notes:
        notes += asked(unpack.evidence(source.data).values(), known.contacts)
    links: tuple[tuple[str, Span], ...] = ()
    shown: tuple[tuple[str, Span], ...] = ()
    if kind == "runbook":
        notes += _named(path, source.data)
        more, uses = _checked(source.data, known)
        bad = {n.route for n in notes if not n.key}
        notes += [n for n in more if not any(n.route[:i] in bad for i in range(1, len(n.route) + 1))]
        links = tuple((name, source.span(route)) for route, name in uses if route not in bad)
        shown = tuple((name, source.span(route)) for route, name in codes.used(source.data) if route not in bad)
    findings = (*source.findings, *(_diagnostic(source, note) for note in notes))
    places = (source.span(("id",)), source.span(("card",)))
    return Entry(path, kind, source.data, sha256(raw).hexdigest(), findings, links, shown, places)


def _checked(data: Any, known: Known) -> tuple[list[Note], list[tuple[Route, str]]]:
    """The notes of the rules, and the other runbooks referred to; nothing where the schema's faults go too deep."""
    try:
        book = unpack.runbook(data)
        uses: list[tuple[Route, str]] = [((*route, "use"), step.use) for route, step in placed_steps(book) if step.use]
        uses += [(("escalation", n, "plan"), rung.plan) for n, rung in enumerate(book.escalation) if rung.plan]
        return list(check(book, known)), uses
    except (KeyError, TypeError, AttributeError, ValueError):
        return [], []


def _named(path: str, data: Any) -> list[Note]:
    """The file's name is its id, and its folder is its kind."""
    notes: list[Note] = []
    name, kind = data.get("id"), data.get("kind")
    if isinstance(name, str) and name != _stem(path):
        notes.append(Note(("id",), "TB222", {"name": name, "file": os.path.basename(path)}))
    folder = _FOLDER_KINDS.get(_folder(path))
    if folder and isinstance(kind, str) and kind in FOLDERS and kind != folder:
        notes.append(Note(("kind",), "TB223", {"kind": kind, "folder": FOLDERS[kind]}))
    return notes


def _diagnostic(source: Source, note: Note) -> Diagnostic:
    place = source.span(note.route, key=note.key)
    return finding(source.path, place, note.code, near=note.near, **note.params)
