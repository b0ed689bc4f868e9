"""What is entered beside a run: notes, a change of shift, and what was done on paper, with both times."""

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pexpect
import pytest

from tests.test_incidents import RRN, Shop
from tests.test_incidents import books as books
from tests.test_incidents import shop as shop
from toolkit.clock import Moment, seconds
from toolkit.incident.fold import replay
from toolkit.record.reading import load
from toolkit.sitting import paper

SHOP = Path(__file__).parent / "cases" / "shop"
Tillbook = Callable[..., Any]
ANSWERS = """
tell: {answer: done, at: "10:40"}
write: done
look: {answer: unknown, at: "10:58"}
report: {answer: done, at: "11:05"}
record:
  {amount: 1, occurred-at: "10:30", trace-no: "0042", card-last4: "1234", paid-with: card, slips: 1, screen-text: x}
"""


@pytest.fixture(autouse=True)
def _shop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TILLBOOK_RUNBOOKS", str(SHOP))
    monkeypatch.setenv("TZ", "UTC")


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "paper.yaml"
    path.write_text(ANSWERS)
    return path


@pytest.fixture
def stopped(tillbook: Tillbook, tmp_path: Path) -> Path:
    """An incident that stopped at its second step."""
    path = tmp_path / "stops.yaml"
    path.write_text("tell: done\nrecord: {amount: 1}\n")
    assert tillbook("run", "H01", "--answers", path, "--by", "ann").status == 5
    return only(tmp_path)


def only(tmp_path: Path) -> Path:
    (found,) = (tmp_path / "data" / "incidents").iterdir()
    return found


def flat(ran: Any) -> str:
    return " ".join((ran.out + ran.err).split())


def at(line: Any) -> str:
    return str(line.data.get("happened", ""))[:16]


# --- note and handover


def test_a_note_goes_into_the_latest_open_incident(stopped: Path, tillbook: Tillbook) -> None:
    ran = tillbook("note", "the", "printer", "smokes", "--by", "bob")
    line = load(stopped).lines[-1]
    assert (ran.status, line.kind, line.who, line.data["text"]) == (0, "noted", "bob", "the printer smokes")
    assert f"entry {line.seq} of incident {stopped.name}" in flat(ran)
    assert "Note: the printer smokes" in tillbook("log", stopped.name).out


@pytest.mark.parametrize("name", ["{}", "{:.0}", "short"])
def test_an_incident_named_before_the_note(stopped: Path, tillbook: Tillbook, name: str) -> None:
    named = stopped.name[-3:] if name == "short" else stopped.name
    assert tillbook("note", named, "smoke").status == 0
    assert load(stopped).lines[-1].data["text"] == "smoke"
    assert tillbook("note", "  ").status == 1


def test_a_shift_is_handed_over_from_another_window(stopped: Path, tillbook: Tillbook) -> None:
    ran = tillbook("handover", "李四", stopped.name, "--by", "ann")
    assert (ran.status, "李四 goes on from here" in ran.out, "H01, at step 2" in ran.out) == (0, True, True)
    assert tillbook("handover", "王五").status == 0
    told = [dict(x.data) for x in load(stopped).lines if x.kind == "handed-over"]
    assert told == [{"to": "李四", "from": "ann"}, {"to": "王五", "from": "李四"}]
    assert "Handed over from ann to 李四" in tillbook("log", stopped.name).out
    assert tillbook("handover", " ").status == 1


def test_a_closed_incident_takes_a_note_and_no_shift(tillbook: Tillbook, tmp_path: Path, script: Path) -> None:
    script.write_text(ANSWERS.replace("unknown", '"yes"') + "again: done\n")
    assert tillbook("run", "H01", "--answers", script).status == 0
    name = only(tmp_path).name
    assert tillbook("note", name, "the bank called back").status == 0
    ran = tillbook("handover", "Li Si", name)
    assert (ran.status, "closed already" in ran.out) == (1, True)


def test_the_window_where_the_run_goes_on_takes_in_who_goes_on(stopped: Path, tillbook: Tillbook) -> None:
    """What is written after a change of shift made in another window has the new name."""
    words = ["-m", "toolkit", "--lang", "en", "resume", "--by", "ann"]
    child = pexpect.spawn(sys.executable, words, env={**os.environ}, timeout=8, echo=False, encoding="utf-8")
    child.expect("  Time it happened: ")
    assert tillbook("handover", "Li Si").status == 0
    assert tillbook("note", "seen from the other window").status == 0
    child.sendline("14:05")
    child.expect("  Trace number: ")
    child.sendline("0042")
    child.expect("  Last four")
    child.sendline("q")
    child.expect(pexpect.EOF)
    child.close()
    told = [(x.kind, x.who) for x in load(stopped).lines if x.kind == "evidence"]
    assert told[-1] == ("evidence", "Li Si")
    assert tillbook("verify").status == 0


def test_where_nothing_can_be_recorded_it_says_so(
    stopped: Path, tillbook: Tillbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("toolkit.record.appender.Appender.take", refused)
    for typed in (["note", "smoke"], ["handover", "Li Si"], ["late-entry", stopped.name, "x", "--at", "10:35"]):
        ran = tillbook(*typed)
        assert (ran.status, "NOT SAVED (No space left on device)" in flat(ran)) == (9, True)
        assert "entry" not in ran.out.split("NOT SAVED")[0]


# --- late entries


def test_a_text_from_paper_keeps_both_times(stopped: Path, tillbook: Tillbook) -> None:
    ran = tillbook("late-entry", stopped.name, "called the bank", "--at", "2026-01-05 10:35", "--by", "bob")
    line = load(stopped).lines[-1]
    assert (ran.status, line.kind, line.who) == (0, "late-entry", "bob")
    assert (line.data["text"], at(line)) == ("called the bank", "2026-01-05T10:35")
    raw = (stopped / "journal.jsonl").read_bytes()
    assert b"called" not in raw, "a text from paper can be erased"
    for command in ("log", "report"):
        told = flat(tillbook(command, stopped.name))
        assert "Entered late: called the bank (2026-01-05 10:35 by the paper)" in told
        assert line.at[11:19] in told or line.at[11:16] in told
    assert tillbook("late-entry", stopped.name, "when?").status == 2


def test_a_whole_run_from_paper(tillbook: Tillbook, tmp_path: Path, script: Path) -> None:
    ran = tillbook("late-entry", "H01", "--at", "2026-01-05 10:35", "--answers", script, "--by", "ann")
    assert (ran.status, ran.err) == (1, "")
    lines = load(only(tmp_path)).lines
    told = [(x.kind, at(x)) for x in lines if x.kind in {"incident-opened", "run-started", "answered", "evidence"}]
    assert told[:3] == [
        ("incident-opened", "2026-01-05T10:35"),
        ("run-started", "2026-01-05T10:35"),
        ("answered", "2026-01-05T10:40"),
    ]
    assert {when for kind, when in told if kind == "evidence"} == {"2026-01-05T10:40"}, "= as before"
    assert told[-1] == ("answered", "2026-01-05T11:05")
    assert "ENTERED LATE" in ran.out
    state = replay(load(only(tmp_path)).events())
    assert state.opened[:16] == state.runs[0].started[:16] == "2026-01-05T10:35"
    assert state.open_items[0].due[:16] == "2026-01-06T11:05", "due from when it was opened"
    assert "OVERDUE since" in ran.out
    log = flat(tillbook("log", only(tmp_path).name))
    assert "Ask the customer to wait. → Done (2026-01-05 10:40 by the paper)" in log
    assert "OVERDUE" in tillbook("due").out


def test_time_boxes_say_nothing_and_their_way_out_can_be_entered(
    tillbook: Tillbook, tmp_path: Path, script: Path
) -> None:
    text = ANSWERS.replace("look: {answer: unknown", "look: {answer: t")
    script.write_text(text)
    ran = tillbook("late-entry", "H01", "--at", "2026-01-05 10:35", "--answers", script)
    assert ran.status == 1
    assert "left (until" not in ran.out
    assert "TIME IS UP" not in ran.out
    (out,) = (x for x in load(only(tmp_path)).lines if x.kind == "time-up")
    assert at(out) == "2026-01-05T10:58"


def test_going_on_from_paper_and_then_as_usual(stopped: Path, tillbook: Tillbook, tmp_path: Path, script: Path) -> None:
    script.write_text(ANSWERS.replace("report:", "later:"))
    before = len(load(stopped).lines)
    ran = tillbook("late-entry", stopped.name, "--at", "2026-01-05 10:50", "--answers", script, "--by", "bob")
    assert ran.status == 5, "the paper ends at the last step"
    assert f"tillbook late-entry {stopped.name}" in flat(ran)
    new = load(stopped).lines[before:]
    assert {at(x) for x in new if x.kind in {"resumed", "shown", "stopped"}} == {""}
    assert [at(x) for x in new if x.kind == "answered"] == ["2026-01-05T10:50", "2026-01-05T10:58"]
    script.write_text("report: done\n")
    assert tillbook("resume", "--answers", script).status == 1
    assert [at(x) for x in load(stopped).lines if x.kind == "answered"][-1] == ""


def test_what_is_over_is_entered_as_a_text(tillbook: Tillbook, tmp_path: Path, script: Path) -> None:
    script.write_text(ANSWERS.replace("unknown", '"yes"') + "again: done\n")
    assert tillbook("run", "H01", "--answers", script).status == 0
    ran = tillbook("late-entry", only(tmp_path).name, "--answers", script)
    assert (ran.status, "Enter what was done as a text" in flat(ran)) == (3, True)


@pytest.mark.parametrize(("wrong", "status"), [("soon", 4), ("25:00", 4), ("2099-01-01 10:00", 4), ("-", 4)])
def test_a_time_that_is_none(tillbook: Tillbook, tmp_path: Path, script: Path, wrong: str, status: int) -> None:
    script.write_text(ANSWERS.replace("10:40", wrong))
    ran = tillbook("late-entry", "H01", "--at", "2026-01-05 10:35", "--answers", script)
    assert (ran.status, "Write a time like 10:35" in ran.out) == (status, True)
    assert not [x for x in load(only(tmp_path)).lines if x.kind == "answered"]


def test_card_data_in_the_answers_goes_no_further(tillbook: Tillbook, tmp_path: Path, script: Path) -> None:
    pan = "4111 1111 1111 1111"
    for text in (
        ANSWERS.replace("screen-text: x", f"screen-text: {pan}"),
        ANSWERS.replace('at: "10:40"', f'at: "{pan}"'),
        ANSWERS.replace("tell: {answer: done", f"tell: {{x: {pan}"),
    ):
        script.write_text(text)
        ran = tillbook("late-entry", "H01", "--at", "2026-01-05 10:35", "--answers", script)
        assert ran.status in {4, 5}
        assert "1111" not in ran.out + ran.err
    raw = b"".join(p.read_bytes() for p in (tmp_path / "data").rglob("*") if p.is_file())
    assert b"111111" not in raw
    assert b"4111 1111" not in raw


def test_without_a_time_a_script_begins_nothing(tillbook: Tillbook, tmp_path: Path, script: Path) -> None:
    assert tillbook("late-entry", "H01", "--answers", script).status == 2
    assert not (tmp_path / "data" / "incidents").exists()


def test_at_a_terminal_the_time_is_asked_before_each_step(tmp_path: Path) -> None:
    words = ["-m", "toolkit", "--lang", "en", "late-entry", "H01"]
    child = pexpect.spawn(sys.executable, words, env={**os.environ}, timeout=8, echo=False, encoding="utf-8")
    child.expect("When was the first of it done")
    assert not (tmp_path / "data" / "incidents").exists(), "nothing is begun before it is known when it began"
    child.sendline("tomorrow")
    child.expect("Write a time like")
    child.sendline("2026-01-05 23:50")
    child.expect("Do: Ask the customer to wait")
    child.expect("as before, 01-05 23:50")
    child.sendline("")
    child.expect("Write a time like")
    child.sendline("?")
    child.expect("Once the customer has left")
    child.sendline("00:10")
    child.expect("Type 1 when done")
    child.sendline("1")
    child.expect("as before, 01-06 00:10")
    child.sendline("b")
    child.expect("Do: Ask the customer to wait")
    child.expect("as before")
    child.sendline("q")
    child.expect(re.escape("To go on entering it: tillbook late-entry"))
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 6
    told = [(x.kind, at(x)) for x in load(only(tmp_path)).lines if x.kind in {"answered", "reopened"}]
    assert told == [("answered", "2026-01-06T00:10"), ("reopened", "2026-01-06T00:10")]


@pytest.mark.parametrize("leaving", ["eof", "interrupt"])
def test_leaving_before_the_first_time_leaves_nothing(tmp_path: Path, leaving: str) -> None:
    words = ["-m", "toolkit", "--lang", "en", "late-entry", "H01"]
    child = pexpect.spawn(sys.executable, words, env={**os.environ}, timeout=8, echo=False, encoding="utf-8")
    child.expect("When was the first of it done")
    child.sendeof() if leaving == "eof" else child.sendintr()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == (6 if leaving == "eof" else 130)
    assert not (tmp_path / "data" / "incidents").exists()


NOON = Moment(1_767_614_400_000_000_000, 0, 8 * 3600)  # 2026-01-05 20:00 in a shop at +08:00


@pytest.mark.parametrize(
    ("typed", "before", "found"),
    [
        ("19:30", "", "2026-01-05T11:30"),
        ("20:30", "", "2026-01-05T12:30"),
        ("22:00", "", "2026-01-04T14:00"),
        ("2026-01-01 08:00", "", "2026-01-01T00:00"),
        ("1930", "", "2026-01-05T11:30"),
        ("00:10", "2026-01-02T15:50:00.000Z", "2026-01-02T16:10"),
        ("23:40", "2026-01-02T16:10:00.000Z", "2026-01-02T15:40"),
        ("21:30", "2026-01-05T04:00:00.000Z", "2026-01-04T13:30"),
        ("2026-01-05 22:00", "", None),
        ("24:00", "", None),
        ("-", "", None),
        ("", "", None),
    ],
)
def test_which_day_a_time_on_paper_was(typed: str, before: str, found: str | None) -> None:
    at = paper.time_of(typed, NOON, before)
    assert (at[:16] if at else None) == found
    assert at is None or seconds(at) <= seconds(NOON.utc) + 3600


# --- who it is


@pytest.mark.parametrize("handed", ["at a prompt", "by a command"])
def test_whoever_was_handed_the_incident_goes_on_with_it(handed: str, shop: Shop) -> None:
    shop("run N01 --by ann", RRN, *(("h 李四", "q") if handed == "at a prompt" else ("q",)))
    if handed == "by a command":
        shop("handover 李四")
    shop("resume", "n from the window", "q")
    shop("note from elsewhere")
    shop("resume --by bob", "n mine", "q")
    shop("handover carl")
    shop("note at last")
    told = [(x.kind, x.who, x.data.get("text")) for x in load(shop.folder).lines if x.kind in {"resumed", "noted"}]
    assert told == [
        ("resumed", "李四", None),
        ("noted", "李四", "from the window"),
        ("noted", "李四", "from elsewhere"),
        ("resumed", "bob", None),
        ("noted", "bob", "mine"),
        ("noted", "carl", "at last"),
    ]
    last = [x for x in load(shop.folder).lines if x.kind == "handed-over"][-1]
    assert (last.who, last.data) == ("李四", {"to": "carl", "from": "李四"})
