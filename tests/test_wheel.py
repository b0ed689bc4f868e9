"""The wheel, in an empty environment and an empty folder: runbooks, schemas, words and site are inside."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PIP = ["-m", "pip", "--disable-pip-version-check", "--quiet"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, *PIP, "wheel", "--no-deps", "-w", str(folder), str(ROOT)], check=True)
    (made,) = folder.glob("tillbook-*.whl")
    return made


@pytest.fixture(scope="module")
def empty(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(the command, an empty folder to call it from)."""
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
    scripts = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
    subprocess.run([str(scripts / "python"), *PIP, "install", str(wheel)], check=True)
    (folder / "empty").mkdir()
    return scripts / "tillbook", folder / "empty"


def call(empty: tuple[Path, Path], *typed: str) -> subprocess.CompletedProcess[str]:
    command, folder = empty
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("TILLBOOK_", "PYTHON"))}
    env = {**kept, "TILLBOOK_CACHE": str(folder.parent / "cache"), "TILLBOOK_DATA": str(folder.parent / "data")}
    return subprocess.run(
        [str(command), "--lang", "en", *typed], cwd=folder, env=env, capture_output=True, encoding="utf-8", check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


def test_it_holds_the_files_of_the_repository(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder, inside in (("runbooks", "_runbooks"), ("schema", "_schema"), ("site", "_site"), ("toolkit", "")):
        listed = subprocess.run(
            ["git", "ls-files", folder], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
        for name in listed.split():
            if (ROOT / name).exists():
                rest = name.removeprefix(f"{folder}/")
                assert f"toolkit/{inside}/{rest}".replace("//", "/") in names
    assert [n for n in names if n.endswith((".pyc", ".cache")) or "/tests/" in n] == []


def test_every_command_works_from_an_empty_folder(empty: tuple[Path, Path]) -> None:
    listed = call(empty, "--json", "list")
    assert (listed.returncode, listed.stderr) == (0, "")
    cards = [row["card"] for row in json.loads(listed.stdout)]
    assert {"R14", "R00", "CP-11"} <= set(cards)
    for card in cards:
        shown = call(empty, "show", card)
        assert (shown.returncode, shown.stderr, shown.stdout.startswith(f"{card}  ")) == (0, "", True)
    found = call(empty, "find", "退款没有应答")
    assert "R14" in found.stdout.split("\n")[0]
    checked = call(empty, "check")
    assert (checked.returncode, "Nothing wrong" in checked.stdout) == (0, True)
    assert "Follow a runbook step by step" in call(empty, "run", "--help").stdout


def test_a_run_leaves_its_record(empty: tuple[Path, Path]) -> None:
    script = empty[1].parent / "answers.yaml"
    script.write_text(
        "{stop: done, note: {x: nothing on the screen}, look-terminal: success, give-slip: done, tell-where: clear,"
        " record: {occurred-at: '14:05', transaction-type: refund, amount: 1, refund-no: '-', trace-no: '-',"
        " merchant-order-no: '-', response-code: '98', screen-text: out, paid-with: card, rrn: '-'}}"
    )
    ran = call(empty, "run", "R14", "--answers", str(script))
    assert (ran.returncode, ran.stderr) == (0, "")
    (incident,) = (empty[1].parent / "data" / "incidents").iterdir()
    reported = call(empty, "report", incident.name)
    assert (reported.returncode, "Incident report" in reported.stdout) == (0, True)
    assert list(empty[1].iterdir()) == []


def test_the_site_says_what_it_needs(empty: tuple[Path, Path]) -> None:
    ran = call(empty, "site", "build")
    assert (ran.returncode, ran.stdout) == (4, "")
    assert "tillbook[site]" in ran.stderr
