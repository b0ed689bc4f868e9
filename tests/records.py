"""What the tests of the record share: clocks, events, a system that fails, a sitting, and a person who types."""

import os
import random
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from toolkit import files
from toolkit.clock import Clock, Moment
from toolkit.console import Ask
from toolkit.incident.state import Event
from toolkit.record import appender, incidents, lock, private
from toolkit.record.appender import segment_path
from toolkit.record.journal import Journal
from toolkit.record.reading import load, load_sealed

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


class Faulty:
    """`os`, but the calls to `names` with a number in `when` fail; `halves` lets a write do half of its work first."""

    def __init__(
        self, names: str, when: Callable[[int], bool], code: int, *, halves: bool = False, real: Any = os
    ) -> None:
        self._names, self._when, self._code, self._halves, self._real = names.split(), when, code, halves, real
        self.calls = 0
        self.failed = 0

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._real, name)
        if name not in self._names:
            return real

        def call(*args: Any, **kwargs: Any) -> Any:
            self.calls += 1
            if not self._when(self.calls):
                return real(*args, **kwargs)
            self.failed += 1
            if self._halves and name == "write":
                real(args[0], args[1][: len(args[1]) // 2])
            raise OSError(self._code, os.strerror(self._code))

        return call


def noted(number: int) -> Event:
    return Event("noted", {"run": 1, "step": "look", "text": f"第 {number} 条 note"})


def sealed(number: int) -> Event:
    """The same with a text that can be erased."""
    return noted(number)._replace(private=("text",))


def written(folder: Path, count: int, event: Callable[[int], Event] = noted) -> bytes:
    """The bytes of a record of `count` events."""
    made = Journal(folder, Ticking(), "tester")
    for number in range(count):
        made.append(event(number))
    made.close()
    return segment_path(folder, 1).read_bytes()


def reopened(folder: Path) -> Journal:
    """The record in `folder` open again, as a person who comes back finds it."""
    again = Journal(folder, Ticking(), "tester", load(folder))
    again.mend()
    return again


def texts(folder: Path) -> list[str]:
    return [line.data["text"] for line in load(folder).lines if line.kind == "noted"]


def said(numbers: Iterable[int]) -> list[str]:
    """The texts of the events of those numbers."""
    return [noted(number).data["text"] for number in numbers]


def kinds(folder: Path) -> list[str]:
    return [line.kind for line in load_sealed(folder).lines]


def whole(folder: Path) -> None:
    """The record has no damage and no rest, and every entry has its number."""
    found = load(folder)
    assert (found.damage, found.last.tail) == ((), b"")
    assert [x.seq for x in found.lines] == list(range(1, len(found.lines) + 1))


def tails(cut: int) -> dict[str, bytes]:
    noise = random.Random(cut)
    return {"cut": b"", "zeros": bytes(1 + cut % 97), "noise": noise.randbytes(1 + cut % 97).replace(b"\n", b"-")}


# A sitting with everything in it: evidence, notes, a plan with sales, times, a change of shift, and the end of it all.
TYPED = (
    *("1", "12.50", "14:05", "0042", "1234", "1", "2", "缺纸", "1", "n it beeped"),
    *("p", "1", "=", "no paper left", "1", "3", "1"),
    *("s 12.50", "s 30", "s 200", "s -1", "typed wrong", "s 20", "c 10:35", "h 小李", "1", "1"),
    *("1", "1", "1", "1", "1", "="),
)
LIMIT = """\
- {what: {zh: "一天 100 元。", en: "A hundred yuan a day."}, basis: design, bound: day, value: "100.00",
     beyond: {zh: "请顾客付现金。", en: "Let the customer pay cash."}}"""


def limited(place: Path, limit: str = LIMIT) -> Path:
    """The runbooks of cases/shop, where the plan has a limit that sales count against."""
    shutil.copytree(SHOP, place)
    file = place / "plans" / "slips-by-hand.yaml"
    lines = file.read_text("utf-8").split("\n")
    at = lines.index("limits:") + 1
    lines[at] = f"  {limit}"
    file.write_text("\n".join(lines), "utf-8")
    return place


class Spy:
    """A person who types `answers`; `happened` is what was typed, for others to add to; `asked` is told each time."""

    scripted = False

    def __init__(self, answers: Iterable[str], asked: Callable[[], None] = lambda: None) -> None:
        self.answers = list(answers)
        self.happened: list[str] = []
        self._asked = asked

    def ask(self, prompt: str, what: Ask) -> str:
        self._asked()
        typed = self.answers.pop(0)
        self.happened.append(f"typed {what.kind}")
        return typed

    def refuse(self, what: Ask, typed: str, known: str) -> None:
        self.happened.append("refused")


@contextmanager
def typing(monkeypatch: pytest.MonkeyPatch, spy: Spy) -> Iterator[Spy]:
    """Whoever asks, asks the spy."""
    with monkeypatch.context() as patch:
        patch.setattr("toolkit.cli.incident.asker_of", lambda *_: spy)
        yield spy
