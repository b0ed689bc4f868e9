"""What people type where it was not expected: card data by any way in, odd digits, words, paths, line ends."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.test_incidents import AT_PHOTO, IN_FORCE, JPEG, RRN, TO_DESK, Shop, bare, books, on_disk, shop
from toolkit.record.reading import load

__all__ = ["books", "shop"]  # fixtures

PAN = "4111111111111111"
WALLET = "4200000012202611231234567890"  # how a wallet calls its orders; the first 16 digits have no check digit
GLUED = f"{PAN}202611231234"  # and one where by chance they have


def named(folder: Path, text: str) -> dict[str, Any]:
    """The data of the last event that is told of `text`."""
    return dict(next(line for line in reversed(load(folder).lines) if text in str(line.data)).data)


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
    said = shop(f"log {shop.folder.name}").said + shop("resume", "q").said
    assert forged not in said
    assert not re.search(r"^\s*9  2026-11-24 10:00:00  ann", said, re.MULTILINE)
    assert "Settled kqx-2" in " ".join(said.split())
