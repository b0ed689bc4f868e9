"""The record on disk: whatever is cut, torn, damaged or refused, what was acknowledged is there, the rest is told."""

import errno
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit import appender, chain, files, incidents, lock, private
from toolkit.clock import Clock, Moment
from toolkit.console import Ask
from toolkit.journal import Journal, load, segment_path
from toolkit.lock import Busy, Lock
from toolkit.state import Event

SHOP = Path(__file__).parent / "cases" / "shop"


class Ticking(Clock):
    """A clock that goes a second further at every look."""

    wall = 1_795_000_000_000_000_000  # of all of them: a clock that began anew would have jumped back

    def now(self) -> Moment:
        Ticking.wall += 1_000_000_000
        return Moment(self.wall, self.wall, 8 * 3600)


def broken(monkeypatch: pytest.MonkeyPatch, system: Any) -> None:
    """Let everything that writes a record call `system` instead of the operating system."""
    for module in (appender, files, private, incidents, lock):
        monkeypatch.setattr(module, "os", system)


def noted(number: int) -> Event:
    return Event("noted", {"run": 1, "step": "look", "text": f"第 {number} 条 note"})


def written(folder: Path, count: int) -> bytes:
    """The bytes of a record of `count` events."""
    made = Journal(folder, Ticking(), "tester")
    for number in range(count):
        made.append(noted(number))
    made.close()
    return segment_path(folder, 1).read_bytes()


def reopened(folder: Path) -> Journal:
    """The record in `folder` open again, as a person who comes back finds it."""
    record = load(folder)
    again = Journal(folder, Ticking(), "tester", record)
    again.mend()
    return again


def texts(folder: Path) -> list[str]:
    return [line.data["text"] for line in load(folder).lines if line.kind == "noted"]


def kinds(folder: Path) -> list[str]:
    return [line.kind for line in load(folder).lines]


def tails(cut: int) -> dict[str, bytes]:
    noise = random.Random(cut)
    return {"cut": b"", "zeros": bytes(1 + cut % 97), "noise": noise.randbytes(1 + cut % 97).replace(b"\n", b"-")}


@pytest.mark.parametrize("tail", ["cut", "zeros", "noise"])
def test_a_cut_at_any_byte_leaves_exactly_the_whole_lines(tmp_path: Path, tail: str) -> None:
    raw = written(tmp_path, 6)
    whole = raw.split(b"\n")
    for cut in range(len(raw) + 1):
        found = chain.read(raw[:cut] + tails(cut)[tail])
        count = raw[:cut].count(b"\n")
        assert found.damage == ()
        assert [line.data["text"] for line in found.lines] == [noted(n).data["text"] for n in range(count)]
        assert found.size == sum(len(line) + 1 for line in whole[:count])
        assert raw[: found.size] + found.tail == raw[:cut] + tails(cut)[tail]


@pytest.mark.parametrize("tail", ["cut", "zeros", "noise"])
def test_a_torn_line_is_set_aside_and_the_record_goes_on(tmp_path: Path, tail: str) -> None:
    raw = written(tmp_path / "first", 4)
    ends = [i for i, byte in enumerate(raw) if byte == 10]
    near = {c for end in ends for c in (end - 1, end, end + 1, end + 2)}
    for cut in sorted(c for c in near | set(range(0, len(raw), 41)) if c <= len(raw)):
        folder = tmp_path / str(cut)
        folder.mkdir()
        path = segment_path(folder, 1)
        path.write_bytes(raw[:cut] + tails(cut)[tail])
        again = reopened(folder)
        again.append(noted(99))
        again.close()
        count = raw[:cut].count(b"\n")
        torn = raw[:cut][raw[:cut].rfind(b"\n") + 1 :] + tails(cut)[tail]
        assert texts(folder) == [noted(n).data["text"] for n in [*range(count), 99]]
        assert ("torn" in kinds(folder)) == bool(torn)
        aside = path.with_name("journal.jsonl.torn")
        assert (aside.read_bytes() if aside.exists() else b"") == torn
        assert load(folder).damage == ()
        assert not segment_path(folder, 2).exists()


@pytest.mark.parametrize("line", range(5))
@pytest.mark.parametrize("how", ["flipped", "removed", "doubled", "swapped", "blank"])
def test_damage_in_the_middle_is_kept_and_the_record_goes_on_in_a_new_file(tmp_path: Path, how: str, line: int) -> None:
    lines = written(tmp_path, 7).splitlines(keepends=True)
    if how == "flipped":
        lines[line] = lines[line].replace(b"note", b"nota")
    elif how == "removed":
        del lines[line]
    elif how == "doubled":
        lines.insert(line, lines[line])
    elif how == "swapped":
        lines[line], lines[line + 1] = lines[line + 1], lines[line]
    else:
        lines[line] = b"\n"
    path = segment_path(tmp_path, 1)
    path.write_bytes(b"".join(lines))

    first = load(tmp_path)
    intact = [json.loads(x)["data"]["text"] for x in lines if x.strip() and b"nota" not in x]
    assert [x.data["text"] for x in first.lines] == intact
    assert first.damage != ()
    assert first.damage[0].line in {line + 1, line + 2}

    second = reopened(tmp_path)
    second.append(noted(50))
    second.close()
    assert path.read_bytes() == b"".join(lines)
    assert texts(tmp_path) == [*intact, noted(50).data["text"]]
    told = load(tmp_path).lines
    assert [x.kind for x in told][-2:] == ["continued", "noted"]
    assert told[-2].data["after"] == first.lines[-1].hash == told[-2].prev
    assert [x.seq for x in told] == sorted({x.seq for x in told}) or how in {"doubled", "swapped"}

    third = reopened(tmp_path)
    third.append(noted(51))
    third.close()
    assert not segment_path(tmp_path, 3).exists()
    assert kinds(tmp_path).count("continued") == 1
    assert texts(tmp_path)[-2:] == [noted(50).data["text"], noted(51).data["text"]]
    assert load(tmp_path).damage == first.damage


def test_the_new_file_may_be_torn_and_damaged_in_its_turn(tmp_path: Path) -> None:
    written(tmp_path, 5)
    for number in (1, 2):
        path = segment_path(tmp_path, number)
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join([*lines[:1], b"broken\n", *lines[2:]]))
        made = reopened(tmp_path)
        for extra in range(3):
            made.append(noted(100 * number + extra))
        made.close()
    with segment_path(tmp_path, 3).open("ab") as file:
        file.write(b'{"half')
    made = reopened(tmp_path)
    made.append(noted(999))
    made.close()
    found = load(tmp_path)
    assert [d.segment for d in found.damage] == [1, 2]
    assert found.number == 3
    assert (tmp_path / "journal.3.jsonl.torn").read_bytes() == b'{"half'
    assert texts(tmp_path)[-1] == noted(999).data["text"]


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


class Faulty:
    """`os`, but the calls to `name` with a number in `when` fail; `halves` lets a write do half of its work first."""

    def __init__(self, name: str, when: Callable[[int], bool], code: int, *, halves: bool = False) -> None:
        self._name, self._when, self._code, self._halves = name, when, code, halves
        self.calls = 0
        self.failed = 0

    def __getattr__(self, name: str) -> Any:
        real = getattr(os, name)
        if name != self._name:
            return real

        def call(*args: Any, **kwargs: Any) -> Any:
            self.calls += 1
            if not self._when(self.calls):
                return real(*args, **kwargs)
            self.failed += 1
            if self._halves:
                real(args[0], args[1][: len(args[1]) // 2])
            raise OSError(self._code, os.strerror(self._code))

        return call


CALLS = [
    ("write", False),
    ("write", True),
    ("fsync", False),
    ("open", False),
    ("ftruncate", False),
    ("mkdir", False),
]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EINTR, errno.EROFS], ids=errno.errorcode.get)
@pytest.mark.parametrize(("name", "halves"), CALLS, ids=[f"half-{n}" if halves else n for n, halves in CALLS])
@pytest.mark.parametrize("at", range(1, 8))
def test_one_call_that_fails_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, code: int, at: int, halves: bool
) -> None:
    system = Faulty(name, lambda call: call == at, code, halves=halves)
    broken(monkeypatch, system)
    made = Journal(tmp_path / "a" / "incident", Ticking(), "tester")
    for number in range(8):
        before = system.failed
        made.append(noted(number))
        assert made.recorded == (system.failed == before)
        assert bool(made.problem) == (not made.recorded)
        if made.recorded:
            assert texts(tmp_path / "a" / "incident") == [noted(n).data["text"] for n in range(number + 1)]
    made.close()
    found = load(tmp_path / "a" / "incident")
    assert [x.seq for x in found.lines] == list(range(1, 9))
    assert (found.damage, found.last.tail) == ((), b"")


@pytest.mark.parametrize("name", ["write", "fsync", "open", "ftruncate"])
@pytest.mark.parametrize("start", range(1, 9))
def test_a_disk_that_refuses_for_a_while_gets_everything_in_order_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, start: int
) -> None:
    system = Faulty(name, lambda call: call >= start, errno.ENOSPC, halves=name == "write")
    broken(monkeypatch, system)
    made = Journal(tmp_path, Ticking(), "tester")
    for number in range(6):
        made.append(noted(number))
    if system.failed:
        assert not made.recorded
        assert made.problem == os.strerror(errno.ENOSPC)
        kept = texts(tmp_path)
        assert name == "ftruncate" or load(tmp_path).last.tail == b"", "half a line was left behind"
        assert kept == [noted(n).data["text"] for n in range(len(kept))]
    broken(monkeypatch, os)
    made.append(noted(6))
    assert (made.recorded, made.problem) == (True, "")
    assert texts(tmp_path) == [noted(n).data["text"] for n in range(7)]
    assert made.head == load(tmp_path).head
    made.close()


def test_short_writes_are_carried_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Short(Faulty):
        def __getattr__(self, name: str) -> Any:
            real = getattr(os, name)
            return (lambda fd, raw: real(fd, raw[:7])) if name == "write" else real

    broken(monkeypatch, Short("write", lambda _: False, 0))
    made = Journal(tmp_path, Ticking(), "tester")
    made.append(noted(0))
    assert made.keep("book.yaml", b"a file of many bytes") == ""
    made.close()
    assert texts(tmp_path) == [noted(0).data["text"]]
    assert (tmp_path / "book.yaml").read_bytes() == b"a file of many bytes"


def test_a_file_beside_the_record_is_kept_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Journal(tmp_path, Ticking(), "tester")
    for name in ("write", "fsync", "replace"):
        broken(monkeypatch, Faulty(name, lambda _: True, errno.EIO, halves=name == "write"))
        assert made.keep("book.yaml", b"a text") == os.strerror(errno.EIO)
        assert not (tmp_path / "book.yaml").exists()
    broken(monkeypatch, os)
    assert made.keep("book.yaml", b"a text") == ""
    assert (tmp_path / "book.yaml").read_bytes() == b"a text"
    made.close()


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


class Spy:
    """Who answers, while every write, sync and screen is written down in the order in which it happened."""

    scripted = False

    def __init__(self, answers: list[str]) -> None:
        self.answers = answers
        self.happened: list[str] = []

    def ask(self, prompt: str, what: Ask) -> str:
        typed = self.answers.pop(0)
        self.happened.append(f"typed {what.kind}")
        return typed

    def refuse(self, what: Ask, typed: str, known: str) -> None:
        self.happened.append("refused")


def test_an_answer_is_synced_before_anything_new_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tillbook: Callable[..., Any]
) -> None:
    answers = ["1", "12.50", "14:05", "0042", "1234", "1", "2", "缺纸", "n it beeped", "1", "1", "b", "1", "1"]
    spy = Spy(answers)
    real_write, real_sync = os.write, os.fsync

    class Watched:
        def __getattr__(self, name: str) -> Any:
            return getattr(os, name)

        def write(self, fd: int, raw: bytes) -> int:
            spy.happened.append("write")
            return real_write(fd, raw)

        def fsync(self, fd: int) -> None:
            real_sync(fd)
            spy.happened.append("sync")

    def say(lines: Any, stream: Any = None) -> None:
        spy.happened.append("shown" if list(lines) else "nothing")

    broken(monkeypatch, Watched())
    monkeypatch.setattr("toolkit.cli.incident.asker_of", lambda *_: spy)
    for module in ("runner", "session", "recording", "beside"):
        monkeypatch.setattr(f"toolkit.{module}.say", say)
    assert tillbook("--runbooks", SHOP, "run", "H01").status == 0
    assert spy.answers == []
    happened = [h for h in spy.happened if h != "nothing"]
    for place, what in enumerate(happened):
        if what == "write":
            following = happened[place + 1 :]
            assert "sync" in following
            assert following.index("sync") < (following.index("shown") if "shown" in following else len(following))
        if what.startswith("typed") and happened[place + 1 : place + 2] != ["write"]:
            pytest.fail(f"after {what} came {happened[place + 1]}, and nothing was written")


@pytest.mark.parametrize("place", ["file", "full"])
def test_a_place_that_cannot_be_written_does_not_stop_the_guidance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tillbook: Callable[..., Any], place: str
) -> None:
    script = tmp_path / "answers.yaml"
    script.write_text(
        "tell: done\nwrite: done\nlook: unknown\nreport: done\nrecord: {amount: 1, occurred-at: -, trace-no: -, "
        "card-last4: -, paid-with: -, slips: -, screen-text: -}\n"
    )
    data = tmp_path / "data"
    if place == "file":
        data.write_text("not a folder")
    else:
        broken(monkeypatch, Faulty("write", lambda _: True, errno.ENOSPC))
    ran = tillbook("--runbooks", SHOP, "--data-dir", data, "run", "H01", "--answers", script)
    assert ran.status == 9
    assert "H01 has ended: Not solved, reported on" in ran.out
    assert "NOT SAVED" in ran.out
    assert ran.err == ""


HOLDER = """
import sys
from pathlib import Path
from toolkit.lock import Lock
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


WRITER = """
import sys
from pathlib import Path
from toolkit.clock import Clock
from toolkit.journal import Journal, load
from toolkit.state import Event
folder = Path(sys.argv[1])
made = Journal(folder, Clock(), "writer", load(folder))
number = 0
while True:
    made.append(Event("noted", {"text": "x" * (number % 300)}))
    number += 1
    sys.stdout.write(f"{made.seq}\\n")
    sys.stdout.flush()
"""


def test_what_was_acknowledged_survives_being_killed_twenty_times(tmp_path: Path) -> None:
    last = 0
    for turn in range(20):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
        ) as child:
            assert child.stdout is not None
            for _ in range(1 + turn * 3):
                acknowledged = int(child.stdout.readline())
            child.send_signal(signal.SIGKILL)
            rest = [x for x in child.stdout.read().split("\n")[:-1] if x]
            child.wait()
        acknowledged = int(rest[-1]) if rest else acknowledged
        found = load(tmp_path)
        assert found.damage == ()
        assert [x.seq for x in found.lines] == list(range(1, len(found.lines) + 1))
        assert len(found.lines) >= acknowledged > last
        last = acknowledged


def test_whole_lines_that_rot_at_the_end_are_damage_and_stay(tmp_path: Path) -> None:
    lines = written(tmp_path, 6).splitlines(keepends=True)
    rotten = b"".join([*lines[:4], lines[4].replace(b"note", b"nota"), b"\x00\n", b'{"half'])
    path = segment_path(tmp_path, 1)
    path.write_bytes(rotten)
    again = reopened(tmp_path)
    again.append(noted(99))
    again.close()
    assert path.read_bytes() == rotten
    assert kinds(tmp_path)[-2:] == ["continued", "noted"]
    assert [(d.segment, d.line) for d in load(tmp_path).damage] == [(1, 5), (1, 6)]


@settings(max_examples=50)
@given(raw=st.binary(max_size=400).map(lambda raw: raw.replace(b"\n", b"-")))
def test_any_bytes_can_be_opened_and_gone_on_from(raw: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("any")
    segment_path(folder, 1).write_bytes(raw)
    made = reopened(folder)
    made.append(noted(1))
    made.close()
    assert texts(folder) == [noted(1).data["text"]]
    assert load(folder).damage == ()
