"""The time, in one place so that tests can hold it."""

import sys
import time
from functools import lru_cache
from typing import Final, NamedTuple

_NS: Final = 1_000_000_000
_MINUTE: Final = 60 * _NS
_JUMP: Final = 2.0  # seconds by which wall and monotonic clock may part before it counts as a jump
_DRIFT: Final = 1e-4  # and the part of a long time by which two clocks of a computer may differ
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


class Jump(NamedTuple):
    """The wall clock jumped by so many seconds; `known` is False where the computer may only have slept."""

    by: float
    known: bool


class Watch:
    """Tells by how much the wall clock jumped; `at` (UTC, or empty) and `mono` are of the last entry that is known.

    `skew` is by how much the clock is ahead at that entry, by all jumps on record. Between two sittings a computer may
    have been off, so that at the first look only two things are a jump: a clock behind the last entry, and one that
    was behind and is put right: ahead by at least that much of what is known to have gone by.
    """

    def __init__(self, at: str = "", mono: int = 0, skew: float = 0.0) -> None:
        self._at, self._mono, self._skew = at, mono, skew
        self._drift: int | None = None
        self._told = 0.0

    def heard(self, at: str, mono: int, jump: Jump | None) -> None:
        """Another window's entry; what it says of a jump is not seen once more here."""
        if jump and jump.known:
            self._skew += jump.by
        if self._drift is None:
            self._at, self._mono = at, mono
        elif jump:
            self._told += jump.by

    def jump(self, now: Moment) -> Jump | None:
        """How the clock jumped since the last look, as far as nobody has told."""
        drift, before, told = now.wall - now.mono, self._drift, self._told
        self._drift, self._told = drift, 0.0
        if before is None:
            found = self._first(now)
        else:
            by = (drift - before) / _NS
            found = self._judged(min(by, by - told, key=abs), now)
        if found and found.known:
            self._skew += found.by
        return found

    def _first(self, now: Moment) -> Jump | None:
        if not self._at:
            return None
        by = seconds(now.utc) - seconds(self._at)
        if by >= 0:
            passed = (now.mono - self._mono if now.mono >= self._mono else now.mono) / _NS
            by -= passed
            return Jump(-self._skew, known=True) if self._puts_right(by, passed * _DRIFT) else None
        return self._judged(by, now)

    def _judged(self, by: float, now: Moment) -> Jump | None:
        if abs(by) <= _JUMP:
            return None
        if by > 0 and not now.sleeps and self._puts_right(by):
            return Jump(-self._skew, known=True)
        return Jump(by, now.sleeps or by < 0)

    def _puts_right(self, by: float, doubt: float = 0.0) -> bool:
        return self._skew < -_JUMP and by + doubt + _JUMP >= -self._skew


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
