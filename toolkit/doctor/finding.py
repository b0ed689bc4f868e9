"""One line of the examination, and the verdict over all of them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from toolkit.cells import lead, wrap
from toolkit.shop.probes import Outcome, sentences
from toolkit.text import Words

OK, WARN, FAIL, SKIP = "OK", "WARN", "FAIL", "SKIP"
SCHEMA_VERSION: Final = 1


class Finding(NamedTuple):
    """One line: what was looked at, OK, WARN, FAIL or SKIP, and the words: a code with what fills it, or an outcome.

    A value that is a tuple holds names of things, as keys of words: `contact.acquirer`; `age` is an ISO 8601 duration.
    """

    check: str
    status: str
    code: str
    params: Mapping[str, str | tuple[str, ...]] = {}
    outcome: Outcome | None = None


def worded(found: Finding, words: Words) -> tuple[str, str]:
    """What was found, and how to mend it; "" where nothing is to be mended."""
    if found.outcome:
        saw, means, do = sentences(found.outcome, words)
        return f"{lead(saw)}{means}" if found.status != OK else saw, do if found.status != OK else ""
    values = {key: _shown(key, value, words) for key, value in found.params.items()}
    says, fix = f"doctor.says.{found.code}", f"doctor.fix.{found.code}"
    return words(says, **values), words(fix, **values) if fix in words else ""


def _shown(key: str, value: str | tuple[str, ...], words: Words) -> str:
    if isinstance(value, tuple):
        return words("doctor.comma").join(words(name) for name in value)
    return words.duration(value) if key == "age" else value


def lines(found: Finding, words: Words) -> list[str]:
    """The finding on the screen, and below it how to mend it."""
    says, fix = worded(found, words)
    shown = wrap(says, f"{found.status:<4} ", "     ")
    return [*shown, *(wrap(fix, f"     {lead(words('doctor.mend'))}", "       ") if fix else [])]


def first(found: Sequence[Finding]) -> Finding | None:
    """The first that has to be mended, or None."""
    return next((f for f in found if f.status == FAIL), None)


def verdict(found: Sequence[Finding], words: Words) -> str:
    """One sentence for the manager."""
    worst = first(found)
    if worst:
        says, fix = worded(worst, words)
        return words("doctor.not-yet", first=fix or says)
    warned = sum(f.status == WARN for f in found)
    return words("doctor.usable-but", n=warned) if warned else words("doctor.usable")


def as_json(found: Sequence[Finding], words: Words) -> dict[str, Any]:
    """Everything that was found, as a program reads it."""
    return {
        "schema_version": SCHEMA_VERSION,
        "usable": first(found) is None,
        "says": verdict(found, words),
        "checks": [_row(f, words) for f in found],
    }


def _row(found: Finding, words: Words) -> dict[str, Any]:
    says, fix = worded(found, words)
    row = {"check": found.check, "status": found.status, "code": found.code, "says": says, "fix": fix}
    return {**row, "params": dict(found.outcome.params if found.outcome else found.params)}
