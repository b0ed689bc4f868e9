"""The meanings of a response code, as text for a shop and as data for a program."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from toolkit.cells import lead, wrap
from toolkit.content.codes import ANY, Code, Codebook
from toolkit.model import Text
from toolkit.text import Words

Offer = Callable[[Code], Sequence[tuple[str, Text]]]  # a meaning → card and title of each runbook there is for it


def as_text(book: Codebook, rows: Sequence[Code], code: str, offer: Offer, words: Words) -> Iterator[str]:
    """Every meaning in `rows`, with its note on whose codes these are; the default where `rows` is empty."""
    if not rows:
        yield from wrap(words("code.unlisted", code=code))
        yield from _parts(book, book.unlisted, offer, words, "  ")
        return
    if len(rows) > 1:
        names = dict.fromkeys(row.code for row in rows)
        yield from wrap(words("code.several", code=code if len(names) > 1 else rows[0].code, n=len(rows)))
    for number, row in enumerate(rows, 1):
        whose = words("code.row", code=row.code, scheme=words.of(book.schemes[row.scheme].name))
        if row.table != ANY:
            whose = words("code.row-table", row=whose, table=words.of(book.tables[row.table]))
        yield from ["", *wrap(whose, f"{number} ")] if len(rows) > 1 else wrap(whose)
        yield from _parts(book, row, offer, words, "  ")
    yield ""
    for scheme in dict.fromkeys(row.scheme for row in rows):
        found = book.schemes[scheme]
        yield from wrap(words("code.note", scheme=words.of(found.name), note=words.of(found.note)))


def _parts(book: Codebook, row: Code, offer: Offer, words: Words, indent: str) -> Iterator[str]:
    named = ((s, words.of(book.sources[s])) for s in row.sources)
    lines = [
        ("code.screen", words.of(row.screen)),
        ("code.meaning", words.of(row.meaning)),
        ("code.do", words.of(row.do)),
        ("code.repeat", words(f"code.repeats.{row.repeat}")),
        *(("code.run", words("code.offer", card=card, title=words.of(title))) for card, title in offer(row)),
        (f"code.agreement.{row.agreement}", words("code.list-comma").join(f"{s} {name}" for s, name in named)),
    ]
    if row.differs:
        place = (2, "code.danger") if row.danger else (4, "code.differs")
        lines.insert(place[0], (place[1], words.of(row.differs)))
    for key, text in lines:
        yield from wrap(text, indent + lead(words(key)), indent + "  ")


def as_data(book: Codebook, rows: Sequence[Code], offer: Offer) -> list[dict[str, Any]]:
    """The same for a program: `listed` says whether the code is in a table; texts are in both languages."""
    return [_datum(row, bool(rows), offer) for row in rows or [book.unlisted]]


def _datum(row: Code, listed: bool, offer: Offer) -> dict[str, Any]:
    plain = {name: value._asdict() if isinstance(value, Text) else value for name, value in row._asdict().items()}
    plain["class"] = plain.pop("level")
    return {"listed": listed, **plain, "runbooks": [card for card, _ in offer(row)]}
