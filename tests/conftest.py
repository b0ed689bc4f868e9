"""What every test stands on: no state of the person running them, and files as expected sides."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parent.parent
CASES = Path(__file__).parent / "cases"

# The same examples at every run, no time limit, and no folder of its own: a test that fails once fails always.
settings.register_profile(
    "same", derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("same")


if hasattr(signal, "SIGHUP"):  # a runner begun by nohup would hand down that a closed window is not noticed
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--accept", action="store_true", help="rewrite the expected side of the case files")


@pytest.fixture
def accept(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--accept"))


@pytest.fixture
def same(accept: bool) -> Callable[[Path, str], None]:
    """Compare a text with the file that holds what is expected, or rewrite the file."""

    def compare(expected: Path, found: str) -> None:
        if accept:
            expected.parent.mkdir(parents=True, exist_ok=True)
            expected.write_text(found, encoding="utf-8", newline="\n")
        assert expected.exists(), f"{expected} is missing: run pytest --accept, then read what it wrote"
        assert found == expected.read_text(encoding="utf-8")

    return compare


@pytest.fixture(autouse=True, scope="session")
def _shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One cache for the session, away from the person's own."""
    before = os.environ.get("TILLBOOK_CACHE")
    os.environ["TILLBOOK_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    yield
    os.environ.pop("TILLBOOK_CACHE")
    if before is not None:
        os.environ["TILLBOOK_CACHE"] = before


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the person's reaches a test."""
    for name in [n for n in os.environ if n.startswith("TILLBOOK_") and n != "TILLBOOK_CACHE"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TILLBOOK_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("TILLBOOK_LANG", "en")


class Ran(NamedTuple):
    """What came of one command."""

    status: int
    out: str
    err: str


@pytest.fixture
def tillbook(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """The command in this process: `tillbook("check", path)` gives its exit status and what it said."""
    from toolkit.cli import main

    def run(*args: object) -> Ran:
        capsys.readouterr()
        status = main([str(a) for a in args])
        out, err = capsys.readouterr()
        return Ran(status, out, err)

    return run
