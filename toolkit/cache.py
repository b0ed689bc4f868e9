"""Plain data kept between starts, as long as the files that it was made from are unchanged.

A cache is never trusted: a missing, foreign, torn or damaged one is made anew, and a folder that cannot be
written costs time, not function.
"""

import marshal
import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final
from zlib import crc32

_RACY_NS: Final = 2_000_000_000  # an edit within one tick of the file system's clock would not show in the times
_EMPTY: Final = 0


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
    if isinstance(kept, tuple) and len(kept) == 2 and kept[0] == key:
        return kept[1]
    value = build()
    if all(_settled(s) for s in stamps) and stamp(s[0] for s in stamps) == stamps:
        _write(place, (key, value))
    return value


def _settled(stamped: tuple[str, int, int, int]) -> bool:
    from time import time_ns

    return time_ns() - stamped[1] > _RACY_NS


def _read(place: Path) -> Any:
    try:
        raw = place.read_bytes()
        if len(raw) > 4 and int.from_bytes(raw[:4], "big") == crc32(raw[4:]):
            kept = marshal.loads(raw[4:])
            return kept if isinstance(kept, tuple) and len(kept) == 2 else None
    except (OSError, ValueError, EOFError, TypeError):
        pass
    return None


def _write(place: Path, value: Any) -> None:
    raw = marshal.dumps(value)
    spare = place.with_name(f"{place.name}.{os.getpid()}")
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        spare.write_bytes(crc32(raw).to_bytes(4, "big") + raw)
        os.replace(spare, place)
    with suppress(OSError):
        spare.unlink()
