"""Response codes: from what the screen shows to what it may mean, the safest reading first.

One code may mean different things in different schemes, and in two generations of one table; a row is one
such meaning, and its key is (scheme, table, code).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from toolkit.cells import fold
from toolkit.model import Text

ANY: Final = "any"  # the generation of a row whose meaning does not depend on it
# What may be done again, the more careful first.
REPEATS: Final = ("look-up-first", "no", "once-after-look-up", "once")

_GAP: Final = re.compile(r"[\s_-]+")
_NO_WORD: Final = re.compile(r"[\W_]+")
_TOKEN: Final = re.compile(r"[0-9a-z]+(?:[._:-][0-9a-z]+)*")
_LED: Final = re.compile(
    r"(?:代码|(?:应答|响应|返回|错误|提示|状态|故障)码|报错|错误|\bcode|\berror)"
    r" ?(?:是|为|显示|is|[:=#])? ?[\"'“‘「\[(]? ?([0-9a-z]+(?:[._:-][0-9a-z]+)*)"
)


class Scheme(NamedTuple):
    """Whose codes. `prefixes` are beginnings of a code that mean the same and may be left out."""

    id: str
    name: Text
    note: Text
    prefixes: tuple[str, ...] = ()


class Code(NamedTuple):
    """One meaning of one code. `level` is the class letter of the UnionPay tables, `runbook` a card."""

    scheme: str
    table: str
    code: str
    screen: Text
    meaning: Text
    do: Text
    repeat: str
    sources: tuple[str, ...]
    agreement: str
    level: str | None = None
    runbook: str | None = None
    success: bool = False
    danger: bool = False
    differs: Text | None = None
    aliases: tuple[str, ...] = ()


class Codebook(NamedTuple):
    """All codes. `unlisted` is what holds for a code that is in none of the tables."""

    schemes: Mapping[str, Scheme]
    tables: Mapping[str, Text]
    sources: Mapping[str, Text]
    rows: tuple[Code, ...]
    unlisted: Code


def unpacked(data: Mapping[str, Any]) -> Codebook:
    """The codebook from data that `codes.schema.json` accepts and `checks.codes` finds nothing in."""
    advice = {a["id"]: Text(a["zh"], a["en"]) for a in data["advice"]}
    schemes = {
        s["id"]: Scheme(s["id"], _text(s["name"]), _text(s["note"]), tuple(s.get("prefixes", ())))
        for s in data["schemes"]
    }
    rows = tuple(_row(r, s["id"], advice) for s in data["schemes"] for r in s["codes"])
    unlisted = _row({**data["unlisted"], "code": "", "repeat": REPEATS[0], "agreement": "agree"}, "", advice)
    tables, sources = ({n["id"]: _text(n["name"]) for n in data[key]} for key in ("tables", "sources"))
    return Codebook(schemes, tables, sources, rows, unlisted)


def _text(data: Mapping[str, str]) -> Text:
    return Text(data["zh"], data["en"])


def _row(data: Mapping[str, Any], scheme: str, advice: Mapping[str, Text]) -> Code:
    return Code(
        scheme=scheme,
        table=data.get("table", ANY),
        code=data["code"],
        screen=_text(data["screen"]),
        meaning=_text(data["meaning"]),
        do=advice[data["do"]],
        repeat=data["repeat"],
        sources=tuple(data["sources"]),
        agreement=data["agreement"],
        level=data.get("class"),
        runbook=data.get("runbook"),
        success=data.get("success", False),
        danger=data.get("danger", False),
        differs=_text(data["differs"]) if "differs" in data else None,
        aliases=tuple(data.get("aliases", ())),
    )


def cards(books: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    """The cards of the runbooks, given as plain data, that name a response code, by scheme/code."""
    found: dict[str, list[str]] = defaultdict(list)
    for book in books:
        for name in book.get("codes", ()):
            found[name].append(book["card"])
    return dict(found)


def searched(books: Iterable[Mapping[str, Any]], data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The runbooks with the codes that lead to them, and under `screens` the words these show: for the search."""
    rows = [(f"{s['id']}/{row['code']}", row) for s in data["schemes"] for row in s["codes"]]
    found = []
    for book in books:
        own = book.get("codes", ())
        mine = {name: row["screen"] for name, row in rows if name in own or row.get("runbook") == book["card"]}
        screens = dict.fromkeys(text for screen in mine.values() for text in screen.values())
        found.append({**book, "codes": [*dict.fromkeys((*own, *mine))], "screens": list(screens)})
    return found


def plain(code: str) -> str:
    """A code as people may also type it: any case and width, without punctuation around it, gaps as underscores."""
    text = fold(code)
    kept = [place for place, char in enumerate(text) if char.isalnum()]
    return _GAP.sub("_", text[kept[0] : kept[-1] + 1]) if kept else ""


def spellings(code: Code, prefixes: tuple[str, ...]) -> set[str]:
    """Every plain spelling under which `code` is found, with and without the prefixes of its scheme."""
    names = {plain(name) for name in (code.code, *code.aliases)}
    begun = tuple(fold(p) for p in prefixes)
    bare = {name[len(p) :] for name in names for p in begun if name.startswith(p)}
    return names | bare | {p + name for name in bare for p in begun}


def find(book: Codebook, typed: str, scheme: str = "", shown: str = "") -> list[Code]:
    """Every meaning of the code in `typed`, the safest first; nothing if it is not listed.

    `scheme` keeps the others out. `shown` says which table the terminal shows (an id or a name of a generation
    or a scheme, or scheme/table): its rows come first among those that are equally safe.
    """
    spelt = _spelt(book)
    named, typed = _scoped(book, typed)
    scheme = scheme or named
    found = next((spelt[name] for name in _names(typed) if name in spelt), None) or _held(spelt, typed)
    mine = _mine(book, shown)
    rows = [row for row in found if scheme in {"", row.scheme}]
    return sorted(rows, key=lambda r: (r.success, not r.danger, REPEATS.index(r.repeat), r not in mine))


def looks_like_code(book: Codebook, line: str) -> bool:
    """Whether `line`, typed at "what do you see?", is a known code or plainly holds one.

    A bare word like `declined` is what a person would also say, so it counts only after "code" or the like, and
    a code among other words only where those are the words of its screen.
    """
    spelt = _spelt(book)
    scheme, line = _scoped(book, line)
    if any(name in spelt for name in _led(line)):
        return True
    if any(name in spelt and (scheme or _unmistakable(name)) for name in _whole(line)):
        return True
    tokens = [t for t in set(_TOKEN.findall(fold(line))) if plain(t) in spelt]
    return any("_" in t or "." in t or _on_screen(fold(line), t, spelt[plain(t)]) for t in tokens)


def _scoped(book: Codebook, typed: str) -> tuple[str, str]:
    """The scheme, where it stands before the code as in runbooks (scheme/code), and the rest."""
    scheme, _, rest = fold(typed).partition("/")
    return (scheme, rest) if rest and scheme in book.schemes else ("", typed)


def _unmistakable(name: str) -> bool:
    return len(name) <= 2 or not name.isalpha()


def _on_screen(line: str, token: str, rows: Iterable[Code]) -> bool:
    """Whether what stands beside `token` in `line` is in the words of its screen."""
    rest = _bare(line.replace(token, " ", 1))
    return len(rest) > 1 and any(rest in _bare(text) for row in rows for text in row.screen)


def _bare(text: str) -> str:
    return _NO_WORD.sub("", fold(text))


def _spelt(book: Codebook) -> dict[str, list[Code]]:
    found: dict[str, list[Code]] = defaultdict(list)
    for row in book.rows:
        for name in spellings(row, book.schemes[row.scheme].prefixes):
            found[name].append(row)
    return found


def _whole(typed: str) -> tuple[str, str]:
    name = plain(typed)
    return name, plain("".join(typed.split()))


def _names(typed: str) -> Iterator[str]:
    """What the code may be: all that was typed, else what follows "code" or the like."""
    yield from _whole(typed)
    yield from _led(typed)


def _led(typed: str) -> Iterator[str]:
    """What follows "code" or the like."""
    for led in _LED.finditer(" ".join(fold(typed).split())):
        yield plain(led[1])


def _held(spelt: Mapping[str, list[Code]], typed: str) -> list[Code]:
    """The rows of every known code among the words typed."""
    held = dict.fromkeys(map(plain, _TOKEN.findall(fold(typed))))
    return [row for name in held if name in spelt and _unmistakable(name) for row in spelt[name]]


def _mine(book: Codebook, shown: str) -> set[Code]:
    """The rows of the table that the terminal shows, as far as the store file says so in known words."""
    scheme, _, table = fold(shown).rpartition("/")
    tables = {name: t for t, text in book.tables.items() for name in (t, fold(text.zh), fold(text.en))}
    schemes = {name: s.id for s in book.schemes.values() for name in (s.id, fold(s.name.zh), fold(s.name.en))}
    if table in schemes and not scheme:
        return {row for row in book.rows if row.scheme == schemes[table]}
    wanted = tables.get(table)
    if wanted is None:
        return set()
    split = {row.scheme for row in book.rows if row.table == wanted and scheme in {"", row.scheme}}
    return {row for row in book.rows if row.scheme in split and row.table in {wanted, ANY}}
