"""The runbooks: which, how many, whole, how old; and the site beside them."""

import os
from collections.abc import Iterator
from pathlib import Path

from toolkit.diagnostics import ToolkitError
from toolkit.doctor.finding import FAIL, OK, SKIP, WARN, Finding
from toolkit.doctor.subject import Subject
from toolkit.resources import resource
from toolkit.shop.age import aged, months


def runbooks(subject: Subject) -> Iterator[Finding]:
    """Whether there are runbooks that can be followed, and when they were last looked at."""
    library, path = subject.library, os.path.abspath(subject.folder)
    if isinstance(library, ToolkitError):
        values = {k: str(v) for k, v in library.params.items()}
        yield Finding("runbooks", FAIL, "runbooks-unusable", {"path": path, "file": "?", **values})
        return
    if not library.headings:
        yield Finding("runbooks", FAIL, "runbooks-none", {"path": path})
    for broken, count, _ in library.broken:
        yield Finding(
            "runbooks", FAIL, "runbook-broken", {"path": os.path.abspath(subject.folder / broken), "n": str(count)}
        )
    if library.headings:
        packaged = subject.folder.resolve() == resource("runbooks").resolve()
        code = "runbooks-packaged" if packaged else "runbooks-own"
        yield Finding("runbooks", OK, code, {"n": str(len(library.headings)), "path": path})
        oldest = min(subject.runbooks, key=lambda book: book.reviewed_on)
        old = aged(oldest.reviewed_on, subject.today)
        age = f"P{max(0, months(oldest.reviewed_on, subject.today))}M"
        values = {"card": oldest.card, "on": oldest.reviewed_on, "age": age}
        yield Finding("reviews", WARN if old else OK, "review-old" if old else "review-fresh", values)
    yield Finding("rules", OK, "rules", {"rules": str(len(library.rules)), "evidence": str(len(library.evidence))})


def site(_: Subject) -> Iterator[Finding]:
    """Whether the site has been built here, for reading with the network down."""
    page = Path.cwd() / "build" / "site" / "index.html"
    if page.is_file():
        yield Finding("site", OK, "site-there", {"path": os.path.abspath(page)})
    else:
        yield Finding("site", SKIP, "site-absent")
