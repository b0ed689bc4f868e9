"""What is kept of incidents: verified without a change, erased without a broken chain, purged with a tombstone."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from toolkit.cli.setting import Setting
from toolkit.clock import Clock, Moment
from toolkit.files import sync_folder
from toolkit.record import audit, private, retention, tombstones
from toolkit.record.reading import load, load_sealed

SHOP = Path(__file__).parent / "cases" / "shop"
PAN = "4111 1111 1111 1111"
ANSWERS = """
tell: done
write: done
look: {look}
again: done
report: done
record:
  {{amount: 1, occurred-at: "14:05", trace-no: "0042", card-last4: "1234", paid-with: card, slips: 1, screen-text: out}}
"""
Tillbook = Callable[..., Any]
Begin = Callable[..., Path]
Later = Callable[[], None]


@pytest.fixture(autouse=True)
def _shop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TILLBOOK_RUNBOOKS", str(SHOP))


@pytest.fixture
def begin(tillbook: Tillbook, tmp_path: Path) -> Begin:
    """The folder of a new incident: closed, or with `look` other than yes with an open item; `drill` makes it one."""

    def made(look: str = '"yes"', command: str = "run") -> Path:
        script = tmp_path / "answers.yaml"
        script.write_text(ANSWERS.format(look=look))
        before = set(folders(tmp_path))
        tillbook(command, "H01", "--answers", script, "--by", "ann")
        (new,) = set(folders(tmp_path)) - before
        return new

    return made


def folders(tmp_path: Path) -> list[Path]:
    place = tmp_path / "data" / "incidents"
    return sorted(place.iterdir()) if place.exists() else []


def everything(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {str(p): (p.read_bytes(), p.stat().st_mtime_ns) for p in sorted(folder.rglob("*")) if p.is_file()}


def entry(folder: Path, kind: str) -> int:
    return next(line.seq for line in load(folder).lines if line.kind == kind)


def noted(tillbook: Tillbook, folder: Path, text: str = "Mrs Wang, 5th floor") -> int:
    assert tillbook("note", folder.name, text).status == 0
    return load(folder).lines[-1].seq


def verified(tillbook: Tillbook, folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(tillbook("verify", folder.name, "--json").out)["incidents"][0]
    return found


def flat(ran: Any) -> str:
    return " ".join((ran.out + ran.err).split())


# --- verify


def test_a_sound_record_and_what_it_proves(begin: Begin, tillbook: Tillbook, tmp_path: Path) -> None:
    folder = begin()
    before = everything(tmp_path / "data")
    ran = tillbook("verify", folder.name)
    assert ran.status == 0
    for said in (folder.name, load(folder).head, "SOUND", "Free texts: 1 kept, 0 erased.", "does not prove"):
        assert said in flat(ran)
    assert tillbook("verify").out == ran.out
    assert verified(tillbook, folder)["sound"] is True
    assert everything(tmp_path / "data") == before


@pytest.mark.skipif(os.name == "nt", reason="there a folder has no mode that forbids writing")
def test_verify_writes_nothing_where_nothing_can_be_written(
    begin: Begin, tillbook: Tillbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = begin()
    real = os.open

    def reads_only(path: Any, flags: int, *rest: Any, **more: Any) -> int:
        assert not flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC), path
        return real(path, flags, *rest, **more)

    folder.chmod(0o500)
    monkeypatch.setattr(os, "open", reads_only)
    try:
        assert tillbook("verify", folder.name).status == 0
    finally:
        folder.chmod(0o700)


@pytest.mark.parametrize("how", ["changed", "removed", "swapped", "first", "everything"])
def test_damage_is_told_and_left_as_it_is(begin: Begin, tillbook: Tillbook, how: str) -> None:
    path = begin() / "journal.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    if how == "changed":
        lines[4] = lines[4].replace(b'"who":"ann"', b'"who":"bob"')
    elif how == "removed":
        del lines[4]
    elif how == "swapped":
        lines[3], lines[4] = lines[4], lines[3]
    elif how == "first":
        del lines[0]
    else:
        lines = []
    path.write_bytes(b"".join(lines))
    before = everything(path.parent)
    ran = tillbook("verify", path.parent.name)
    assert (ran.status, "NOT SOUND" in ran.out) == (8, True)
    assert everything(path.parent) == before


def test_a_lost_file_in_the_middle_of_a_record_is_told(begin: Begin, tillbook: Tillbook) -> None:
    folder = begin()
    for number in (1, 2):
        path = folder / ("journal.jsonl" if number == 1 else "journal.2.jsonl")
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join([*lines[:1], b"?\n", *lines[2:]]))
        noted(tillbook, folder)
        noted(tillbook, folder)
    assert "In 3 files" in tillbook("verify", folder.name).out
    (folder / "journal.2.jsonl").unlink()
    ran = tillbook("verify", folder.name)
    assert (ran.status, "Nothing leads to journal.3.jsonl" in ran.out) == (8, True)


def test_a_torn_end_is_no_damage(begin: Begin, tillbook: Tillbook) -> None:
    folder = begin()
    with (folder / "journal.jsonl").open("ab") as file:
        file.write(b'{"half')
    ran = tillbook("verify", folder.name)
    assert (ran.status, "Half-written at the end: 6 bytes" in ran.out) == (0, True)
    noted(tillbook, folder)
    ran = tillbook("verify", folder.name)
    assert (ran.status, "journal.jsonl.torn, 6 bytes" in flat(ran)) == (0, True)


def test_what_lies_beside_the_record_is_compared(begin: Begin, tillbook: Tillbook) -> None:
    folder = begin()
    number = noted(tillbook, folder)
    (text,) = private.digests(load_sealed(folder).lines[-1].data).values()
    path = folder / "private" / f"{text[:32]}.json"
    kept = path.read_bytes()
    path.write_bytes(kept.replace(b"Wang", b"Wong"))
    ran = tillbook("verify", folder.name)
    assert (ran.status, f"The text of entry {number} is not what was recorded" in flat(ran)) == (8, True)
    path.unlink()
    ran = tillbook("verify", folder.name)
    assert (ran.status, f"The text of entry {number} is missing, and no entry says" in flat(ran)) == (8, True)
    path.write_bytes(kept)
    (copy,) = folder.glob("runbooks-*.yaml")
    whole = copy.read_bytes()
    copy.write_bytes(whole + b" ")
    assert (tillbook("verify").status, verified(tillbook, folder)["sound"]) == (8, False)
    copy.unlink()
    assert "The copy of the runbooks" in flat(tillbook("verify"))
    copy.write_bytes(whole)
    assert tillbook("verify").status == 0


def test_one_incident_that_cannot_be_read_hides_no_other(
    begin: Begin, tillbook: Tillbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = begin(), begin()
    (bad / "journal.jsonl").unlink()
    (bad / "journal.jsonl").mkdir()
    ran = tillbook("verify")
    assert ran.status == 8
    assert good.name in ran.out
    assert bad.name in " ".join(ran.err.split()).replace(" ", "")


@pytest.mark.parametrize("spelt", ["{}", "{}".upper(), " {} ", "{}-"])
def test_the_head_code_on_paper(begin: Begin, tillbook: Tillbook, spelt: str) -> None:
    folder = begin()
    code = load(folder).head
    ran = tillbook("verify", folder.name, "--head", spelt.format(code.upper() if spelt.isupper() else code))
    assert (ran.status, "is that of the last entry" in flat(ran)) == (0, True)
    noted(tillbook, folder)
    ran = tillbook("verify", "--head", code)
    assert (ran.status, "1 entries came after it" in flat(ran)) == (0, True)
    path = folder / "journal.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-2]))
    ran = tillbook("verify", folder.name)
    assert (ran.status, "SOUND" in ran.out) == (0, True), "what is cut off at the end cannot be seen"
    ran = tillbook("verify", folder.name, "--head", code)
    assert (ran.status, "NOT FOUND" in ran.out) == (8, True), "the paper shows it"


# --- erase


def test_an_erased_text_is_gone_and_the_chain_is_whole(begin: Begin, tillbook: Tillbook, tmp_path: Path) -> None:
    folder = begin()
    number = noted(tillbook, folder)
    before = (folder / "journal.jsonl").read_bytes()
    ran = tillbook("erase", folder.name, number, "--reason", "a customer's name", "--by", "bob", "--yes")
    assert (ran.status, "Mrs Wang" in ran.out) == (0, True)
    assert b"Wang" not in b"".join(raw for raw, _ in everything(folder).values())
    assert (folder / "journal.jsonl").read_bytes().startswith(before)
    assert "Note: [erased]" in tillbook("log", folder.name).out
    assert "(by bob: a customer's name)" in flat(tillbook("log", folder.name))
    assert "erased" in tillbook("report", folder.name).out
    ran = tillbook("verify", folder.name)
    assert (ran.status, "1 erased" in ran.out) == (0, True)
    ran = tillbook("erase", folder.name, number, "--reason", "again", "--yes")
    assert (ran.status, "is erased already" in ran.out) == (0, True)
    assert [x.kind for x in load(folder).lines].count("erased") == 1


def test_every_free_text_can_be_erased(begin: Begin, tillbook: Tillbook) -> None:
    folder = begin("{x: the list is locked by Mrs Wang}")
    tillbook("late-entry", folder.name, "called Mrs Wang", "--at", "2026-01-05 10:35")
    tillbook("erase", folder.name, entry(folder, "late-entry"), "--reason", "named Mrs Wang", "--yes")
    for kind in ("not-possible", "evidence", "erased"):
        numbers = [x.seq for x in load(folder).lines if x.kind == kind]
        for number in numbers:
            tillbook("erase", folder.name, number, "--reason", "x", "--yes")
    assert b"Wang" not in b"".join(raw for raw, _ in everything(folder).values())
    assert tillbook("verify", folder.name).status == 0


def test_a_photo_is_erased_even_where_two_entries_name_it(begin: Begin, tillbook: Tillbook, tmp_path: Path) -> None:
    from toolkit.incident.state import Event
    from toolkit.record import attachments, incidents

    folder = begin("maybe")
    picture = tmp_path / "slip.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + b"slip" * 100)
    photo = attachments.read(str(picture))
    assert isinstance(photo, attachments.Photo)
    opened = incidents.enter(incidents.look(folder), Clock(), "ann")
    for _ in range(2):
        opened.journal.keep(photo.name, photo.raw)
        data = {"run": 1, "step": "look", "field": "screen-text", "value": photo.name}
        opened.journal.append(Event("evidence", {**data, "sha256": photo.digest, "size": len(photo.raw)}))
    opened.close()
    assert "Photos: 2 kept" in tillbook("verify", folder.name).out
    (folder / photo.name).write_bytes(photo.raw + b"!")
    assert "The photo of entry" in tillbook("verify", folder.name).out
    number = load(folder).lines[-1].seq
    assert tillbook("erase", folder.name, number, "--reason", "a face", "--yes").status == 0
    assert not (folder / photo.name).exists()
    ran = tillbook("verify", folder.name)
    assert (ran.status, "Photos: 0 kept, 2 erased." in ran.out) == (0, True)
    (folder / photo.name).write_bytes(photo.raw)
    ran = tillbook("verify", folder.name)
    assert (ran.status, "is still there, although the record calls it erased" in flat(ran)) == (8, True)


def test_what_the_record_names_is_not_looked_for_outside_the_incident(begin: Begin, tillbook: Tillbook) -> None:
    from toolkit.incident.state import Event
    from toolkit.record import incidents

    folder = begin()
    outside = folder.parent.parent / "precious.json"
    outside.write_text("{}")
    opened = incidents.enter(incidents.look(folder), Clock(), "ann")
    opened.journal.append(Event("noted", {"text": {"sealed": "../../../precious" + "x" * 15}}))
    opened.journal.append(Event("evidence", {"run": 1, "step": "write", "field": "a", "value": "../../precious.json"}))
    opened.close()
    for line in load(folder).lines[-2:]:
        assert tillbook("erase", folder.name, line.seq, "--reason", "x", "--yes").status == 1
    assert outside.exists()


def test_nothing_is_erased_without_a_yes_a_reason_or_a_text(begin: Begin, tillbook: Tillbook) -> None:
    folder = begin()
    number = noted(tillbook, folder)
    before = everything(folder)
    assert tillbook("erase", folder.name, number, "--reason", "x").status == 5
    assert tillbook("erase", folder.name, number, "--reason", " ", "--yes").status == 1
    assert tillbook("erase", folder.name, 1, "--reason", "x", "--yes").status == 1
    assert tillbook("erase", folder.name, 999, "--reason", "x", "--yes").status == 3
    assert everything(folder) == before


@pytest.mark.parametrize(("typed", "status", "left"), [("no", 6, True), ("", 6, True), ("yes", 0, False)])
def test_a_person_is_asked(
    begin: Begin, tillbook: Tillbook, monkeypatch: pytest.MonkeyPatch, typed: str, status: int, left: bool
) -> None:
    folder = begin()
    number = noted(tillbook, folder)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stdin.readline", lambda: f"{typed}\n", raising=False)
    assert tillbook("erase", folder.name, number, "--reason", "x").status == status
    assert (load(folder).lines[number - 1].data["text"] == "Mrs Wang, 5th floor") == left


def test_a_crash_between_file_and_record_is_told_and_put_right(
    begin: Begin, tillbook: Tillbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = begin()
    number = noted(tillbook, folder)
    with monkeypatch.context() as crash:
        crash.setattr("toolkit.sitting.session.Session.tell", interrupted)
        assert tillbook("erase", folder.name, number, "--reason", "x", "--yes").status == 130
    ran = tillbook("verify", folder.name)
    assert (ran.status, "is missing, and no entry says" in flat(ran)) == (8, True)
    assert tillbook("erase", folder.name, number, "--reason", "x", "--yes").status == 0
    assert tillbook("verify", folder.name).status == 0


def interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def test_where_nothing_can_be_recorded_nothing_is_erased(
    begin: Begin, tillbook: Tillbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = begin()
    number = noted(tillbook, folder)
    before = everything(folder)

    def refused(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    with monkeypatch.context() as disk:
        disk.setattr("toolkit.record.appender.Appender.take", refused)
        ran = tillbook("erase", folder.name, number, "--reason", "x", "--yes")
    assert (ran.status, "Nothing was erased" in ran.out) == (9, True)
    assert everything(folder) == before


def test_the_same_text_elsewhere_is_told(begin: Begin, tillbook: Tillbook) -> None:
    folder = begin()
    first, second = noted(tillbook, folder), noted(tillbook, folder)
    ran = tillbook("erase", folder.name, first, "--reason", "x", "--yes")
    assert f"stands in other entries too: {second}" in flat(ran)


# --- purge


class YearsOn(Clock):
    """Some years on."""

    def now(self) -> Moment:
        now = super().now()
        return now._replace(wall=now.wall + 3 * 366 * 86_400 * 1_000_000_000)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Later:
    """From its call on the clock stands three years on."""
    begun = Setting.__init__

    def init(self: Setting, **options: Any) -> None:
        begun(self, **options)
        self.clock = YearsOn()

    return lambda: monkeypatch.setattr(Setting, "__init__", init)


def test_what_is_over_and_old_goes_and_leaves_a_tombstone(
    begin: Begin, tillbook: Tillbook, tmp_path: Path, later: Later
) -> None:
    gone, item = begin(), begin("unknown")
    seen, head = len(load(gone).lines), load(gone).head
    assert tillbook("purge", "--older-than", "P2Y", "--yes").status == 0
    assert folders(tmp_path) == sorted([gone, item]), "young"
    later()
    ran = tillbook("purge", "--older-than", "P2Y", "--dry-run")
    assert (ran.status, f"{gone.name} (last entry on" in ran.out) == (0, True)
    assert tillbook("purge", "--older-than", "P2Y").status == 5
    assert folders(tmp_path) == sorted([gone, item])
    ran = tillbook("purge", "--older-than", "P2Y", "--yes", "--by", "ann")
    assert (ran.status, f"{item.name} stays: not closed" in ran.out) == (0, True)
    assert folders(tmp_path) == [item]
    assert not (tmp_path / "data" / "purging").exists()
    (stone,) = tombstones.every(tmp_path / "data")
    assert (stone.incident, stone.entries, stone.head, stone.cards) == (gone.name, seen, head, ["H01"])
    assert (stone.by, stone.drill) == ("ann", False)
    assert f"{gone.name}: purged on" in tillbook("verify").out
    assert "which was purged" in flat(tillbook("verify", "--head", head))
    assert tillbook("status").out.endswith("Purged: 1 (tillbook verify lists them)\n")
    ran = tillbook("log", gone.name)
    assert (ran.status, f"was purged on {stone.purged[:10]} by ann" in flat(ran)) == (3, True)
    assert "There is nothing to remove." in tillbook("purge", "--older-than", "P2Y", "--yes").out


def test_what_somebody_took_over_stays_until_it_is_settled(
    begin: Begin, tillbook: Tillbook, tmp_path: Path, later: Later
) -> None:
    folder = begin("unknown")
    assert tillbook("close", folder.name, "--hand-to", "Li Si", "--reason", "the bank is slow").status == 0
    later()
    ran = tillbook("purge", "--older-than", "P1D", "--yes")
    assert (ran.status, "something is not settled yet" in ran.out) == (0, True)
    assert folders(tmp_path) == [folder]
    code = f"{folder.name[-3:]}-1"
    assert tillbook("settle", code, "--how", "found-paid", "--proof", "RRN 1").status == 0
    ran = tillbook("purge", "--older-than", "P1D", "--dry-run")
    assert "Younger, and therefore kept: 1" in ran.out, "settled just now"
    (fate,) = retention.judged(tmp_path / "data", "2999")
    assert fate.why == ""


def test_damaged_and_linked_incidents_are_left(begin: Begin, tillbook: Tillbook, tmp_path: Path, later: Later) -> None:
    damaged, textless, linked = begin(), begin(), begin()
    path = damaged / "journal.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"who":"ann"', b'"who":"bob"', 1))
    shutil.rmtree(textless / "private")
    elsewhere = tmp_path / "elsewhere"
    linked.rename(elsewhere)
    linked.symlink_to(elsewhere)
    before = everything(tmp_path)
    later()
    ran = tillbook("purge", "--older-than", "P1Y", "--yes")
    assert ran.status == 0
    assert flat(ran).count("its record is damaged or incomplete") == 2
    assert "a link to another folder" in ran.out
    assert everything(tmp_path) == before


def test_a_link_inside_is_removed_and_not_followed(
    begin: Begin, tillbook: Tillbook, tmp_path: Path, later: Later
) -> None:
    folder = begin()
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").write_text("x")
    (folder / "link").symlink_to(tmp_path / "precious")
    (folder / "attachments").mkdir()
    (folder / "attachments" / "link").symlink_to(tmp_path / "precious" / "file")
    later()
    assert "Removed: 1." in tillbook("purge", "--older-than", "P1D", "--yes").out
    assert not folder.exists()
    assert (tmp_path / "precious" / "file").read_text() == "x"


@pytest.mark.parametrize("at", ["toolkit.record.tombstones.replace", "pathlib.Path.rename", "shutil.rmtree"])
def test_a_crash_on_the_way_is_finished_by_the_next_purge(
    begin: Begin, tillbook: Tillbook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str, later: Later
) -> None:
    folder = begin()
    whole = {Path(n).name: raw for n, (raw, _) in everything(folder).items() if "lock" not in n}
    later()
    with monkeypatch.context() as crash:
        crash.setattr(at, interrupted)
        assert tillbook("purge", "--older-than", "P1D", "--yes").status == 130
    for copy in (folder, tmp_path / "data" / "purging" / folder.name):
        if copy.exists():
            assert {Path(n).name: raw for n, (raw, _) in everything(copy).items() if "lock" not in n} == whole
    assert folder.exists() or tombstones.read(tmp_path / "data", folder.name)
    age = "P1D" if at == "toolkit.record.tombstones.replace" else "P9Y"
    ran = tillbook("purge", "--older-than", age, "--yes")
    assert ran.status == 0
    assert folders(tmp_path) == []
    assert not (tmp_path / "data" / "purging").exists()
    assert [stone.incident for stone in tombstones.every(tmp_path / "data")] == [folder.name]


@pytest.mark.skipif(os.name == "nt", reason="there folders are not synced")
def test_the_tombstone_is_on_the_disk_before_anything_is_removed(
    begin: Begin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, data = begin(), tmp_path / "data"
    seen: list[tuple[str, bool]] = []

    def watched(place: Path) -> None:
        seen.append((place.name, folder.exists()))
        sync_folder(place)

    monkeypatch.setattr("toolkit.files.sync_folder", watched)
    monkeypatch.setattr(tombstones, "sync_folder", watched)
    monkeypatch.setattr(retention, "sync_folder", watched)
    (fate,) = retention.judged(data, "2999")
    retention.purge(data, fate, Clock(), "ann")
    assert seen == [
        ("data", True),
        ("tombstones", True),
        ("incidents", False),
        ("purging", False),
    ]


def test_a_held_incident_is_left(begin: Begin, tillbook: Tillbook, tmp_path: Path, later: Later) -> None:
    from toolkit.record.lock import Lock

    folder = begin()
    later()
    with Lock(folder / "lock", "another window"):
        ran = tillbook("purge", "--older-than", "P1D", "--yes")
    assert (ran.status, folder.exists()) == (7, True)
    assert "in use in another window" in ran.out
    assert tombstones.every(tmp_path / "data") == []


def test_a_purged_drill_still_counts_as_exercised(
    begin: Begin, tillbook: Tillbook, tmp_path: Path, later: Later
) -> None:
    begin(command="drill")
    kept = (tmp_path / "data" / "exercised.json").read_bytes()
    assert b"no-slip" in kept
    later()
    assert "Removed: 1." in tillbook("purge", "--older-than", "P1D", "--yes").out
    from toolkit.record import exercise

    exercise.update(tmp_path / "data")
    assert (tmp_path / "data" / "exercised.json").read_bytes() == kept


@pytest.mark.parametrize(
    ("age", "before"),
    [
        ("P2Y", "2024-02-29T16:00:00.000Z"),
        ("P1M", "2026-01-31T16:00:00.000Z"),
        ("P18M", "2024-08-31T16:00:00.000Z"),
        ("P1Y6M", "2024-08-31T16:00:00.000Z"),
        ("P10D", "2026-02-18T16:00:00.000Z"),
        ("P1W", "2026-02-21T16:00:00.000Z"),
        ("P1DT2H", "2026-02-27T14:00:00.000Z"),
        ("p2y", "2024-02-29T16:00:00.000Z"),
        ("P100Y", "1970-01-01T00:00:00.000Z"),
        ("", None),
        ("P", None),
        ("PT", None),
        ("P1YT", None),
        ("2Y", None),
        ("P-1Y", None),
        ("P1.5Y", None),
        ("P1D2Y", None),
        ("P9999999Y", None),
    ],
)
def test_an_age_goes_by_the_calendar(age: str, before: str | None) -> None:
    """From 2026-03-01 00:00 in a shop at +08:00."""
    assert retention.cutoff(age, Moment(1_772_294_400_000_000_000, 0, 8 * 3600)) == before


# --- the guard


@pytest.mark.parametrize(
    "typed",
    [
        ["note", "INCIDENT", f"card {PAN}"],
        ["note", "INCIDENT", "card", *PAN.split()],
        ["note", "INCIDENT", "smoke", "--by", f"ann {PAN}"],
        ["handover", PAN, "INCIDENT"],
        ["handover", "Li Si", "INCIDENT", "--by", PAN],
        ["late-entry", "INCIDENT", f"card {PAN}", "--at", "10:35"],
        ["late-entry", "INCIDENT", "called", "--at", "10:35", "--by", PAN],
        ["late-entry", "INCIDENT", "called", "--at", PAN],
        ["erase", "INCIDENT", "2", "--reason", PAN, "--yes"],
        ["erase", "INCIDENT", "2", "--reason", "x", "--by", PAN, "--yes"],
        ["purge", "--older-than", "P2Y", "--by", PAN],
        ["purge", "--older-than", PAN],
        ["verify", "--head", PAN],
    ],
    ids=lambda typed: " ".join(typed)[:40],
)
def test_card_data_goes_no_further(typed: list[str], begin: Begin, tillbook: Tillbook, tmp_path: Path) -> None:
    folder = begin()
    before = everything(tmp_path / "data")
    ran = tillbook(*[folder.name if word == "INCIDENT" else word for word in typed])
    assert ran.status == 2
    assert "1111" not in ran.out + ran.err
    assert everything(tmp_path / "data") == before


def test_an_audit_reads_every_kind_of_head_code() -> None:
    for typed in ("1a2b3-4c5d6", " 1A2B3 4C5D6", "１ａ２ｂ３－４ｃ５ｄ６"):
        assert audit.head_code(typed) == "1a2b34c5d6"
    assert audit.head_code("la2b3-4c5do") == "1a2b34c5d0"
    for wrong in ("", "1a2b3", "1a2b3-4c5d6-7", "1a2b3-4c5dg"):
        assert audit.head_code(wrong) is None
