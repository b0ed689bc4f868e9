"""`run` and `resume` at a real terminal: typed at, interrupted, hung up, killed, and gone on with."""

import os
import re
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

from toolkit.incident.fold import replay
from toolkit.record.reading import load as record_of
from toolkit.resources import resource

SHOP = Path(__file__).parent / "cases" / "shop"
LABELS = [
    "Amount",
    "Time it happened",
    "Trace number",
    "Last four digits",
    "Paid with",
    "Number of slips",
    "Exact screen",
]
VALUES = ["12.50", "14:05", "0042", "1234", "1", "2", "paper out"]
Till = Callable[..., Any]


@pytest.fixture
def till(tmp_path: Path) -> Iterator[Till]:
    """`till("run", "H01")` is a person at a terminal of 80 columns, in a shop with the runbooks of cases/shop."""
    began: list[Any] = []

    def start(*args: str, runbooks: Path = SHOP, lang: str = "en") -> Any:
        words = [
            "-m",
            "toolkit",
            "--lang",
            lang,
            "--runbooks",
            str(runbooks),
            "--data-dir",
            str(tmp_path / "data"),
            *args,
        ]
        env = {**os.environ, "PYTHONIOENCODING": "utf-8", "TERM": "xterm", "COLUMNS": "80"}
        child = pexpect.spawn(
            sys.executable,
            words,
            env=env,
            encoding="utf-8",
            codec_errors="replace",
            timeout=8,
            dimensions=(40, 80),
            echo=False,
        )
        child.delaybeforesend = None
        began.append(child)
        return child

    yield start
    for child in began:
        child.close(force=True)


def ended(child: Any) -> int:
    """The exit status; what was still said is in `child.before`."""
    child.expect(pexpect.EOF)
    child.close()
    assert child.signalstatus is None
    return int(child.exitstatus)


def answer(child: Any, *typed: str) -> None:
    for line in typed:
        child.expect(r"(Type 1 when done|Answer \(1-\d\)|做完输入 1|回答（1-\d）)[:：] ?")
        child.sendline(line)


def fill_in(child: Any, *typed: str) -> None:
    for label, line in zip(LABELS, typed, strict=False):
        child.expect(f"  {label}[^:]*: ")
        child.sendline(line)


def to_look(child: Any) -> None:
    """Go to the third step, the first one with a question."""
    answer(child, "1")
    fill_in(child, *VALUES)
    answer(child, "1")
    child.expect("Look this payment up in the list")


def only(folder: Path) -> Path:
    (found,) = (folder / "data" / "incidents").iterdir()
    return found


def place(folder: Path) -> tuple[str | None, int]:
    """(the step at hand, the number of entries) of the only incident."""
    record = record_of(only(folder))
    run = replay(record.events()).current
    return (run.cursor.step if run else None), len(record.lines)


def kinds(folder: Path) -> list[str]:
    return [line.kind for line in record_of(only(folder)).lines]


def test_a_run_from_beginning_to_end(till: Till, tmp_path: Path) -> None:
    child = till("run", "H01")
    to_look(child)
    answer(child, "1", "1")
    assert ended(child) == 0
    assert "H01 has ended: Solved" in child.before
    assert place(tmp_path)[0] is None


def test_killed_in_the_middle_it_goes_on_at_the_same_step(till: Till, tmp_path: Path) -> None:
    child = till("run", "R14", runbooks=resource("runbooks"))
    answer(child, "1")
    child.expect("Write down first")
    child.expect("Refund number: $")
    child.sendline("RF0042")
    child.expect(r"Amount \(yuan\): $")
    os.kill(child.pid, signal.SIGKILL)
    child.expect(pexpect.EOF)
    step, count = place(tmp_path)
    assert step == "note"

    again = till("resume", runbooks=resource("runbooks"))
    again.expect("Last done:")
    again.expect("R14 has not changed")
    again.expect("R14 · Steps · step 2")
    again.expect(r"Amount \(yuan\): $")
    assert "Refund number: " not in again.before.split("step 2")[-1]  # written down before, and not asked again
    assert place(tmp_path)[1] > count
    again.sendline("q")
    assert ended(again) == 6


def test_every_prompt_can_be_killed_at_and_gone_on_from(till: Till, tmp_path: Path) -> None:
    """Up to the last step of the run, every answer is given in a process that is killed right after."""
    prompts = ["1", *VALUES, "1", "1"]
    for done, line in enumerate(prompts):
        child = till("resume") if done else till("run", "H01")
        child.expect(r": $")
        child.sendline(line)
        child.expect(r": $")
        os.kill(child.pid, signal.SIGKILL)
        child.expect(pexpect.EOF)
        child.close()
        answers = [x for x in record_of(only(tmp_path)).lines if x.kind in {"answered", "evidence"}]
        assert len(answers) == done + 1
    child = till("resume")
    answer(child, "1")
    assert ended(child) == 0
    assert kinds(tmp_path).count("resumed") == len(prompts)
    assert kinds(tmp_path)[-1] == "incident-closed"
    report = till("report", only(tmp_path).name)
    assert ended(report) == 0
    assert "Incident report" in report.before


@pytest.mark.parametrize("fate", ["edited", "deleted", "all gone"])
def test_the_text_is_that_of_the_beginning(till: Till, tmp_path: Path, fate: str) -> None:
    shop = tmp_path / "shop"
    shutil.copytree(SHOP, shop)
    child = till("run", "H01", runbooks=shop)
    to_look(child)
    child.close(force=True)
    file = shop / "failures" / "no-slip.yaml"
    if fate == "edited":
        file.write_text(
            file.read_text("utf-8").replace("Look this payment up in the list", "Do something else"), "utf-8"
        )
    elif fate == "deleted":
        file.unlink()
    else:
        shutil.rmtree(shop / "failures")
    again = till("resume", runbooks=shop)
    again.expect("has been edited since" if fate == "edited" else "The file of H01 is gone")
    again.expect("Look this payment up in the list")
    answer(again, "1", "1")
    assert ended(again) == 0
    assert "Do something else" not in again.before


def test_a_runbook_with_a_fault_after_the_beginning_changes_nothing(till: Till, tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    shutil.copytree(SHOP, shop)
    child = till("run", "H01", runbooks=shop)
    to_look(child)
    child.close(force=True)
    (shop / "failures" / "no-slip.yaml").write_text("format: [1")
    (shop / "reference" / "evidence.yaml").write_text("format: 1\nevidence: {}\n")
    again = till("resume", runbooks=shop)
    again.expect("The file of H01 is gone")
    again.expect("Look this payment up in the list")
    answer(again, "1", "1")
    assert ended(again) == 0


def test_ctrl_c_says_what_is_saved_and_how_to_come_back(till: Till, tmp_path: Path) -> None:
    child = till("run", "H01")
    to_look(child)
    child.expect("Answer")
    child.sendintr()
    assert ended(child) == 130
    assert "Saved. It stops here." in child.before
    assert f"tillbook resume {only(tmp_path).name}" in child.before
    assert "Traceback" not in child.before
    assert kinds(tmp_path)[-1] == "stopped"


def test_ctrl_d_stops_and_can_be_resumed(till: Till, tmp_path: Path) -> None:
    child = till("run", "H01")
    to_look(child)
    child.expect("Answer")
    child.sendeof()
    assert ended(child) == 6
    assert "Saved. It stops here." in child.before
    again = till("resume")
    again.expect("Look this payment up in the list")
    answer(again, "1", "1")
    assert ended(again) == 0


@pytest.mark.parametrize("how", [signal.SIGHUP, signal.SIGTERM])
def test_a_closed_window_loses_nothing(till: Till, tmp_path: Path, how: signal.Signals) -> None:
    child = till("run", "H01")
    to_look(child)
    child.expect("Answer")
    os.kill(child.pid, how)
    child.expect(pexpect.EOF)
    child.close()
    assert place(tmp_path)[0] == "look"
    again = till("resume")
    again.expect("Look this payment up in the list")
    again.sendline("q")
    assert ended(again) == 6


def test_q_stops(till: Till) -> None:
    child = till("run", "H01")
    answer(child, "q")
    assert ended(child) == 6
    assert "To come back: tillbook resume" in child.before


@pytest.mark.parametrize("interruption", ["q", "intr", "eof"])
def test_evidence_can_be_stopped_at_as_well(till: Till, tmp_path: Path, interruption: str) -> None:
    child = till("run", "H01")
    answer(child, "1")
    child.expect("Amount")
    child.sendline("12.50")
    child.expect("Time it happened")
    {"q": lambda: child.sendline("q"), "intr": child.sendintr, "eof": child.sendeof}[interruption]()
    assert ended(child) == (130 if interruption == "intr" else 6)
    again = till("resume")
    again.expect("Write down first")
    again.expect("Time it happened")
    assert "Amount" not in again.before.split("Write down first")[-1]
    again.sendline("q")
    assert ended(again) == 6
    assert dict(replay(record_of(only(tmp_path)).events()).evidence) == {(1, "write", "amount"): "12.50"}


def test_a_blank_line_and_a_wrong_answer_never_advance(till: Till, tmp_path: Path) -> None:
    child = till("run", "H01")
    to_look(child)
    before = place(tmp_path)
    answer(child, "")
    child.expect("A blank line is no answer")
    child.expect("1 It is")  # the choices again
    answer(child, "   ")
    child.expect("A blank line is no answer")
    for wrong in ("4", "0", "maybe", "-1", "1.0", "12"):
        answer(child, wrong)
        child.expect("Not understood")
    child.expect("1 It is")
    assert place(tmp_path) == before
    answer(child, "1")
    child.expect("Change the roll")
    child.sendline("q")
    assert ended(child) == 6


def test_the_third_wrong_answer_shows_the_choices_again(till: Till) -> None:
    child = till("run", "H01")
    to_look(child)
    child.expect("Answer")
    for count in (1, 2, 3):
        child.sendline("what")
        child.expect("Answer")
        assert "Not understood" in child.before
        assert ("1 It is" in child.before) == (count == 3)
    child.sendline("q")
    assert ended(child) == 6


@pytest.mark.parametrize("typed", ["１", "1", "yes", "YES", "是", "有", " 1 ", "It is", "ＹＥＳ", "好"])
def test_what_counts_as_the_first_answer(till: Till, typed: str) -> None:
    child = till("run", "H01")
    to_look(child)
    answer(child, typed)
    child.expect("Change the roll")
    child.sendline("q")
    assert ended(child) == 6


@pytest.mark.parametrize("typed", ["２", "no", "否", "没有", "不是"])
def test_what_counts_as_no(till: Till, typed: str) -> None:
    child = till("run", "H01")
    to_look(child)
    answer(child, typed)
    child.expect("Write a slip by hand")
    child.sendline("q")
    assert ended(child) == 6


@pytest.mark.parametrize("typed", ["?", "？", "why", "为什么"])
def test_why(till: Till, typed: str) -> None:
    child = till("run", "H01")
    to_look(child)
    answer(child, typed)
    child.expect("Why: No slip is not no payment.")
    child.expect("Answer")
    child.sendline("q")
    assert ended(child) == 6


@pytest.mark.parametrize(
    "typed", ["n the roll was damp", "N: the roll was damp", "ｎ　the roll was damp", "备注：the roll was damp"]
)
def test_a_note_on_the_line(till: Till, tmp_path: Path, typed: str) -> None:
    child = till("run", "H01")
    to_look(child)
    answer(child, typed)
    child.expect("Noted")
    child.sendline("q")
    assert ended(child) == 6
    assert [x.data["text"] for x in record_of(only(tmp_path)).lines if x.kind == "noted"] == ["the roll was damp"]


def test_a_note_that_is_asked_for(till: Till, tmp_path: Path) -> None:
    child = till("run", "H01")
    answer(child, "n")
    child.expect("Note:")
    child.sendline("")
    child.expect("The note is empty")
    child.expect("Note:")
    child.sendline("纸潮了")
    child.expect("Noted")
    answer(child, "q")
    assert ended(child) == 6
    assert [x.data["text"] for x in record_of(only(tmp_path)).lines if x.kind == "noted"] == ["纸潮了"]


@pytest.mark.parametrize("where", ["note", "reason", "evidence"])
def test_a_card_number_is_refused_and_reaches_no_disk(till: Till, tmp_path: Path, where: str) -> None:
    number = "4111 1111 1111 1111"
    child = till("run", "H01")
    if where == "evidence":
        answer(child, "1")
        fill_in(child, *VALUES[:-1], f"card {number} declined")
    else:
        answer(child, f"n card {number}" if where == "note" else "x")
        if where == "reason":
            child.expect("Why is it not possible")
            child.sendline(f"card {number}")
    child.expect(r"Not saved: this looks like a card number")
    child.expect(re.escape("card [***]"))
    child.sendintr()
    assert ended(child) == 130
    raw = b"".join(p.read_bytes() for p in only(tmp_path).rglob("*") if p.is_file())
    assert b"111111" not in raw


def test_back_and_forth(till: Till, tmp_path: Path) -> None:
    child = till("run", "H01")
    answer(child, "b")
    child.expect("This is the first step")
    answer(child, "1")
    child.expect("Amount")
    child.sendline("b")  # at a field as well
    child.expect("step 1")
    answer(child, "1")
    child.expect("step 2")
    fill_in(child, *VALUES)
    answer(child, "1", "b")
    child.expect("step 2")
    child.sendintr()
    assert ended(child) == 130
    assert kinds(tmp_path).count("reopened") == 2
    assert len([x for x in record_of(only(tmp_path)).lines if x.kind == "evidence"]) == len(VALUES)


def test_not_possible_needs_a_reason(till: Till, tmp_path: Path) -> None:
    child = till("run", "H01")
    answer(child, "x")
    child.expect("Why is it not possible")
    child.sendline("")
    child.expect("Please say why")
    child.expect("Why is it not possible")
    child.sendline("  ")
    child.expect("Please say why")
    assert place(tmp_path)[0] == "tell"
    answer(child, "x")
    child.expect("Why is it not possible")
    child.sendline("nobody is here")
    child.expect("step 2")
    child.sendintr()
    assert ended(child) == 130
    assert [x.data["reason"] for x in record_of(only(tmp_path)).lines if x.kind == "not-possible"] == ["nobody is here"]


def test_later_comes_back_before_the_end(till: Till) -> None:
    child = till("run", "H01")
    answer(child, "l")
    child.expect("step 2")
    fill_in(child, *VALUES)
    answer(child, "1", "l")
    child.expect("What comes next hangs on this step")
    answer(child, "1", "1")
    child.expect("Ask the customer to wait")
    answer(child, "1")
    assert ended(child) == 0
    assert "H01 has ended: Solved" in child.before


def test_through_another_runbook_and_back_in_chinese(till: Till, tmp_path: Path) -> None:
    child = till("run", "H01", lang="zh")
    answer(child, "好")
    child.expect("金额")
    for value in VALUES:
        child.sendline(value)
    answer(child, "1", "否")
    child.expect("手写一张")
    answer(child, "1")
    child.expect("CP-01 手写单")
    os.kill(child.pid, signal.SIGKILL)
    child.expect(pexpect.EOF)
    again = till("resume", lang="zh")
    again.expect("取出空白单")
    answer(again, "１")
    again.expect("单子张数")
    again.sendline("３")
    answer(again, "是")
    again.expect("回到 H01")
    again.expect("H01 结束：用替代办法继续")
    again.expect("CP-01 启用中")
    again.expect("接下来")
    again.sendline("q")
    assert ended(again) == 6
    assert kinds(tmp_path).count("run-started") == 2


def test_a_second_window_is_told_who_holds_the_incident(till: Till, tmp_path: Path) -> None:
    first = till("run", "H01")
    first.expect("Type 1 when done")
    second = till("resume")
    assert ended(second) == 7
    assert f"pid {first.pid}" in " ".join(second.before.split())
    first.sendline("q")
    assert ended(first) == 6
    third = till("resume")
    third.expect("Type 1 when done")
    third.sendline("q")
    assert ended(third) == 6


def test_the_state_can_be_read_while_somebody_runs(till: Till, tmp_path: Path) -> None:
    first = till("run", "H01")
    first.expect("Type 1 when done")
    for command in (["status"], ["log", only(tmp_path).name], ["report", only(tmp_path).name]):
        assert ended(till(*command)) == 0
    first.sendline("q")
    assert ended(first) == 6


def test_a_torn_line_is_told_at_resume(till: Till, tmp_path: Path) -> None:
    child = till("run", "H01")
    to_look(child)
    child.close(force=True)
    with (only(tmp_path) / "journal.jsonl").open("ab") as file:
        file.write(b'{"v":1,"seq":99,"ki')
    again = till("resume")
    again.expect("half-written last time")
    again.expect("Look this payment up in the list")
    again.sendline("q")
    assert ended(again) == 6
    assert (only(tmp_path) / "journal.jsonl.torn").read_bytes() == b'{"v":1,"seq":99,"ki'


def test_damage_in_the_middle_is_told_and_the_run_goes_on(till: Till, tmp_path: Path) -> None:
    child = till("run", "H01")
    to_look(child)
    child.close(force=True)
    path = only(tmp_path) / "journal.jsonl"
    lines = path.read_bytes().split(b"\n")
    lines[4] = lines[4].replace(b'"v":1', b'"v":2')
    path.write_bytes(b"\n".join(lines))
    again = till("resume")
    again.expect("Careful: line 5 of record file 1 is damaged")
    again.expect("Look this payment up in the list")
    answer(again, "1", "1")
    assert ended(again) == 0
    assert ended(till("log", only(tmp_path).name)) == 8
    assert path.read_bytes() == b"\n".join(lines)


def test_a_damaged_snapshot_is_told(till: Till, tmp_path: Path) -> None:
    child = till("run", "H01")
    to_look(child)
    child.close(force=True)
    (kept,) = only(tmp_path).glob("runbooks-*.yaml")
    kept.write_bytes(kept.read_bytes() + b"# one more line\n")
    again = till("resume")
    again.expect("H01 has not changed")
    again.expect("step 3")
    again.close(force=True)


def test_a_lost_snapshot_of_an_edited_runbook_is_told_and_the_guidance_goes_on(till: Till, tmp_path: Path) -> None:
    books = tmp_path / "books"
    shutil.copytree(SHOP, books)
    child = till("--runbooks", str(books), "run", "H01")
    to_look(child)
    child.close(force=True)
    (kept,) = only(tmp_path).glob("runbooks-*.yaml")
    kept.unlink()
    file = books / "failures" / "no-slip.yaml"
    file.write_text(file.read_text("utf-8").replace("owner: ", "owner: other-"), "utf-8")
    again = till("--runbooks", str(books), "resume")
    again.expect("The kept text of H01 cannot be read")
    again.expect("step 3")
    again.close(force=True)
    assert "text-replaced" in (only(tmp_path) / "journal.jsonl").read_text("ascii")


def test_nothing_that_is_typed_steers_the_terminal(till: Till, tmp_path: Path) -> None:
    child = till("run", "H01")
    answer(child, "n \x1b]0;title\x07 red \x9b31m")
    child.expect("Noted")
    child.sendline("q")
    assert ended(child) == 6
    for command in (["log", only(tmp_path).name], ["report", only(tmp_path).name]):
        shown = till(*command)
        assert ended(shown) == 0
        assert "\x1b" not in shown.before
        assert "\x9b" not in shown.before


def test_a_heading_of_ours_in_a_runbook_does_not_break_its_copy(till: Till, tmp_path: Path) -> None:
    books = tmp_path / "books"
    shutil.copytree(SHOP, books)
    file = books / "failures" / "no-slip.yaml"
    text = file.read_text("utf-8").replace("\nsteps:\n", "\n# ======== tillbook: rules.yaml 3\nsteps:\n")
    file.write_text(text, "utf-8")
    child = till("--runbooks", str(books), "run", "H01")
    to_look(child)
    child.close(force=True)
    file.write_text(text.replace("Look this payment up", "LOOK SOMEWHERE"), "utf-8")
    again = till("--runbooks", str(books), "resume")
    again.expect("H01 has been edited since")
    again.expect("Look this payment up in the list")
    again.close(force=True)


def test_a_record_without_its_beginning_is_not_called_ended(till: Till, tmp_path: Path) -> None:
    child = till("run", "H01")
    to_look(child)
    child.close(force=True)
    journal = only(tmp_path) / "journal.jsonl"
    first, second, rest = journal.read_bytes().split(b"\n", 2)
    journal.write_bytes(b"\n".join([first, second.replace(b"H01", b"H02"), rest]))
    for command in (["resume", only(tmp_path).name], ["status"]):
        shown = till(*command)
        status = ended(shown)
        assert "is damaged: where it stood is unknown" in " ".join(shown.before.split())
        assert status == (8 if command[0] == "resume" else 0)


@pytest.mark.parametrize("number", ["4111 1111 1111 1111/1226", "4111111111111111-123", "=4111111111111111"])
def test_a_card_number_is_refused_as_a_trace_number(till: Till, tmp_path: Path, number: str) -> None:
    child = till("run", "H01")
    answer(child, "1")
    fill_in(child, *VALUES[:2])
    child.expect("Trace number")
    child.expect(": $")
    child.sendline(number)
    child.expect("Trace number")
    child.expect(": $")
    child.sendline("q")
    assert ended(child) == 6
    assert b"111111" not in (only(tmp_path) / "journal.jsonl").read_bytes()
