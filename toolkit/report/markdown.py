"""A report as Markdown that shows every text as it is, in GitHub's dialect and in Python-Markdown."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from toolkit.cells import sanitize
from toolkit.report.document import Blank, Block, Bullets, Document, Figure, Form, Heading, Paragraph, Photo, Table

# What Markdown would act on in the middle of a line: with a backslash where every dialect knows one, else as an entity.
_MARKS: Final = re.compile(r"[\\`*_\[\]|#]")
# Attributes {: .x}, keys ++x++, marks ==x==, scripts x^2^ and pictures :x: are extensions that some dialects have.
_ENTITIES: Final = re.compile(
    r"[<>&~$@{}^]|([+=])(?=\1)|(?<=\+)\+|(?<==)=|:(?=//|[\w+-]*[A-Za-z_+-][\w+-]*:|100:|1234:)|(?<=www)\.",
    re.IGNORECASE,
)
_LEADS: Final = re.compile(r"^(?:[-+=:]|[0-9]+(?=[.)](?:\s|$)))")  # what begins a list, a ruler, a definition
_LINE: Final = "_" * 60  # a ruler: drawn as a line, and one in the text as it is


def safe(text: str) -> str:
    """`text` as Markdown that shows it as it is, on one line."""
    plain = sanitize(" ".join(text.split()))
    plain = _ENTITIES.sub(lambda found: f"&\0{ord(found.group())};", plain)
    return _MARKS.sub(r"\\\g<0>", plain).replace("\0", "#")


def line(text: str) -> str:
    """The same, at the beginning of a line."""
    plain = safe(text)
    led = _LEADS.match(plain)
    if led is None:
        return plain
    if led.group().isdigit():
        return f"{led.group()}\\{plain[led.end() :]}"
    return f"&#{ord(plain[0])};{plain[1:]}"


def render(document: Document) -> str:
    """The report, ending in a newline."""
    parts = [f"# {safe(document.title)}"]
    parts += ["\n".join(_block(block)) for block in document.blocks]
    return "\n\n".join(parts) + "\n"


def _block(block: Block) -> Iterator[str]:
    match block:
        case Heading():
            yield f"{'#' * block.level} {safe(block.text)}"
        case Paragraph():
            yield f"**{safe(block.text)}**" if block.loud else line(block.text)
        case Bullets():
            yield from (f"- {line(entry)}" for entry in block.entries)
        case Table():
            yield from _table(block.head or ("", ""), block.rows)
        case Form():
            yield from _table(block.head, [[*row, *[""] * (len(block.head) - len(row))] for row in block.rows])
        case Photo():
            yield line(block.caption)
        case Figure():
            yield from (f"- {line(entry)}" for entry in block.alternative)
        case Blank():
            yield line(block.question)
            for _ in range(block.lines):
                yield from ("", _LINE)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    for row in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(cell if cell == '---' else safe(cell) for cell in row)} |"
