"""One whole outage, in each language: the story of cases/outage, played in this process and at a real terminal.

A refund times out, the network proves to be down, the spare terminal is put in force beside it, sales are counted, the
shift changes, the acquirer gives a ticket, the plan is stood down and reconciled, one refund is settled the next day.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from toolkit.clock import Clock, Moment, seconds
from toolkit.console import Ask
from toolkit.resources import resource
from toolkit.source import read

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
        said = []
        for scene in scenes(language):
            Story.wall = int(seconds(f"{scene.at.replace(' ', 'T')}:00.000Z") - ZONE) * _NS
            typist = Typist(scene)
            monkeypatch.setattr("toolkit.cli.incident.asker_of", lambda *_, one=typist: one)
            try:
                ran = tillbook("--lang", language, "--store", STORE, "--runbooks", resource("runbooks"), *scene.command)
                said.append(ran.out)
                assert ran.status == scene.status, ran.out[-3000:] + ran.err
                assert typist.left == [], ran.out[-3000:]
            except Killed:
                assert typist.left == []
        (folder,) = (tmp_path / "data" / "incidents").iterdir()
        return folder

    return play
