"""An operating-system lock on a file, which the system lets go when the process ends, however it ends.

Own code and not `filelock`: that imports asyncio, which would take an eighth of the time a start may take.
"""

import os
import sys
import time
from errno import EACCES, EAGAIN, EDEADLK, EWOULDBLOCK
from pathlib import Path
from types import TracebackType
from typing import Final, Self

_HELD: Final = frozenset({EWOULDBLOCK, EAGAIN, EACCES, EDEADLK})
PATIENCE: Final = 10.0  # seconds that a writer waits for another one's line
_PAUSE: Final = 0.005
_FAR: Final = 1 << 30  # Windows locks bytes against reading too, so lock one that holds nothing


class Busy(Exception):
    """Somebody else holds the lock; the text says who, as far as they said so."""


class Lock:
    """Held from construction until `release` or the end of the process; raises Busy or OSError."""

    def __init__(self, path: Path, holder: str) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
        try:
            _take(self._fd)
        except OSError as error:
            said = os.read(self._fd, 200).decode("utf-8", "replace").strip()
            os.close(self._fd)
            if error.errno in _HELD:
                raise Busy(said) from None
            raise  # a network share without locks, say
        try:
            os.ftruncate(self._fd, 0)
            os.write(self._fd, holder.encode("utf-8"))
        except OSError:  # a full disk: the lock holds all the same
            pass

    def release(self) -> None:
        """Let go."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def take(fd: int, patience: float = PATIENCE) -> bool:
    """Take the lock on an open file, waiting for whoever has it; False where the file system has no locks.

    Raises OSError when `patience` seconds were not enough.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            _take(fd)
            return True
        except OSError as error:
            if error.errno not in _HELD:
                return False
            if time.monotonic() > deadline:
                raise
        time.sleep(_PAUSE)


def let_go(fd: int) -> bool:
    """Let go of a lock that was taken; False when the system refuses (closing the file lets go as well)."""
    try:
        _let_go(fd)
    except OSError:
        return False
    return True


def holder(path: Path) -> str | None:
    """Who holds the lock at `path`, as far as they said so; None when nobody does. Nothing is changed."""
    try:
        fd = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        return None
    try:
        _take(fd)
    except OSError as error:
        return os.read(fd, 200).decode("utf-8", "replace").strip() if error.errno in _HELD else None
    finally:
        os.close(fd)
    return None


if sys.platform == "win32":
    import msvcrt

    def _take(fd: int) -> None:
        _far(fd, msvcrt.LK_NBLCK)

    def _let_go(fd: int) -> None:
        _far(fd, msvcrt.LK_UNLCK)

    def _far(fd: int, how: int) -> None:
        os.lseek(fd, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(fd, how, 1)
        finally:
            os.lseek(fd, 0, os.SEEK_SET)  # who holds it stands at the beginning
else:
    import fcntl

    def _take(fd: int) -> None:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _let_go(fd: int) -> None:
        fcntl.flock(fd, fcntl.LOCK_UN)
