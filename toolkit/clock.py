"""The time, in one place so that tests can hold it."""

import sys
import time
from functools import lru_cache
from typing import Final, NamedTuple

_NS: Final = 1_000_000_000
_MINUTE: Final = 60 * _NS
_JUMP: Final = 2.0  # seconds by which wall and monotonic clock may part before it counts as a jump
_DATE_UNITS: Final = {"Y": "year", "M": "month", "W": "week", "D": "day"}
_TIME_UNITS: Final = {"H": "hour", "M": "minute"}
_SECONDS: Final = {"year": 31_536_000, "month": 2_592_000, "week": 604_800, "day": 86_400, "hour": 3600, "minute": 60}


# The C library's calendar costs a seventh of a durable append; one look a minute is enough.
@lru_cache(maxsize=1)
def _date(minute: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M", time.gmtime(minute * 60))


@lru_cache(maxsize=1)
def _offset(minute: int) -> int:
    return time.localtime(minute * 60).tm_gmtoff


class Moment(NamedTuple):
    """Nanoseconds since 1970 by the wall clock, nanoseconds by the monotonic clock, the offset from UTC in seconds.

    `sleeps` says that the monotonic clock goes on while the computer sleeps.
    """

    wall: int
    mono: int
    offset: int
    sleeps: bool = False

    @property
    def day(self) -> str:
        """The shop's date: 2026-11-23."""
        return local(self.utc, self.zone, "%Y-%m-%d")

    @property
    def utc(self) -> str:
        """ISO 8601 in UTC, to the millisecond."""
        minute, rest = divmod(self.wall, _MINUTE)
        return f"{_date(minute)}:{rest // _NS:02d}.{rest % _NS // 1_000_000:03d}Z"

    @property
    def zone(self) -> str:
        """The offset from UTC: +08:00."""
        sign, minutes = ("-" if self.offset < 0 else "+"), abs(self.offset) // 60
        return f"{sign}{minutes // 60:02d}:{minutes % 60:02d}"


# Linux has a clock that counts a sleep, Windows counts it in the usual one; elsewhere a sleep looks like a jump.
_SLEEPS: Final = hasattr(time, "CLOCK_BOOTTIME") or sys.platform == "win32"


def _steady() -> int:
    if sys.platform == "linux":
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    return time.monotonic_ns()


class Clock:
    """The machine's clocks."""

    def now(self) -> Moment:
        wall = time.time_ns()
        return Moment(wall, _steady(), _offset(wall // _MINUTE), _SLEEPS)


class Watch:
    """Tells by how much the wall clock jumped; `last` is the last time that is known (UTC), or empty.

    At the first look only a clock that is behind `last` is known to have jumped: back.
    """

    def __init__(self, last: str) -> None:
        self._last = last
        self._drift: int | None = None

    def jump(self, now: Moment) -> float:
        """Seconds by which the clock jumped since the last look, 0.0 where that is no jump."""
        drift, before = now.wall - now.mono, self._drift
        self._drift = drift
        if before is not None:
            by = (drift - before) / _NS
        else:
            by = min(seconds(now.utc) - seconds(self._last), 0.0) if self._last else 0.0
        return by if abs(by) > _JUMP else 0.0


def seconds(at: str) -> float:
    """Seconds since 1970 of a time as `Moment.utc` writes it."""
    from calendar import timegm

    return timegm(time.strptime(at[:19], "%Y-%m-%dT%H:%M:%S")) + float(at[19:-1] or 0)


def local(at: str, zone: str, pattern: str = "%H:%M") -> str:
    """A time as `Moment.utc` writes it, on the clock of the shop."""
    sign = -1 if zone[:1] == "-" else 1
    offset = sign * (int(zone[1:3]) * 3600 + int(zone[4:6]) * 60)
    return time.strftime(pattern, time.gmtime(seconds(at) + offset))


def utc(moment: float) -> str:
    """A moment in seconds since 1970, as `Moment.utc` writes it."""
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(moment))}.000Z"


def parts(iso: str) -> list[tuple[int, str]]:
    """An ISO 8601 duration as (number, unit): PT1H30M is [(1, "hour"), (30, "minute")]."""
    found: list[tuple[int, str]] = []
    number, units = "", _DATE_UNITS
    for char in iso[1:]:
        if char == "T":
            units = _TIME_UNITS
        elif char.isdigit():
            number += char
        else:
            found.append((int(number), units[char]))
            number = ""
    return found


def span(iso: str) -> int:
    """An ISO 8601 duration in seconds; a month counts 30 days, a year 365."""
    return sum(number * _SECONDS[unit] for number, unit in parts(iso))


def later(at: str, iso: str) -> str:
    """The time a duration after `at`."""
    return utc(seconds(at) + span(iso))


def instant(typed: str, now: Moment) -> str:
    """A shop's time as `replies.value` spells it (14:05, or 2026-11-23 14:05), as UTC.

    Without a date it is today's; what would lie more than an hour ahead was yesterday's.
    """
    from calendar import timegm

    date, _, clock = typed.rpartition(" ")
    at = timegm(time.strptime(f"{date or now.day} {clock}", "%Y-%m-%d %H:%M")) - now.offset
    if not date and at > seconds(now.utc) + 3600:
        at -= 86_400
    return utc(at)


def promised(typed: str, now: Moment) -> str:
    """A time that lies ahead, as UTC: without a date it is the next such time."""
    at = instant(typed, now)
    if " " not in typed and seconds(at) < seconds(now.utc):
        at = utc(seconds(at) + 86_400)
    return at
