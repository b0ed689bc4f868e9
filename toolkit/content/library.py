"""A folder of runbooks, read, judged and checked; one bad file never hides another."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from zlib import crc32

from toolkit import __version__, exits, model, vocabulary
from toolkit.cache import Parts, parted
from toolkit.cells import fold
from toolkit.content import unpack
from toolkit.diagnostics import Diagnostic, ToolkitError, near, ordered
from toolkit.model import Field, Rule, Runbook, Text, Triage
from toolkit.resources import resource, yaml_files

if TYPE_CHECKING:
    from toolkit.content.codes import Code, Codebook

_KINDS: Final = tuple(vocabulary.FOLDERS)
_MAKERS: Final = tuple(
    os.path.join(os.path.dirname(__file__), name) for name in ("codes.py", "library.py", "triage.py")
)
# Faults of wording, and of names that a person can tell apart, do not keep a runbook from who needs it.
_HARMLESS: Final = ("TB207", "TB221", "TB222", "TB223", "TB224", "TB3")


class Heading(NamedTuple):
    """What a list shows of a runbook; `digest` is the SHA-256 of its file."""

    id: str
    card: str
    kind: str
    title: Text
    digest: str
    path: str


class _Index(dict[str, Any]):
    """The parts of the index, each read when it is asked for; its numbers hold only among parts of one build."""

    def __init__(self, parts: Parts) -> None:
        super().__init__()
        self._parts = parts
        self._anew = parts.anew

    def of_one_build(self) -> bool:
        """Whether what was read so far belongs together; if not it is dropped, to be read again."""
        if self._anew == self._parts.anew:
            return True
        self._anew = self._parts.anew
        self.clear()
        return False

    def __missing__(self, name: str) -> Any:
        self[name] = self._parts[f"index/{name}"]
        return self[name]


class Library:
    """The sound runbooks of a folder, by heading; bodies are unpacked when they are asked for."""

    def __init__(self, folder: Path, parts: Parts) -> None:
        headings, broken = parts["headings"]
        self.folder = folder
        self.headings = [Heading(h[0], h[1], h[2], Text(h[3], h[4]), h[5], h[6]) for h in headings]
        self.broken: list[tuple[str, int, str]] = broken
        self._parts = parts

    @cached_property
    def rules(self) -> dict[str, Rule]:
        """The safety rules by id."""
        return unpack.rules(self._parts["rules"])

    @cached_property
    def evidence(self) -> dict[str, Field]:
        """The evidence fields by id."""
        return unpack.evidence(self._parts["evidence"])

    @cached_property
    def triage(self) -> Triage:
        """The symptom list for somebody who knows no card; empty where the library has none."""
        return unpack.triage(self._parts["triage"]) if "triage" in self._parts else Triage()

    @cached_property
    def codes(self) -> "Codebook | None":
        """The response codes; None where the folder has none that can be used."""
        from toolkit.content.codes import unpacked

        return unpacked(self._parts["codes"]) if "codes" in self._parts else None

    @cached_property
    def cards_by_code(self) -> dict[str, list[str]]:
        """The cards of the runbooks that name a response code, by scheme/code."""
        cards: dict[str, list[str]] = self._parts["cards_by_code"]
        return cards

    @cached_property
    def index(self) -> _Index:
        """What `triage.find` looks in; each part is read when a search asks for it."""
        return _Index(self._parts)

    def search(self, query: str, most: int = 10) -> list[tuple[Heading, float]]:
        """The headings that fit `query` with their score, the best first."""
        from toolkit.content import triage

        index, known = self.index, {h.id: h for h in self.headings}
        hits, ids = triage.find(index, query, most), index["ids"]
        if not index.of_one_build():
            hits, ids = triage.find(index, query, most), index["ids"]
        found = [(known.get(ids[number]), score) for number, score in hits]
        return [(heading, score) for heading, score in found if heading]

    @cached_property
    def runbooks(self) -> tuple[Runbook, ...]:
        """Every runbook, by kind and card."""
        return tuple(self.book(h) for h in self.headings)

    @cached_property
    def findings(self) -> list[Diagnostic]:
        """Every finding in the folder; reads all of it again."""
        from toolkit.content.survey import files_of, survey

        return ordered(survey(files_of([self.folder]), self.folder))

    def share(self, query: str, heading: Heading) -> float:
        """How much of `query` the runbook has, from 0 to 1."""
        from toolkit.content import triage

        ids = self.index["ids"]
        return triage.share(self.index, query, ids.index(heading.id)) if heading.id in ids else 0.0

    def book(self, heading: Heading) -> Runbook:
        """The runbook behind `heading`; ToolkitError `file-changed` if it is gone by now."""
        try:
            return unpack.runbook(self._parts[_body(heading.id)])
        except KeyError as gone:
            raise ToolkitError("file-changed", path=heading.path) from gone

    def offered(self, code: "Code") -> list[tuple[str, Text]]:
        """Card and title of each runbook for a response code: the one it leads to, and those that name it."""
        named = self.cards_by_code.get(f"{code.scheme}/{code.code}", [])
        cards = [model.plain_card(card) for card in (code.runbook or "", *named)]
        found = [h for h in self.headings if model.plain_card(h.card) in cards]
        found.sort(key=lambda h: cards.index(model.plain_card(h.card)))
        return [(h.card, h.title) for h in found]

    def heading(self, name: str) -> Heading:
        """The heading with card or id `name`, in any case; ToolkitError `no-such-runbook` (status 3) without one."""
        wanted = fold(name)
        card = model.plain_card(wanted)
        for heading in self.headings:
            if wanted == heading.id or card == model.plain_card(heading.card):
                return heading
        for path, count, its_card in self.broken:
            if wanted == Path(path).stem or card == model.plain_card(its_card):
                raise ToolkitError("broken-runbook", status=exits.CANNOT, name=name, path=path, count=count)
        names = [n for h in self.headings for n in (h.card, h.id)]
        meant = near(name.upper(), names) or near(wanted, names)
        if meant:
            raise ToolkitError("no-such-runbook-near", status=exits.NOTHING, name=name, near=meant)
        raise ToolkitError("no-such-runbook", status=exits.NOTHING, name=name)

    def raw(self, heading: Heading) -> bytes:
        """The bytes of the runbook's file, if they are still those that were read; else ToolkitError `file-changed`."""
        from hashlib import sha256

        try:
            raw = (self.folder / heading.path).read_bytes()
        except OSError as error:
            raise ToolkitError("unreadable", path=heading.path, reason=error.strerror or error) from error
        if sha256(raw).hexdigest() != heading.digest:
            raise ToolkitError("file-changed", path=heading.path)
        return raw

    def reference(self, name: str) -> bytes:
        """The bytes of a reference file: rules, evidence or codes."""
        path = self.folder / "reference" / f"{name}.yaml"
        try:
            return path.read_bytes()
        except OSError as error:
            raise ToolkitError("unreadable", path=path, reason=error.strerror or error) from error


def find_folder(option: str | None) -> Path:
    """The folder of runbooks: `option`, else TILLBOOK_RUNBOOKS, `./runbooks` here or above, the packaged ones."""
    chosen = option or os.environ.get("TILLBOOK_RUNBOOKS")
    if chosen:
        folder = Path(chosen)
        if not folder.is_dir():
            raise ToolkitError("no-folder", status=exits.CANNOT, path=chosen)
        return folder
    here = Path.cwd()
    for above in (here, *here.parents):
        if (above / "runbooks" / "reference").is_dir():
            return above / "runbooks"
    return resource("runbooks")


def load(folder: Path) -> Library:
    """The library in `folder`, from the cache while its files are unchanged.

    Raises ToolkitError `no-library` when it holds no safety rules that can be read.
    """
    place = folder.resolve()
    name = f"library-{crc32(os.fsencode(place)):08x}"
    files = [*yaml_files(place), *sorted(map(str, resource("schema").glob("*.json"))), *_MAKERS]
    return Library(folder, parted(name, __version__, files, lambda: _parts(place)))


def _body(name: str) -> str:
    return f"body/{name}"


def _parts(folder: Path) -> dict[str, Any]:
    """The library as plain data: what the survey finds sound, in the parts that are read apart."""
    from toolkit.content import codes, triage
    from toolkit.content.survey import REFERENCE, entries, files_of, gist, together

    files = files_of([folder])
    read = list(entries(files, folder))
    findings = together(map(gist, read), files, folder)
    faults = Counter(f.path for f in findings if not f.code.startswith(_HARMLESS))
    sound: list[tuple[Any, str, str]] = []
    reference: dict[str, Any] = {}
    broken: list[tuple[str, int, str]] = []
    for entry in read:
        path = os.path.relpath(entry.path, folder).replace(os.sep, "/")
        if faults[entry.path]:
            card = entry.data.get("card") if isinstance(entry.data, dict) else None
            broken.append((path, faults[entry.path], str(card or "")))
        elif entry.kind == "runbook":
            sound.append((entry.data, entry.digest, path))
        elif entry.kind in REFERENCE:
            reference[entry.kind] = entry.data
    missing = sorted({"rules", "evidence"} - set(reference))
    if missing:
        raise ToolkitError("no-library", status=exits.CANNOT, path=str(folder), file=f"reference/{missing[0]}.yaml")
    sound.sort(key=lambda found: (_KINDS.index(found[0]["kind"]), found[0]["card"]))
    books = [data for data, _, _ in sound]
    searched = codes.searched(books, reference["codes"]) if "codes" in reference else books
    return {
        "headings": ([_heading(*found) for found in sound], broken),
        **{f"index/{name}": part for name, part in triage.index(searched).items()},
        "cards_by_code": codes.cards(books),
        **reference,
        **{_body(b["id"]): b for b in books},
    }


def _heading(data: Any, digest: str, path: str) -> tuple[str, ...]:
    return data["id"], data["card"], data["kind"], data["title"]["zh"], data["title"]["en"], digest, path


def each(headings: Iterable[Heading]) -> Iterator[dict[str, str]]:
    """Headings as a program reads them."""
    for h in headings:
        yield {"card": h.card, "id": h.id, "kind": h.kind, "title": h.title.zh, "title_en": h.title.en}
