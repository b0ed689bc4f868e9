"""What an audit found, as lines and as data: what the record proves and what not; pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from toolkit.cells import wrap
from toolkit.clock import local
from toolkit.record.audit import ERASED, KEPT, PHOTO, RUNBOOK, TEXT, Audit
from toolkit.record.tombstones import Tomb
from toolkit.text import Words


def lines(seen: Audit, words: Words) -> list[str]:
    """What was found at one incident: what is there, then what is wrong, then the verdict."""
    if not seen.entries and seen.sound:
        return ["", seen.incident, *wrap(words("verify.empty"), "  ")]
    told = [words("verify.entries", n=seen.entries, code=seen.head)]
    told += [words("verify.segments", n=seen.segments)] if seen.segments > 1 else []
    told += [_counted(seen, kind, words) for kind in (TEXT, PHOTO, RUNBOOK) if any(p.kind == kind for p in seen.parts)]
    told += [words("verify.unnamed", n=seen.unnamed)] if seen.unnamed else []
    told += [words("verify.aside", file=name, n=size) for name, size in seen.aside]
    told += [words("verify.torn", n=seen.torn)] if seen.torn else []
    told += [words("verify.jump", n=entry, by=by) for entry, by in seen.jumps]
    amiss = list(_amiss(seen, words))
    return [
        "",
        seen.incident,
        *(w for text in told for w in wrap(text, "  ", "    ")),
        *(w for text in amiss for w in wrap(text, "  !! ", "     ")),
        *wrap(words("verify.sound" if seen.sound else "verify.unsound"), "  ", "    "),
    ]


def _counted(seen: Audit, kind: str, words: Words) -> str:
    count = Counter(part.fate for part in seen.parts if part.kind == kind)
    return words(f"verify.count.{kind}", kept=count[KEPT], erased=count[ERASED])


def _amiss(seen: Audit, words: Words) -> Iterable[str]:
    for found in seen.damage:
        yield words("report.damage", segment=found.segment, line=found.line, reason=words(f"damage.{found.reason}"))
    for name in seen.strays:
        yield words("verify.stray", file=name)
    if seen.lost:
        yield words("report.lost", n=seen.lost)
    for part in seen.bad:
        what = words(f"verify.part.{part.kind}", n=part.entry, name=part.name)
        yield words(f"verify.fate.{part.fate}", what=what)


def head(places: Sequence[tuple[Audit, int]], purged: Sequence[str], words: Words) -> list[str]:
    """Where the head code from paper stands."""
    told = [words("verify.head-purged", incident=name) for name in purged]
    for seen, entry in places:
        after = sum(number > entry for number, _ in seen.hashes)
        key = "verify.head-at" if after else "verify.head-last"
        told.append(words(key, incident=seen.incident, n=entry, after=after))
    return [w for text in told or [words("verify.head-nowhere")] for w in wrap(text)]


def purged(stones: Sequence[Tomb], words: Words) -> list[str]:
    """The incidents that were removed on purpose."""
    told = [""] if stones else []
    for one in stones:
        on = local(one.purged, one.zone, "%Y-%m-%d")
        text = words("verify.purged", incident=one.incident, on=on, by=one.by, n=one.entries, code=one.head)
        told += wrap(text, "", "  ")
    return told


def limits(words: Words) -> list[str]:
    """What the chain proves, and what it cannot."""
    return [w for key in ("proves", "proves-not", "erasing") for w in wrap(words(f"verify.{key}"))]


def row(seen: Audit) -> dict[str, Any]:
    """One incident as data."""
    return {
        "incident": seen.incident,
        "sound": seen.sound,
        "entries": seen.entries,
        "head": seen.head,
        "segments": seen.segments,
        "damage": [found._asdict() for found in seen.damage],
        "strays": list(seen.strays),
        "torn": seen.torn,
        "aside": [{"file": name, "bytes": size} for name, size in seen.aside],
        "clock_jumps": [{"entry": entry, "seconds": by} for entry, by in seen.jumps],
        "lost": seen.lost,
        "parts": [part._asdict() for part in seen.parts],
        "unnamed": seen.unnamed,
    }
