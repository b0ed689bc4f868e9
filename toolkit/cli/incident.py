"""Commands that follow a runbook: run, resume, drill."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from toolkit import exits
from toolkit.cells import wrap
from toolkit.cli.setting import Setting
from toolkit.cli.telling import teller, texts_of
from toolkit.console import Asker, Gone, Script, Terminal, say
from toolkit.content.library import Heading
from toolkit.diagnostics import ToolkitError
from toolkit.guard import clean
from toolkit.incident import plans
from toolkit.incident.drill import SEEDS, Drill, drill_of
from toolkit.incident.state import Event, Refusal, Run
from toolkit.record import exercise, incidents, snapshots
from toolkit.record.elsewhere import Elsewhere
from toolkit.record.incidents import Opened, Seen
from toolkit.record.texts import LOST, Texts
from toolkit.sitting import contingency, paper, runner
from toolkit.sitting.screen import Screen
from toolkit.sitting.session import Session
from toolkit.vocabulary import DEEDS, PHASES

_LATE: Final = 20  # of so many entries three or more are told


def run(setting: Setting, card: str, answers: Path | None, phase: str, by: str) -> int:
    """Open an incident and follow a runbook; the exit status says how it ended.

    A later phase of a plan belongs to the incident in which the plan is in force.
    """
    heading = setting.library.heading(card)
    phases = PHASES[heading.kind]
    if phase and phase not in phases:
        raise ToolkitError("no-phase", status=exits.USAGE, name=phase, known=", ".join(phases).replace("_", "-"))
    asker = asker_of(setting, answers)
    if phase and phase != phases[0]:
        found = (seen for seen in incidents.unfinished(setting.data) if plans.in_force(seen.state, heading.id))
        seen = next(found, None)
        if seen:
            return _later_phase(setting, seen, heading, phase, asker, by)
        say(wrap(setting.words("run.not-in-force", card=heading.card), "!! ", "   "))
    return begin(setting, heading, asker, by, phase or phases[0])


def begin(
    setting: Setting,
    heading: Heading,
    asker: Asker,
    by: str,
    phase: str = "",
    drill: Drill | None = None,
    late: str | None = None,
) -> int:
    """A new incident with a run of the runbook of `heading`; `late` is when it began (UTC), if entered from paper."""
    phase = phase or PHASES[heading.kind][0]
    snapshot = snapshots.take(setting.library, heading.id)
    opened = incidents.begin(setting.data, setting.clock, by)
    session = session_of(setting, opened, Texts(opened.journal.folder, lambda: setting.library), asker)
    session.drill = drill
    try:
        if late is not None:
            paper.begin(session, late)
        runner.open_incident(session)
        if phase == "activate" and not asker.scripted and not drill:
            if not contingency.start(session, heading, snapshot=snapshot):
                return runner.stop(session, "stopped")
        else:
            runner.begin(session, snapshot, heading.id, phase)
        return runner.follow(session, exercise.last(setting.data, heading.id))
    except Gone as gone:
        return runner.stop(session, gone.reason)
    finally:
        opened.close()


def _later_phase(setting: Setting, seen: Seen, heading: Heading, phase: str, asker: Asker, by: str) -> int:
    """Stand a plan down or reconcile it, in the incident where it is in force."""
    session, opened = _reopened(setting, seen, asker, by)
    try:
        ready = plans.may_begin(session.state, heading.id, phase)
        if isinstance(ready, Refusal):
            session.refuse(ready)
            return exits.FINDINGS
        contingency.go_on(session, ready)
        return runner.follow(session)
    finally:
        opened.close()


def enter(setting: Setting) -> int:
    """Go on with what is open, or ask what the person sees and follow the runbook that fits."""
    from toolkit.sitting import opening
    from toolkit.sitting.opening import GoOn

    asker = asker_of(setting, None)
    now = setting.clock.now()
    screen = Screen(setting.words, setting.store, now.zone)
    try:
        found = opening.ask(setting.library, screen, asker, [*incidents.unfinished(setting.data, drills=True)], now.utc)
    except Gone as gone:
        say(wrap(setting.words("opening.nothing-open")))
        return exits.INTERRUPTED if gone.reason == "interrupt" else exits.OK
    if isinstance(found, GoOn):
        return resume(setting, found.incident, None, "")
    if not found.card:
        say(wrap(setting.words("opening.no-card")))
        return exits.NOTHING
    return begin(setting, setting.library.heading(found.card), asker, "")


def resume(setting: Setting, name: str | None, answers: Path | None, by: str) -> int:
    """Go on with an incident where it stopped, by the text that it began with."""
    seen = incidents.latest(setting.data, drills=True) if name is None else incidents.find(setting.data, name)
    if seen.state.current is None:
        if not seen.state.runs or (seen.record.damage and not (seen.state.in_force or seen.state.open_items)):
            raise ToolkitError("damaged", status=exits.DAMAGED, incident=seen.name)
        if seen.state.closed or not (seen.state.in_force or seen.state.open_items):
            say(wrap(setting.words("resume.over", incident=seen.name)))
            return exits.OK
    return go_on(setting, seen, asker_of(setting, answers), by)


def go_on(setting: Setting, seen: Seen, asker: Asker, by: str, late: str | None = None) -> int:
    """Go on with an incident; `late` is when that was done (UTC, or empty), if it is entered from paper."""
    session, opened = _reopened(setting, seen, asker, by)
    try:
        if late is not None:
            paper.begin(session, late)
        return runner.follow(session)
    finally:
        opened.close()


def drill(setting: Setting, card: str, script: Path | None, seed: int | None, answers: Path | None, by: str) -> int:
    """Follow a runbook as an exercise: what goes wrong comes from a script or by chance."""
    heading = setting.library.heading(card)
    if seed is not None and not 0 <= seed < SEEDS:
        raise ToolkitError("bad-seed", status=exits.USAGE, most=SEEDS - 1)
    cues = {} if script is None else {str(k): str(v) for k, v in table_of(script).items()}
    clean(*cues, *cues.values())
    chosen = _random() if seed is None else seed
    return begin(setting, heading, asker_of(setting, answers), by, drill=Drill(chosen, cues))


def _random() -> int:
    from os import urandom

    return int.from_bytes(urandom(4), "big") % SEEDS


def _reopened(setting: Setting, seen: Seen, asker: Asker, by: str) -> tuple[Session, Opened]:
    """A session that goes on with an incident; where it stands has been shown."""
    opened = incidents.reopen(seen, setting.clock, by)
    try:
        texts = texts_of(setting, seen)
        session = session_of(setting, opened, texts, asker)
        seen = seen._replace(record=opened.record, state=opened.state)
        state = seen.state
        fates = {run.number: texts.fate(state.run(state.top(run)) or run) for run in _unfinished(seen)}
        told = _where(setting, seen, texts, fates)
        session.tell(Event("resumed", {}))
        if seen.state.drill:
            session.drill = drill_of(seen.record.lines[0].data)
        for run in _unfinished(seen):
            if fates[run.number] == LOST and texts.kept(run.digest, run.runbook):
                session.tell(Event("text-replaced", {"run": run.number}))
        say(told)
        if session.state.current:  # else the desk shows it
            say(session.screen.board.overview(seen.name, session.state, session.moment()))
    except BaseException:
        opened.close()
        raise
    return session, opened


def session_of(setting: Setting, opened: Opened, texts: Texts, asker: Asker) -> Session:
    """A sitting at an incident that is open."""
    screen = Screen(setting.words, setting.store, setting.clock.now().zone)
    screen.board.sold_elsewhere = Elsewhere(setting.data, opened.name)
    return Session(opened, texts, screen, asker, setting.clock, lambda: setting.library, setting.data)


def _unfinished(seen: Seen) -> list[Run]:
    return [r for r in seen.state.runs if r.outcome is None]


def _where(setting: Setting, seen: Seen, texts: Texts, fates: Mapping[int, str]) -> list[str]:
    """What a person who comes back needs: the last events, and what became of the record and of each run's text."""
    from toolkit.report.incident import log

    words = setting.words
    late = seen._replace(record=seen.record._replace(lines=seen.record.lines[-_LATE:]))
    told = list(log(late, teller(setting, seen, texts)))[-3:]
    lines = [words("resume.last"), *(w for line in told for w in wrap(line, "  ", "    "))]
    lines += [w for d in seen.record.damage for w in wrap(words("resume.damage", segment=d.segment, line=d.line))]
    amiss = bool(seen.state.lost or seen.record.damage)
    if amiss:
        lines += wrap(words("resume.lost"), "!! ", "   ")
    for run in _unfinished(seen):
        if run.number == seen.state.top(run):  # what it goes through follows its text
            lines += wrap(words(f"resume.{fates[run.number]}", card=run.card))
    current = seen.state.current
    step = texts.of(current).step(current) if current else None
    if step and (step.act in DEEDS or (amiss and step.use)):
        lines += wrap(words("resume.maybe-done"), "!! ", "   ")
    return lines


def asker_of(setting: Setting, answers: Path | None) -> Asker:
    """Who answers: the file, else the person at the terminal; ToolkitError `no-terminal` (5) if there is none."""
    if answers is None:
        if sys.stdin is None or sys.stdin.closed or not sys.stdin.isatty():
            raise ToolkitError("no-terminal", status=exits.NO_TERMINAL)
        return Terminal()
    return Script(table_of(answers), str(answers), setting.words)


def table_of(path: Path) -> dict[str, object]:
    """A file of `step: answer`; ToolkitError `unreadable` or `bad-answers`."""
    from toolkit.content.source import read

    try:
        source = read(path.read_bytes(), str(path))
    except OSError as error:
        raise ToolkitError("unreadable", path=path, reason=error.strerror or error) from error
    if not source.whole or source.findings:
        raise ToolkitError("bad-answers", path=path)
    table: dict[str, object] = source.data
    return table
