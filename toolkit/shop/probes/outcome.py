"""What an automatic check came to, and its words. Of what the network says only numbers are kept, never text."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from toolkit.cells import wrap
from toolkit.model import Check
from toolkit.text import Words

PASS, FAIL, UNKNOWN = "PASS", "FAIL", "UNKNOWN"

# Every reason, and what it comes to. Words: `probe.saw.<reason>`, `probe.means.<reason>` and, unless all is well,
# `probe.do.<reason>`.
RESULTS: Final[Mapping[str, str]] = {
    "no-target": UNKNOWN,
    "sample": UNKNOWN,
    "skipped": UNKNOWN,
    "no-time": UNKNOWN,
    "failed": UNKNOWN,
    "dns-found": PASS,
    "dns-none": FAIL,
    "dns-silent": FAIL,
    "dns-number": UNKNOWN,
    "tcp-open": PASS,
    "tcp-closed": FAIL,
    "tcp-silent": FAIL,
    "tcp-no-way": FAIL,
    "cut-off": FAIL,
    "http-good": PASS,
    "http-unmarked": UNKNOWN,
    "http-portal": FAIL,
    "http-redirect": FAIL,
    "http-error": FAIL,
    "http-silent": FAIL,
    "http-garbled": FAIL,
    "tls-valid": PASS,
    "tls-soon": PASS,
    "tls-expired": FAIL,
    "tls-early": FAIL,
    "tls-other-name": FAIL,
    "tls-issuer": UNKNOWN,
    "tls-none": FAIL,
    "tls-silent": FAIL,
    "clock-exact": PASS,
    "clock-plausible": PASS,
    "clock-behind": FAIL,
    "clock-slow": FAIL,
    "clock-fast": FAIL,
    "clock-nothing": UNKNOWN,
    "disk-room": PASS,
    "disk-low": FAIL,
    "disk-unread": UNKNOWN,
}


class Outcome(NamedTuple):
    """The outcome of one check: PASS, FAIL or UNKNOWN, a key of RESULTS with what fills its words, milliseconds."""

    probe: str
    target: str
    result: str
    reason: str
    params: Mapping[str, str]
    ms: int


class Sentences(NamedTuple):
    """What was seen, what it means for the shop, and what to do ("" where nothing is to be done)."""

    saw: str
    means: str
    do: str


def what(check: Check, words: Words) -> str:
    """What a check asks, in words."""
    return words(f"probe.what.{check.probe}", target=_name(check.target, words))


def _name(target: str, words: Words) -> str:
    key = f"target.{target}"
    return words(key) if key in words else target


def sentences(outcome: Outcome, words: Words) -> Sentences:
    """The words for `outcome`."""
    values = {**outcome.params, "target": _name(outcome.target, words), "name": outcome.target}
    saw, means, do = (f"probe.{part}.{outcome.reason}" for part in Sentences._fields)
    return Sentences(words(saw, **values), words(means, **values), words(do, **values) if do in words else "")


def lines(outcome: Outcome, words: Words) -> list[str]:
    """`outcome` on the screen: the result and what was seen, what it means, what to do."""
    saw, means, do = sentences(outcome, words)
    shown = wrap(saw, f"[{words(f'probe.result.{outcome.result}')}] ", "    ")
    return [*shown, *(line for text in (means, do) if text for line in wrap(text, "    "))]
