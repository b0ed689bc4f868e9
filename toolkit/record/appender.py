"""One file of a record that several processes append to: locked for the moment of an append, forced to the disk."""

import os
from pathlib import Path

from toolkit.files import FLAGS, make_folder, sync_folder, write_all, write_new
from toolkit.record.lock import let_go, take


def segment_path(folder: Path, number: int) -> Path:
    """The file of a segment: journal.jsonl, journal.2.jsonl, …"""
    return folder / ("journal.jsonl" if number == 1 else f"journal.{number}.jsonl")


def last_segment(folder: Path) -> Path:
    """The file that the record in `folder` goes on in."""
    number = 1
    while segment_path(folder, number + 1).exists():
        number += 1
    return segment_path(folder, number)


class Appender:
    """The last file of the record in `folder`, of which `size` bytes are known. Methods raise OSError."""

    def __init__(self, folder: Path, number: int, size: int) -> None:
        self._folder = folder
        self._fd = -1
        self._locked = False
        self._end = -1  # where the file ends, as far as that was looked at and nothing was written since
        self.turn(number, size)

    def turn(self, number: int, size: int = 0) -> None:
        """Go on in the file of that number."""
        self.close()
        self.number, self.size = number, size
        self._path = str(segment_path(self._folder, number))
        self._next = str(segment_path(self._folder, number + 1))

    def take(self, patience: float) -> None:
        """Open the file if it is not open, and wait until nobody else writes to it (where the disk has locks)."""
        if self._fd < 0:
            make_folder(self._folder)
            self._fd = os.open(self._path, FLAGS, 0o600)
            sync_folder(self._folder)
            sync_folder(self._folder.parent)
        self._locked = self._locked or take(self._fd, patience)

    def let_go(self) -> None:
        """Others may write."""
        if self._locked and not let_go(self._fd):
            self.close()
        self._locked = False

    def close(self) -> None:
        """Let go of the file."""
        if self._fd >= 0:
            os.close(self._fd)
        self._fd, self._locked = -1, False

    def followed(self) -> bool:
        """Whether somebody else goes on in a further file, having found damage in this one."""
        return os.access(self._next, os.F_OK)

    def cut(self) -> bool:
        """Whether the file is shorter than it was, or was taken away."""
        found = os.fstat(self._fd)
        self._end = found.st_size
        return found.st_size < self.size or (not found.st_nlink and not os.path.exists(self._path))

    def grown(self) -> bool:
        """Whether there is something behind what is known."""
        return (os.fstat(self._fd).st_size if self._end < 0 else self._end) > self.size

    def behind(self) -> bytes:
        """What the file holds behind what is known."""
        with open(self._path, "rb") as file:
            file.seek(self.size)
            return file.read()

    def lines(self, size: int) -> int:
        """How many lines the first `size` bytes hold."""
        with open(self._path, "rb") as file:
            return file.read(size).count(b"\n")

    def put(self, raw: bytes) -> None:
        """`raw` on stable storage; it is not known yet, so that what a failure left of it can be taken back."""
        self._end = -1
        write_all(self._fd, raw)
        os.fsync(self._fd)

    def take_back(self) -> None:
        """Nothing stays behind what is known."""
        self._end = -1
        os.ftruncate(self._fd, self.size)

    def set_aside(self, tail: bytes) -> None:
        """What is behind what is known goes into a file of its own."""
        write_new(Path(f"{self._path}.torn"), tail, append=True)
        self.take_back()
