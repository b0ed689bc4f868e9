"""Authors' text made inert, and the few pieces of Markdown that pages are put together from.

Escaping happens here and nowhere else: whatever enters a page through `inline`, `lines` or `link` shows as the
characters that the author typed. Python-Markdown has no safe mode, so every ASCII punctuation character becomes
an entity; leading blanks, which would make a code block, are folded.
"""

import json
from collections.abc import Iterable
from html import escape
from string import punctuation
from typing import Final

from toolkit.cells import sanitize

_ENTITIES: Final = str.maketrans({char: f"&#{ord(char)};" for char in punctuation})


def folded(text: str) -> str:
    """`text` on one line, without control, direction and zero-width characters."""
    return sanitize(" ".join(text.split()))


def inline(text: str) -> str:
    """`text` as Markdown that shows exactly its characters, on one line."""
    return folded(text).translate(_ENTITIES)


def lines(text: str) -> str:
    """`text` as Markdown that shows exactly its characters and keeps its line breaks."""
    return "<br>".join(inline(line) for line in text.splitlines() if line.strip())


def front(title: str, *, search: str = "") -> str:
    """The front matter of a page. The theme puts the title into HTML as it is, so it is escaped here.

    `search` is one more line of YAML for the search plugin, such as "exclude: true".
    """
    quoted = json.dumps(escape(folded(title)), ensure_ascii=False)
    return f"---\ntitle: {quoted}\n" + (f"search:\n  {search}\n" if search else "") + "---"


def heading(level: int, markdown: str, anchor: str) -> str:
    """A heading of Markdown that is safe already, with an id that is the same in every language."""
    return f"{'#' * level} {markdown} {{#{anchor}}}"


def link(markdown: str, target: str, style: str = "") -> str:
    """A link around Markdown that is safe already, to a target made of our own names."""
    return f"[{markdown}]({target})" + (f"{{: .{style} }}" if style else "")


def paragraph(markdown: str, style: str = "") -> str:
    """A paragraph, with a CSS class if `style` is given."""
    return markdown + (f"\n{{: .{style} }}" if style else "")


def labelled(label: str, markdown: str, style: str) -> str:
    """A paragraph that begins with a label in bold."""
    return paragraph(f"**{inline(label)}** {markdown}", style)


def marked(label: str, style: str) -> str:
    """A label in bold with a CSS class, within a line."""
    return f"**{inline(label)}**{{: .{style} }}"


def items(entries: Iterable[str]) -> str:
    """A bullet list."""
    return "\n".join(f"- {entry}" for entry in entries)


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table of cells that are safe already; the columns' names are escaped."""
    names = [inline(name) for name in head]
    body = [names, ["---"] * len(names), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in body)


def block(style: str, parts: Iterable[str], *, anchor: str = "") -> str:
    """Parts in a box with a CSS class, and an id if `anchor` is given."""
    name = f' id="{anchor}"' if anchor else ""
    return f'<div class="{style}"{name} markdown>\n\n{join(parts)}\n\n</div>'


def hidden(summary: str, parts: Iterable[str], style: str) -> str:
    """Parts that show when the reader opens them."""
    return f'<details class="{style}" markdown>\n<summary>{inline(summary)}</summary>\n\n{join(parts)}\n\n</details>'


def join(parts: Iterable[str]) -> str:
    """Parts that are not empty, a blank line between them."""
    return "\n\n".join(part for part in parts if part)


def page(parts: Iterable[str]) -> str:
    """A whole file."""
    return join(parts) + "\n"
