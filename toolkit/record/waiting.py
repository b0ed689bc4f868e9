"""The events that are not on disk yet, in their order, with the files of their sealed texts."""

from collections.abc import Mapping
from itertools import accumulate
from typing import Any, NamedTuple

from toolkit.clock import Moment
from toolkit.incident.state import Event, Told
from toolkit.record import private
from toolkit.record.chain import encode


class _One(NamedTuple):
    """An event, what of it is recorded, and the files of its sealed texts."""

    event: Event
    sealed: Mapping[str, Any]
    files: Mapping[str, bytes]
    now: Moment
    at: str
    who: str


class Waiting:
    """Events that wait for the disk. `sent` are their lines as far as these may stand in the file, for all we know."""

    def __init__(self) -> None:
        self._all: list[_One] = []
        self.sent: list[bytes] = []

    def add(self, event: Event, now: Moment, who: str, *, first: bool = False) -> str:
        """One more event, the last, or the `first` where it is about the record itself; returns its time (UTC)."""
        sealed, files = private.seal(event.data, event.private) if event.private else (event.data, {})
        at = now.utc
        self._all.insert(0 if first else len(self._all), _One(event, sealed, files, now, at, who))
        return at

    def __len__(self) -> int:
        return len(self._all)

    def events(self) -> Told:
        """The events with their times."""
        return [(one.event, one.at) for one in self._all]

    def shift(self, behind: int, by: int) -> None:
        """So many entries have come before these: what is said of an entry with a number `behind` that follows it."""
        for place, one in enumerate(self._all):
            if one.event.kind == "time-corrected" and one.sealed["entry"] > behind:
                self._all[place] = _with(one, entry=one.sealed["entry"] + by)

    def make_way(self, activation: object, number: int) -> None:
        """Somebody else has written a sale of that number: those that wait, and what is said of them, follow it."""
        for place, one in enumerate(self._all):
            if one.event.kind in {"sale", "sale-taken-back"} and one.sealed["activation"] == activation:
                self._all[place] = _with(one, n=one.sealed["n"] + (one.sealed["n"] >= number))

    def files(self) -> dict[str, bytes]:
        """The files of all sealed texts."""
        return {name: raw for one in self._all for name, raw in one.files.items()}

    def lines(self, last: str, seq: int) -> tuple[list[bytes], str]:
        """All of it as lines that follow the one with the hash `last` and the number `seq`; the last one's hash."""
        found = []
        for one in self._all:
            seq += 1
            line, last = encode(seq, one.event.kind, one.at, one.now.zone, one.now.mono, one.who, one.sealed, last)
            found.append(line)
        return found, last

    def written(self, count: int) -> None:
        """The first `count` are on disk; nothing of ours stands in the file behind them."""
        del self._all[:count]
        self.sent = []

    def only(self, raw: bytes) -> bool:
        """Whether `raw` is what was sent, or its beginning: it can be taken back."""
        return b"".join(self.sent).startswith(raw)

    def among(self, raw: bytes) -> int:
        """How many of the lines sent `raw` begins with: somebody else has built on them."""
        return sum(raw.startswith(begun) for begun in accumulate(self.sent))


def _with(one: _One, **values: object) -> _One:
    event = one.event._replace(data={**one.event.data, **values})
    return one._replace(event=event, sealed={**one.sealed, **values})
