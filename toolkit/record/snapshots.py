"""The text a run follows, kept in the incident: a runbook, those it leads to, the rules and the evidence.

One file holds it all, so that it is there whole or not at all, and anybody can read it.
"""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

from toolkit.content import unpack
from toolkit.content.library import Library
from toolkit.diagnostics import ToolkitError
from toolkit.model import Field, Rule, Runbook

_MARK: Final = b"\n# ======== tillbook: "
_REFERENCE: Final = ("rules", "evidence")
_DIGITS: Final = 16


class Snapshot(NamedTuple):
    """Runbooks by id, with the rules and the evidence fields they were written against, and their common digest."""

    books: dict[str, Runbook]
    rules: dict[str, Rule]
    evidence: dict[str, Field]
    digest: str
    raw: bytes


def file_name(digest: str) -> str:
    """What a snapshot is called in its incident's folder."""
    return f"runbooks-{digest}.yaml"


def take(library: Library, root: str) -> Snapshot:
    """The runbook `root` and those it leads to, as the library has them now.

    Raises ToolkitError `no-such-runbook`, `broken-runbook`, `file-changed` or `unreadable` for `root`. One that it
    leads to and that cannot be had is left out: the run says so when it gets there.
    """
    parts: dict[str, bytes] = {}
    books: dict[str, Runbook] = {}
    waiting = [root]
    while waiting:
        name = waiting.pop(0)
        if name in books:
            continue
        try:
            heading = library.heading(name)
            parts[f"{heading.id}.yaml"] = library.raw(heading)
        except ToolkitError:
            if name == root:
                raise
            continue
        book = books[heading.id] = library.book(heading)
        waiting += [step.use for step in book.steps() if step.use]
        waiting += [rung.plan for rung in book.escalation if rung.plan]
    for name in _REFERENCE:
        parts[f"{name}.yaml"] = library.reference(name)
    raw = b"".join(_MARK + f"{name} {len(text)}\n".encode() + text for name, text in parts.items())
    return Snapshot(books, library.rules, library.evidence, _digest(raw), raw)


def state(folder: Path, digest: str) -> str:
    """`kept`, `missing` or `changed`; raises OSError when it cannot be read."""
    try:
        return "kept" if _digest((folder / file_name(digest)).read_bytes()) == digest else "changed"
    except FileNotFoundError:
        return "missing"


def load(folder: Path, digest: str) -> Snapshot | None:
    """The snapshot kept in `folder`; None when it is not there or no longer what was kept."""
    from toolkit.content.source import read

    try:
        raw = (folder / file_name(digest)).read_bytes()
    except OSError:
        return None
    if _digest(raw) != digest:
        return None
    try:
        data = {name: read(text, name).data for name, text in _parts(raw)}
        rules, evidence = (data.pop(f"{name}.yaml") for name in _REFERENCE)
        books = {book["id"]: unpack.runbook(book) for book in data.values()}
        return Snapshot(books, unpack.rules(rules), unpack.evidence(evidence), digest, raw)
    except (
        KeyError,
        TypeError,
        AttributeError,
        ValueError,
    ):  # sound when it was kept, but of a format that this version lacks
        return None


def _parts(raw: bytes) -> Iterator[tuple[str, bytes]]:
    at = 0
    while at < len(raw):
        begin = raw.index(b"\n", at + 1) + 1  # the heading ends where its line does; its own line break comes first
        name, size = raw[at + len(_MARK) : begin - 1].decode("utf-8").rsplit(" ", 1)
        at = begin + int(size)
        yield name, raw[begin:at]


def _digest(raw: bytes) -> str:
    return sha256(raw).hexdigest()[:_DIGITS]
