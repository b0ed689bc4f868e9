"""Every command on consoles that cannot show every character: nothing crashes, nothing steers, nothing is too wide."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from toolkit.cells import width
from toolkit.resources import resource

CASES = Path(__file__).parent / "cases"
REAL = resource("runbooks")
ENCODINGS = ["gbk", "cp1252", "cp437", "ascii", "utf-8"]
SCRIPT = """
stop: done
note: done
look-terminal: success
give-slip: done
tell-where: clear
record: {occurred-at: "14:05", transaction-type: refund, amount: 1, refund-no: "-", trace-no: "-",
  merchant-order-no: "-", response-code: "98", screen-text: 交易超时 • € ✓, paid-with: card, rrn: "-"}
"""
# The command, its exit status, and whether every line fits into 79 cells.
COMMANDS = [
    (["--help"], 0, False),
    (["run", "--help"], 0, False),
    (["list"], 0, True),
    (["show", "R14"], 0, True),
    (["show", "CP-01"], 0, True),
    (["find", "退款没有应答"], 0, True),
    (["find", "zebra crossing"], 3, True),
    (["code", "98"], 0, True),
    (["code", "没有 € ✓"], 0, True),
    (["check", str(CASES / "bad")], 1, False),
    (["--json", "check", str(CASES / "bad")], 1, False),
    (["run", "R14", "--answers", "SCRIPT"], 0, True),
    (["status"], 0, True),
    (["doctor"], 0, True),
    (["log", "INCIDENT"], 0, True),
    (["report", "INCIDENT"], 0, False),
    (["report", "INCIDENT", "--format", "html"], 0, False),
    (["stats"], 0, True),
    (["--json", "stats", "--drills"], 0, True),
    (["verify"], 0, True),
    (["verify", "INCIDENT", "--head", "01234-56789"], 8, True),
    (["note", "INCIDENT", "纸潮了 €"], 0, True),
    (["handover", "李四 €", "INCIDENT"], 0, True),
    (["late-entry", "INCIDENT", "打过电话 €", "--at", "2026-01-05 10:35"], 0, True),
    (["late-entry", "R14", "--answers", "SCRIPT", "--at", "2026-01-05 10:35"], 0, True),
    (["erase", "INCIDENT", "1", "--reason", "x"], 1, True),
    (["purge", "--older-than", "P2Y"], 0, True),
    (["--wrong"], 2, True),
    (["run", "R14"], 5, True),
    (["show", "没有"], 3, True),
]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A folder with one incident that is open, and its name."""
    folder = tmp_path_factory.mktemp("consoles")
    (folder / "script.yaml").write_text(SCRIPT, encoding="utf-8")
    (folder / "stops.yaml").write_text(SCRIPT.replace("give-slip: done", ""), encoding="utf-8")
    status, _, _ = ran(
        folder, "utf-8", "zh", ["run", "R14", "--answers", str(folder / "stops.yaml"), "--by", "王店长 €"]
    )
    assert status == 5
    (incident,) = (folder / "data" / "incidents").iterdir()
    yield folder, incident.name


def ran(folder: Path, encoding: str, lang: str, typed: list[str]) -> tuple[int, bytes, bytes]:
    env = {**os.environ, "PYTHONIOENCODING": encoding, "COLUMNS": "79", "TILLBOOK_DATA": str(folder / "data")}
    words = ["-m", "toolkit", "--lang", lang, "--runbooks", str(REAL), *typed]
    done = subprocess.run([sys.executable, *words], env=env, capture_output=True, stdin=subprocess.DEVNULL, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    ("typed", "status", "fits"), COMMANDS, ids=lambda v: " ".join(v)[:24] if isinstance(v, list) else None
)
def test_nothing_crashes_and_nothing_is_too_wide(
    typed: list[str], status: int, fits: bool, encoding: str, lang: str, place: tuple[Path, str], tmp_path: Path
) -> None:
    folder, incident = place
    known = {"SCRIPT": str(folder / "script.yaml"), "INCIDENT": incident}
    where = tmp_path if "SCRIPT" in typed else folder
    found, out, err = ran(where, encoding, lang, [known.get(word, word) for word in typed])
    assert found == status, err
    for raw in (out, err):
        text = raw.decode(encoding)  # strict: what cannot be read back was not written in this encoding
        assert "Traceback" not in text
        assert "\x1b" not in text
        assert "\r" not in text
        if fits:
            assert [line for line in text.split("\n") if width(line) > 79] == []
    assert out or status not in {0, 1}
    assert err or status not in {2, 5}


@pytest.mark.parametrize("encoding", ["cp1252", "cp437", "ascii"])
def test_a_console_without_chinese_gets_english_unless_chinese_was_asked_for(encoding: str, tmp_path: Path) -> None:
    env = {**os.environ, "PYTHONIOENCODING": encoding, "LC_ALL": "zh_CN.UTF-8", "TILLBOOK_DATA": str(tmp_path)}
    del env["TILLBOOK_LANG"]
    done = subprocess.run(
        [sys.executable, "-m", "toolkit", "--runbooks", str(REAL), "list"], env=env, capture_output=True, check=True
    )
    assert b"A refund or void gets no answer" in done.stdout


def test_bytes_that_are_no_text_do_not_stop_a_run(tmp_path: Path) -> None:
    """A console in one encoding, a paste in another: the answer is not understood, and nothing falls over."""
    import pexpect

    env = {**os.environ, "PYTHONIOENCODING": "utf-8", "TILLBOOK_DATA": str(tmp_path)}
    words = ["-m", "toolkit", "--lang", "en", "--runbooks", str(CASES / "shop"), "run", "H01"]
    child = pexpect.spawn(sys.executable, words, env=env, timeout=8, echo=False)
    child.expect(b"Type 1 when done: ")
    child.sendline("退款".encode("gbk"))
    child.expect(b"Not understood")
    child.expect(b"Type 1 when done: ")
    child.sendline(b"q")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 6
