"""Commands over incidents: run, resume, status, log, report."""

import sys
from collections.abc import Mapping
from getpass import getuser
from pathlib import Path
from typing import Any

from toolkit import incidents, machine
from toolkit.cells import wrap
from toolkit.cli.setting import Setting
from toolkit.clock import local
from toolkit.console import Asker, Script, Terminal, say
from toolkit.diagnostics import ToolkitError
from toolkit.incidents import Pinned, Seen
from toolkit.journal import Journal
from toolkit.lock import Lock
from toolkit.machine import Event, Run
from toolkit.model import PHASES
from toolkit.runner import NOT_RECORDED, Session
from toolkit.screen import Screen

OK, NEEDS_TERMINAL = 0, 5


def run(setting: Setting, card: str, answers: Path | None, phase: str, by: str) -> int:
    """Open an incident and follow a runbook; the exit status says how it ended."""
    heading = setting.library.heading(card)
    phases = PHASES[heading.kind]
    if phase and phase not in phases:
        raise ToolkitError("no-phase", status=2, name=phase, known=", ".join(p.replace("_", "-") for p in phases))
    asker = _asker(setting, answers)
    name = incidents.new_name(setting.clock.now())
    folder = setting.data / "incidents" / name
    held = incidents.lock(folder, setting.clock.now())
    journal = Journal(folder, setting.clock, by or _user())
    session = _session(setting, folder, journal, machine.State(), asker)
    pinned = session.open_book(heading.id)
    session.begin(pinned, phase or phases[0])
    return _follow(session, journal, held)


def resume(setting: Setting, name: str | None, answers: Path | None, by: str) -> int:
    """Go on with an incident where it stopped, by the text that it began with."""
    seen = _open(setting, name)
    asker = _asker(setting, answers)
    journal, held = incidents.opened(seen, setting.clock, by or _user())
    seen = incidents.look(seen.folder)
    if seen.state.current is None:
        say(wrap(setting.words("resume.over", incident=seen.name)))
    session = _session(setting, seen.folder, journal, seen.state, asker)
    say(_where(setting, seen))
    session.tell(Event("resumed", {}))
    return _follow(session, journal, held)


def _follow(session: Session, journal: Journal, held: Lock | None) -> int:
    try:
        return session.follow()
    finally:
        journal.close()
        if held:
            held.release()


def _open(setting: Setting, name: str | None) -> Seen:
    """The incident of that name; without a name the latest that has a run to go on with."""
    if name is not None:
        return incidents.find(setting.data, name)
    for seen in incidents.every(setting.data):
        if seen.state.current is not None:
            return seen
    raise ToolkitError("no-open-incident", status=3)


def _where(setting: Setting, seen: Seen) -> list[str]:
    """What a person who comes back needs: the last three events, and what became of the record and of the text."""
    from toolkit.report.incident import Teller, log

    words, lines = setting.words, []
    told = list(log(seen, Teller(words, setting.store, _texts(setting, seen))))[-3:]
    lines += [words("resume.last"), *(w for line in told for w in wrap(line, "  ", "    "))]
    lines += [w for d in seen.record.damage for w in wrap(words("resume.damage", segment=d.segment, line=d.line))]
    if any(line.kind == "torn" for line in seen.record.lines[-2:]):
        lines += wrap(words("resume.torn"))
    for run in seen.state.runs:
        lines += wrap(words(f"resume.{_fate(setting, seen, run)}", card=run.card)) if run.outcome is None else []
    return lines


def _fate(setting: Setting, seen: Seen, run: Run) -> str:
    """What became of the runbook since the run began: same, edited or gone."""
    try:
        heading = setting.library.heading(run.runbook)
        now = setting.library.raw(heading)
        kept = (seen.folder / f"{run.card}-{run.digest}" / f"{run.card}.yaml").read_bytes()
    except (ToolkitError, OSError):
        return "gone"
    return "same" if now == kept else "edited"


def _session(setting: Setting, folder: Path, journal: Journal, state: machine.State, asker: Asker) -> Session:
    texts: dict[str, Pinned] = {}

    def open_book(name: str) -> Pinned:
        library = setting.library
        heading = library.heading(name)
        digest = incidents.pin(journal, library, heading)
        pinned = Pinned(library.book(heading), library.rules, library.evidence, digest)
        texts[f"{heading.card}-{digest}"] = pinned
        return pinned

    def text_of(run: Run) -> Pinned:
        key = f"{run.card}-{run.digest}"
        if key not in texts:
            texts[key] = incidents.pinned(folder, run, lambda: open_book(run.runbook))
        return texts[key]

    zone = setting.clock.now().zone
    return Session(
        incident=folder.name,
        state=state,
        journal=journal,
        screen=Screen(setting.words, setting.store, zone),
        asker=asker,
        clock=setting.clock,
        text_of=text_of,
        open_book=open_book,
    )


def _asker(setting: Setting, answers: Path | None) -> Asker:
    """Who answers: the file, else the person at the terminal; ToolkitError `no-terminal` (5) if there is none."""
    if answers is None:
        if not sys.stdin.isatty():
            raise ToolkitError("no-terminal", status=NEEDS_TERMINAL)
        return Terminal()
    from toolkit.source import read

    try:
        source = read(answers.read_bytes(), str(answers))
    except OSError as error:
        raise ToolkitError("unreadable", path=answers, reason=error.strerror or error) from error
    if not source.whole or source.findings:
        raise ToolkitError("bad-answers", path=answers)
    return Script(source.data, str(answers), setting.words)


def _user() -> str:
    try:
        return getuser()
    except (OSError, KeyError, ImportError):
        return "?"


def _texts(setting: Setting, seen: Seen) -> Mapping[int, Pinned | None]:
    """The text of each run, as far as it can still be had."""

    def text(run: Run) -> Pinned | None:
        def now() -> Pinned:
            library = setting.library
            return Pinned(library.book(library.heading(run.runbook)), library.rules, library.evidence, run.digest)

        try:
            return incidents.pinned(seen.folder, run, now)
        except ToolkitError:
            return None

    return {run.number: text(run) for run in seen.state.runs}


def status(setting: Setting, json: bool) -> int:
    """The open incidents, the latest first."""
    words, rows, lines = setting.words, [], []
    for seen in incidents.every(setting.data):
        if seen.state.closed or not seen.record.lines:
            continue
        first, run = seen.record.lines[0], seen.state.current
        root = seen.state.runs[0] if seen.state.runs else None
        began = local(first.at, first.zone, "%Y-%m-%d %H:%M")
        row: dict[str, Any] = {"incident": seen.name, "began": first.at, "card": root.card if root else None}
        row |= {"at_card": run.card if run else None, "at_step": run.cursor.step if run else None}
        row |= {"open_items": [i._asdict() for i in seen.state.items], "damaged": bool(seen.record.damage)}
        rows.append(row)
        place = f"{run.card}/{run.cursor.step}" if run else words("status.items", n=len(seen.state.items))
        lines += wrap(
            words("status.row", incident=seen.name, card=row["card"] or "-", began=began, at=place), "  ", "    "
        )
    head = [words("status.head")] if rows else [words("status.none")]
    setting.show(
        rows, [*head, *lines, *([words("status.resume")] if any(r["at_card"] for r in rows) else [])], json=json
    )
    return OK


def log(setting: Setting, name: str, json: bool) -> int:
    """The record of an incident, a line an event."""
    from toolkit.report import incident as report

    seen = incidents.find(setting.data, name)
    lines = [
        w
        for x in report.log(seen, report.Teller(setting.words, setting.store, _texts(setting, seen)))
        for w in wrap(x, "", "      ")
    ]
    lines += [setting.words("report.damage", **_damage(setting, d)) for d in seen.record.damage]
    setting.show([x._asdict() for x in seen.record.lines], lines, json=json)
    return 8 if seen.record.damage else OK


def _damage(setting: Setting, damage: Any) -> dict[str, Any]:
    return {"segment": damage.segment, "line": damage.line, "reason": setting.words(f"damage.{damage.reason}")}


def report(setting: Setting, name: str, out: Path | None) -> int:
    """The incident as Markdown, to the screen or to a file (UTF-8)."""
    from toolkit.report import incident as render

    seen = incidents.find(setting.data, name)
    texts = _texts(setting, seen)
    shop = " ".join(p for p in (setting.store.name, setting.store.number) if p)
    text = render.markdown(seen, render.Teller(setting.words, setting.store, texts), setting.words, shop, texts)
    if out is None:
        say(text.rstrip("\n").split("\n"))
        return OK
    try:
        out.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise ToolkitError("unwritable", status=NOT_RECORDED, path=out, reason=error.strerror or error) from error
    say(wrap(setting.words("report.written", path=out)))
    return OK
