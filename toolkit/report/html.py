"""A report as one page of HTML that needs nothing else: no script, no network, photos within.

Every text is escaped here and nowhere else. A policy in the page forbids whatever should slip through.
"""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from typing import Final

from toolkit.report.document import Blank, Block, Bullets, Document, Figure, Form, Heading, Paragraph, Photo, Table
from toolkit.report.picture import svg, text
from toolkit.report.style import CSS

_LANG: Final = {"zh": "zh-CN", "en": "en"}
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
_SHORT: Final = 16  # characters of a cell that is kept on one line where all of its column are as short


def render(document: Document) -> str:
    """The page, ending in a newline."""
    title = text(document.title)
    parts = [
        "<!doctype html>",
        f'<html lang="{_LANG[document.language]}">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        '<meta name="format-detection" content="telephone=no">',
        f"<title>{title}</title>",
        f"<style>{CSS}</style>",
        "</head>",
        "<body>",
        "<main>",
        f"<h1>{title}</h1>",
        *_contents(document),
        *(line for block in document.blocks for line in _block(block)),
        "</main>",
        "</body>",
        "</html>",
    ]
    return "\n".join(parts) + "\n"


def _contents(document: Document) -> Iterator[str]:
    yield "<nav>"
    for block in document.blocks:
        if isinstance(block, Heading) and block.level == 2:
            yield f'<a href="#{text(block.anchor)}">{text(block.text)}</a>'
    yield "</nav>"


def _block(block: Block) -> Iterator[str]:
    match block:
        case Heading():
            yield f'<h{block.level} id="{text(block.anchor)}">{text(block.text)}</h{block.level}>'
        case Paragraph():
            yield f'<p class="loud">{text(block.text)}</p>' if block.loud else f"<p>{text(block.text)}</p>"
        case Bullets():
            yield from _list(block.entries)
        case Table():
            yield from _table(block.head, block.rows, "wide") if block.head else _facts(block.rows)
        case Form():
            rows = [[*row, *[""] * (len(block.head) - len(row))] for row in block.rows]
            yield from _table(block.head, rows, "wide form")
        case Photo():
            source = f"data:image/{text(block.kind)};base64,{b64encode(block.raw).decode('ascii')}"
            caption = text(block.caption)
            yield f'<figure><img src="{source}" alt="{caption}"><figcaption>{caption}</figcaption></figure>'
        case Figure():
            yield "<figure>"
            yield svg(block, "picture")
            yield f"<figcaption>{text(block.title)}</figcaption>"
            yield "</figure>"
            yield from _list(block.alternative)
        case Blank():
            yield f'<p class="question">{text(block.question)}</p>'
            yield '<div class="blank"></div>' * block.lines


def _list(entries: Sequence[str]) -> Iterator[str]:
    yield "<ul>"
    yield from (f"<li>{text(entry)}</li>" for entry in entries)
    yield "</ul>"


def _facts(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield "<table><tbody>"
    yield from (f'<tr><th scope="row">{text(name)}</th><td>{text(value)}</td></tr>' for name, value in rows)
    yield "</tbody></table>"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], style: str) -> Iterator[str]:
    """A table whose roles are said, since a narrow screen lays its cells out one below the other."""
    short = [all(len(row[n]) <= _SHORT for row in rows) for n in range(len(head))]
    yield f'<table class="{style}" role="table"><thead role="rowgroup"><tr role="row">'
    yield "".join(f'<th scope="col" role="columnheader">{text(name)}</th>' for name in head)
    yield '</tr></thead><tbody role="rowgroup">'
    for row in rows:
        cells = zip(head, row, short, strict=True)
        yield '<tr role="row">' + "".join(_cell(*cell) for cell in cells) + "</tr>"
    yield "</tbody></table>"


def _cell(name: str, value: str, short: bool) -> str:
    style = ' class="short"' if short else ""
    return f'<td role="cell" data-head="{text(name)}"{style}>{text(value)}</td>'
