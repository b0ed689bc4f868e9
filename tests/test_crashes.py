"""Killed at any moment: whatever was cut, torn or damaged, what was acknowledged is there and the rest is told."""

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.records import (
    TYPED,
    Spy,
    Ticking,
    kinds,
    limited,
    noted,
    reopened,
    said,
    sealed,
    tails,
    texts,
    typing,
    whole,
    written,
)
from toolkit.record import chain, incidents, snapshots
from toolkit.record.appender import segment_path
from toolkit.record.journal import Journal
from toolkit.record.reading import load


@pytest.mark.parametrize("tail", ["cut", "zeros", "noise"])
def test_a_cut_at_any_byte_leaves_exactly_the_whole_lines(tmp_path: Path, tail: str) -> None:
    raw = written(tmp_path, 6)
    whole = raw.split(b"\n")
    for cut in range(len(raw) + 1):
        found = chain.read(raw[:cut] + tails(cut)[tail])
        count = raw[:cut].count(b"\n")
        assert found.damage == ()
        assert [line.data["text"] for line in found.lines] == said(range(count))
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
        assert texts(folder) == said([*range(count), 99])
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


@pytest.mark.parametrize("fate", ["whole", "absent", "half", "changed"])
def test_a_cut_among_texts_that_can_be_erased_loses_no_line(tmp_path: Path, fate: str) -> None:
    first = tmp_path / "first"
    raw = written(first, 4, sealed)
    names = [line.data["text"]["sealed"][:32] for line in chain.read(raw).lines]
    ends = [i for i, byte in enumerate(raw) if byte == 10]
    near = {c for end in ends for c in (end, end + 1, end + 2)}
    for cut in sorted(c for c in near | set(range(0, len(raw), 53)) if c <= len(raw)):
        folder = tmp_path / str(cut)
        folder.mkdir()
        segment_path(folder, 1).write_bytes(raw[:cut])
        count = raw[:cut].count(b"\n")
        there = set(range(count))
        if fate != "absent":
            shutil.copytree(first / "private", folder / "private")
        if fate in {"half", "changed"}:
            text = folder / "private" / f"{names[1]}.json"
            kept = text.read_bytes()
            text.write_bytes(kept[: len(kept) // 2] if fate == "half" else kept.replace(b"note", b"nota"))
            there.discard(1)
        there = set() if fate == "absent" else there
        again = reopened(folder)
        again.append(sealed(99))
        again.close()
        lines = [line for line in load(folder).lines if line.kind == "noted"]
        assert len(lines) == count + 1
        shown = [
            noted(n).data["text"] if n in there else {"sealed": lines[n].data["text"]["sealed"]} for n in range(count)
        ]
        assert [line.data["text"] for line in lines] == [*shown, *said([99])]
        whole(folder)


def test_a_cut_at_any_byte_of_the_second_file_leaves_the_first_as_it_is(tmp_path: Path) -> None:
    first = tmp_path / "first"
    one = written(first, 3).replace(b"note", b"nota", 1)
    segment_path(first, 1).write_bytes(one)
    made = reopened(first)
    for number in (10, 11):
        made.append(sealed(number))
    made.close()
    two = segment_path(first, 2).read_bytes()
    for cut in range(len(two) + 1):
        folder = tmp_path / str(cut)
        shutil.copytree(first, folder)
        segment_path(folder, 2).write_bytes(two[:cut])
        found = load(folder)
        count = two[:cut].count(b"\n")
        assert [x.kind for x in found.lines] == ["noted", "noted", "continued", "noted", "noted"][: 2 + count]
        assert [(d.segment, d.line) for d in found.damage] == [(1, 1)]
        if cut % 37 == 0:
            again = reopened(folder)
            again.append(noted(20))
            again.close()
            assert texts(folder) == said([1, 2, *[10, 11][: max(0, count - 1)], 20])
            assert not segment_path(folder, 3).exists()
            assert segment_path(folder, 1).read_bytes() == one


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> snapshots.Snapshot:
    from toolkit.content.library import load as library
    from toolkit.resources import resource

    return snapshots.take(library(resource("runbooks")), "refund-timeout")


@pytest.mark.parametrize("tail", ["cut", "zeros", "noise"])
def test_a_copy_of_a_runbook_that_is_not_whole_is_none(tmp_path: Path, tail: str, kept: snapshots.Snapshot) -> None:
    path = tmp_path / snapshots.file_name(kept.digest)
    for cut in [*range(0, len(kept.raw), 997), len(kept.raw) - 1]:
        path.write_bytes(kept.raw[:cut] + tails(cut)[tail])
        assert snapshots.load(tmp_path, kept.digest) is None
    path.write_bytes(kept.raw)
    assert snapshots.load(tmp_path, kept.digest) == kept


def test_what_a_crash_left_of_a_photo_is_written_over(tmp_path: Path) -> None:
    made = Journal(tmp_path, Ticking(), "tester")
    (tmp_path / "attachments").mkdir()
    (tmp_path / "attachments" / "photo-1.jpg.part").write_bytes(b"half of another")
    assert made.keep("attachments/photo-1.jpg", b"whole") == ""
    assert [(p.name, p.read_bytes()) for p in (tmp_path / "attachments").iterdir()] == [("photo-1.jpg", b"whole")]


WRITER = """
import sys
from pathlib import Path
from tests.records import noted, sealed
from toolkit.clock import Clock
from toolkit.record.journal import Journal
from toolkit.record.reading import load
folder = Path(sys.argv[1])
made = Journal(folder, Clock(), "writer", load(folder))
made.mend()
number = 0
while True:
    number += 1
    made.append((sealed if sys.argv[2] == "sealed" else noted)(number))
    if number % 3 == 0:
        with made.held():
            made.append(sealed(number))
    if number % 4 == 0 and sys.argv[2] == "sealed":
        made.keep(f"attachments/photo-{made.seq}.jpg", b"x" * 9999)
    sys.stdout.write(f"{made.seq}\\n")
    sys.stdout.flush()
"""


@pytest.mark.parametrize("kind", ["noted", "sealed"])
def test_what_was_acknowledged_survives_being_killed_ten_times(tmp_path: Path, kind: str) -> None:
    last = 0
    for turn in range(10):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), kind], stdout=subprocess.PIPE, text=True
        ) as child:
            assert child.stdout is not None
            for _ in range(1 + turn * 5):
                acknowledged = int(child.stdout.readline())
            child.send_signal(signal.SIGKILL)
            rest = [x for x in child.stdout.read().split("\n")[:-1] if x]
            child.wait()
        acknowledged = int(rest[-1]) if rest else acknowledged
        found = load(tmp_path)
        assert found.damage == ()
        assert [x.seq for x in found.lines] == list(range(1, len(found.lines) + 1))
        assert len(found.lines) >= acknowledged > last
        assert all(isinstance(text, str) for text in texts(tmp_path)), "a line stands there without its text"
        for photo in (tmp_path / "attachments").glob("*.jpg"):
            assert photo.read_bytes() == b"x" * 9999
        last = acknowledged


def test_a_sitting_cut_at_any_line_is_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tillbook: Callable[..., Any]
) -> None:
    """Each beginning of the record of a whole sitting can be resumed, and shows no step that was answered."""
    shop = limited(tmp_path / "shop")
    with typing(monkeypatch, Spy(TYPED)):
        assert tillbook("--runbooks", shop, "run", "H01").status == 0
    (folder,) = (tmp_path / "data" / "incidents").iterdir()
    raw = segment_path(folder, 1).read_bytes()
    lines = raw.splitlines(keepends=True)
    for count in range(2, len(lines)):
        place = tmp_path / str(count) / "incidents" / folder.name
        shutil.copytree(folder, place)
        segment_path(place, 1).write_bytes(b"".join(lines[:count]) + lines[count][: count % 50])
        stood = incidents.look(place).state
        with typing(monkeypatch, Spy(["q"])):
            ran = tillbook("--runbooks", shop, "--data-dir", tmp_path / str(count), "resume", folder.name)
        assert ran.err == ""
        run = stood.current
        assert ran.status == (6 if run or stood.in_force else 0)
        if run:
            last = [x for x in load(place).lines if x.kind == "shown"][-1]
            assert (last.data["run"], last.data["step"]) == (run.number, run.cursor.step)
            assert kinds(place)[count:] in (["torn", "resumed", "shown", "stopped"], ["resumed", "shown", "stopped"])
