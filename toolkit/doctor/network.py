"""What only the network can tell; none of it is needed for following a runbook, so none of it is a FAIL."""

from collections.abc import Iterator

from toolkit.diagnostics import ToolkitError
from toolkit.doctor.finding import FAIL, OK, SKIP, WARN, Finding
from toolkit.doctor.subject import Subject
from toolkit.model import Check, Target
from toolkit.shop.probes import PASS, UNKNOWN, Outcome, run

_INTERNET = "internet"


def asks(subject: Subject) -> bool:
    """Whether there is anything in the network to ask."""
    return subject.network and bool(subject.store.targets) and not subject.store.sample


def reach(subject: Subject) -> Iterator[Finding]:
    """The time, and every target of the store file where the network may be asked, each as soon as it is known.

    The time is held against the internet, else against everything that has a date. One that is wrong is a FAIL: the
    record of an incident would be wrong with it.
    """
    asked = asks(subject)
    targets = subject.store.targets if asked else {}
    checks = [Check("clock", _INTERNET if _INTERNET in targets else "")]
    checks += [Check(probe, name) for name, target in targets.items() for probe in _probes(target)]
    for outcome in run(checks, subject.store, subject.data, subject.clock, _known(subject)):
        if outcome.probe == "clock":
            status = {PASS: OK, UNKNOWN: WARN}.get(outcome.result, FAIL)
            yield Finding("clock", status, outcome.reason, {}, outcome)
        else:
            yield Finding("network", _status(outcome), outcome.reason, {}, outcome)
    if not asked:
        yield Finding("network", SKIP, "network-none" if subject.network else "network-off")


def _known(subject: Subject) -> list[str]:
    """Moments that have passed for certain: the last lines of the records, the reviews of the runbooks."""
    seen = (s for s in subject.incidents if not isinstance(s, ToolkitError) and s.record.lines)
    return [*(book.reviewed_on for book in subject.runbooks), *(s.state.last for s in seen)]


def _probes(target: Target) -> Iterator[str]:
    """The fewest that show all: a page shows that the name is found and the port answers, a certificate does too."""
    if target.path or target.expect:
        yield "http"
    elif not target.tls:
        yield "tcp"
    if target.tls:
        yield "tls"


def _status(outcome: Outcome) -> str:
    if outcome.reason in {"skipped", "no-time"}:
        return SKIP
    return OK if outcome.result == PASS and outcome.reason != "tls-soon" else WARN
