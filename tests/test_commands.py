"""The command through its door: every exit code, every language, what is found, and where things are looked for."""

import ast
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

import toolkit
from toolkit import builder
from toolkit.cli.app import commands
from toolkit.content import triage
from toolkit.content.library import load
from toolkit.model import LANGUAGES
from toolkit.resources import resource
from toolkit.text import words

CASES = Path(__file__).parent / "cases"
SHOP = CASES / "shop"
REAL = resource("runbooks")
LIBRARY = load(REAL)
Tillbook = Callable[..., Any]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of cases/shop, in use by TILLBOOK_RUNBOOKS."""
    shutil.copytree(SHOP, tmp_path / "shop")
    monkeypatch.setenv("TILLBOOK_RUNBOOKS", str(tmp_path / "shop"))
    return tmp_path / "shop"


@pytest.fixture
def incident(shop: Path, tillbook: Tillbook, tmp_path: Path) -> str:
    """The name of an incident that stopped in the middle."""
    script = tmp_path / "stops.yaml"
    script.write_text("tell: done\nrecord: {amount: 1}\n")
    assert tillbook("run", "H01", "--answers", script).status == 5
    (folder,) = (tmp_path / "data" / "incidents").iterdir()
    return folder.name


ANSWERS = """
tell: done
write: done
look: {look}
again: done
report: done
record:
  {{amount: 1, occurred-at: "14:05", trace-no: "0042", card-last4: "1234", paid-with: card, slips: 1, screen-text: out}}
"""


def answers(tmp_path: Path, look: str = '"yes"') -> Path:
    script = tmp_path / f"answers-{look.strip(chr(34))}.yaml"
    script.write_text(ANSWERS.format(look=look))
    return script


# What is typed, the exit status, and a part of what is said (on standard error when the status says so).
DOORS = [
    (["list"], 0, "No slip came out"),
    (["show", "H01"], 0, "H01 No slip came out"),
    (["show", "h01"], 0, "H01 No slip came out"),
    (["show", "no-slip"], 0, "H01 No slip came out"),
    (["show", "Ｈ０１"], 0, "H01 No slip came out"),
    (["show", "cp 01"], 0, "Slips by hand"),
    (["find", "paper"], 0, "No slip came out"),
    (["code", "98"], 0, "Look this one up first."),
    (["code", "ZZ9"], 0, "ZZ9 is not in any of the tables"),
    (["check"], 0, "Files checked: 7. Nothing wrong."),
    (["--version"], 0, f"tillbook {toolkit.__version__}"),
    (["--help"], 0, "Runbooks to follow"),
    ([], 0, "Runbooks to follow"),
    (["status"], 0, "No incident is open."),
    (["doctor", "--no-network"], 0, "You can use the runbooks."),
    (["check", str(CASES / "bad" / "tb101-key-missing.yaml")], 1, "[TB101]"),
    (["check", "--fromat", "json"], 2, "There is no option '--fromat'"),
    (["check", "--format", "yaml"], 2, "There is no format 'yaml'"),
    (["lsit"], 2, "The command is not right"),
    (["show"], 2, "is missing"),
    (["find"], 2, "is missing"),
    (["code"], 2, "is missing"),
    (["code", "98", "--scheme", "visa"], 2, "There is no scheme 'visa'; use one of: shop, wallet"),
    (["code", "？"], 3, "Which code?"),
    (["list", "too", "many"], 2, "The command is not right"),
    (["--lang", "fr", "list"], 2, "There is no language 'fr'"),
    (["run", "H01", "--phase", "activate"], 2, "This runbook has no phase 'activate'"),
    (["site", "serve", "--port", "x"], 2, "--port is not right"),
    (["check", "/nowhere/at/all"], 3, "There is no file or folder /nowhere/at/all"),
    (["show", "H99"], 3, "There is no runbook 'H99'"),
    (["show", "no-slpi"], 3, "Did you mean 'no-slip'?"),
    (["run", "H99"], 3, "There is no runbook 'H99'"),
    (["find", "zebra crossing"], 3, "No runbook fits 'zebra crossing'"),
    (["find", ""], 3, "No runbook fits ''"),
    (["resume"], 3, "No incident is open"),
    (["resume", "2026"], 3, "No incident has '2026' in its name"),
    (["log", "nothing"], 3, "No incident has 'nothing' in its name"),
    (["report", "nothing"], 3, "No incident has 'nothing' in its name"),
    (["report", "nothing", "--format", "pdf"], 2, "There is no format 'pdf'"),
    (["stats"], 0, "Incidents (without drills): 0"),
    (["--runbooks", "/nowhere", "list"], 4, "There is no folder /nowhere"),
    (["--store", "/nowhere", "show", "H01"], 4, "There is no store file /nowhere"),
    (["run", "H01"], 5, "--answers FILE"),
    (["run", "H01", "--answers", "/nowhere"], 4, "Cannot read /nowhere"),
    (["verify"], 0, "There is no incident."),
    (["verify", "nothing"], 3, "No incident has 'nothing' in its name"),
    (["verify", "--head", "12345"], 2, "That is no head code"),
    (["note", "smoke"], 3, "No incident is open"),
    (["note", "20991231-2359-zzz", "smoke"], 3, "No incident has '20991231-2359-zzz' in its name"),
    (["note", "card 4111 1111 1111 1111"], 2, "Type it like this: card [***]"),
    (["handover", "Li Si"], 3, "No incident is open"),
    (["late-entry", "nothing"], 3, "There is no runbook 'nothing'"),
    (["late-entry", "H01", "called the bank", "--at", "10:35"], 2, "A text goes into an incident"),
    (["late-entry", "H01", "--at", "soon"], 2, "--at is no time"),
    (["late-entry", "H01", "--at", "2099-01-01 10:35"], 2, "one that has not come yet"),
    (["late-entry", "H01", "--at", "10:35"], 5, "--answers FILE"),
    (["erase", "nothing", "1", "--reason", "x"], 3, "No incident has 'nothing' in its name"),
    (["erase", "nothing", "1"], 2, "--reason is missing"),
    (["purge"], 2, "--older-than is missing"),
    (["purge", "--older-than", "2 years"], 2, "Write it like P2Y (2 years)"),
    (["purge", "--older-than", "P2Y"], 0, "There is nothing to remove."),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "status", "said"), DOORS, ids=lambda v: " ".join(v) if isinstance(v, list) else None)
def test_what_a_command_says_and_how_it_ends(
    typed: list[str], status: int, said: str, shop: Path, tillbook: Tillbook
) -> None:
    ran = tillbook(*typed)
    assert ran.status == status
    told = " ".join((ran.err if status in {2, 4, 5} or ran.err else ran.out).split())
    assert said in told
    assert bool(ran.err) == (status not in {0, 1} and "No runbook fits" not in said)
    assert "Traceback" not in ran.out + ran.err


def test_a_folder_without_files_and_one_without_rules(tmp_path: Path, tillbook: Tillbook) -> None:
    ran = tillbook("check", tmp_path)
    assert (ran.status, "There is no YAML file in" in ran.err) == (3, True)
    ran = tillbook("--runbooks", tmp_path, "list")
    assert (ran.status, "has no usable reference/" in " ".join(ran.err.split())) == (4, True)


def test_how_a_run_ends_is_how_the_command_ends(shop: Path, tmp_path: Path, tillbook: Tillbook) -> None:
    assert tillbook("run", "H01", "--answers", answers(tmp_path)).status == 0
    assert tillbook("run", "H01", "--answers", answers(tmp_path, "unknown")).status == 1
    assert tillbook("run", "H01", "--answers", answers(tmp_path, "maybe")).status == 4


def test_a_report_that_cannot_be_written_is_not_recorded(incident: str, tmp_path: Path, tillbook: Tillbook) -> None:
    ran = tillbook("report", incident, "-o", tmp_path / "nowhere" / "report.md")
    assert (ran.status, "Cannot write" in ran.err) == (9, True)


def test_a_report_is_utf_8_and_says_what_happened(incident: str, tmp_path: Path, tillbook: Tillbook) -> None:
    out = tmp_path / "report.md"
    assert tillbook("--lang", "zh", "report", incident[-6:], "-o", out).status == 0
    text = out.read_text(encoding="utf-8")
    assert "没有出单" in text
    assert "请顾客稍等" in text
    assert tillbook("--lang", "zh", "report", incident).out == text


def test_a_damaged_record_is_told_by_log_and_status(incident: str, tmp_path: Path, tillbook: Tillbook) -> None:
    path = tmp_path / "data" / "incidents" / incident / "journal.jsonl"
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([*lines[:2], b"?", *lines[3:]]))
    ran = tillbook("log", incident)
    assert (ran.status, "File 1, line 3: unreadable" in ran.out) == (8, True)
    assert json.loads(tillbook("status", "--json").out)[0]["damaged"] is True
    assert "unreadable" in tillbook("report", incident).out


def test_an_incident_without_a_record_hides_no_other(incident: str, tmp_path: Path, tillbook: Tillbook) -> None:
    (tmp_path / "data" / "incidents" / "20991231-2359-zzz").mkdir()
    ran = tillbook("status")
    assert (ran.status, incident in ran.out) == (0, True)
    assert tillbook("resume", "--answers", tmp_path / "stops.yaml").status == 5


def test_a_part_of_a_name_that_fits_two_incidents(incident: str, tmp_path: Path, tillbook: Tillbook) -> None:
    assert tillbook("run", "H01", "--answers", tmp_path / "stops.yaml").status == 5
    ran = tillbook("log", incident[:6])
    assert (ran.status, "fits several incidents" in ran.err) == (3, True)


def test_an_incident_is_not_looked_for_outside_the_folder(incident: str, tillbook: Tillbook) -> None:
    for name in ("..", "../incidents", f"../incidents/{incident}", "/", "."):
        assert tillbook("log", name).status == 3


def test_a_fault_of_ours_is_a_sentence_and_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tillbook: Tillbook
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("card 4111 1111 1111 1111")

    monkeypatch.setattr("toolkit.cli.content.listing", fail)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    ran = tillbook("list")
    assert (ran.status, ran.out) == (70, "")
    assert "Traceback" not in ran.err
    assert "(RuntimeError)" in ran.err
    (kept,) = tmp_path.glob("tillbook-*.txt")
    text = kept.read_text("utf-8")
    assert "Traceback" in text
    assert "1111" not in text


def test_ctrl_c_outside_a_run_is_130(monkeypatch: pytest.MonkeyPatch, tillbook: Tillbook) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("toolkit.cli.content.listing", interrupted)
    ran = tillbook("list")
    assert (ran.status, ran.out, "Interrupted." in ran.err) == (130, "", True)


def test_a_reader_that_leaves_early_is_no_fault() -> None:
    line = f"{sys.executable} -m toolkit --lang en --runbooks {REAL} show N01 | head -n 1"
    ran = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=True)
    assert ran.stdout.startswith("N01")
    assert ran.stderr == ""


def test_every_error_has_its_sentence_and_all_that_the_sentence_names() -> None:
    """Each `ToolkitError("code", …)` in the package against both locales."""
    raised: list[tuple[str, set[str]]] = []
    for file in Path(toolkit.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ToolkitError":
                given = {str(k.arg) for k in node.keywords}
                if isinstance(node.args[0], ast.Constant):
                    raised.append((str(node.args[0].value), given))
                else:
                    assert ast.unparse(node.args[0]) == "code", f"{file.name}:{node.lineno}"
                    raised += [(code, given) for code in builder.NEEDED.values()]
    assert len(raised) > 20
    for language in LANGUAGES:
        said = words(language)
        for code, given in raised:
            fields = {name for _, name, _, _ in Formatter().parse(said._table[f"error.{code}"]) if name}
            assert fields <= given, f"{language}: error.{code}"
        known = {code for code, _ in raised} | {"lead", "other", "interrupted", "internal", "output"}
        assert {key for key in sorted(said.keys()) if key.startswith("error.")} == {f"error.{code}" for code in known}


def test_the_readme_has_every_command_and_every_exit_code() -> None:
    text = (Path(__file__).parent.parent / "README.md").read_text("utf-8")
    for command in commands():
        assert re.search(rf"`(tillbook )?{command}\b", text), command
    part = text.split("## Exit codes", 1)[1].split("\n## ", 1)[0]
    assert {int(n) for n in re.findall(r"^\| *`?([0-9]+)`? *\|", part, re.MULTILINE)} == {
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 70, 130
    }  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "command", [[], *[[c] for c in commands()], ["site", "build"], ["site", "serve"]], ids=" ".join
)
def test_help_is_in_the_language_asked_for(command: list[str], language: str, tillbook: Tillbook) -> None:
    ran = tillbook("--lang", language, *command, "--help")
    assert ran.status == 0
    assert not re.search(r"\bhelp\.[a-z-]+", ran.out), "a text that was not translated"
    said = words(language)  # type: ignore[arg-type]
    key = f"help.{'-'.join(command) or 'tillbook'}"
    assert said(key).split(":")[0][:30] in " ".join(ran.out.split())


# --- language


@pytest.mark.parametrize(
    ("option", "variable", "store", "locale", "chinese"),
    [
        ("zh", "en", "en", "en_US.UTF-8", True),
        (None, "zh", "en", "en_US.UTF-8", True),
        (None, "", "zh", "en_US.UTF-8", True),
        (None, "", "en", "zh_CN.UTF-8", False),
        (None, "", "", "zh_CN.UTF-8", True),
        (None, "", "", "de_DE.UTF-8", False),
        (None, "", "", "", False),
        (None, "fr", "zh", "", True),
    ],
)
def test_whose_word_counts_for_the_language(
    option: str | None, variable: str, store: str, locale: str, chinese: bool,
    shop: Path, monkeypatch: pytest.MonkeyPatch, tillbook: Tillbook,
) -> None:  # fmt: skip
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "TILLBOOK_LANG"):
        monkeypatch.delenv(name, raising=False)
    if variable:
        monkeypatch.setenv("TILLBOOK_LANG", variable)
    if locale:
        monkeypatch.setenv("LANG", locale)
    (shop / "store.yaml").write_text("format: 1\nstore: {name: x}\n" + (f"language: {store}\n" if store else ""))
    ran = tillbook(*(["--lang", option] if option else []), "list")
    assert ("没有出单" in ran.out, "No slip came out" in ran.out) == (chinese, not chinese)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["show", "H99"], "没有“H99”这份手册"),
        (["check", "--wrong"], "没有“--wrong”这个选项"),
        (["run", "H01", "--answers", "/nowhere"], "读不了 /nowhere"),
        (["log", "nothing"], "nothing"),
    ],
)
def test_complaints_are_in_the_language_asked_for(typed: list[str], said: str, shop: Path, tillbook: Tillbook) -> None:
    ran = tillbook("--lang", "zh", *typed)
    assert ran.status in {2, 3, 4}
    assert ran.err.startswith("出错：")
    assert said in ran.err


# --- JSON


@pytest.mark.parametrize("typed", [["list"], ["find", "paper"], ["status"]])
def test_json_may_stand_before_or_after_the_command(typed: list[str], shop: Path, tillbook: Tillbook) -> None:
    before, after = tillbook("--json", *typed), tillbook(*typed, "--json")
    assert before == after
    assert before.status == 0
    assert isinstance(json.loads(before.out), list)
    assert before.out.isascii()


def test_json_of_an_incident(incident: str, tillbook: Tillbook) -> None:
    (row,) = json.loads(tillbook("--json", "status").out)
    assert (row["incident"], row["card"], row["at_step"], row["open_items"]) == (incident, "H01", "write", [])
    log = json.loads(tillbook("log", incident, "--json").out)
    assert [x["seq"] for x in log] == list(range(1, len(log) + 1))
    assert json.loads(tillbook("--json", "find", "zebra crossing").out) == []
    rows = json.loads(tillbook("--json", "list").out)
    assert [r["card"] for r in rows] == ["H01", "CP-01", "P01"]


# --- find


def first(query: str) -> str | None:
    found = triage.find(LIBRARY.index, query)
    return LIBRARY.headings[found[0][0]].card if found else None


SYMPTOMS = [(b.card, t) for b in LIBRARY.runbooks for s in b.symptoms for t in (s.zh, s.en)]
NAMES = [(b.card, n) for b in LIBRARY.runbooks for n in (b.card, b.id, b.card.lower(), b.title.zh, b.title.en)]


@pytest.mark.parametrize(("card", "query"), SYMPTOMS + NAMES)
def test_a_runbook_is_first_for_its_own_symptoms_and_names(card: str, query: str) -> None:
    assert first(query) == card


@pytest.mark.parametrize(("card", "query"), [(b.card, c) for b in LIBRARY.runbooks for c in b.codes])
def test_a_code_on_the_screen_leads_to_a_runbook_that_has_it(card: str, query: str) -> None:
    holders = {b.card for b in LIBRARY.runbooks if query in b.codes}
    assert first(query) in holders
    found = {LIBRARY.headings[n].card for n, _ in triage.find(LIBRARY.index, query.split("/")[1])}
    assert card in found


@pytest.mark.parametrize(("card", "query"), [(b.card, a) for b in LIBRARY.runbooks for a in b.aliases])
def test_another_word_for_it_finds_it_near_the_top(card: str, query: str) -> None:
    assert card in [LIBRARY.headings[n].card for n, _ in triage.find(LIBRARY.index, query)[:2]]


@pytest.mark.parametrize(
    ("query", "card"),
    [
        ("refnd timout", "R14"),
        ("printr", "H03"),
        ("netwrok down", "N01"),
        ("ｐｒｉｎｔｅｒ", "H03"),
        ("REFUND TIMEOUT", "R14"),
        ("断网了怎么办", "N01"),
        ("duanwang", "N01"),
        ("duan wang le", "N01"),
        ("dayinji kazhi", "H03"),
        ("refund chaoshi", "R14"),
        ("beiyongji", "CP-01"),
        ("tongxunshibai", "N01"),
        ("请问打印机卡纸了是怎么了啊", "H03"),
    ],
)
def test_what_was_mistyped_is_found_all_the_same(query: str, card: str) -> None:
    assert first(query) == card


@pytest.mark.parametrize(
    ("query", "card"), [("退款", "R00"), ("退货", "R00"), ("refund", "R00"), ("断网", "N01"), ("换机器", "CP-01")]
)
def test_a_word_that_many_runbooks_have_lists_first_the_one_that_is_called_so(query: str, card: str) -> None:
    found = [LIBRARY.headings[n].card for n, _ in triage.find(LIBRARY.index, query)]
    assert found[0] == card
    assert query not in {"退款", "refund"} or {"R14", "CP-11"} <= set(found)


@pytest.mark.parametrize(
    "query", ["", "  ", "?!", "。。", "the of", "\x00", "x" * 5000, "zzzz", "怎么办", "这是怎么了啊"]
)
def test_what_cannot_be_found_is_nothing(query: str) -> None:
    assert triage.find(LIBRARY.index, query) == []


# --- which runbooks


def test_where_runbooks_are_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tillbook: Tillbook) -> None:
    monkeypatch.chdir(tmp_path)
    assert "R14" in tillbook("list").out  # the packaged ones
    shutil.copytree(SHOP, tmp_path / "runbooks")
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    assert "H01" in tillbook("list").out  # ./runbooks, here or above
    shutil.copytree(SHOP, tmp_path / "other")
    (tmp_path / "other" / "failures" / "no-slip.yaml").unlink()
    monkeypatch.setenv("TILLBOOK_RUNBOOKS", str(tmp_path / "other"))
    assert "H01" not in tillbook("list").out
    assert "R14" in tillbook("--runbooks", REAL, "list").out


def test_a_broken_file_is_left_out_and_named_and_hides_no_other(shop: Path, tillbook: Tillbook) -> None:
    for name in ("tb101-key-missing", "tb005-at-sign", "tb002-gbk"):
        shutil.copy(CASES / "bad" / f"{name}.yaml", shop / "failures")
    ran = tillbook("list")
    assert ran.status == 0
    assert "H01" in ran.out
    for name in ("tb101-key-missing", "tb005-at-sign", "tb002-gbk"):
        assert f"failures/{name}.yaml is left out" in ran.err
    ran = tillbook("run", "tb005-at-sign")
    assert (ran.status, "cannot be used now; faults: 1" in " ".join(ran.err.split())) == (4, True)
    assert tillbook("show", "H01").status == 0


def test_a_fault_of_wording_keeps_no_runbook_from_a_person(shop: Path, tillbook: Tillbook) -> None:
    file = shop / "failures" / "no-slip.yaml"
    file.write_text(file.read_text("utf-8").replace("Ask the customer to wait.", "Call 021-5555 0100."), "utf-8")
    assert (tillbook("show", "H01").status, tillbook("check").status) == (0, 1)


def test_a_store_file_with_faults_is_named_and_left_out(tillbook: Tillbook) -> None:
    bad = CASES / "bad" / "tb102-store" / "store.yaml"
    ran = tillbook("--runbooks", CASES / "shop", "--store", bad, "show", "H01")
    assert ran.status == 0
    assert "has faults and is left out" in " ".join(ran.err.split())
    assert "[not filled in the store file: the acquirer's hotline]" in " ".join(ran.out.split())


def test_two_runbooks_with_one_card_do_not_hide_each_other(shop: Path, tillbook: Tillbook) -> None:
    text = (shop / "failures" / "no-slip.yaml").read_text("utf-8")
    (shop / "failures" / "second.yaml").write_text(text.replace("id: no-slip", "id: second"), "utf-8")
    ran = tillbook("check")
    assert (ran.status, ran.out.count("[TB221]")) == (1, 1)
    ran = tillbook("list")
    assert ran.out.count("H01") == 2
    assert "H01" in tillbook("show", "second").out


def test_one_file_of_a_library_is_checked_within_it(tillbook: Tillbook, shop: Path) -> None:
    for file in sorted(REAL.glob("*/*.yaml")):
        assert tillbook("check", file) == (0, "Files checked: 1. Nothing wrong.\n", "")


def test_the_runbooks_that_ship_have_no_findings(tillbook: Tillbook) -> None:
    ran = tillbook("--runbooks", REAL, "check")
    assert (ran.status, ran.out.endswith("Nothing wrong.\n")) == (0, True)
