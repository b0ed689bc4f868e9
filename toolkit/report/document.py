"""A report as blocks of plain text, the same for every format; a renderer escapes, nothing here is markup."""

from collections.abc import Sequence
from typing import NamedTuple

from toolkit.model import Language


class Heading(NamedTuple):
    """A heading of level 2 or 3; `anchor` is the same in every language."""

    text: str
    anchor: str
    level: int = 2


class Paragraph(NamedTuple):
    """A paragraph; one that is `loud` must not be overlooked."""

    text: str
    loud: bool = False


class Bullets(NamedTuple):
    """A list."""

    entries: Sequence[str]


class Table(NamedTuple):
    """A table; without a `head` its rows are pairs of a name and a value."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]


class Photo(NamedTuple):
    """A photo to be shown where the format can: `kind` is the end of its media type (jpeg, png …)."""

    caption: str
    kind: str
    raw: bytes


class Blank(NamedTuple):
    """A question for people, with as many empty lines to answer it on."""

    question: str
    lines: int = 2


class Form(NamedTuple):
    """A table to be filled in by people: the first cells of each row are given, the others are empty."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]


class Instant(NamedTuple):
    """A point of the picture: seconds that never fall, and the shop's date and time."""

    seconds: float
    date: str
    time: str


class Bar(NamedTuple):
    """A stretch of a lane between two instants (their indices); `style` is a status of a plan, or `run`."""

    lane: int
    begin: int
    end: int
    style: str
    ended: bool = True


class Mark(NamedTuple):
    """Something at an instant of a lane; `kind` is one of MARKS, `label` a few words or empty."""

    lane: int
    at: int
    kind: str
    label: str = ""


# What a mark can stand for; the last ones lie across all lanes.
MARKS = (
    "answer", "not-possible", "put-off", "call", "sale", "not-counted", "note", "settled", "person",
    "restart", "jump", "gap",
)  # fmt: skip
ACROSS = frozenset({"restart", "jump", "gap"})


class Figure(NamedTuple):
    """The timeline as a picture: lanes by name, the instants that events lie at, what lies there.

    `alternative` says the same in sentences; `legend` names the marks that occur, `pauses` the folded stretches by the
    instant that ends them.
    """

    title: str
    alternative: Sequence[str]
    lanes: Sequence[str]
    instants: Sequence[Instant]
    bars: Sequence[Bar]
    marks: Sequence[Mark]
    legend: Sequence[tuple[str, str]]
    pauses: dict[int, str]


Block = Heading | Paragraph | Bullets | Table | Photo | Blank | Form | Figure


class Document(NamedTuple):
    """A whole report."""

    language: Language
    title: str
    blocks: Sequence[Block]
