"""The site: pages rendered into `build/docs`, then built by MkDocs, one tree for each language.

The builder is a last step that can be replaced: it sees Markdown files only. No plugin and no hook of ours runs
in it, since MkDocs' successors ignore both without a word (DECISIONS.md, "Site").
"""

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from toolkit import builder
from toolkit.cache import stamp
from toolkit.content.library import Library, load
from toolkit.diagnostics import Diagnostic, ToolkitError
from toolkit.model import LANGUAGES, Language, Runbook
from toolkit.page.shelf import Shelf
from toolkit.page.tree import pages
from toolkit.resources import resource
from toolkit.text import words
from toolkit.vocabulary import FOLDERS

if TYPE_CHECKING:
    from mkdocs.livereload import LiveReloadServer

Fault = Diagnostic | ToolkitError

# Neither is of use without an address of the site; the site maps carry the day of the build.
_UNUSED: Final = ("404.html", "sitemap.xml", "sitemap.xml.gz")
_OURS: Final = "assets/tillbook.css"  # a folder that holds this was built by us and may be replaced
_CHOOSER_MARK: Final = b'content="tillbook"'


class Counts(NamedTuple):
    """What was built: pages are counted in the finished trees, in all and in each language."""

    runbooks: int
    pages: int
    path: Path
    languages: Mapping[Language, int]
    warnings: tuple[str, ...]


def build(
    library: Library,
    *,
    root: Path,
    strict: bool = False,
    out: Path | None = None,
    exercised: Mapping[str, str] = MappingProxyType({}),
) -> Counts:
    """The whole site from `library`, in `out` (default: `root/build/site`); rendered pages are in `root/build/docs`.

    `exercised` maps a runbook's id to the date of its last drill.

    Raises ToolkitError: `no-mkdocs`, `no-jieba`, `not-a-site` (`out` holds something else), `site-failed`,
    `page-count`, and with `strict` also `site-unsound` (a runbook has faults) and `site-warnings`.
    """
    place = out or root / "build" / "site"
    _ready(place)
    if strict and library.broken:
        raise ToolkitError("site-unsound", files=", ".join(path for path, _, _ in library.broken))
    shelf = Shelf(library.runbooks, library.rules, library.evidence, library.codes, exercised)
    docs, sources = root / "build" / "docs", resource("site")
    expected = {language: _render(shelf, sources, docs, language)[0] for language in LANGUAGES}
    if expected["zh"] != expected["en"]:
        raise ToolkitError("page-parity", pages=", ".join(sorted(expected["zh"] ^ expected["en"])))
    staging = root / "build" / "staging"
    warnings = _compile(LANGUAGES, sources, docs, staging)
    if strict and warnings:
        raise ToolkitError("site-warnings", count=len(warnings), what="\n".join(warnings))
    counts = {language: _count(staging / language, expected[language]) for language in LANGUAGES}
    _install(LANGUAGES, sources, staging, place)
    return Counts(len(shelf.runbooks), sum(counts.values()), place, counts, warnings)


def serve(
    folder: Path,
    *,
    root: Path,
    port: int,
    ready: Callable[[str], None],
    report: Callable[[Sequence[Fault]], None],
) -> None:
    """Show the site of `folder` at this machine's `port` and follow its edits, until interrupted.

    `ready` is given the address; `report` is given what is wrong after each edit: the last good pages stay.
    Raises ToolkitError as `build` does, and `port-taken`.
    """
    preview = server(folder, root=root, port=port, report=report)
    ready(preview.url)
    try:
        preview.serve()  # type: ignore[no-untyped-call]
    except OSError as error:
        raise ToolkitError("port-taken", port=port, reason=error.strerror or error) from error
    except KeyboardInterrupt:
        pass
    finally:
        preview.shutdown()


def server(folder: Path, *, root: Path, port: int, report: Callable[[Sequence[Fault]], None]) -> "LiveReloadServer":
    """The server behind `serve`, its pages built once, not yet listening."""
    place, staging, docs = (root / "build" / name for name in ("preview", "staging", "docs"))
    sources = resource("site")
    _ready(place)
    from mkdocs.livereload import LiveReloadServer

    good: dict[str, Runbook] = {}
    seen: list[object] = []

    def refresh() -> None:
        try:
            shelf = _last_good(load(folder), good, report)
            changed = [lang for lang in LANGUAGES if _render(shelf, sources, docs, lang)[1]]
            now = stamp(_files(sources))
            if seen != now or not (place / "index.html").exists():
                changed = list(LANGUAGES)
            if changed:
                _compile(changed, sources, docs, staging)
                _install(changed, sources, staging, place)
            seen[:] = now
        except ToolkitError as error:
            report([error])

    refresh()
    preview = LiveReloadServer(builder=refresh, host="127.0.0.1", port=port, root=str(place))
    for watched in (folder, sources):
        preview.watch(str(watched))
    return preview


def _last_good(library: Library, good: dict[str, Runbook], report: Callable[[Sequence[Fault]], None]) -> Shelf:
    """The sound runbooks, and in the place of each broken one what it was when it was sound."""
    good.update({heading.path: library.book(heading) for heading in library.headings})
    if library.broken:
        report(library.findings)
    here = {heading.path for heading in library.headings} | {path for path, _, _ in library.broken}
    books = {book.id: book for path, book in sorted(good.items()) if path in here}
    kinds = tuple(FOLDERS)
    runbooks = sorted(books.values(), key=lambda book: (kinds.index(book.kind), book.card))
    return Shelf(tuple(runbooks), library.rules, library.evidence, library.codes)


def _render(shelf: Shelf, sources: Path, docs: Path, language: Language) -> tuple[set[str], bool]:
    """Write the pages of one language. What comes back: their paths, and whether any was not there like this before."""
    place = docs / language
    by_hand = sources / "docs" / language
    written = {file.relative_to(by_hand).as_posix(): file.read_text("utf-8") for file in by_hand.rglob("*.md")}
    tree = {path: text.encode() for path, text in pages(shelf, words(language), written).items()}
    tree |= {file.relative_to(by_hand).as_posix(): file.read_bytes() for file in by_hand.rglob("*.html")}
    there = {file.relative_to(place).as_posix(): file for file in _files(place)}
    stale = there.keys() - tree.keys()
    fresh = [path for path, raw in tree.items() if path not in there or there[path].read_bytes() != raw]
    for path in stale:
        there[path].unlink()
    for path in fresh:
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_bytes(tree[path])
    return set(tree), bool(stale or fresh)


def _compile(languages: Sequence[Language], sources: Path, docs: Path, staging: Path) -> tuple[str, ...]:
    """Build `languages` from `docs` into `staging`; what the builder warned of."""
    with builder.warnings() as warnings:
        for language in languages:
            builder.build(sources / f"{language}.yml", docs / language, staging / language)
            for name in _UNUSED:
                (staging / language / name).unlink(missing_ok=True)
    return tuple(warnings)


def _install(languages: Sequence[Language], sources: Path, staging: Path, place: Path) -> None:
    """Put the finished trees in their places, and beside them the page that chooses between the languages."""
    place.mkdir(parents=True, exist_ok=True)
    for language in languages:
        shutil.rmtree(place / language, ignore_errors=True)
        shutil.move(staging / language, place / language)
    shutil.copyfile(sources / "chooser.html", place / "index.html")


def _ready(place: Path) -> None:
    """Everything needed is installed, and nothing of another's is in the way; else ToolkitError."""
    builder.ready()
    for language in LANGUAGES:
        tree = place / language
        if tree.exists() and any(tree.iterdir()) and not (tree / _OURS).exists():
            raise ToolkitError("not-a-site", path=tree)
    chooser = place / "index.html"
    if chooser.exists() and _CHOOSER_MARK not in chooser.read_bytes():
        raise ToolkitError("not-a-site", path=chooser)


def _count(tree: Path, expected: set[str]) -> int:
    """How many pages are in the tree; ToolkitError if they are not those that were rendered."""
    found = {file.relative_to(tree) for file in tree.rglob("*.html")}
    built = {(f if f.as_posix() in expected else f.with_suffix(".md")).as_posix() for f in found}
    if built != expected:
        raise ToolkitError(
            "page-count", built=len(built), expected=len(expected), pages=", ".join(sorted(built ^ expected))
        )
    return len(built)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
