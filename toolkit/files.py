"""Files on stable storage: written whole, forced to the disk, folder entries too."""

import os
import sys
import time
from pathlib import Path
from typing import Final

FLAGS: Final = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)

# Windows lets nobody replace a file that a scanner or another window has open, which takes a moment.
_PAUSES: Final = (0.05, 0.1, 0.2, 0.4) if sys.platform == "win32" else ()


def write_new(path: Path, raw: bytes, *, append: bool = False) -> None:
    """Write `raw` to `path`, instead of what is there or after it, and force it to stable storage; raises OSError."""
    fd = os.open(path, FLAGS if append else FLAGS | os.O_TRUNC, 0o600)
    try:
        write_all(fd, raw)
        os.fsync(fd)
    finally:
        os.close(fd)


def write_all(fd: int, raw: bytes) -> None:
    """Write all of `raw`, however often the system takes only a part of it."""
    written = 0
    while written < len(raw):
        written += os.write(fd, raw[written:])


def replace(path: Path, raw: bytes) -> None:
    """Put `raw` at `path`, whole or not at all; raises OSError."""
    part = path.with_name(f"{path.name}.part")
    write_new(part, raw)
    put(part, path)
    sync_folder(path.parent)


def put(part: Path, path: Path) -> None:
    """Let `part` take the place of `path`, whole or not at all; raises OSError."""
    for pause in _PAUSES:
        try:
            os.replace(part, path)
            return
        except PermissionError:
            time.sleep(pause)
    os.replace(part, path)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it that are missing, with their entries on stable storage; raises OSError."""
    try:
        os.mkdir(folder, 0o700)
    except FileExistsError:
        if not os.path.isdir(folder):
            raise
    except FileNotFoundError:
        if folder == folder.parent:  # a drive that is not there
            raise
        make_folder(folder.parent)
        make_folder(folder)
    else:
        sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Force a folder's entries to stable storage, where the system can."""
    if os.name == "posix":
        fd = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
