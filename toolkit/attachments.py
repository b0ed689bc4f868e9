"""Photos of a screen or a slip: copied into the incident, hashed, limited in size, searched for card data."""

from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

from toolkit.guard import redacted

MOST: Final = 20 * 1024 * 1024
_KINDS: Final = (
    (b"\xff\xd8\xff", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF8", "gif"),
    (b"BM", "bmp"),
)
_LATER_KINDS: Final = ((b"WEBP", "webp"), (b"ftypheic", "heic"), (b"ftypheix", "heic"), (b"ftypmif1", "heic"))


class Photo(NamedTuple):
    """A photo as it will be kept: the bytes, and the name, from its own digest and never from the file's name."""

    name: str
    digest: str
    raw: bytes


class BadPhoto(NamedTuple):
    """Why a file is not taken; `reason` is the end of a words key `photo.<reason>`."""

    reason: str


def read(typed: str) -> Photo | BadPhoto:
    """The photo at the path that was typed, or dragged into the window (which puts quotes around it)."""
    path = Path(typed.strip().strip("\"'")).expanduser()
    try:
        if not path.is_file():
            return BadPhoto("no-file")
        if path.stat().st_size > MOST:
            return BadPhoto("too-large")
        raw = path.read_bytes()
    except (OSError, ValueError):
        return BadPhoto("unreadable")
    kind = _kind(raw)
    if kind is None:
        return BadPhoto("no-photo")
    if redacted(raw.decode("latin-1")) is not None:  # what a camera or an app wrote into the file as text
        return BadPhoto("card-data")
    digest = sha256(raw).hexdigest()
    return Photo(f"attachments/photo-{digest[:12]}.{kind}", digest, raw)


def _kind(raw: bytes) -> str | None:
    begun = next((kind for mark, kind in _KINDS if raw.startswith(mark)), None)
    return begun or next((kind for mark, kind in _LATER_KINDS if mark in raw[4:16]), None)
