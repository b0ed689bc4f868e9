"""One whole outage, in each language: the story of cases/outage, played in this process and at a real terminal.

A refund times out, the network proves to be down, the spare terminal is put in force beside it, sales are counted, the
shift changes, the acquirer gives a ticket, the plan is stood down and reconciled, one refund is settled the next day.
"""

import os
import re
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pexpect
import pytest

from toolkit.cells import width
from toolkit.clock import Clock, Moment, seconds
from toolkit.console import Ask
from toolkit.content.source import read
from toolkit.record.incidents import Seen, every
from toolkit.record.reading import load
from toolkit.resources import resource

CASES = Path(__file__).parent / "cases" / "outage"
STORE = CASES / "store.yaml"
LANGUAGES = ("zh", "en")
ZONE = 8 * 3600
_NS = 1_000_000_000


class Killed(BaseException):
    """The process is killed: nothing of it runs any more."""


class Scene(NamedTuple):
    """One command: when (the shop's time), what is typed into it, whether it is killed at the end, its exit status."""

    at: str
    command: list[str]
    typed: list[str]
    killed: bool
    status: int


def scenes(language: str) -> list[Scene]:
    path = CASES / f"{language}.yaml"
    found = read(path.read_bytes(), path.name).data
    return [
        Scene(s["at"], s["command"], [str(t) for t in s.get("typed", [])], s.get("killed", False), s.get("exit", 0))
        for s in found["scenes"]
    ]


def of(folder: Path, scene: Scene) -> Scene:
    """The scene with the codes of items as they are called in the incident of `folder`."""
    letters = folder.name[-3:]
    command, typed = ([re.sub("^bbb-", f"{letters}-", word) for word in part] for part in (scene.command, scene.typed))
    return scene._replace(command=command, typed=typed)


class Story(Clock):
    """The clock of the story: a line typed takes twenty seconds."""

    wall = 0

    def now(self) -> Moment:
        return Moment(Story.wall, Story.wall, ZONE, sleeps=True)


class Typist:
    """A person who types the lines of a scene."""

    scripted = False

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.left = list(scene.typed)

    def ask(self, prompt: str, what: Ask) -> str:
        if not self.left:
            if self.scene.killed:
                raise Killed
            pytest.fail(f"asked once more: {prompt} {what}")
        Story.wall += 20 * _NS
        sys.stdout.write(f"{prompt} {self.left[0]}\n")
        return self.left.pop(0)

    def refuse(self, what: Ask, typed: str, known: str) -> None:
        pass


@pytest.fixture
def story(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tillbook: Callable[..., Any]) -> Callable[[str], Path]:
    """Play a story in this process; the folder of its incident."""
    count = iter(range(1_000_000))
    monkeypatch.setattr(os, "urandom", lambda size: next(count).to_bytes(size, "big"))
    monkeypatch.setattr("toolkit.cli.setting.Clock", Story)

    def play(language: str) -> Path:
        folder = tmp_path
        for scene in scenes(language):
            Story.wall = int(seconds(f"{scene.at.replace(' ', 'T')}:00.000Z") - ZONE) * _NS
            scene = of(folder, scene)
            typist = Typist(scene)
            monkeypatch.setattr("toolkit.cli.incident.asker_of", lambda *_, one=typist: one)
            try:
                ran = tillbook("--lang", language, "--store", STORE, "--runbooks", resource("runbooks"), *scene.command)
                assert ran.status == scene.status, ran.out[-3000:] + ran.err
                assert typist.left == [], ran.out[-3000:]
            except Killed:
                assert typist.left == []
            (folder,) = (tmp_path / "data" / "incidents").iterdir()
        return folder

    return play


def told(folder: Path) -> Seen:
    (seen,) = (one for one in every(folder.parent.parent) if isinstance(one, Seen))
    return seen


def right_in_the_end(folder: Path) -> None:
    """What must be so when the story is over, however often it was interrupted."""
    seen = told(folder)
    state = seen.state
    assert seen.record.damage == ()
    assert state.closed
    assert [run.card for run in state.runs if run.outcome is None] == []
    assert {plan.card: plan.status for plan in state.activations} == {"CP-01": "closed", "CP-11": "closed"}
    spare = next(plan for plan in state.activations if plan.card == "CP-01")
    assert [str(sale.amount) for sale in spare.counted] == ["320.00", "45.50", "88.00"]
    assert {item.settled for item in state.items if item.item == "refund-owed"} == {"arrived"}
    assert [item.item for item in state.items if not item.settled] == []
    kinds = [line.kind for line in seen.record.lines]
    assert kinds.count("sale-refused") == 1
    assert kinds.count("sale-taken-back") == 1
    assert kinds.count("handed-over") == 1
    assert kinds.count("time-corrected") == 1
    assert kinds[-1] == "incident-closed"
    assert len({line.who for line in seen.record.lines}) == 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_story_ends_with_the_money_right(language: str, story: Callable[[str], Path]) -> None:
    right_in_the_end(story(language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_example_on_the_site_is_the_report_of_the_story(
    language: str, story: Callable[[str], Path], tillbook: Callable[..., Any], tmp_path: Path, accept: bool
) -> None:
    folder, out = story(language), tmp_path / "report.html"
    ran = tillbook("--lang", language, "--store", STORE, "report", folder.name, "-o", out)
    assert ran.status == 0, ran.err
    example = resource("site") / "docs" / language / "example-report.html"
    if accept:
        example.write_bytes(out.read_bytes())
    # The codes of the record and of the runbooks' texts change with every edit of a runbook.
    codes = re.compile(r"[0-9a-f]{16,}|[0-9a-f]{5}-[0-9a-f]{5}|-[a-z]{3}\b|\b[a-z]{3}-(?=[0-9])")
    assert codes.sub("", out.read_text("utf-8")) == codes.sub("", example.read_text("utf-8"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_shown_fits_any_terminal(
    language: str, story: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from toolkit import console

    shown: list[str] = []
    whole = console.say

    def say(lines: Any, stream: Any = None) -> None:
        lines = list(lines)
        shown.extend(lines)
        whole(lines, stream)

    for module in (
        "sitting.runner",
        "sitting.session",
        "sitting.recording",
        "sitting.beside",
        "sitting.contingency",
        "sitting.desk",
        "cli.incident",
        "cli.money",
    ):
        monkeypatch.setattr(f"toolkit.{module}.say", say)
    story(language)
    assert len(shown) > 1000
    assert [line for line in shown if width(line) > 79 or "\x1b" in line or "\r" in line] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_hotline_is_told_of_the_refund_and_of_no_other_transaction(
    language: str, story: Callable[[str], Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from toolkit.sitting import screen

    sheets: list[dict[str, str]] = []
    real = screen.callsheet.sheet

    def sheet(contact: str, *args: Any) -> Any:
        found = real(contact, *args)
        if contact == "acquirer":
            sheets.append({one.field.id: one.value for one in found})
        return found

    monkeypatch.setattr(screen.callsheet, "sheet", sheet)
    story(language)
    first = sheets[0]
    assert (first["trace-no"], first["response-code"], first["amount"], first["tid"]) == (
        "004213", "98", "128.50", "SAMPLE-TID-1",
    )  # fmt: skip
    assert first["rrn"] == ""  # that of the spare's first sale is another transaction's


@pytest.fixture
def till(tmp_path: Path) -> Iterator[Callable[[str, list[str]], Any]]:
    """A person at a real terminal of 80 columns."""
    began: list[Any] = []

    def start(language: str, command: list[str]) -> Any:
        words = ["-m", "toolkit", "--lang", language, "--store", str(STORE), "--runbooks", str(resource("runbooks"))]
        words += ["--data-dir", str(tmp_path / "data"), *command]
        env = {**os.environ, "PYTHONIOENCODING": "utf-8", "TERM": "xterm"}
        child = pexpect.spawn(
            sys.executable, words, env=env, encoding="utf-8", timeout=20, dimensions=(50, 80), echo=False, maxread=65536
        )
        child.delaybeforesend = None
        began.append(child)
        return child

    yield start
    for child in began:
        child.close(force=True)


def prompted(child: Any) -> None:
    """Wait until the terminal asks and says no more."""
    while True:
        child.expect(r"[:：] $")
        try:
            child.buffer = child.match.group() + child.read_nonblocking(65536, 0.05)
        except pexpect.TIMEOUT:
            return


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_story_at_a_real_terminal_killed_twice_on_the_way(
    language: str, till: Callable[[str, list[str]], Any], tmp_path: Path
) -> None:
    folder = tmp_path
    for told_so in scenes(language)[:-1]:
        scene = of(folder, told_so)
        child = till(language, scene.command)
        for line in scene.typed:
            prompted(child)
            child.sendline(line)
        if scene.killed:
            prompted(child)
            os.kill(child.pid, signal.SIGKILL)
        child.expect(pexpect.EOF)
        child.close()
        assert scene.killed or child.exitstatus == scene.status, child.before
        (folder,) = (tmp_path / "data" / "incidents").iterdir()
    right_in_the_end(folder)
    assert [line.kind for line in load(folder).lines].count("resumed") == 4
