"""The timeline as an inline picture (SVG): time runs down, a lane for the incident, each runbook and each plan.

Time running down is what fits a phone and an A4 page alike. Long pauses are folded, and each says how long it is.
"""

from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise
from typing import Final

from toolkit.cells import sanitize, width
from toolkit.report.document import ACROSS, Figure, Instant, Mark

WIDTH: Final = 360
_LEFT, _TOP, _RIGHT = 46.0, 46.0, 356.0
_TALL: Final = 560.0  # of the events, without head and legend: fits an A4 page
_FOLD: Final = 54.0  # a pause is drawn no taller than this
_LINE: Final = 12.0  # between two lines of text
_CELL: Final = 5.3  # of text, a terminal cell
_BROAD: Final = {
    "activated": 3.0,
    "active": 7.0,
    "standing-down": 5.0,
    "stood-down": 3.0,
    "reconciled": 2.0,
    "run": 2.5,
}


def text(raw: str) -> str:
    """`raw` as it stands between tags or in an attribute."""
    return escape(sanitize(raw))


def heights(instants: Sequence[Instant]) -> list[float]:
    """How far down each instant lies: by its time as far as there is room, each event at least a little apart."""
    apart = min(11.0, _TALL / 2 / max(len(instants), 1))
    gaps = [max(b.seconds - a.seconds, 0.0) for a, b in pairwise(instants)]
    scale = 6.0 / 60
    steps = [0.0]
    while scale > 1e-6:
        steps = [min(max(gap * scale, apart), _FOLD) for gap in gaps]
        if sum(steps) <= _TALL:
            break
        scale /= 1.5
    found = [0.0]
    for step in steps:
        found.append(found[-1] + step)
    return found


def svg(figure: Figure, name: str) -> str:
    """The picture; `name` begins the ids in it."""
    down = [_TOP + y for y in heights(figure.instants)]
    pitch = min(40.0, (_RIGHT - _LEFT) / len(figure.lanes))
    across = [_LEFT + pitch * (n + 0.5) for n in range(len(figure.lanes))]
    end = down[-1] if figure.instants else _TOP
    tall = end + 22 + _LINE * 1.3 * ((len(figure.legend) + 1) // 2)
    parts = [
        f'<svg class="picture" viewBox="0 0 {WIDTH} {tall:.0f}" role="img" aria-labelledby="{name}-t {name}-d">',
        f'<title id="{name}-t">{text(figure.title)}</title>',
        f'<desc id="{name}-d">{text(" ".join(figure.alternative))}</desc>',
        *_frame(figure, across, down, end),
        *_axis(figure, down),
        *_bars(figure, across, down),
        *_marks(figure, across, down),
        *_legend(figure, end + 24),
        "</svg>",
    ]
    return "\n".join(parts)


def _frame(figure: Figure, across: Sequence[float], down: Sequence[float], end: float) -> Iterator[str]:
    for n, (lane, x) in enumerate(zip(figure.lanes, across, strict=True)):
        y = 16.0 if len(across) < 7 or n % 2 == 0 else 30.0
        yield f'<text class="lane" x="{x:.1f}" y="{y:.0f}">{text(lane)}</text>'
        yield f'<path class="guide" d="M{x:.1f} {_TOP - 10:.1f}V{end + 6:.1f}"/>'
    for at, told in figure.pauses.items():
        y = (down[at - 1] + down[at]) / 2
        yield f'<path class="pause" d="M{_LEFT - 4} {y - 8:.1f}l3 4l-6 4l6 4l-3 4"/>'
        yield f'<text class="told" x="{_LEFT + 6}" y="{y + 4:.1f}">{text(told)}</text>'


def _axis(figure: Figure, down: Sequence[float]) -> Iterator[str]:
    """The times at the left, as many as have room; a new date stands above its first time."""
    yield f'<path class="axis" d="M{_LEFT - 4} {_TOP - 10:.1f}V{down[-1] + 6 if down else _TOP:.1f}"/>'
    free, date = 0.0, ""
    for instant, y in zip(figure.instants, down, strict=True):
        fresh = instant.date != date
        need = _LINE if fresh and date else 0.0
        if y - need < free and not fresh:
            continue
        if fresh:
            yield f'<text class="date" x="{_LEFT - 9}" y="{y - 8:.1f}">{text(instant.date)}</text>'
            date = instant.date
        yield f'<text class="time" x="{_LEFT - 9}" y="{y + 4:.1f}">{text(instant.time)}</text>'
        yield f'<path class="axis" d="M{_LEFT - 7} {y:.1f}h3"/>'
        free = y + _LINE + 1


def _bars(figure: Figure, across: Sequence[float], down: Sequence[float]) -> Iterator[str]:
    for bar in figure.bars:
        half = _BROAD.get(bar.style, 2.0)
        x, y, tall = across[bar.lane] - half, down[bar.begin], max(down[bar.end] - down[bar.begin], 2.0)
        yield f'<rect class="bar {bar.style}" x="{x:.1f}" y="{y:.1f}" width="{half * 2:.1f}" height="{tall:.1f}"/>'
        if not bar.ended:  # it goes on: an arrow
            yield f'<path class="bar {bar.style}" d="M{across[bar.lane] - 6:.1f} {y + tall:.1f}h12l-6 8z"/>'


def _marks(figure: Figure, across: Sequence[float], down: Sequence[float]) -> Iterator[str]:
    clear = across[-1] + 12
    room = int((_RIGHT - clear) / _CELL)
    last = 0.0
    for mark in figure.marks:
        x, y = across[mark.lane], down[mark.at]
        if mark.kind in ACROSS:
            yield f'<path class="across {mark.kind}" d="M{_LEFT - 4} {y:.1f}H{across[-1] + 8:.1f}"/>'
        yield _sign(mark.kind, x, y)
        beside = max(y, last + _LINE - 1.5)  # a little lower where the one above takes the room
        if mark.label and room >= 12 and beside - y <= _LINE:
            yield f'<text class="told" x="{clear:.1f}" y="{beside + 4:.1f}">{text(_cut(mark, room))}</text>'
            last = beside


def _cut(mark: Mark, room: int) -> str:
    label = mark.label
    while width(label) > room:
        label = label.rstrip("…")[:-1].rstrip() + "…"
    return label


def _sign(kind: str, x: float, y: float) -> str:
    """The sign of a mark; each has a shape of its own, so that none hangs on its colour."""
    at = f"{x:.1f} {y:.1f}"
    shape = {
        "not-possible": f"M{at}m-4 -4l8 8m0 -8l-8 8",
        "put-off": f"M{at}m0 -5l5 9h-10z",
        "call": f"M{at}m0 -6l6 6l-6 6l-6 -6z",
        "sale": f"M{at}m-4 -4h8v8h-8z",
        "not-counted": f"M{at}m-4 -4h8v8h-8z",
        "settled": f"M{at}m-5 0l4 4l7 -8",
        "person": f"M{at}m-3 5v-10h7l-2 3l2 3h-7",
        "restart": f"M{at}m-4 0a4 4 0 1 1 4 4m-2 -2l2 2l-2 2",
        "jump": f"M{at}m-4 -5h8l-8 10h8z",
        "gap": f"M{at}m-5 -3l3 6l3 -6l3 6",
    }.get(kind)
    if shape:
        return f'<path class="mark {kind}" d="{shape}"/>'
    return f'<circle class="mark {kind}" cx="{x:.1f}" cy="{y:.1f}" r="{2.5 if kind == "answer" else 4}"/>'


def _legend(figure: Figure, top: float) -> Iterator[str]:
    for n, (kind, told) in enumerate(figure.legend):
        x, y = 12 + 176 * (n % 2), top + _LINE * 1.3 * (n // 2)
        yield _sign(kind, x, y)
        yield f'<text class="told" x="{x + 12}" y="{y + 4:.1f}">{text(told)}</text>'
