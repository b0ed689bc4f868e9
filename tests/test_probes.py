"""Automatic checks against real servers on this machine; time is counted on a clock of the test's own."""

import re
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import trustme

from toolkit.cells import width
from toolkit.clock import Clock, Moment
from toolkit.content.schema import schema, vocabulary
from toolkit.model import LANGUAGES, Check, Store, Target
from toolkit.shop import probes
from toolkit.shop.probes import FAIL, PASS, UNKNOWN, Outcome
from toolkit.shop.probes.outcome import RESULTS
from toolkit.text import words

BUDGET, DEADLINES = (getattr(sys.modules["toolkit.shop.probes.run"], name) for name in ("BUDGET", "DEADLINES"))
HERE = "127.0.0.1"
Reply = Callable[[socket.socket], None]
Serve = Callable[..., Target]


class Leaping(Clock):
    """A clock that goes `step` seconds further at every look; `interrupt` looks later somebody presses Ctrl-C."""

    def __init__(self, step: float = 0.0, wall: float | None = None, interrupt: int = 0) -> None:
        self.wall = int((wall if wall is not None else datetime.now(UTC).timestamp()) * 1_000_000_000)
        self.step = int(step * 1_000_000_000)
        self.mono = 0
        self.interrupt = interrupt

    def now(self) -> Moment:
        self.mono += self.step
        if self.interrupt:
            self.interrupt -= 1
            if self.interrupt == 0:
                raise KeyboardInterrupt
        return Moment(self.wall + self.mono, self.mono, 8 * 3600)


class Server:
    """Answers each connection with `reply`, and counts them."""

    def __init__(self, reply: Reply, context: ssl.SSLContext | None = None) -> None:
        self.reply = reply
        self.context = context
        self.count = 0
        self.live: socket.socket | None = None
        self.done = threading.Event()
        self.listener = socket.create_server((HERE, 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()

    def work(self) -> None:
        while True:
            try:
                bare, _ = self.listener.accept()
            except OSError:
                return
            if self.done.is_set():
                bare.close()
                return
            self.count += 1
            self.live = bare
            with bare:
                try:
                    self.answer(bare)
                except OSError:
                    pass

    def answer(self, bare: socket.socket) -> None:
        if self.context is None:
            self.reply(bare)
            return
        with self.context.wrap_socket(bare, server_side=True) as secure:
            self.reply(secure)

    def close(self) -> None:
        self.done.set()
        try:
            if self.live is not None:
                self.live.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        try:
            with socket.socket() as last:  # a test may have taken away all that looks up names
                last.connect((HERE, self.port))
        except OSError:
            pass
        self.thread.join(5)
        self.listener.close()


@pytest.fixture
def server() -> Iterator[Callable[..., Server]]:
    """`server(reply, context)`: a server that is gone when the test is over."""
    with ExitStack() as stack:

        def start(reply: Reply, context: ssl.SSLContext | None = None) -> Server:
            made = Server(reply, context)
            stack.callback(made.close)
            return made

        yield start


def says(raw: bytes) -> Reply:
    """A reply that reads the request and sends `raw`."""

    def reply(there: socket.socket) -> None:
        there.recv(65536)
        there.sendall(raw)

    return reply


def silent(there: socket.socket) -> None:
    """A reply that stays away until the other side leaves."""
    while there.recv(65536):
        pass


def page(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


def one(
    check: Check, target: Target | None = None, *, clock: Clock | None = None, known: tuple[str, ...] = ()
) -> Outcome:
    store = Store(targets={check.target: target} if target else {})
    (outcome,) = probes.run([check], store, Path(), clock or Leaping(), known)
    return outcome


def asked(probe: str, server: Server, **more: Any) -> Outcome:
    return one(Check(probe, "internet"), Target(HERE, server.port, **more))


# --- pages


@pytest.mark.parametrize(
    ("raw", "expect", "reason", "result"),
    [
        (page(b"<p>all is well</p>"), "all is well", "http-good", PASS),
        (page("<p>一切正常</p>".encode()), "一切正常", "http-good", PASS),
        (page("<p>一切正常</p>".encode("gb18030")), "一切正常", "http-good", PASS),
        (page(b"", "204 No Content"), "", "http-good", PASS),
        (page(b"hello"), "", "http-unmarked", UNKNOWN),
        (page(b"<form>Wi-Fi log-in</form>"), "all is well", "http-portal", FAIL),
        (page(b"log in", "511 Network Authentication Required"), "log in", "http-portal", FAIL),
        (page(b"all is well", "302 Found", "Location: http://portal.invalid/"), "all is well", "http-redirect", FAIL),
        (page(b"all is well", "503 Busy"), "all is well", "http-error", FAIL),
        (page(b"x" * 70_000 + b"all is well"), "all is well", "http-portal", FAIL),
        (b"220 mail.example ESMTP\r\n", "", "http-garbled", FAIL),
        (b"\x00\xff\xfe" * 50 + b"\r\n\r\n", "", "http-garbled", FAIL),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "", "http-garbled", FAIL),
        (b"", "", "cut-off", FAIL),
    ],
)
def test_a_page_and_what_comes_in_its_place(
    raw: bytes, expect: str, reason: str, result: str, server: Callable[..., Server]
) -> None:
    there = server(says(raw))
    outcome = asked("http", there, path="/well", expect=expect)
    assert (outcome.reason, outcome.result) == (reason, result)
    assert there.count == 1, "a redirect was followed, or the question repeated"


def test_what_is_asked_is_plain_and_goes_past_no_proxy(
    server: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://{HERE}:9")
    requests: list[bytes] = []

    def reply(there: socket.socket) -> None:
        requests.append(there.recv(65536))
        there.sendall(page(b"well"))

    there = server(reply)
    assert asked("http", there, path="/a?b=c", expect="well").result == PASS
    assert requests[0].startswith(b"GET /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n" % there.port)
    assert b"Cookie" not in requests[0]


def test_nothing_that_the_network_says_is_kept(server: Callable[..., Server]) -> None:
    hostile = page(
        b"\x1b]0;x\x07 secret", "302 \x1b[2J secret", "Location: http://secret.invalid/\x1b[31m", "Server: secret"
    )
    outcome = asked("http", server(says(hostile)), expect="well")
    assert outcome.params.keys() == {"host", "port", "status"}
    assert "secret" not in str(outcome)
    for language in LANGUAGES:
        text = "\n".join(probes.lines(outcome, words(language)))
        assert "secret" not in text
        assert "\x1b" not in text


@pytest.mark.parametrize(("probe", "reason"), [("http", "http-silent"), ("tls", "tls-silent")])
def test_a_server_that_hangs_is_left_at_the_deadline(probe: str, reason: str, server: Callable[..., Server]) -> None:
    clock = Leaping(1.0)
    outcome = one(Check(probe, "internet"), Target(HERE, server(silent).port), clock=clock)
    assert (outcome.reason, outcome.result) == (reason, FAIL)
    assert 4000 <= outcome.ms <= 8000


# --- names and ports


def test_a_port_that_answers_and_one_that_is_closed(server: Callable[..., Server]) -> None:
    there = server(silent)
    assert asked("tcp", there).reason == "tcp-open"
    there.close()
    closed = asked("tcp", there)
    assert (closed.reason, closed.params) == ("tcp-closed", {"host": HERE, "port": str(there.port)})
    assert asked("http", there).reason == "tcp-closed"
    assert asked("tls", there).reason == "tcp-closed"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (socket.gaierror(-2, "Name or service not known"), "dns-none"),
        (UnicodeError("label too long"), "dns-none"),
        (OSError(101, "Network is unreachable"), "tcp-no-way"),
        (OSError(113, "No route to host"), "tcp-no-way"),
        (ConnectionResetError(), "cut-off"),
        (TimeoutError(), "tcp-silent"),
    ],
)
def test_why_there_is_no_connection(error: Exception, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(socket, "create_connection", fail)
    for probe in ("tcp", "http", "tls"):
        assert one(Check(probe, "router"), Target("router.invalid", 80)).reason == reason


def test_a_name_that_is_found_and_one_that_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    assert one(Check("dns", "internet"), Target("localhost", 80)).reason == "dns-found"
    assert one(Check("dns", "internet"), Target("192.0.2.7", 80)).reason == "dns-number"

    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    assert one(Check("dns", "internet"), Target("page.invalid", 80)).reason == "dns-none"


@pytest.fixture
def no_names(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A look-up of names that hangs; the names that were looked up."""
    release, names = threading.Event(), list[str]()

    def hang(host: str, *_: object, **__: object) -> list[Any]:
        names.append(host)
        release.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    yield names
    release.set()


def test_a_look_up_that_hangs_is_left_at_the_deadline(no_names: list[str]) -> None:
    outcome = one(Check("dns", "internet"), Target("page.invalid", 80), clock=Leaping(1.0))
    assert (outcome.reason, outcome.params["seconds"]) == ("dns-silent", "3")
    assert no_names == ["page.invalid"]


def test_all_checks_together_end_within_the_budget(no_names: list[str]) -> None:
    clock = Leaping(0.5)
    store = Store(targets={"internet": Target("page.invalid", 80)})
    found = list(probes.run([Check("dns", "internet")] * 8, store, Path(), clock))
    reasons = [o.reason for o in found]
    assert reasons[0] == "dns-silent"
    assert reasons[-1] == "no-time"
    assert reasons == sorted(reasons, key=["dns-silent", "no-time"].index)
    assert {o.result for o in found if o.reason == "no-time"} == {UNKNOWN}
    assert sum(o.ms for o in found) <= 1000 * (BUDGET + 8)
    assert len(no_names) < 5, "no look-up begins once the budget is spent"


def test_a_deadline_that_the_budget_cut_short_says_nothing_about_the_network(no_names: list[str]) -> None:
    clock = Leaping(0.5)
    store = Store(targets={"internet": Target("page.invalid", 80)})
    found = list(probes.run([Check("dns", "internet")] * 4, store, Path(), clock))
    assert found[-1].reason == "no-time"


def test_each_outcome_is_there_before_the_next_check_begins(server: Callable[..., Server]) -> None:
    first, second = server(silent), server(silent)
    store = Store(targets={"router": Target(HERE, first.port), "internet": Target(HERE, second.port)})
    coming = probes.run([Check("tcp", "router"), Check("tcp", "internet")], store, Path(), Leaping())
    assert next(coming).target == "router"
    assert second.count == 0
    assert [o.target for o in coming] == ["internet"]


def test_ctrl_c_skips_the_check_and_not_the_others(no_names: list[str], tmp_path: Path) -> None:
    store = Store(targets={"internet": Target("page.invalid", 80)})
    checks = [Check("dns", "internet"), Check("disk")]
    skipped, other = probes.run(checks, store, tmp_path, Leaping(interrupt=5))
    assert (skipped.reason, skipped.result, other.reason) == ("skipped", UNKNOWN, "disk-room")


# --- certificates


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The authority of the test is one that this computer knows."""
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))


def certified(authority: trustme.CA, days: float, name: str = "localhost", begins: float = -400) -> ssl.SSLContext:
    now = datetime.now(UTC)
    made = authority.issue_cert(
        name, not_before=now + timedelta(days=begins), not_after=now + timedelta(days=days, hours=1)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.configure_cert(context)
    return context


@pytest.mark.parametrize(
    ("days", "begins", "name", "reason", "result"),
    [
        (100, -1, "localhost", "tls-valid", PASS),
        (14, -1, "localhost", "tls-valid", PASS),
        (13, -1, "localhost", "tls-soon", PASS),
        (-2, -9, "localhost", "tls-expired", FAIL),
        (9, 2, "localhost", "tls-early", FAIL),
        (100, -1, "portal.example", "tls-other-name", FAIL),
    ],
)
def test_how_good_a_certificate_is(
    days: int, begins: int, name: str, reason: str, result: str,
    authority: trustme.CA, trusted: None, server: Callable[..., Server],
) -> None:  # fmt: skip
    there = server(silent, certified(authority, days, name, begins))
    outcome = one(Check("tls", "acquirer-host"), Target("localhost", there.port, tls=True))
    assert (outcome.reason, outcome.result) == (reason, result)
    if result == PASS:
        assert outcome.params["days"] == str(days)


def test_days_are_counted_on_the_clock_that_was_given(
    authority: trustme.CA, trusted: None, server: Callable[..., Server]
) -> None:
    there = server(silent, certified(authority, 100))
    later = Leaping(wall=(datetime.now(UTC) + timedelta(days=95)).timestamp())
    outcome = one(Check("tls", "internet"), Target("localhost", there.port, tls=True), clock=later)
    assert (outcome.reason, outcome.params["days"]) == ("tls-soon", "5")


def test_an_authority_that_is_not_known_is_not_called_a_fault(
    authority: trustme.CA, server: Callable[..., Server]
) -> None:
    there = server(silent, certified(authority, 100))
    outcome = one(Check("tls", "internet"), Target("localhost", there.port, tls=True))
    assert (outcome.reason, outcome.result) == ("tls-issuer", UNKNOWN)


def test_a_port_without_tls(server: Callable[..., Server]) -> None:
    assert asked("tls", server(says(b"220 hello\r\n" * 10))).reason == "tls-none"


def test_a_secure_page(authority: trustme.CA, trusted: None, server: Callable[..., Server]) -> None:
    target = Target("localhost", server(says(page(b"well")), certified(authority, 100)).port, "/", "well", tls=True)
    assert one(Check("http", "internet"), target).reason == "http-good"
    wrong = server(says(page(b"well")), certified(authority, 100, "portal.example"))
    assert one(Check("http", "internet"), target._replace(port=wrong.port)).reason == "tls-other-name"


# --- time and disk

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        ((), "clock-nothing"),
        (("",), "clock-nothing"),
        (("2026-11-23",), "clock-plausible"),
        (("2026-11-25",), "clock-plausible"),  # where a day begins first it has begun
        (("2026-11-26", "2026-01-01"), "clock-behind"),
        (("2026-11-24T12:01:00.000Z",), "clock-plausible"),
        (("2026-11-24T12:03:00.000Z",), "clock-behind"),
    ],
)
def test_the_time_against_what_has_passed(known: tuple[str, ...], reason: str) -> None:
    outcome = one(Check("clock"), clock=Leaping(wall=NOON.timestamp()), known=known)
    assert outcome.reason == reason
    assert outcome.params["now"] == "2026-11-24 20:00"


@pytest.mark.parametrize(
    ("minutes", "reason"), [(0, "clock-exact"), (1, "clock-exact"), (30, "clock-slow"), (-30, "clock-fast")]
)
def test_the_time_against_the_network(minutes: int, reason: str, server: Callable[..., Server]) -> None:
    said = format_datetime(NOON + timedelta(minutes=minutes), usegmt=True)
    there = server(says(page(b"", "200 OK", f"Date: {said}")))
    outcome = one(Check("clock", "internet"), Target(HERE, there.port), clock=Leaping(wall=NOON.timestamp()))
    assert outcome.reason == reason
    assert outcome.params["minutes"] == str(abs(minutes))


@pytest.mark.parametrize("header", ["X: y", "Date: soon", "Date: Mon, 99 Foo 2026 12:00:00 GMT", "Date: \x1b[31m"])
def test_a_network_that_does_not_say_the_time(header: str, server: Callable[..., Server]) -> None:
    there = server(says(page(b"", "200 OK", header)))
    clock = Leaping(wall=NOON.timestamp())
    outcome = one(Check("clock", "internet"), Target(HERE, there.port), clock=clock, known=("2026-11-23",))
    assert outcome.reason == "clock-plausible"


def test_the_network_knows_better_than_a_date_that_was_mistyped(server: Callable[..., Server]) -> None:
    there = server(says(page(b"", "200 OK", f"Date: {format_datetime(NOON, usegmt=True)}")))
    clock = Leaping(wall=NOON.timestamp())
    outcome = one(Check("clock", "internet"), Target(HERE, there.port), clock=clock, known=("2062-11-23",))
    assert outcome.reason == "clock-exact"


def test_room_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (found,) = probes.run([Check("disk")], Store(), tmp_path / "not" / "there" / "yet", Leaping())
    assert found.reason == "disk-room"
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=5 * 1024**2))
    assert one(Check("disk")).params == {"free": "5"}
    assert one(Check("disk")).result == FAIL

    def fail(_: object) -> None:
        raise OSError

    monkeypatch.setattr("shutil.disk_usage", fail)
    assert (one(Check("disk")).reason, one(Check("disk")).result) == ("disk-unread", UNKNOWN)


# --- targets and words


@pytest.mark.parametrize("probe", ["dns", "tcp", "http", "tls"])
def test_only_the_targets_of_the_shops_own_store_file_are_asked(
    probe: str, server: Callable[..., Server], no_names: list[str]
) -> None:
    there = server(silent)
    assert one(Check(probe, "internet")).reason == "no-target"
    store = Store(sample=True, targets={"internet": Target(HERE, there.port)})
    (outcome,) = probes.run([Check(probe, "internet")], store, Path(), Leaping())
    assert (outcome.reason, outcome.result, there.count, no_names) == ("sample", UNKNOWN, 0, [])


def test_a_fault_of_ours_does_not_stop_the_guidance(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("inside")

    monkeypatch.setattr("toolkit.shop.probes.wire.tcp", fail)
    outcome = one(Check("tcp", "router"), Target(HERE, 1))
    assert (outcome.reason, outcome.result, outcome.params["kind"]) == ("failed", UNKNOWN, "RuntimeError")


PARAMS = {
    "host": "a-long-name.of-a-host.example", "port": "65535", "seconds": "3", "status": "302", "days": "13",
    "minutes": "30", "now": "2026-11-24 20:00", "known": "2026-11-25", "free": "5", "kind": "RuntimeError",
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", RESULTS)
def test_every_reason_says_what_was_seen_what_it_means_and_what_to_do(reason: str, language: Any) -> None:
    outcome = Outcome("http", "aggregator-host", RESULTS[reason], reason, PARAMS, 12)
    said = words(language)
    saw, means, do = probes.sentences(outcome, said)
    assert saw
    assert means
    assert bool(do) == (RESULTS[reason] != PASS or reason == "tls-soon")
    lines = probes.lines(outcome, said)
    assert lines[0].startswith(f"[{said(f'probe.result.{outcome.result}')}]")
    assert [line for line in lines if width(line) > 79] == []


def test_every_reason_that_is_given_is_known_and_none_is_left_over() -> None:
    folder = Path(probes.__file__).parent
    given = {
        m
        for name in ("run", "wire")
        for m in re.findall(r'"([a-z]+(?:-[a-z]+)+|failed|skipped|sample)"', (folder / f"{name}.py").read_text("utf-8"))
    }
    assert given & RESULTS.keys() == RESULTS.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_probe_and_every_target_has_its_words(language: Any) -> None:
    said = words(language)
    names = schema("runbook")["$defs"]["check"]["properties"]["probe"]["enum"]
    assert set(names) == set(DEADLINES)
    for name in names:
        assert probes.what(Check(name, "router"), said)
    assert {k for k in sorted(said.keys()) if k.startswith("target.")} == {f"target.{n}" for n in vocabulary("targets")}


def test_a_step_shows_what_is_checked_and_its_copy_in_an_incident_keeps_it(tillbook: Callable[..., Any]) -> None:
    from toolkit.content.library import load
    from toolkit.record.snapshots import take
    from toolkit.resources import resource

    shown = " ".join(tillbook("--runbooks", resource("runbooks"), "show", "N01").out.split())
    assert "Automatic check: Router: can it be reached? Automatic check: Internet: does the page open?" in shown
    step = take(load(resource("runbooks")), "shop-network-down").books["shop-network-down"].step("one-or-all")
    assert step is not None
    assert step.check == (Check("tcp", "router"), Check("http", "internet"))
