"""The run of several checks, one after the other, within a total of ten seconds."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from toolkit.clock import Clock, local, seconds
from toolkit.model import Check, Store, Target
from toolkit.shop.probes.outcome import RESULTS, UNKNOWN, Outcome

Found = tuple[str, dict[str, str]]
T = TypeVar("T")

BUDGET: Final = 10.0  # seconds for all checks of one run: nobody at a till waits longer
DEADLINES: Final[Mapping[str, float]] = {"dns": 3.0, "tcp": 3.0, "http": 4.0, "tls": 4.0, "clock": 3.0, "disk": 2.0}
NEED_TARGET: Final = frozenset({"dns", "tcp", "http", "tls"})
# What it means that the deadline passed; the socket's own timeout comes to the same.
_SILENT: Final = {"dns": "dns-silent", "tcp": "tcp-silent", "http": "http-silent", "tls": "tls-silent"}

_NS: Final = 1_000_000_000
_SLICE: Final = 0.05  # Windows does not notice Ctrl-C inside a longer wait
_DRIFT: Final = 120  # seconds; our own choice: a record that is off by no more is still of use
_ROOM: Final = 100 * 1024 * 1024  # bytes; an incident takes a hundredth of it, the system needs the rest
_FIRST_ZONE: Final = 14 * 3600  # a day begins in UTC+14 first


class _Bench(NamedTuple):
    """What the checks of one run share; `end` is the monotonic time, in nanoseconds, at which the budget is spent."""

    store: Store
    data_folder: Path
    clock: Clock
    newest: tuple[float, str] | None
    end: int


def run(
    checks: Iterable[Check], store: Store, data_folder: Path, clock: Clock, known_times: Iterable[str] = ()
) -> Iterator[Outcome]:
    """The outcome of each check as soon as it is known, in their order.

    Targets come from `store` and from nowhere else. `known_times` are moments that have passed for certain, as
    `Moment.utc` writes them, or dates. Ctrl-C skips the check that is under way. Raises nothing.
    """
    newest = max(((_passed(t), t[:10]) for t in known_times if t), default=None)
    bench = _Bench(store, data_folder, clock, newest, clock.now().mono + int(BUDGET * _NS))
    for check in checks:
        yield _outcome(check, bench)


def _outcome(check: Check, bench: _Bench) -> Outcome:
    began = bench.clock.now().mono
    try:
        reason, params = _found(check, bench, (bench.end - began) / _NS)
    except KeyboardInterrupt:
        reason, params = "skipped", {}
    except Exception as error:  # a check that fails must not stop the guidance
        reason, params = "failed", {"kind": type(error).__name__}
    target = bench.store.targets.get(check.target)
    if target:
        params = {"host": target.host, "port": str(target.port), **params}
    ms = (bench.clock.now().mono - began) // 1_000_000
    return Outcome(check.probe, check.target, RESULTS.get(reason, UNKNOWN), reason, params, ms)


def _found(check: Check, bench: _Bench, left: float) -> Found:
    target = bench.store.targets.get(check.target)
    if check.probe in NEED_TARGET and target is None:
        return "no-target", {}
    if check.probe in NEED_TARGET and bench.store.sample:
        return "sample", {}
    if left <= 0:
        return "no-time", {}
    own = DEADLINES[check.probe]
    if check.probe == "clock":
        return _clock(None if bench.store.sample else target, bench, min(own, left))
    found = _within(_job(check.probe, target, bench, own), min(own, left), bench.clock)
    if found is not None:
        return found
    return (_SILENT.get(check.probe, "disk-unread") if left >= own else "no-time"), {"seconds": f"{own:.0f}"}


def _job(probe: str, target: Target | None, bench: _Bench, longest: float) -> Callable[[], Found]:
    if target is None or probe not in NEED_TARGET:
        return lambda: _disk(bench.data_folder)
    from toolkit.shop.probes import wire

    look = {"dns": wire.dns, "tcp": wire.tcp, "http": wire.page, "tls": wire.tls}[probe]
    now = bench.clock.now().wall / _NS
    return lambda: look(target, longest, now)


def _within(job: Callable[[], T], longest: float, clock: Clock) -> T | None:
    """What `job` returns within `longest` seconds, else None; the job then goes on by itself and counts for nothing.

    Looking up a name has no timeout of its own, a slow disk neither: hence a thread that the process does not wait for.
    """
    from threading import Event, Thread

    done, results, errors = Event(), list[T](), list[Exception]()

    def work() -> None:
        try:
            results.append(job())
        except Exception as error:  # raised again where it is looked for
            errors.append(error)
        done.set()

    end = clock.now().mono + int(longest * _NS)
    Thread(target=work, daemon=True).start()
    while not done.wait(_SLICE):
        if clock.now().mono >= end:
            return None
    if errors:
        raise errors[0]
    return results[0]


def _clock(target: Target | None, bench: _Bench, longest: float) -> Found:
    """The time of the computer against the target where there is one that answers, else against what has passed."""
    now = bench.clock.now()
    params = {"now": local(now.utc, now.zone, "%Y-%m-%d %H:%M")}
    wall, newest = now.wall / _NS, bench.newest
    if newest is not None:
        params["known"] = newest[1]
    if target is not None:
        from toolkit.shop.probes import wire

        there = _within(lambda: wire.date(target, longest), longest, bench.clock)
        if there is not None:
            off = there - bench.clock.now().wall / _NS
            params["minutes"] = str(round(abs(off) / 60))
            return ("clock-slow" if off > _DRIFT else "clock-fast" if off < -_DRIFT else "clock-exact"), params
    if newest is None:
        return "clock-nothing", params
    return ("clock-behind" if wall < newest[0] - _DRIFT else "clock-plausible"), params


def _passed(time: str) -> float:
    """A moment that has passed, in seconds since 1970: of a date, the moment at which it first began anywhere."""
    return seconds(time) if "T" in time else seconds(f"{time}T00:00:00Z") - _FIRST_ZONE


def _disk(folder: Path) -> Found:
    from shutil import disk_usage

    place = next((p for p in (folder, *folder.absolute().parents) if p.exists()), folder)
    try:
        free = disk_usage(place).free
    except OSError:
        return "disk-unread", {}
    return ("disk-room" if free >= _ROOM else "disk-low"), {"free": str(free // 1024**2)}
