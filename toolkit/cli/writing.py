"""Commands that write up what was recorded: report over one incident, stats over all."""

import re
from hashlib import sha256
from pathlib import Path
from typing import Final

from toolkit import exits
from toolkit.cells import wrap
from toolkit.cli.setting import Setting
from toolkit.cli.telling import known, texts_of
from toolkit.console import say
from toolkit.diagnostics import ToolkitError
from toolkit.guard import in_file
from toolkit.record import incidents, tombstones
from toolkit.record.incidents import Seen
from toolkit.shop import stores

_FORMATS: Final = ("markdown", "html")
_ENDINGS: Final = {".html": "html", ".htm": "html"}
_PHOTO: Final = re.compile(r"attachments/photo-[0-9a-f]{12}\.(?:jpg|png|gif|bmp|webp)")
_MOST: Final = 6 * 1024 * 1024  # bytes of photos in one page, so that it can still be mailed


def report(setting: Setting, name: str, out: Path | None, form: str) -> int:
    """The incident as Markdown or HTML (by the file's ending where not said), to the screen or to a file (UTF-8)."""
    from toolkit.report import html, markdown
    from toolkit.report.case import case
    from toolkit.report.whole import document

    form = form or (_ENDINGS.get(out.suffix.lower(), "") if out else "") or _FORMATS[0]
    if form not in _FORMATS:
        raise ToolkitError("no-format", status=exits.USAGE, name=form, known=", ".join(_FORMATS))
    seen, words = incidents.find(setting.data, name), setting.words
    texts = texts_of(setting, seen)
    fates = {run.number: texts.fate(run) for run in seen.state.runs if run.parent is None}
    whole = document(case(seen, words, setting.store, known(seen, texts), fates, photos(seen)))
    if out is None:
        # On the screen a page is ASCII with references, so that it stays whole in whatever encoding it is kept.
        page = html.render(whole).encode("ascii", "xmlcharrefreplace").decode("ascii") if form == "html" else ""
        say((page or markdown.render(whole)).rstrip("\n").split("\n"))
        return exits.OK
    text = html.render(whole) if form == "html" else markdown.render(whole)
    try:
        out.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise ToolkitError("unwritable", status=exits.NOT_RECORDED, path=out, reason=error.strerror or error) from error
    say(wrap(words("report.written", path=out)))
    return exits.OK


def photos(seen: Seen) -> dict[str, bytes | str]:
    """The photos of an incident by name: their bytes, or why one cannot be shown.

    `missing` (lost or erased), `changed` since it was recorded, `large` (no room left), `other` (no browser shows it).
    """
    found: dict[str, bytes | str] = {}
    left = _MOST
    for line in seen.record.lines:
        name, digest = line.data.get("value"), line.data.get("sha256")
        if line.kind != "evidence" or not isinstance(name, str) or not digest or name in found:
            continue
        photo = found[name] = _photo(seen.folder, name, str(digest), left)
        left -= len(photo) if isinstance(photo, bytes) else 0
    return found


def _photo(folder: Path, name: str, digest: str, left: int) -> bytes | str:
    path = folder / name
    if not _PHOTO.fullmatch(name):
        return "other"
    try:
        if path.is_symlink() or path.parent.is_symlink() or not path.is_file():
            return "missing"
        if path.stat().st_size > left:
            return "large"
        raw = path.read_bytes()
    except OSError:
        return "missing"
    changed = sha256(raw).hexdigest() != digest or in_file(raw)
    return "changed" if changed else raw


def stats(setting: Setting, drills: bool, json: bool) -> int:
    """Over all incidents: how long they took, and which steps of which runbook fail; those unreadable are named."""
    from toolkit.report import stats as figures

    words = setting.words
    found: list[Seen] = []
    unreadable: list[str] = []
    for seen in incidents.every(setting.data):
        if isinstance(seen, ToolkitError):
            unreadable.append(Path(str(seen.params["path"])).name)
        elif seen.state.opened and seen.state.runs:
            found += [seen] if seen.state.drill == drills else []
        elif seen.record.damage:
            unreadable.append(seen.name)
    gone = [tomb for tomb in tombstones.every(setting.data) if tomb.drill == drills]
    whole = figures.gather(found, unreadable, [figures.purged(tomb.incident, tomb.began, tomb.ended) for tomb in gone])
    told = list(figures.lines(whole, lambda book, step: _step(setting, book, step), words, drills))
    setting.show(figures.as_json(whole, drills), told, json=json)
    return exits.OK


def _step(setting: Setting, book: str, name: str) -> str:
    """What a step says, as the library has it now; the empty string where it has no such step."""
    try:
        library = setting.library
        step = library.book(library.heading(book)).step(name)
    except ToolkitError:
        return ""
    return stores.fill(setting.words.of(step.do), setting.store, setting.words) if step else ""
