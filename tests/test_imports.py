"""What a start may load: the commands a manager waits for bring in nothing that only authors need."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SHOP = Path(__file__).parent / "cases" / "shop"
HEAVY = {"rich", "pydantic", "jsonschema", "jsonschema_rs", "mkdocs", "yaml", "jieba", "asyncio", "markdown"}
PROBE = """
import json, sys
from toolkit.cli import main
status = main(sys.argv[1:])
print("\\n" + json.dumps([status, sorted(sys.modules)]))
"""


def loaded(tmp_path: Path, *typed: str) -> tuple[int, set[str]]:
    env = {**os.environ, "TILLBOOK_CACHE": str(tmp_path / "cache"), "TILLBOOK_RUNBOOKS": str(SHOP)}
    words = [sys.executable, "-c", PROBE, *typed]
    ran = subprocess.run(words, env=env, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
    status, modules = json.loads(ran.stdout.rsplit("\n", 2)[1])
    return status, {m.split(".")[0] for m in modules}


def warm(tmp_path: Path) -> None:
    for path in SHOP.rglob("*.yaml"):
        if path.stat().st_mtime_ns > 0:
            os.utime(path, ns=(1_700_000_000_000_000_000, 1_700_000_000_000_000_000))
    assert loaded(tmp_path, "show", "H01")[0] == 0


@pytest.mark.parametrize(
    "typed",
    [["list"], ["find", "paper"], ["show", "H01"], ["code", "98"], ["status"], ["doctor"], ["verify"]],
    ids=" ".join,
)
def test_a_warm_start_is_light(typed: list[str], tmp_path: Path) -> None:
    warm(tmp_path)
    status, modules = loaded(tmp_path, *typed)
    assert status == 0
    assert modules & HEAVY == set()


def test_the_first_screen_of_a_run_is_light(tmp_path: Path) -> None:
    warm(tmp_path)
    probe = PROBE.replace("status = main", "sys.stdin.isatty = lambda: True\nstatus = main")
    env = {**os.environ, "TILLBOOK_CACHE": str(tmp_path / "cache"), "TILLBOOK_RUNBOOKS": str(SHOP)}
    words = [sys.executable, "-c", probe, "run", "H01"]
    ran = subprocess.run(words, env=env, capture_output=True, text=True, check=True, input="")
    status, modules = json.loads(ran.stdout.rsplit("\n", 2)[1])
    assert status == 6  # nobody answered: it stopped at the first prompt
    assert "Ask the customer to wait." in ran.stdout
    assert {m.split(".")[0] for m in modules} & HEAVY == set()


def test_a_cold_start_reads_yaml_and_this_test_would_see_it(tmp_path: Path) -> None:
    status, modules = loaded(tmp_path, "check")
    assert status == 0
    assert modules >= {"yaml"}
