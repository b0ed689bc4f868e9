"""What is different on Windows, with a stand-in for the parts of it that are not here."""

import errno
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.records import Faulty
from toolkit import cache, files
from toolkit.record import lock


class Msvcrt(ModuleType):
    """Locks one byte for one open file at a time, where its position is."""

    LK_NBLCK, LK_UNLCK = 2, 0

    def __init__(self) -> None:
        super().__init__("msvcrt")
        self.held: dict[tuple[int, int], int] = {}

    def locking(self, fd: int, how: int, count: int) -> None:
        place = (os.fstat(fd).st_ino, os.lseek(fd, 0, os.SEEK_CUR))
        if how == self.LK_UNLCK:
            del self.held[place]
        elif place in self.held:
            raise OSError(errno.EACCES, "Permission denied")
        else:
            self.held[place] = fd


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module of locks as Windows has it."""
    monkeypatch.setitem(sys.modules, "msvcrt", Msvcrt())
    monkeypatch.setattr(sys, "platform", "win32")
    made = ModuleType("lock_there")
    source = Path(lock.__file__).read_text("utf-8")
    exec(compile(source, lock.__file__, "exec"), made.__dict__)
    return made


def test_who_holds_a_lock_is_said(there: Any, tmp_path: Path) -> None:
    path = tmp_path / "lock"
    first = there.Lock(path, "ann@till pid 7")
    with pytest.raises(there.Busy, match="ann@till pid 7"):
        there.Lock(path, "me")
    assert there.holder(path) == "ann@till pid 7"
    first.release()


def test_a_lock_that_was_let_go_can_be_taken(there: Any, tmp_path: Path) -> None:
    fds = [os.open(tmp_path / "journal", os.O_RDWR | os.O_CREAT) for _ in range(2)]
    assert there.take(fds[0])
    with pytest.raises(OSError, match="Permission"):
        there.take(fds[1], 0)
    assert there.let_go(fds[0])
    assert there.take(fds[1], 0)
    for fd in fds:
        os.close(fd)


@pytest.mark.parametrize("times", [1, 4, 5])
def test_a_file_that_somebody_has_open_is_replaced_a_moment_later(
    times: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_PAUSES", (0, 0, 0, 0))
    monkeypatch.setattr(files, "os", Faulty("replace", lambda call: call <= times, errno.EACCES))
    if times > 4:
        with pytest.raises(PermissionError):
            files.replace(tmp_path / "file", b"new")
    else:
        files.replace(tmp_path / "file", b"new")
        assert (tmp_path / "file").read_bytes() == b"new"


def test_a_cache_that_somebody_has_open_is_kept_a_moment_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TILLBOOK_CACHE", str(tmp_path))
    monkeypatch.setattr(files, "_PAUSES", (0,))
    monkeypatch.setattr(files, "os", Faulty("replace", lambda call: call == 1, errno.EACCES))
    assert [cache.cached("a", "1", [], lambda: 5), cache.cached("a", "1", [], lambda: 6)] == [5, 5]
