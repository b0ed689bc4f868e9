"""Journal lines: events as ASCII JSON, each carrying the hash of the one before; pure, bytes in and values out."""

import json
from collections.abc import Mapping
from hashlib import sha256
from operator import itemgetter
from typing import Any, Final, NamedTuple

VERSION: Final = 1
_JSON: Final = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), allow_nan=False).encode
_QUOTED: Final = json.encoder.encode_basestring_ascii
_DECODE: Final = json.JSONDecoder().raw_decode  # `json.loads` looks for white space around it, at half its cost
ORIGIN: Final = "0" * 64  # what the first line follows
_SUFFIX: Final = len(',"hash":""}') + 64


class Line(NamedTuple):
    """One event as recorded. `at` is UTC, `zone` the shop's offset, `mono` the monotonic clock in nanoseconds."""

    seq: int
    kind: str
    at: str
    zone: str
    mono: int
    who: str
    data: Mapping[str, Any]
    prev: str
    hash: str


_FIELDS: Final = itemgetter(*Line._fields[:-1])


class Damage(NamedTuple):
    """A fault in a segment: the 1-based line, and `unreadable` or `gap` (what came before is missing)."""

    segment: int
    line: int
    reason: str


class Segment(NamedTuple):
    """One file as read. `size` is where its last whole line ends; `tail` is what was being written after it."""

    lines: tuple[Line, ...]
    damage: tuple[Damage, ...]
    size: int
    tail: bytes


def encode(
    seq: int, kind: str, at: str, zone: str, mono: int, who: str, data: Mapping[str, Any], prev: str
) -> tuple[bytes, str]:
    """(the line with its newline, its hash)."""
    body = (
        f'{{"v":{VERSION},"seq":{seq},"kind":{_QUOTED(kind)},"at":"{at}","zone":"{zone}","mono":{mono},'
        f'"who":{_QUOTED(who)},"data":{_JSON(data)},"prev":"{prev}"'
    ).encode("ascii")
    digest = sha256(body + b"}").hexdigest()
    return b'%b,"hash":"%b"}\n' % (body, digest.encode("ascii")), digest


def decode(raw: bytes) -> Line | None:
    """The line without its newline, or None if it is not whole and unchanged."""
    body = raw[:-_SUFFIX] + b"}"
    try:
        digest = sha256(body).hexdigest()
        if raw[-_SUFFIX:] != b',"hash":"%b"}' % digest.encode("ascii"):
            return None
        text = body.decode("ascii")
        found, end = _DECODE(text)
        return Line._make((*_FIELDS(found), digest)) if end == len(text) else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def read(raw: bytes, prev: str = ORIGIN, number: int = 1) -> Segment:
    """The segment `raw`, which follows the line with hash `prev`.

    What follows the last newline was never acknowledged: its writing was cut short. A whole line that cannot be read
    is damage; the intact ones around it count.
    """
    lines: list[Line] = []
    damage: list[Damage] = []
    *pieces, tail = raw.split(b"\n")
    sound = True
    for index, piece in enumerate(pieces, start=1):
        line = decode(piece)
        if line is None:
            damage.append(Damage(number, index, "unreadable"))
            sound = False
            continue
        if line.prev != prev and sound:
            damage.append(Damage(number, index, "gap"))
        lines.append(line)
        prev, sound = line.hash, True
    return Segment(tuple(lines), tuple(damage), len(raw) - len(tail), tail)


def head(last: str) -> str:
    """The head code of a record whose last line has the hash `last`: its first ten characters, in two groups."""
    return f"{last[:5]}-{last[5:10]}"
