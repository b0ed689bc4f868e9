"""The record on disk: lines that show every change, on the disk before anything new is shown, the person's own."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.records import TYPED, Spy, Ticking, broken, limited, noted, typing, written
from toolkit.record import chain
from toolkit.record.appender import segment_path
from toolkit.record.journal import Journal
from toolkit.record.lock import Busy, Lock

json_text = st.text(max_size=30)
json_data = st.dictionaries(
    json_text, st.none() | st.booleans() | st.integers() | json_text | st.lists(json_text), max_size=4
)


@given(data=json_data, kind=json_text, who=json_text)
def test_a_line_comes_back_as_it_was_and_is_plain_ascii(data: dict[str, Any], kind: str, who: str) -> None:
    raw, digest = chain.encode(1, kind, "2026-11-23T02:43:09.123Z", "+08:00", 5, who, data, chain.ORIGIN)
    assert raw.isascii()
    assert raw.count(b"\n") == 1
    line = chain.decode(raw[:-1])
    assert line is not None
    assert (line.kind, line.who, line.data, line.hash) == (kind, who, data, digest)


@given(place=st.integers(0, 10_000), byte=st.integers(1, 255))
def test_no_changed_byte_goes_unseen(place: int, byte: int) -> None:
    raw, _ = chain.encode(1, "noted", "2026-11-23T02:43:09.123Z", "+08:00", 5, "me", {"text": "x"}, chain.ORIGIN)
    body = bytearray(raw[:-1])
    body[place % len(body)] ^= byte
    assert chain.decode(bytes(body)) is None


def test_files_and_folders_are_the_persons_own(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        written(tmp_path / "incident", 1)
    finally:
        os.umask(before)
    assert (tmp_path / "incident").stat().st_mode & 0o777 == 0o700
    assert segment_path(tmp_path / "incident", 1).stat().st_mode & 0o777 == 0o600


def test_a_link_in_the_place_of_the_record_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "incident").mkdir()
    (tmp_path / "elsewhere").write_text("precious")
    segment_path(tmp_path / "incident", 1).symlink_to(tmp_path / "elsewhere")
    made = Journal(tmp_path / "incident", Ticking(), "tester")
    made.append(noted(1))
    assert not made.recorded
    assert (tmp_path / "elsewhere").read_text() == "precious"


class Watched:
    """`os`, which tells `happened` of every write and sync, and of which file."""

    def __init__(self, happened: list[str]) -> None:
        self._happened = happened
        self._names: dict[int, str] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def open(self, path: Any, *args: Any, **kwargs: Any) -> int:
        fd = os.open(path, *args, **kwargs)
        path = Path(path)
        self._names[fd] = "text" if path.parent.name == "private" else path.name if path.is_file() else "folder"
        return fd

    def write(self, fd: int, raw: bytes) -> int:
        self._happened.append(f"write {self._names[fd]}")
        return os.write(fd, raw)

    def fsync(self, fd: int) -> None:
        os.fsync(fd)
        self._happened.append(f"sync {self._names[fd]}")


def test_an_answer_is_synced_before_anything_new_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tillbook: Callable[..., Any]
) -> None:
    spy = Spy(TYPED)

    def say(lines: Any, stream: Any = None) -> None:
        spy.happened += ["shown"] if list(lines) else []

    broken(monkeypatch, Watched(spy.happened))
    for module in ("runner", "session", "recording", "beside", "contingency", "desk"):
        monkeypatch.setattr(f"toolkit.sitting.{module}.say", say)
    with typing(monkeypatch, spy):
        assert tillbook("--runbooks", limited(tmp_path / "shop"), "run", "H01").status == 0
    happened = [x for x in spy.happened if not x.endswith((" folder", " lock"))]
    texts = 0
    for place, what in enumerate(happened):
        following = happened[place + 1 :]
        if what.startswith("write"):
            shown = following.index("shown") if "shown" in following else len(following)
            assert following.index(what.replace("write", "sync")) < shown, what
        if what == "write journal.jsonl" and happened[place - 1] != "sync journal.jsonl":
            assert not happened[place - 1].startswith("write"), "something that the line names was not synced yet"
        texts += what == "write text"
        if what == "sync text":
            assert following[0] in {"write journal.jsonl", "write text"}
        if what == "typed record":
            assert following[0].startswith("write"), f"after {what} came {following[0]}"
    assert texts == 4, "the note, why the plan, why the sale was taken back, the words on the screen"
    after_texts = spy.happened[spy.happened.index("sync text") :]
    assert after_texts.index("sync folder") < after_texts.index("write journal.jsonl"), "the name of the text as well"


HOLDER = """
import sys
from pathlib import Path
from toolkit.record.lock import Lock
held = Lock(Path(sys.argv[1]), "ann@till pid 7")
print("held", flush=True)
input()
"""


def test_a_lock_names_its_holder_and_dies_with_it(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as holder:  # fmt: skip
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Busy, match="ann@till pid 7"):
            Lock(path, "me")
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    with Lock(path, "me"):
        assert path.read_text() == "me"
