"""Photos of a screen or a slip: copied into the incident, hashed, limited in size, searched for card data."""

import os
import re
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Final, NamedTuple

from toolkit.files import sync_folder, write_new
from toolkit.guard import in_file

MOST: Final = 20 * 1024 * 1024
_KINDS: Final = (
    (b"\xff\xd8\xff", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF8", "gif"),
    (b"BM", "bmp"),
)
_LATER_KINDS: Final = ((b"WEBP", "webp"), (b"ftypheic", "heic"), (b"ftypheix", "heic"), (b"ftypmif1", "heic"))

_NAMED: Final = re.compile(r"attachments/photo-[0-9a-f]{12}\.[a-z]{3,4}").fullmatch


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
    try:
        path = Path(typed.strip().strip("\"'")).expanduser()
        if not path.is_file():
            return BadPhoto("no-file")
        if path.stat().st_size > MOST:
            return BadPhoto("too-large")
        raw = path.read_bytes()
    except RuntimeError:  # the home of somebody whom this computer does not know
        return BadPhoto("no-file")
    except (OSError, ValueError):
        return BadPhoto("unreadable")
    kind = _kind(raw)
    if kind is None:
        return BadPhoto("no-photo")
    if in_file(raw):  # what a camera or an app wrote into the file as text
        return BadPhoto("card-data")
    digest = sha256(raw).hexdigest()
    return Photo(f"attachments/photo-{digest[:12]}.{kind}", digest, raw)


def state(folder: Path, name: str, digest: str) -> str:
    """`kept`, `missing` or `changed`; raises OSError when it cannot be read."""
    path = folder / name
    if not os.path.lexists(path):
        return "missing"
    if path.is_symlink() or not path.is_file():
        return "changed"
    with path.open("rb") as file:
        return "kept" if file_digest(file, "sha256").hexdigest() == digest else "changed"


def erase(folder: Path, name: str) -> None:
    """Overwrite a photo and remove it; raises OSError. One that is gone already is no error, a link is only removed."""
    path = folder / name
    if not os.path.lexists(path):
        return
    if path.is_file() and not path.is_symlink():
        write_new(path, bytes(path.stat().st_size))
    path.unlink()
    sync_folder(path.parent)


def named(value: object) -> bool:
    """Whether `value` is a name that `read` gives: nothing else is looked for in the incident's folder."""
    return isinstance(value, str) and _NAMED(value) is not None


def _kind(raw: bytes) -> str | None:
    begun = next((kind for mark, kind in _KINDS if raw.startswith(mark)), None)
    return begun or next((kind for mark, kind in _LATER_KINDS if mark in raw[4:16]), None)
