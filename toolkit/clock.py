"""The time, in one place so that tests can hold it."""

import time
from typing import Final, NamedTuple

_NS: Final = 1_000_000_000


class Moment(NamedTuple):
    """Nanoseconds since 1970 by the wall clock, nanoseconds by the monotonic clock, the offset from UTC in seconds."""

    wall: int
    mono: int
    offset: int

    @property
    def utc(self) -> str:
        """ISO 8601 in UTC, to the millisecond."""
        seconds, rest = divmod(self.wall, _NS)
        return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{rest // 1_000_000:03d}Z"

    @property
    def zone(self) -> str:
        """The offset from UTC: +08:00."""
        sign, minutes = ("-" if self.offset < 0 else "+"), abs(self.offset) // 60
        return f"{sign}{minutes // 60:02d}:{minutes % 60:02d}"


class Clock:
    """The machine's clocks."""

    def now(self) -> Moment:
        wall = time.time_ns()
        return Moment(wall, time.monotonic_ns(), time.localtime(wall // _NS).tm_gmtoff)


def seconds(at: str) -> float:
    """Seconds since 1970 of a time as `Moment.utc` writes it."""
    from calendar import timegm

    return timegm(time.strptime(at[:19], "%Y-%m-%dT%H:%M:%S")) + float(at[19:-1] or 0)


def local(at: str, zone: str, pattern: str = "%H:%M") -> str:
    """A time as `Moment.utc` writes it, on the clock of the shop."""
    sign = -1 if zone[:1] == "-" else 1
    offset = sign * (int(zone[1:3]) * 3600 + int(zone[4:6]) * 60)
    return time.strftime(pattern, time.gmtime(seconds(at) + offset))


def span(iso: str) -> int:
    """An ISO 8601 duration in seconds; a month counts 30 days, a year 365."""
    total, number, clock = 0, "", False
    for char in iso[1:]:
        if char == "T":
            clock = True
        elif char.isdigit():
            number += char
        else:
            day = {"Y": 365, "M": 30, "W": 7, "D": 1}
            total += int(number) * ({"H": 3600, "M": 60}[char] if clock else day[char] * 86400)
            number = ""
    return total
