"""`tillbook doctor`: each thing that can be amiss is said, with a way out, and nothing is changed by looking."""

import json
import os
import shutil
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from toolkit.cells import width
from toolkit.clock import Clock, Moment, seconds
from toolkit.doctor import Subject
from toolkit.doctor.place import console
from toolkit.record.lock import Lock
from toolkit.resources import resource

CASES = Path(__file__).parent / "cases"
Doctor = Callable[..., dict[str, Any]]

CONFIG = (
    "code-table refund-approval refund-window refund-arrival spare-place spare-key spare-tid slip-place slip-overdue"
    " sim-data-end min-app-version device-list cut-over"
    " hold-place hold-cap poster-place cash-float cash-ceiling drawer-key sim-expiry hotspot second-place second-tid"
)
CONTACTS = (
    "acquirer acquirer-backup aggregator wechat-pay alipay isp sim-operator area-manager finance owner"
    " police landlord power second-acquirer"
)
LIMITS = "refund-limit-single refund-limit-day refund-limit-operator"
FULL = "\n".join(
    [
        "format: 1",
        "store: {name: One}",
        "contacts:",
        *(f"  {c}: {{name: X, phone: 000-0000, verified: {{on: 2026-11-01, by: ann}}}}" for c in CONTACTS.split()),
        "config:",
        *(f"  {c}: x" for c in [*CONFIG.split(), *LIMITS.split(), "restart-order", "router-place"]),
        "",
    ]
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The data folder, with a store file that has everything but targets."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    (folder / "store.yaml").write_text(FULL, "utf-8")
    return folder


@pytest.fixture(autouse=True)
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of cases/shop without its store file, in use; the time is the noon of 2026-11-24."""
    shutil.copytree(CASES / "shop", tmp_path / "shop")
    (tmp_path / "shop" / "store.yaml").unlink()
    monkeypatch.setenv("TILLBOOK_RUNBOOKS", str(tmp_path / "shop"))
    monkeypatch.chdir(tmp_path)
    hold(monkeypatch, "2026-11-24T12:00:00Z")
    return tmp_path / "shop"


def hold(monkeypatch: pytest.MonkeyPatch, at: str) -> None:
    """Hold the command's clock at `at`."""

    class Held(Clock):
        def now(self) -> Moment:
            return Moment(int(seconds(at)) * 1_000_000_000, 0, 0)

    monkeypatch.setattr("toolkit.cli.setting.Clock", Held)


@pytest.fixture
def doctor(tillbook: Callable[..., Any]) -> Doctor:
    """`doctor("--no-network")`: what it found as a program reads it, by code, and `status`; the text agrees with it."""

    def run(*args: object, before: tuple[object, ...] = ()) -> dict[str, Any]:
        ran = tillbook(*before, "doctor", "--json", *args)
        whole = json.loads(ran.out)
        assert whole["schema_version"] == 1
        assert ran.status == (0 if whole["usable"] else 1)
        assert whole["usable"] == all(c["status"] != "FAIL" for c in whole["checks"])
        text = tillbook(*before, "doctor", *args)
        assert text.status == ran.status
        assert [line for line in text.out.split("\n") if width(line) > 79] == []
        heads = [line.split(" ")[0] for line in text.out.split("\n\n")[0].split("\n") if line[:1].isupper()]
        assert [h for h in heads if h in {"OK", "WARN", "FAIL", "SKIP"}] == [c["status"] for c in whole["checks"]]
        assert "".join(text.out.split()).endswith("".join(whole["says"].split()))
        return {**{c["code"]: c for c in whole["checks"]}, "status": ran.status, "says": whole["says"]}

    return run


def statuses(found: dict[str, Any]) -> dict[str, str]:
    return {code: c["status"] for code, c in found.items() if isinstance(c, dict)}


def test_a_shop_where_all_is_well(data: Path, doctor: Doctor, shop: Path) -> None:
    page = shop.parent / "build" / "site" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text("x")
    found = doctor("--no-network")
    assert (found["status"], found["says"]) == (0, "You can use the runbooks.")
    assert set(statuses(found).values()) == {"OK", "SKIP"}
    assert statuses(found) == {
        "data-writable": "OK",
        "disk-room": "OK",
        "no-cloud": "OK",
        "access-own": "OK",
        "incidents-none": "OK",
        "console-full": "OK",
        "runbooks-own": "OK",
        "review-fresh": "OK",
        "rules": "OK",
        "store-own": "OK",
        "config-full": "OK",
        "contacts-full": "OK",
        "targets-none": "SKIP",
        "site-there": "OK",
        "clock-plausible": "OK",
        "network-off": "SKIP",
    }
    assert found["runbooks-own"]["params"]["n"] == "3"


def test_looking_changes_nothing(data: Path, doctor: Doctor) -> None:
    doctor()
    assert [p.name for p in data.iterdir()] == ["store.yaml"]


def test_the_runbooks_that_ship_are_known_as_such(doctor: Doctor, data: Path) -> None:
    found = doctor("--no-network", before=("--runbooks", resource("runbooks")))
    assert found["runbooks-packaged"]["status"] == "OK"
    assert found["config-full"]["status"] == found["contacts-full"]["status"] == "OK"
    assert found["targets-gaps"]["status"] == "WARN"
    assert found["targets-gaps"]["params"]["names"] == [
        "target.acquirer-host",
        "target.aggregator-host",
        "target.internet",
        "target.router",
    ]
    assert found["says"].startswith("You can use the runbooks. Lines that say WARN: 2;")


# --- where records are kept


def test_a_folder_that_cannot_be_written(doctor: Doctor, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = doctor("--no-network", before=("--data-dir", tmp_path / "file" / "data"))
    assert (found["status"], found["data-unwritable"]["status"]) == (1, "FAIL")
    assert found["says"].startswith("Do this first: Make room, or choose a folder")


def test_a_full_disk_is_seen_by_writing_and_leaves_no_file(
    doctor: Doctor, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    found = doctor("--no-network")
    assert found["data-unwritable"]["params"]["reason"] == "No space left on device"
    assert [p.name for p in data.iterdir()] == ["store.yaml"]


def test_little_room_is_a_warning(doctor: Doctor, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from types import SimpleNamespace

    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=5 * 1024**2))
    found = doctor("--no-network")
    assert (found["status"], found["disk-low"]["status"]) == (0, "WARN")


@pytest.mark.parametrize("name", ["OneDrive - Shop", "Dropbox", "坚果云"])
def test_a_folder_that_another_program_synchronises(name: str, doctor: Doctor, tmp_path: Path) -> None:
    found = doctor("--no-network", before=("--data-dir", tmp_path / name / "data"))
    assert (found["cloud"]["status"], found["cloud"]["params"]["name"]) == ("WARN", name)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such bits")
def test_records_that_others_can_read(doctor: Doctor, data: Path) -> None:
    data.chmod(0o755)
    assert doctor("--no-network")["access-open"]["params"] == {"path": str(data)}
    (data / "incidents").mkdir(mode=0o700)
    assert doctor("--no-network")["access-own"]["status"] == "OK"
    (data / "incidents").chmod(0o750)
    assert doctor("--no-network")["access-open"]["params"] == {"path": str(data / "incidents")}


# --- the records


@pytest.fixture
def incident(data: Path, tillbook: Callable[..., Any], tmp_path: Path) -> Path:
    """The folder of an incident that stopped in the middle."""
    script = tmp_path / "stops.yaml"
    script.write_text("tell: done\nrecord: {amount: 1}\n")
    assert tillbook("run", "H01", "--answers", script).status == 5
    (folder,) = (data / "incidents").iterdir()
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir()}


def test_open_incidents_are_counted_and_left_alone(incident: Path, doctor: Doctor) -> None:
    before = contents(incident)
    found = doctor("--no-network")
    assert found["incidents-open"]["params"] == {"n": "1", "incidents": incident.name}
    assert contents(incident) == before


def test_a_damaged_record_comes_first(incident: Path, doctor: Doctor) -> None:
    path = incident / "journal.jsonl"
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([*lines[:2], b"?", *lines[3:]]))
    before = contents(incident)
    found = doctor("--no-network")
    assert (found["status"], found["incident-damaged"]["status"]) == (1, "FAIL")
    assert f"tillbook log {incident.name}" in found["says"]
    assert contents(incident) == before


def test_a_record_that_cannot_be_read(incident: Path, doctor: Doctor) -> None:
    (incident / "journal.jsonl").unlink()
    (incident / "journal.jsonl").mkdir()
    assert doctor("--no-network")["incident-unreadable"]["status"] == "FAIL"


def test_an_incident_that_another_window_holds(incident: Path, doctor: Doctor) -> None:
    assert "lock-held" not in doctor("--no-network")
    with Lock(incident / "lock", "till-2 pid 7"):
        before = contents(incident)
        found = doctor("--no-network")
        assert found["lock-held"]["status"] == "WARN"
        assert found["lock-held"]["params"] == {"incident": incident.name, "holder": "till-2 pid 7"}
        assert contents(incident) == before
    assert "lock-held" not in doctor("--no-network")


# --- the time


def test_a_clock_that_lost_its_battery(data: Path, doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    hold(monkeypatch, "2010-01-01T00:00:00Z")
    found = doctor("--no-network")
    assert (found["status"], found["clock-behind"]["status"]) == (1, "FAIL")
    assert "Set this computer's date and time" in found["says"]
    assert "2010-01-01 00:00" in found["clock-behind"]["says"]


def test_a_clock_behind_the_last_record(incident: Path, doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    assert doctor("--no-network")["clock-plausible"]["status"] == "OK"
    hold(monkeypatch, "2026-11-24T11:00:00Z")
    assert doctor("--no-network")["clock-behind"]["status"] == "FAIL"


def test_what_has_not_been_looked_at_for_a_year(data: Path, doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    hold(monkeypatch, "2027-10-31T12:00:00Z")
    assert {"contacts-full", "review-fresh"} < set(doctor("--no-network"))
    hold(monkeypatch, "2027-11-01T12:00:00Z")
    assert doctor("--no-network")["contacts-old"]["status"] == "WARN"
    hold(monkeypatch, "2028-01-24T12:00:00Z")
    found = doctor("--no-network")
    assert (found["status"], found["review-old"]["status"]) == (0, "WARN")
    assert found["review-old"]["params"]["age"] in {"P14M", "P13M"}


# --- the window


@pytest.mark.parametrize(
    ("encoding", "code", "status"),
    [
        ("utf-8", "console-full", "OK"),
        ("gb18030", "console-full", "OK"),
        ("gbk", "console-stand-ins", "OK"),
        ("cp1252", "console-no-chinese", "WARN"),
        ("cp437", "console-no-chinese", "WARN"),
        ("ascii", "console-no-chinese", "WARN"),
        ("no-such-encoding", "console-no-chinese", "WARN"),
    ],
)
def test_what_a_window_can_show(encoding: str, code: str, status: str, tmp_path: Path) -> None:
    subject = Subject(data=tmp_path, folder=tmp_path, store_path=None, clock=Clock(), encoding=encoding, network=False)
    (found,) = console(subject)
    assert (found.code, found.status) == (code, status)
    if code == "console-stand-ins":
        assert "✓" in found.params["shown"]
        assert "→" not in found.params["shown"]


# --- the runbooks


def test_a_broken_runbook_is_named(data: Path, doctor: Doctor, shop: Path) -> None:
    shutil.copy(CASES / "bad" / "tb101-key-missing.yaml", shop / "failures")
    found = doctor("--no-network")
    assert (found["status"], found["runbook-broken"]["status"]) == (1, "FAIL")
    assert found["runbook-broken"]["params"]["path"].endswith("tb101-key-missing.yaml")
    assert found["runbooks-own"]["status"] == "OK"


def test_a_folder_that_is_no_library(data: Path, doctor: Doctor, shop: Path) -> None:
    (shop / "reference" / "rules.yaml").unlink()
    found = doctor("--no-network")
    assert (found["status"], found["runbooks-unusable"]["status"]) == (1, "FAIL")
    assert found["data-writable"]["status"] == "OK"


def test_a_library_without_a_runbook(data: Path, doctor: Doctor, shop: Path) -> None:
    for kind in ("failures", "plans", "routines"):
        shutil.rmtree(shop / kind)
    assert doctor("--no-network")["runbooks-none"]["status"] == "FAIL"


# --- the store file


def test_no_store_file(doctor: Doctor, tmp_path: Path) -> None:
    found = doctor("--no-network")
    assert (found["status"], found["store-none"]["status"], found["gaps-unread"]["status"]) == (0, "WARN", "SKIP")
    assert str(tmp_path / "data" / "store.yaml") in found["store-none"]["fix"]


def test_a_store_file_with_faults(data: Path, doctor: Doctor) -> None:
    (data / "store.yaml").write_text(f"{FULL}language: fr\n", "utf-8")
    found = doctor("--no-network")
    assert (found["status"], found["store-faulty"]["status"]) == (1, "FAIL")
    assert "tillbook check" in found["says"]


def test_the_sample_store_file_is_no_shops_own(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TILLBOOK_RUNBOOKS", str(resource("runbooks")))
    found = doctor()  # with the network: nothing in the sample is asked
    assert (found["store-sample"]["status"], found["gaps-unread"]["status"]) == ("WARN", "SKIP")
    assert found["network-none"]["status"] == "SKIP"


def test_every_gap_is_named(data: Path, doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TILLBOOK_RUNBOOKS", str(resource("runbooks")))
    lines = FULL.split("\n")
    lines = [line for line in lines if not line.startswith(("  spare-place:", "  isp:"))]
    lines = [line.split(", phone")[0] + "}" if line.startswith("  finance:") else line for line in lines]
    lines = [line.split(", verified")[0] + "}" if line.startswith("  alipay:") else line for line in lines]
    lines = [line.replace("2026-11-01", "2025-11-24") if line.startswith("  acquirer:") else line for line in lines]
    lines = [line.replace("2026-11-01", "2027-11-24") if line.startswith("  area-m") else line for line in lines]
    (data / "store.yaml").write_text("\n".join(lines), "utf-8")
    found = doctor("--no-network")
    assert found["config-gaps"]["params"]["names"] == ["config.spare-place"]
    assert set(found["contacts-without"]["params"]["names"]) == {"contact.isp", "contact.finance"}
    assert set(found["contacts-unverified"]["params"]["names"]) == {"contact.alipay", "contact.area-manager"}
    assert found["contacts-old"]["params"]["names"] == ["contact.acquirer"]
    assert "the acquirer's hotline" in found["contacts-old"]["says"]
    assert found["status"] == 0


def test_a_limit_that_nobody_gave_a_value(data: Path, doctor: Doctor, shop: Path) -> None:
    file = shop / "plans" / "slips-by-hand.yaml"
    counted = "basis: design, bound: count, beyond: {zh: 停, en: Stop.}}"
    file.write_text(file.read_text("utf-8").replace('20 a day."}, basis: design}', f'20 a day."}}, {counted}'), "utf-8")
    assert doctor("--no-network")["limits-gaps"]["params"] == {"cards": "CP-01"}
    (data / "store.yaml").write_text(FULL + 'limits: {slips-by-hand: {count: "20"}}\n', "utf-8")
    assert "limits-gaps" not in doctor("--no-network")


# --- the network


@pytest.fixture
def port() -> Iterator[tuple[int, list[bytes]]]:
    """A port that answers every question with a page that says "all is well", and the questions."""
    questions: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def work() -> None:
        while True:
            there, _ = listener.accept()
            with there:
                questions.append(there.recv(65536))
                if not questions[-1]:
                    return
                date = b"Date: Tue, 24 Nov 2026 12:00:00 GMT\r\n"
                there.sendall(b"HTTP/1.1 200 OK\r\n" + date + b"Content-Length: 11\r\n\r\nall is well")

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    yield listener.getsockname()[1], questions
    socket.create_connection(listener.getsockname()).close()
    thread.join(5)
    listener.close()


def test_the_targets_of_the_store_file_are_asked(data: Path, doctor: Doctor, port: tuple[int, list[bytes]]) -> None:
    number, questions = port
    target = f"{{host: 127.0.0.1, port: {number}, path: /well, expect: "
    (data / "store.yaml").write_text(f"{FULL}targets:\n  internet: {target}all is well}}\n", "utf-8")
    found = doctor()
    assert statuses(found).keys() >= {"clock-exact", "http-good"}
    assert {q.split(b" ")[0] for q in questions} == {b"HEAD", b"GET"}
    (data / "store.yaml").write_text(f"{FULL}targets:\n  internet: {target}something else}}\n", "utf-8")
    found = doctor()
    assert (found["status"], found["http-portal"]["status"]) == (0, "WARN")
    count = len(questions)
    assert doctor("--no-network")["network-off"]["status"] == "SKIP"
    assert len(questions) == count


def test_ctrl_c_skips_one_target_and_not_the_verdict(data: Path, shop: Path) -> None:
    import pexpect

    with socket.create_server(("127.0.0.1", 0)) as hangs:
        number = hangs.getsockname()[1]
        target = f"{{host: 127.0.0.1, port: {number}, path: /, expect: x}}"
        (data / "store.yaml").write_text(f"{FULL}targets:\n  till-server: {target}\n", "utf-8")
        env = {**os.environ, "TILLBOOK_DATA": str(data), "PYTHONPATH": str(Path(__file__).parent.parent)}
        child = pexpect.spawn(sys.executable, ["-m", "toolkit", "doctor"], env=env, timeout=20, encoding="utf-8")
        child.expect("OK   Time: ")
        there, _ = hangs.accept()
        child.sendintr()
        child.expect("SKIP Till software server: skipped")
        child.expect("You can use the runbooks.")
        child.expect(pexpect.EOF)
        child.close()
        there.close()
        assert child.exitstatus == 0
