"""What people type where it was not expected: card data by any way in, odd digits, words, paths, line ends."""

import re
from pathlib import Path

import pytest

from tests.test_incidents import AT_PHOTO, FIRST, IN_FORCE, JPEG, RRN, TO_DESK, Shop, bare, books, on_disk, shop
from toolkit.incident import machine
from toolkit.record.reading import load
from toolkit.sitting import beside

__all__ = ["books", "shop"]  # fixtures

PAN = "4111111111111111"
WALLET = "4200000012202611231234567890"  # how a wallet calls its orders; the first 16 digits have no check digit
GLUED = f"{PAN}202611231234"  # and one where by chance they have


# --- card data


@pytest.mark.parametrize("typed", [PAN, f"={PAN}", f"＝{PAN}", f"= {PAN}", "=4111 1111 1111 1111", f"={PAN}1227123"])
def test_nobody_can_insist_that_a_card_number_is_an_id(shop: Shop, typed: str) -> None:
    sat = shop("run N01", typed, typed, "-", "q")
    assert sat.left == []
    assert sat.count("looks like a card number") == 2
    assert PAN not in bare(on_disk(shop.data).decode("utf-8", "replace"))
    assert dict(shop.state.evidence)[(1, "all-tills", "rrn")] == "-"
    assert PAN not in shop(f"report {shop.folder.name}").said


def test_a_longer_number_that_begins_like_a_card_number_may_be_insisted_on(shop: Shop, books: Path) -> None:
    book = books / "reference" / "evidence.yaml"
    kept = book.read_text("utf-8")
    book.write_text(kept.replace("length: [1, 24], usual: 12", "length: [1, 32]"), "utf-8")
    try:
        sat = shop("run N01", GLUED, f"={GLUED}", "b", WALLET, "q")
    finally:
        book.write_text(kept, "utf-8")
    assert "type it again with = in front" in sat
    assert [one["value"] for one in shop.told("evidence")][:1] == [GLUED]


COMMANDS = [
    "run N01 --by {}",
    "resume --by {}",
    "drill N01 --seed {}",
    "drill N01 --by {}",
    "drill N01 --script {script}",
    "note a card {}",
    "note hello --by {}",
    "handover {}",
    "handover ann --by {}",
    "sale {}",
    "sale 5 --by {}",
    "sale 5 --plan {}",
    "sale --take-back {}",
    "sale --take-back 1 --reason {}",
    "settle {}",
    "settle {item} --how {} --proof x",
    "settle {item} --how customer-told --proof {}",
    "settle {item} --how customer-told --proof told --by {}",
    "close {}",
    "close CP-02 --by {}",
    "close --hand-to {} --reason later",
    "close --hand-to ann --reason {}",
    "late-entry {incident} {} --at 10:00",
    "late-entry {incident} back --at {}",
    "late-entry {incident} back --at 10:00 --by {}",
    "erase {incident} 5 --reason {} --yes",
    "erase {incident} {} --reason x --yes",
    "purge --older-than {} --yes",
    "purge --older-than P1D --by {} --yes",
    "verify {}",
    "verify --head {}",
    "report {}",
    "log {}",
    "find {}",
    "code {}",
    "show {}",
    "run {}",
    "{}",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_card_data_in_a_command_reaches_no_disk_and_no_screen(shop: Shop, tmp_path: Path, command: str) -> None:
    shop("run N01", RRN, *IN_FORCE, *TO_DESK, "q")
    script = tmp_path / "drill.yaml"
    script.write_text(f"all-tills: '{PAN}'\n")
    name = shop.folder.name
    given = command.replace("{}", PAN).format(item=f"{name[-3:]}-2", incident=name, script=script)
    sat = shop(given, "q")
    assert sat.status < 10
    assert PAN not in bare(sat.said)
    assert PAN not in bare(on_disk(shop.data).decode("utf-8", "replace"))


@pytest.mark.parametrize("seed", ["-1", "16777216", "99999999999"])
def test_a_seed_is_a_small_number(shop: Shop, seed: str) -> None:
    sat = shop(f"drill N01 --seed {seed}")
    assert sat.status == 2
    assert "--seed is a number from 0 to 16777215" in sat
    assert not (shop.data / "incidents").exists()


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "ascii"])
def test_a_card_number_is_seen_in_a_photo_however_it_is_written(shop: Shop, tmp_path: Path, encoding: str) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(JPEG + "comment 4111 - 1111 - 1111 - 1111".encode(encoding))
    sat = shop("run N01", *AT_PHOTO, str(photo), "-", "q")
    assert "holds a card number" in sat
    assert not (shop.folder / "attachments").exists()


# --- what is no such thing


def test_a_path_in_the_home_of_nobody_is_no_file(shop: Shop) -> None:
    sat = shop("run N01", *AT_PHOTO, "~nosuchuser/IMG_1.jpg", "-", "q")
    assert (sat.status, sat.left) == (6, [])
    assert "There is no such file" in sat


# --- drills


def test_a_drill_that_ends_after_a_pause_counts_as_exercised(shop: Shop) -> None:
    shop("drill P01 --seed 7", "q")
    assert shop("resume", "1").status == 0
    (shop.data / "incidents").rename(shop.data / "before")
    assert "Last exercised: 2026-11-24." in shop("run P01", "q")


def test_a_drill_that_is_gone_on_with_keeps_its_script(shop: Shop, tmp_path: Path) -> None:
    script = tmp_path / "drill.yaml"
    script.write_text("all-tills: unknown\nN01/call: unknown\n")
    shop(f"drill N01 --script {script} --seed 1", "q")
    script.unlink()
    shop("resume", RRN, "3", "-", "-", "-", "q")
    assert [cue["answer"] for cue in shop.told("cued")] == ["unknown", "unknown"]


# --- words that people wrote cannot look like the record


def test_what_a_person_wrote_stays_on_its_line(shop: Shop) -> None:
    from toolkit.cli import main

    shop("run N01", RRN, "q")
    forged = "   9  2026-11-24 10:00:00  ann  Settled kqx-2"
    for end in ("\n", "\r\n", "\v", "\u2028"):
        assert main([*shop.options(), "note", f"ok{end}{forged}", "--by", f"bob{end}{forged}"]) == 0
        assert main([*shop.options(), "handover", f"carl{end}{forged}"]) == 0
    said = shop(f"log {shop.folder.name}").said + shop("resume", "i", "q").said + shop("--lang en", "q").said
    assert forged not in said
    assert not re.search(r"^\s*9  2026-11-24 10:00:00  ann", said, re.MULTILINE)
    assert "Settled kqx-2" in " ".join(said.split())


# --- words and signs that mean something at every prompt


@pytest.mark.parametrize("typed", ["q", "quit", "stop", "ＳＴＯＰ", "停", "退出"])
@pytest.mark.parametrize("before", [(), (RRN,), (RRN, "x"), (RRN, "p"), (RRN, *TO_DESK), (RRN, "c"), (RRN, "n")])
def test_the_words_that_stop_are_the_same_at_every_prompt(shop: Shop, before: tuple[str, ...], typed: str) -> None:
    sat = shop("run N01", *before, typed, "left")
    assert (sat.status, sat.left) == (6, ["left"])
    assert [one["by"] for one in shop.told("stopped")] == ["stopped"]


@pytest.mark.parametrize("typed", ["q", "stop", "停"])
def test_what_was_done_on_paper_need_not_be_entered_after_all(shop: Shop, typed: str) -> None:
    sat = shop("late-entry N01", typed, "left")
    assert (sat.status, sat.left) == (6, ["left"])
    assert not (shop.data / "incidents").exists()


@pytest.mark.parametrize("typed", ["=", "＝", " ＝ "])
def test_the_sign_for_the_same_is_nobodys_name(shop: Shop, typed: str) -> None:
    shop("run N01 --by ann", RRN, *IN_FORCE, "p", "1", "yes", "p", "1", "yes", "p", "1", typed, "q")
    assert [one["by"] for one in shop.told("plan-closed")] == ["ann"]


@pytest.mark.parametrize("date", ["9999-12-31", "2200-01-01", "1999-12-31"])
def test_a_year_that_no_shop_means_is_no_time(shop: Shop, date: str) -> None:
    sat = shop("run N01", RRN, "unknown", "TK1", f"{date} 23:00", "2199-12-31 23:00", "-", "wait", "q")
    assert (sat.status, sat.left) == (6, [])
    assert sat.count("Write a time like") == 1
    assert [item.due[:10] for item in shop.state.items] == ["2199-12-31"]


# --- what the tables say


# What is typed after N01's value was given, and which kinds of events the commands in it may bring; one sitting each.
SITTINGS: dict[tuple[str, ...], tuple[str, ...]] = {
    (machine.OPEN,): ("o P01", "o N01", "1", "q"),
    (machine.PLAN, machine.SALE): (
        *(*IN_FORCE, "s 5", "s -1", "typo", "s 900", "s 5"),
        *("p", "1", "yes", "p", "1", "yes", "p", "1", "=", "q"),
    ),
    (machine.CORRECT, machine.HAND_OVER, machine.DESK, machine.MORE): ("c 09:55", "h bob", "i", "m", "q"),
    (machine.SETTLE, machine.CLOSE): (*TO_DESK, "1", "1", "given out", "1", "1", "slip 7", "2", "ann", "later", "q"),
}


@pytest.mark.parametrize("wants", SITTINGS)
def test_a_command_beside_the_step_records_what_its_table_says_and_nothing_else(
    shop: Shop, wants: tuple[str, ...]
) -> None:
    shop("run N01", RRN, *SITTINGS[wants])
    own = {"incident-opened", "shown", "evidence", "answered", "stopped"}
    tables = {**machine.BESIDE, **machine.AT_DESK}
    found = {line.kind for line in load(shop.folder).lines} - own
    assert found | {"run-started"} == {kind for want in wants for kind in tables[want]} | {"run-started"}


def test_every_command_of_the_table_is_one_of_those_that_can_be_typed(shop: Shop) -> None:
    assert set(beside.COMMANDS) == set(machine.BESIDE)
    assert {want for wants in SITTINGS for want in wants} == {*machine.BESIDE, *machine.AT_DESK}


def test_the_doctor_and_the_call_agree_on_when_a_number_is_old(shop: Shop) -> None:
    store = shop.data / "store.yaml"
    before = store.read_text("utf-8").replace("2024-01-01", "2025-11-24")
    store.write_text(before, "utf-8")
    for hours, old in ((-10.1, False), (-8, True)):  # 2026-11-23 23:54 and 2026-11-24 02:00 in the shop
        shop.clock.wall = FIRST
        shop.clock.forward(hours * 60)
        seen = shop("run N01", RRN, "unknown", "-", "-", "-", "wait", "q")
        assert ("verified on 2025-11-24, more than a year ago" in seen) == old
        assert ("The number was last verified more than" in shop("doctor --no-network")) == old


# --- the incidents that are offered at the beginning


def test_every_open_incident_can_be_gone_on_with_the_drills_last(shop: Shop) -> None:
    for _ in range(6):
        shop("run N01", RRN, "q")
        shop.clock.forward(1)
    for _ in range(2):
        shop("drill P01", "q")
        shop.clock.forward(1)
    names = [path.name for path in sorted((shop.data / "incidents").iterdir())]
    first = shop("--lang en", "99", "q")
    assert [name for name in names if name in first] == names[1:6]
    assert "(drill)" not in first
    assert "See the others that are open too: 3" in first
    second = shop("--lang en", "7", "6", "q")
    assert [name for name in names if name in second] == names
    assert second.said.index(names[0]) < second.said.index(names[6])
    assert "stopped" in {line.kind for line in load(shop.data / "incidents" / names[0]).lines[-1:]}
    assert "resumed" in {line.kind for line in load(shop.data / "incidents" / names[0]).lines}
    assert "What do you see?" in shop("--lang en", "6", "q")


# --- digits that are none


@pytest.mark.parametrize("typed", ["s -①", "s -²", "c 10:05 #②", "c 10:05 #٣", "①", "o ①", "p", "²"])
def test_a_digit_of_another_kind_ends_nothing(shop: Shop, typed: str) -> None:
    sat = shop("run N01", RRN, *IN_FORCE, "s 5", typed, "②", "q", "q")
    assert sat.status == 6
    assert "The program itself has a fault" not in sat
