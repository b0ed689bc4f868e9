"""The power is cut at any moment, on a disk that keeps only what was forced to it: nothing acknowledged is lost."""

import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes.util import find_library
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.records import limited
from toolkit.clock import Clock
from toolkit.record import incidents, snapshots
from toolkit.record.reading import load

LOSSY = Path(__file__).parent / "lossy.py"


def mountable() -> str:
    """Why no file system of our own can be mounted here, or the empty string."""
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        return "there is no /dev/fuse, or it is not for us"
    if os.getuid() or not (find_library("fuse") and importlib.util.find_spec("mfusepy")):
        return "mfusepy, libfuse 2 (tests/fuse.sh) and root are needed to mount a file system"
    place = Path(f"/tmp/tillbook-mount-{os.getpid()}")
    place.mkdir()
    try:
        with mounted(place, place / "survivors", 1, 0):
            return ""
    except AssertionError:
        return "nobody may mount here"
    finally:
        place.rmdir()


@contextmanager
def mounted(place: Path, survivors: Path, seed: int, cut: int) -> Iterator[None]:
    """`place` is a lossy disk."""
    command = [sys.executable, LOSSY, place, survivors, str(seed), str(cut)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as disk:
        try:
            for _ in range(500):
                if os.path.ismount(place) or disk.poll() is not None:
                    break
                time.sleep(0.02)
            assert os.path.ismount(place)
            yield
        finally:
            subprocess.run(["umount", "-l", place], check=False, capture_output=True)
            disk.kill()


NOT_HERE = mountable()
pytestmark = pytest.mark.skipif(bool(NOT_HERE), reason=NOT_HERE or "-")

# A person who types; at each question the lines of the record are counted, for all of them have been acknowledged.
SITTING = """
import os, sys
from pathlib import Path
from tests.records import TYPED, Spy, kinds
import toolkit.cli.incident
from toolkit.cli import main
shop, data, careless = sys.argv[1:]
if careless == "careless":
    os.fsync = lambda fd: None
told = os.fdopen(os.dup(1), "w")
sys.stdout = open(os.devnull, "w")

def asked():
    (folder,) = Path(data, "incidents").iterdir()
    print(len(kinds(folder)), file=told, flush=True)

toolkit.cli.incident.asker_of = lambda *_: Spy(TYPED, asked)
main(["--runbooks", shop, "--data-dir", data, "run", "H01", "--by", "ann"])
asked()
"""

# Photos beside the record, each before the entry that names it.
KEEPING = """
import sys
from pathlib import Path
from tests.records import noted
from toolkit.clock import Clock
from toolkit.record.journal import Journal
made = Journal(Path(sys.argv[2], "incidents", "one"), Clock(), "ann")
for number in range(1, 100):
    assert made.keep(f"attachments/photo-{number}.jpg", b"x" * 9999) == ""
    made.append(noted(number))
    assert made.recorded
    print(number, flush=True)
"""


class Cut(NamedTuple):
    """What ended with the power: how many entries were acknowledged, and the data folder on the next morning."""

    acknowledged: int
    data: Path


@pytest.fixture
def cut(tmp_path: Path) -> Callable[..., Cut]:
    """`cut(seed, at)` cuts the power of a sitting before the call number `at` that changes something."""
    shop = limited(tmp_path / "shop")

    def run(seed: int, at: int, careless: str = "", script: str = SITTING) -> Cut:
        place, survivors = tmp_path / "disk", tmp_path / f"survivors-{seed}-{at}"
        place.mkdir(exist_ok=True)
        survivors.mkdir()
        with mounted(place, survivors, seed, at):
            command = [sys.executable, "-c", script, shop, place / "data", careless]
            ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        counts = ran.stdout.split()
        return Cut(int(counts[-1]) if counts else 0, survivors / "data")

    return run


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("at", [6, 28, 46, 64, 82, 100])
def test_nothing_acknowledged_is_lost(seed: int, at: int, cut: Callable[..., Cut]) -> None:
    found = cut(seed, at + 3 * seed)
    if at == 6:  # nobody was asked anything yet
        return
    assert found.acknowledged
    (folder,) = (found.data / "incidents").iterdir()
    record = load(folder)
    assert record.damage == ()
    assert len(record.lines) >= found.acknowledged
    for line in record.lines[: found.acknowledged]:
        assert not any(isinstance(value, dict) and "sealed" in value for value in line.data.values()), "a text is lost"
        if line.kind == "run-started":
            assert snapshots.load(folder, line.data["digest"]), "the text that the run follows is lost"
    again = incidents.reopen(incidents.look(folder), Clock(), "ann")
    assert again.state.lost == 0
    again.close()


@pytest.mark.parametrize("at", [30, 50, 80, 111])
@pytest.mark.parametrize("seed", range(3))
def test_no_photo_that_an_entry_names_is_lost(at: int, seed: int, cut: Callable[..., Cut]) -> None:
    found = cut(seed, at + seed, script=KEEPING)
    assert found.acknowledged
    folder = found.data / "incidents" / "one"
    assert len(load(folder).lines) >= found.acknowledged
    for number in range(1, found.acknowledged + 1):
        assert (folder / "attachments" / f"photo-{number}.jpg").read_bytes() == b"x" * 9999


def test_a_record_that_is_not_forced_to_the_disk_is_lost(cut: Callable[..., Cut]) -> None:
    """The proof that these tests would see it."""
    found = cut(0, 45, "careless")
    assert found.acknowledged > 10
    assert len(list(found.data.glob("incidents/*/journal.jsonl"))) == 0
