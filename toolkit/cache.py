"""Plain data kept between starts, as long as the files that it was made from are unchanged.

A cache is never trusted: a missing, foreign, torn or damaged one is made anew, and a folder that cannot be
written costs time, not function.
"""

import marshal
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple
from zlib import crc32

from toolkit.files import put

_RACY_NS: Final = 2_000_000_000  # an edit within one tick of the file system's clock would not show in the times
_EMPTY: Final = 0
_HEAD: Final = 8  # a file of parts begins with the checksum and the length of its table

Build = Callable[[], Mapping[str, Any]]


def folder() -> Path:
    """Where caches are kept: `TILLBOOK_CACHE`, else the platform's place for them."""
    chosen = os.environ.get("TILLBOOK_CACHE")
    if chosen:
        return Path(chosen)
    from platformdirs import user_cache_path

    return user_cache_path("tillbook", appauthor=False)


def stamp(files: Iterable[str | Path]) -> list[tuple[str, int, int, int]]:
    """What tells whether `files` were changed: path, time, size and inode of each. A missing file counts too."""
    return [_stamp(os.fspath(file)) for file in files]


def _stamp(file: str) -> tuple[str, int, int, int]:
    try:
        found = os.stat(file)
    except OSError:
        return (file, _EMPTY, _EMPTY, _EMPTY)
    return (file, found.st_mtime_ns, found.st_size, found.st_ino)


def cached(name: str, version: str, files: Iterable[str | Path], build: Callable[[], Any]) -> Any:
    """What `build()` returns (plain data), from the cache `name` if `files` are as they were when it was made."""
    stamps = stamp(files)
    key = (version, sys.version, stamps)
    place = folder() / f"{name}.cache"
    kept = _read(place)
    if kept and kept[0] == key:
        return kept[1]
    value = build()
    if _unchanged(stamps):
        _write(place, (key, value))
    return value


class Parts:
    """A table of plain data of which each part is read when it is asked for; `parts[name]`, KeyError without one."""

    def __init__(
        self, kept: "_Kept | None", built: Mapping[str, bytes], build: Callable[[], Mapping[str, bytes]]
    ) -> None:
        self.anew = False  # whether a part was spoilt, so that all were built anew
        self._kept = kept
        self._built = built
        self._build = build

    def __getitem__(self, name: str) -> Any:
        return marshal.loads(self._raw(name))

    def __contains__(self, name: str) -> bool:
        return name in (self._kept.places if self._kept else self._built)

    def _raw(self, name: str) -> bytes:
        if self._kept:
            raw = self._kept.read(name)
            if raw is not None:
                return raw
            self._kept, self._built, self.anew = None, self._build(), True
        return self._built[name]


class _Kept(NamedTuple):
    """A file of parts: the place, size and checksum of each."""

    file: Path
    places: dict[str, tuple[int, int, int]]

    def read(self, name: str) -> bytes | None:
        """The bytes of a part, None where they are no longer those that were written; KeyError if it has none."""
        at, size, check = self.places[name]
        with suppress(OSError), open(self.file, "rb") as file:
            file.seek(at)
            raw = file.read(size)
            return raw if crc32(raw) == check else None
        return None


def parted(name: str, version: str, files: Iterable[str | Path], build: Build) -> Parts:
    """As `cached`, for a table: what is not asked for is not read.

    A part that was spoilt, or written anew by another process, after the table was opened is built anew with all
    others: it may then be newer than the parts already read.
    """
    stamps = stamp(files)
    key = (version, sys.version, stamps)
    place = folder() / f"{name}.cache"

    def anew() -> dict[str, bytes]:
        parts = _packed(build())
        if _unchanged(stamps):
            _write_parts(place, key, parts)
        return parts

    kept = _opened(place, key)
    return Parts(kept, {} if kept else anew(), anew)


def _packed(table: Mapping[str, Any]) -> dict[str, bytes]:
    return {name: marshal.dumps(value) for name, value in table.items()}


def _opened(place: Path, key: Any) -> _Kept | None:
    with suppress(OSError), open(place, "rb") as file:
        sizes = file.read(_HEAD)
        size = int.from_bytes(sizes[4:], "big")
        whole = len(sizes) == _HEAD and size <= os.fstat(file.fileno()).st_size
        head = _sound(sizes[:4] + file.read(size)) if whole else None
        if head and head[0] == key:
            return _Kept(place, {n: (at + _HEAD + size, length, check) for n, at, length, check in head[1]})
    return None


def _write_parts(place: Path, key: Any, parts: Mapping[str, bytes]) -> None:
    table, at = [], 0
    for name, raw in parts.items():
        table.append((name, at, len(raw), crc32(raw)))
        at += len(raw)
    head = marshal.dumps((key, table))
    _put(place, (crc32(head).to_bytes(4, "big"), len(head).to_bytes(4, "big"), head, *parts.values()))


def _unchanged(stamps: list[tuple[str, int, int, int]]) -> bool:
    return all(_settled(s) for s in stamps) and stamp(s[0] for s in stamps) == stamps


def _settled(stamped: tuple[str, int, int, int]) -> bool:
    from time import time_ns

    return time_ns() - stamped[1] > _RACY_NS


def _read(place: Path) -> Any:
    try:
        return _sound(place.read_bytes())
    except OSError:
        return None


def _sound(sealed: bytes) -> tuple[Any, Any] | None:
    """The pair behind its checksum, None where that does not fit."""
    if len(sealed) <= 4 or int.from_bytes(sealed[:4], "big") != crc32(sealed[4:]):
        return None
    try:
        kept = marshal.loads(sealed[4:])
    except (ValueError, EOFError, TypeError):
        return None
    return kept if isinstance(kept, tuple) and len(kept) == 2 else None


def _write(place: Path, value: Any) -> None:
    raw = marshal.dumps(value)
    _put(place, (crc32(raw).to_bytes(4, "big"), raw))


def _put(place: Path, pieces: Iterable[bytes]) -> None:
    spare = place.with_name(f"{place.name}.{os.getpid()}")
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        with open(spare, "wb") as file:
            file.writelines(pieces)
        put(spare, place)
    with suppress(OSError):
        spare.unlink()
