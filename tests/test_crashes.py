"""Killed at any moment: whatever was cut, torn or damaged, what was acknowledged is there and the rest is told."""

import json
import random
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
from toolkit import chain, incidents, snapshots
from toolkit.journal import Journal, load, segment_path


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
