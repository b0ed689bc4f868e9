"""Commands over runbooks: check, list, show, find, code."""

from collections.abc import Sequence
from pathlib import Path

from toolkit import exits
from toolkit.cells import wrap
from toolkit.cli.setting import Setting
from toolkit.console import say
from toolkit.diagnostics import ToolkitError
from toolkit.guard import masked

_FORMATS = ("text", "json")


def check(setting: Setting, paths: Sequence[Path], form: str) -> int:
    """Check files and folders, or the whole library; 1 when there are findings, 3 when there was nothing to check."""
    from toolkit.content.survey import files_of, survey
    from toolkit.diagnostics import ordered
    from toolkit.report import findings as report

    form = form or ("json" if setting.json else "text")
    if form not in _FORMATS:
        raise ToolkitError("no-format", status=exits.USAGE, name=form, known=", ".join(_FORMATS))
    for path in paths:
        if not path.exists():
            raise ToolkitError("no-path", status=exits.NOTHING, path=path)
    asked = list(paths) or [setting.folder]
    files = files_of(asked)
    if not files:
        raise ToolkitError("nothing-to-check", status=exits.NOTHING, path=", ".join(map(str, asked)))
    found = ordered(survey(files, _home(asked[0], setting)))
    words = setting.words
    if form == "json":
        say([report.as_json(found, len(files), words)])
    else:
        say([*report.as_text(found, words, lines_of), report.summary(found, len(files), words)])
    return exits.FINDINGS if found else exits.OK


def _home(path: Path, setting: Setting) -> Path:
    """The library that `path` belongs to: the nearest folder with safety rules at or above it, else the one in use."""
    place = path.resolve()
    return next((p for p in (place, *place.parents) if (p / "reference" / "rules.yaml").is_file()), setting.folder)


def lines_of(path: str) -> Sequence[str]:
    """The lines of a file as it is now, empty where it cannot be read."""
    try:
        return Path(path).read_bytes().removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").split("\n")
    except OSError:
        return ()


def listing(setting: Setting, json: bool) -> int:
    """Every runbook by kind and card."""
    from toolkit.content.library import each

    words, kind = setting.words, ""
    lines: list[str] = []
    for heading in setting.library.headings:
        if heading.kind != kind:
            kind = heading.kind
            lines += ([""] if lines else []) + [words(f"kind.{kind}")]
        lines += wrap(words.of(heading.title), f"  {heading.card:<6} ")
    setting.show(list(each(setting.library.headings)), lines, json=json)
    return exits.OK


def show(setting: Setting, card: str) -> int:
    """The whole runbook as text."""
    from toolkit.record import exercise
    from toolkit.report.sheet import Sheet

    library = setting.library
    book = library.book(library.heading(card))
    labels = {name: field.label for name, field in library.evidence.items()}
    say(Sheet(setting.words, setting.store, library.rules, labels).lines(book, exercise.last(setting.data, book.id)))
    return exits.OK


def find(setting: Setting, query: str, json: bool) -> int:
    """The runbooks that fit the words, the best first; 3 when none does."""
    words = setting.words
    hits = setting.library.search(query)
    rows = [{"card": h.card, "id": h.id, "title": words.of(h.title), "kind": h.kind, "score": s} for h, s in hits]
    lines = [line for h, _ in hits for line in wrap(words.of(h.title), f"  {h.card:<6} ")]
    lines += [words("find.next", card=hits[0][0].card)] if hits else []
    if not hits:
        lines = wrap(words("find.nothing", query=masked(query)))
    held = _code_in(setting, query)
    if held:
        lines += wrap(words("code.hint", code=held))
    setting.show(rows, lines, json=json)
    return exits.OK if hits else exits.NOTHING


def _code_in(setting: Setting, query: str) -> str:
    """The response code that was looked for, if any; what holds neither a digit nor _ is not asked about."""
    if not any(char.isdigit() or char == "_" for char in query):
        return ""
    from toolkit.content import codes

    book = setting.library.codes
    return codes.find(book, query)[0].code if book and codes.looks_like_code(book, query) else ""


def code(setting: Setting, typed: str, scheme: str, json: bool) -> int:
    """What a response code means and what to do, the safest reading first; the safe default if it is not listed."""
    from toolkit.content import codes
    from toolkit.report import codes as report

    if not codes.plain(typed):
        raise ToolkitError("no-code", status=exits.NOTHING)
    library, words = setting.library, setting.words
    book = library.codes
    if book is None:
        setting.show([], wrap(words("code.no-table")), json=json)
        return exits.OK
    if scheme and scheme not in book.schemes:
        raise ToolkitError("no-scheme", status=exits.USAGE, name=scheme, known=", ".join(book.schemes))
    shown = setting.store.config.get("code-table", "")
    rows = codes.find(book, typed, scheme, shown)
    said = masked(typed.strip())
    lines = list(report.as_text(book, rows, said, library.offered, words))
    if not rows and codes.find(book, typed):
        lines += wrap(words("code.unlisted-here", code=said, scheme=words.of(book.schemes[scheme].name)))
    setting.show(report.as_data(book, rows, library.offered), lines, json=json)
    return exits.OK
