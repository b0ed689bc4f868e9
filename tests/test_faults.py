"""A disk that refuses: the guidance never stops, what was acknowledged is there once and in order, and it is told."""

import errno
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.records import (
    SHOP,
    TYPED,
    Faulty,
    Spy,
    Ticking,
    broken,
    kinds,
    limited,
    noted,
    said,
    sealed,
    texts,
    typing,
    whole,
    written,
)
from toolkit.incident.state import Event
from toolkit.record import journal, lock
from toolkit.record.appender import segment_path
from toolkit.record.journal import Journal
from toolkit.record.reading import Told, load

CODES = (errno.ENOSPC, errno.EIO, errno.EINTR, errno.EACCES)
Tillbook = Callable[..., Any]


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: hundreds of sittings wait for no disk."""
    shared = Path("/dev/shm")
    place = Path(tempfile.mkdtemp(dir=shared if os.access(shared, os.W_OK) else tmp_path))
    yield place
    shutil.rmtree(place)


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
            assert texts(tmp_path / "a" / "incident") == said(range(number + 1))
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


@pytest.mark.parametrize("names", ["open", "write", "fsync", "replace", "mkdir"])
@pytest.mark.parametrize("only", [b"runbooks-", b""])
def test_a_runbook_that_could_not_be_kept_is_kept_before_the_next_entry(
    names: str, only: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tillbook: Tillbook
) -> None:
    full = True

    def heal() -> None:
        nonlocal full
        full = len(spy.happened) < 1

    class Full(Faulty):
        def __getattr__(self, name: str) -> Any:
            real, fails = getattr(os, name), super().__getattr__(name)
            about = {"open", "replace"}

            def call(*args: Any, **kwargs: Any) -> Any:
                mine = name not in about or (only in os.fsencode(args[0]) and b"lock" not in os.fsencode(args[0]))
                return fails(*args, **kwargs) if mine else real(*args, **kwargs)

            return call if name in names.split() else real

    spy = Spy(["n it beeped", "q"], heal)
    broken(monkeypatch, Full(names, lambda _: full, errno.ENOSPC))
    with typing(monkeypatch, spy):
        ran = tillbook("--runbooks", SHOP, "--data-dir", tmp_path / "data", "run", "H01", "--by", "ann")
    assert (ran.status, ran.err) == (6, "")
    (folder,) = (tmp_path / "data" / "incidents").iterdir()
    assert texts(folder) == ["it beeped"]
    assert tillbook("--data-dir", tmp_path / "data", "verify").status == 0
    assert len(list(folder.glob("runbooks-*.yaml"))) == 1
    assert "NOT SAVED" in ran.out or "could not be kept" in ran.out
    assert not list(folder.glob("*.part"))


@pytest.mark.parametrize("place", ["file", "full"])
def test_a_place_that_cannot_be_written_does_not_stop_the_guidance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tillbook: Callable[..., Any], place: str
) -> None:
    script = tmp_path / "answers.yaml"
    script.write_text(ANSWERS)
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


class Sat(NamedTuple):
    """A sitting: its exit status, what was shown, what was recorded at each question and in the end."""

    status: int
    out: str
    asked: list[list[str]]
    told: list[str]
    folder: Path
    left: list[str]


Sit = Callable[..., Sat]

# Said once while the disk refuses; a sale or a plan closed meanwhile says NOT SAVED YET, each one for itself.
WARNED = "NOT SAVED ("


@pytest.fixture
def sit(memory: Path, monkeypatch: pytest.MonkeyPatch, tillbook: Tillbook) -> Sit:
    """`sit()` follows TYPED from beginning to end; `at` is called with the number of each question."""
    shop = limited(memory / "shop")
    turns = 0

    def run(at: Callable[[int], None] = lambda _: None) -> Sat:
        nonlocal turns
        turns += 1
        data = memory / str(turns)
        asked: list[list[str]] = []

        def note() -> None:
            folders = list((data / "incidents").glob("*/journal.jsonl"))
            asked.append(kinds(folders[0].parent) if folders else [])
            at(len(asked))

        with typing(monkeypatch, Spy(TYPED, note)) as spy:
            ran = tillbook("--runbooks", shop, "--data-dir", data, "run", "H01", "--by", "ann")
        assert ran.err == ""
        (folder,) = (data / "incidents").iterdir()
        return Sat(ran.status, ran.out, asked, kinds(folder), folder, spy.answers)

    return run


def holds(sat: Sat, sound: Sat) -> None:
    """What a sitting on a disk that refuses has in common with one on a sound disk."""
    warned = sat.out.count(WARNED)
    assert sat.left == []
    assert load(sat.folder).damage == ()
    assert sat.told == sound.told[: len(sat.told)], "lost, doubled or out of order"
    for found, expected in zip(sat.asked, sound.asked, strict=True):
        assert found == expected[: len(found)]
        assert found == expected or warned, "what is not on disk was not told"
    if sat.status != 9:
        assert (sat.status, sat.told, load(sat.folder).last.tail) == (0, sound.told, b"")


# The calls that fail, and how many in turn: a sync that fails and then the taking back of what it left, say.
SYSTEM = [
    *(("open", 1), ("write", 1), ("half write", 1), ("fsync", 1), ("replace", 1), ("mkdir", 1), ("flock", 1)),
    *(("write", 3), ("fsync ftruncate", 2), ("half write ftruncate", 2), ("open write fsync ftruncate mkdir", 7)),
]


@pytest.mark.parametrize(("names", "count"), SYSTEM)
def test_any_call_of_a_sitting_may_fail(names: str, count: int, sit: Sit, monkeypatch: pytest.MonkeyPatch) -> None:
    sound = sit()
    assert (sound.status, sound.told[-1]) == (0, "incident-closed")
    begun = 0
    while True:
        begun += 1
        which, code = range(begun, begun + count), CODES[begun % len(CODES)]
        with monkeypatch.context() as patch:
            if names == "flock":
                system = Faulty(names, which.__contains__, code, real=lock.fcntl)
                patch.setattr(lock, "fcntl", system)
            else:
                system = Faulty(names, which.__contains__, code, halves=names.startswith("half"))
                broken(patch, system)
            sat = sit()
        if not system.failed:
            break
        holds(sat, sound)
        if count == 1:
            assert sat.out.count(WARNED) + sat.out.count("could not be kept") <= 1, "told more than once"
    assert begun > 2


@pytest.mark.parametrize("names", ["write", "open write", "fsync", "half write ftruncate", "fsync ftruncate"])
@pytest.mark.parametrize("begun", range(1, len(TYPED) + 1, 3))
@pytest.mark.parametrize("count", [1, 4, 40])
def test_a_disk_full_for_a_while_gets_all_that_waited_in_order(
    names: str, begun: int, count: int, sit: Sit, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = sit()
    full = False
    system = Faulty(names, lambda _: full, errno.ENOSPC, halves=names.startswith("half"))

    def at(turn: int) -> None:
        nonlocal full
        full = begun <= turn < begun + count

    with monkeypatch.context() as patch:
        broken(patch, system)
        sat = sit(at)
    holds(sat, sound)
    assert sat.out.count(WARNED) == bool(system.failed)
    if begun + count <= len(TYPED):
        assert sat.told == sound.told


def two(folder: Path) -> tuple[Journal, Journal]:
    """Two windows at one record that has two events."""
    written(folder, 2)
    return Journal(folder, Ticking(), "ann", load(folder)), Journal(folder, Ticking(), "ben", load(folder))


def heard(told: Told) -> list[str]:
    return [event.data["text"] for event, _ in told if event.kind == "noted"]


@pytest.mark.parametrize("names", ["write", "half write", "fsync", "fsync ftruncate", "half write ftruncate"])
def test_what_another_window_wrote_is_told_although_the_own_writing_fails(
    names: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, ben = two(tmp_path)
    ann.catch_up()
    ben.append(noted(10))
    with monkeypatch.context() as patch:
        broken(patch, Faulty(names, lambda _: True, errno.ENOSPC, halves=names.startswith("half")))
        assert heard(ann.append(noted(20))) == said([10, 20])
        assert not ann.recorded
    assert heard(ben.append(noted(11))) in (said([11]), said([20, 11]))
    assert heard(ann.append(noted(21))) == said([11, 21])
    assert (ann.recorded, ann.head) == (True, load(tmp_path).head)
    assert heard(ben.catch_up()) in (said([20, 21]), said([21]))
    assert sorted(texts(tmp_path)) == sorted(said([0, 1, 10, 11, 20, 21]))
    whole(tmp_path)


def test_a_sale_that_cannot_be_written_while_nobody_else_may_write_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, ben = two(tmp_path)
    with monkeypatch.context() as patch:
        with ann.held() as told:
            assert told == []
            broken(patch, Faulty("fsync", lambda _: True, errno.EIO))
            ann.append(noted(5))
            assert ann.problem == os.strerror(errno.EIO)
            broken(patch, os)
            ann.append(noted(6))
            assert ann.recorded
        ben.append(noted(7))
    assert texts(tmp_path) == said([0, 1, 5, 6, 7])
    whole(tmp_path)


def test_who_hangs_with_the_lock_in_hand_is_waited_for_only_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, ben = two(tmp_path)
    waited: list[float] = []
    real = lock.take
    monkeypatch.setattr(journal, "PATIENCE", 0.01)
    monkeypatch.setattr(
        "toolkit.record.appender.take", lambda fd, patience: waited.append(patience) or real(fd, patience)
    )
    with ben.held():
        for number in (5, 6, 7):
            ann.append(noted(number))
            assert (ann.recorded, ann.problem) == (False, os.strerror(errno.EAGAIN))
        with ann.held() as told:
            assert told == []
            ann.append(noted(8))
            assert not ann.recorded, "wrote although somebody else had the lock"
        ben.append(noted(9))
    ann.append(noted(10))
    assert ann.recorded
    assert waited[1:3] == [0.01, 0]
    assert texts(tmp_path) == said([0, 1, 9, 5, 6, 7, 8, 10])
    whole(tmp_path)


@pytest.mark.parametrize("what", ["end", "all", "file", "folder"])
def test_a_record_cut_or_taken_away_under_an_open_window_goes_on_in_a_new_file(what: str, tmp_path: Path) -> None:
    folder = tmp_path / "incident"
    ann, ben = two(folder)
    path = segment_path(folder, 1)
    ann.append(noted(2))
    if what == "folder":
        shutil.rmtree(folder)
    elif what == "file":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[: -30 if what == "end" else 0])
    ann.append(noted(3))
    assert ann.recorded
    ben.append(noted(4))
    ann.append(noted(5))
    assert texts(folder)[-3:] == said([3, 4, 5])
    assert "continued" in kinds(folder)
    assert load(folder).damage, "nobody would know"
    again = Journal(folder, Ticking(), "cid", load(folder))
    again.mend()
    again.append(noted(6))
    assert texts(folder)[-4:] == said([3, 4, 5, 6])


def test_two_windows_go_on_in_the_same_new_file_when_one_finds_damage(tmp_path: Path) -> None:
    ann, _ = two(tmp_path)
    path = segment_path(tmp_path, 1)
    path.write_bytes(path.read_bytes().replace(b"note", b"nota", 1))
    ben = Journal(tmp_path, Ticking(), "ben", load(tmp_path))
    ben.mend()
    ben.append(noted(10))
    assert heard(ann.append(noted(20))) == said([10, 20])
    assert heard(ben.append(noted(11))) == said([20, 11])
    ann.close()
    ann.append(noted(21))
    assert texts(tmp_path) == said([1, 10, 20, 11, 21])
    assert not segment_path(tmp_path, 3).exists()


@pytest.mark.parametrize("waits", [False, True])
@pytest.mark.parametrize("what", ["unreadable", "gap"])
def test_an_open_window_goes_on_in_a_new_file_when_a_line_of_another_is_damaged(
    what: str, waits: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, ben = two(tmp_path)
    if waits:
        with monkeypatch.context() as patch:
            broken(patch, Faulty("write", lambda _: True, errno.ENOSPC))
            ann.append(noted(20))
    for number in (10, 11, 12):
        ben.append(noted(number))
    path = segment_path(tmp_path, 1)
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(
        b"\n".join([*lines[:3], *([lines[3][:-9] + b"x" * 9] if what == "unreadable" else []), *lines[4:]])
    )
    assert heard(ann.append(noted(21))) == said([10, 12, 21])
    assert ann.recorded
    assert segment_path(tmp_path, 1).read_bytes().count(b"\n") == (5 if what == "unreadable" else 4), (
        "it stays as it is"
    )
    found = load(tmp_path)
    assert [(d.segment, d.line, d.reason) for d in found.damage] == [(1, 4, what)]
    (continued,) = [line for line in found.lines if line.kind == "continued"]
    assert continued.data["damage"] == [f"1:4 {what}"]
    assert heard(ben.append(noted(13)))[-1:] == said([13])
    assert texts(tmp_path) == said([0, 1, 10, 12, *([20] if waits else []), 21, 13])
    assert not segment_path(tmp_path, 3).exists()
    assert heard(ann.append(noted(22))) == said([13, 22])


@pytest.mark.parametrize("names", ["mkdir", "open", "write", "fsync"])
def test_a_text_that_can_be_erased_waits_with_its_line(
    names: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Journal(tmp_path, Ticking(), "tester")
    made.append(noted(0))
    with monkeypatch.context() as patch:
        broken(patch, Faulty(names, lambda _: True, errno.ENOSPC))
        for number in (1, 2):
            made.append(sealed(number))
            assert not made.recorded
    made.append(noted(3))
    assert made.recorded
    assert texts(tmp_path) == said(range(4))
    assert len(list((tmp_path / "private").iterdir())) == 2
    whole(tmp_path)


@pytest.mark.parametrize("data", [{}, {"run": 1}, {"run": 1, "step": []}, {"activation": 1, "amount": "x"}, [], "x"])
def test_an_entry_that_nobody_understands_counts_as_lost(data: Any) -> None:
    from toolkit.incident.fold import apply
    from toolkit.incident.state import State

    for kind in ("run-started", "switched", "sale", "sale-taken-back", "item-settled", "clock-jumped", "answered"):
        assert apply(State(), Event(kind, data), "").runs == ()


@pytest.mark.parametrize("digest", [5, None, "", "../../../../elsewhere", "ab" * 31, "AB" * 32])
def test_only_what_looks_like_a_seal_names_a_file(digest: Any, tmp_path: Path) -> None:
    made = Journal(tmp_path, Ticking(), "tester")
    made.append(Event("noted", {"text": {"sealed": digest}}))
    assert load(tmp_path).lines[0].data == {"text": {"sealed": digest}}


ANSWERS = (
    "{tell: done, write: done, look: unknown, report: done, record: {amount: 1, occurred-at: -, trace-no: -,"
    " card-last4: -, paid-with: -, slips: -, screen-text: -}}"
)
# A file system that can be read only, for one command: permissions would not stop root.
READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'
UNSHARE = ["unshare", "-m"] if os.getuid() == 0 else ["unshare", "-r", "-m"]
CAN_UNSHARE = bool(shutil.which("unshare")) and not subprocess.run([*UNSHARE, "true"], capture_output=True).returncode


@pytest.fixture
def left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tillbook: Tillbook) -> Path:
    """A data folder with an incident that stopped: a plan is being stood down, a payment is open."""
    shop = limited(tmp_path / "shop")
    to_look = TYPED[: TYPED.index("s 12.50") + 1]
    with typing(monkeypatch, Spy([*to_look, "3", "1", "1", "q"])):
        assert tillbook("--runbooks", shop, "--data-dir", tmp_path / "data", "run", "H01").status == 6
    return tmp_path


@pytest.mark.skipif(not CAN_UNSHARE, reason="nobody may mount here, so there is no file system that can be read only")
@pytest.mark.parametrize(
    ("typed", "status", "shown"),
    [
        (["status"], 0, "H01"),
        (["due"], 0, "-1"),
        (["log", ""], 0, "CP-01"),
        (["report", ""], 0, "CP-01"),
        (["resume", "--answers", "stop: done"], 9, "CP-01 · Back to normal · step 1"),
        (["run", "H01", "--answers", ANSWERS], 9, "H01 has ended"),
        (["drill", "H01", "--answers", ANSWERS], 9, "** "),
        (["sale", "5"], 9, "It is NOT in the record and is lost"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_a_data_folder_that_can_only_be_read(left: Path, typed: list[str], status: int, shown: str) -> None:
    if "--answers" in typed:
        (left / "answers.yaml").write_text(typed[-1])
        typed = [*typed[:-1], str(left / "answers.yaml")]
    (folder,) = (left / "data" / "incidents").iterdir()
    before = sorted((p, p.read_bytes()) for p in left.joinpath("data").rglob("*") if p.is_file())
    typed = [word or folder.name for word in typed]
    command = [sys.executable, "-m", "toolkit", "--runbooks", left / "shop", "--data-dir", left / "data", *typed]
    ran = subprocess.run(
        [*UNSHARE, "sh", "-c", READ_ONLY, left / "data", *command], capture_output=True, text=True, check=False
    )
    assert (ran.stderr, ran.returncode) == ("", status)
    assert shown in ran.stdout
    writes = status != 0
    assert ran.stdout.count("NOT SAVED (Read-only file system)") == writes
    assert sorted((p, p.read_bytes()) for p in left.joinpath("data").rglob("*") if p.is_file()) == before
