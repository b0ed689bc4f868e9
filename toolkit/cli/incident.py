"""Commands over incidents: run, resume, status, log, report."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from toolkit import exits, incidents, snapshots
from toolkit.cells import wrap
from toolkit.cli.setting import Setting
from toolkit.clock import local
from toolkit.console import Asker, Script, Terminal, say
from toolkit.diagnostics import ToolkitError
from toolkit.incidents import Opened, Seen
from toolkit.runner import Session
from toolkit.screen import Screen
from toolkit.state import Event, Run
from toolkit.texts import LOST, Pinned, Texts
from toolkit.vocabulary import DEEDS, PHASES


def run(setting: Setting, card: str, answers: Path | None, phase: str, by: str) -> int:
    """Open an incident and follow a runbook; the exit status says how it ended."""
    heading = setting.library.heading(card)
    phases = PHASES[heading.kind]
    if phase and phase not in phases:
        raise ToolkitError("no-phase", status=exits.USAGE, name=phase, known=", ".join(phases).replace("_", "-"))
    asker = _asker(setting, answers)
    snapshot = snapshots.take(setting.library, heading.id)
    opened = incidents.begin(setting.data, setting.clock, by)
    session = _session(setting, opened, Texts(opened.journal.folder, lambda: setting.library), asker)
    try:
        session.begin(snapshot, heading.id, phase or phases[0])
        return session.follow()
    finally:
        opened.close()


def resume(setting: Setting, name: str | None, answers: Path | None, by: str) -> int:
    """Go on with an incident where it stopped, by the text that it began with."""
    seen = incidents.latest(setting.data) if name is None else incidents.find(setting.data, name)
    if seen.state.current is None:
        if not seen.state.runs or seen.record.damage:
            raise ToolkitError("damaged", status=exits.DAMAGED, incident=seen.name)
        say(wrap(setting.words("resume.over", incident=seen.name)))
        return exits.OK
    asker = _asker(setting, answers)
    opened = incidents.reopen(seen, setting.clock, by)
    texts = _texts(setting, seen)
    session = _session(setting, opened, texts, asker)
    try:
        seen = incidents.look(seen.folder)
        told = _where(setting, seen, texts)
        session.tell(Event("resumed", {}))
        for run in _unfinished(seen):
            if texts.fate(run) == LOST and texts.through(run, run.runbook):
                session.tell(Event("text-replaced", {"run": run.number}))
        say(told)
        return session.follow()
    finally:
        opened.close()


def _session(setting: Setting, opened: Opened, texts: Texts, asker: Asker) -> Session:
    screen = Screen(setting.words, setting.store, setting.clock.now().zone)
    return Session(opened, texts, screen, asker, setting.clock)


def _texts(setting: Setting, seen: Seen) -> Texts:
    return Texts(seen.folder, lambda: setting.library)


def _unfinished(seen: Seen) -> list[Run]:
    return [r for r in seen.state.runs if r.outcome is None]


def _where(setting: Setting, seen: Seen, texts: Texts) -> list[str]:
    """What a person who comes back needs: the last events, and what became of the record and of the text."""
    from toolkit.report.incident import Teller, log

    words = setting.words
    told = list(log(seen, Teller(words, setting.store, _known(seen, texts))))[-3:]
    lines = [words("resume.last"), *(w for line in told for w in wrap(line, "  ", "    "))]
    lines += [w for d in seen.record.damage for w in wrap(words("resume.damage", segment=d.segment, line=d.line))]
    if any(line.kind == "torn" for line in seen.record.lines[-2:]):
        lines += wrap(words("resume.torn"))
    amiss = bool(seen.state.lost or seen.record.damage)
    if amiss:
        lines += wrap(words("resume.lost"), "!! ", "   ")
    for run in _unfinished(seen):
        lines += wrap(words(f"resume.{texts.fate(run)}", card=run.card))
    current = seen.state.current
    step = texts.of(current).step(current) if current else None
    if step and (step.act in DEEDS or (amiss and step.use)):
        lines += wrap(words("resume.maybe-done"), "!! ", "   ")
    return lines


def _asker(setting: Setting, answers: Path | None) -> Asker:
    """Who answers: the file, else the person at the terminal; ToolkitError `no-terminal` (5) if there is none."""
    if answers is None:
        if sys.stdin is None or sys.stdin.closed or not sys.stdin.isatty():
            raise ToolkitError("no-terminal", status=exits.NO_TERMINAL)
        return Terminal()
    from toolkit.source import read

    try:
        source = read(answers.read_bytes(), str(answers))
    except OSError as error:
        raise ToolkitError("unreadable", path=answers, reason=error.strerror or error) from error
    if not source.whole or source.findings:
        raise ToolkitError("bad-answers", path=answers)
    return Script(source.data, str(answers), setting.words)


def _known(seen: Seen, texts: Texts) -> Mapping[int, Pinned | None]:
    """The text of each run, as far as it can still be had."""

    def text(run: Run) -> Pinned | None:
        try:
            return texts.of(run)
        except ToolkitError:
            return None

    return {run.number: text(run) for run in seen.state.runs}


def status(setting: Setting, json: bool) -> int:
    """The open incidents, the latest first; those that cannot be read are named."""
    words = setting.words
    rows: list[dict[str, Any]] = []
    lines: list[str] = []
    for seen in incidents.every(setting.data):
        if isinstance(seen, ToolkitError):
            say(wrap(words(f"error.{seen.code}", **seen.params)), sys.stderr)
        elif not seen.state.runs and (seen.record.damage or seen.record.lines):
            say(wrap(words("error.damaged", incident=seen.name)), sys.stderr)
        elif not seen.state.closed and seen.record.lines:
            row = _row(seen)
            rows.append(row)
            place = f"{row['at_card']}/{row['at_step']}"
            key = "status.row" if row["at_card"] else "status.row-items"
            shown = {"incident": seen.name, "card": row["card"] or "-", "at": place, "n": len(row["open_items"])}
            began = local(row["began"], seen.record.lines[0].zone, "%Y-%m-%d %H:%M")
            lines += wrap(words(key, **shown, began=began), "  ", "    ")
    head = [words("status.head")] if rows else [words("status.none")]
    hint = [words("status.resume")] if any(r["at_card"] for r in rows) else []
    setting.show(rows, [*head, *lines, *hint], json=json)
    return exits.OK


def _row(seen: Seen) -> dict[str, Any]:
    run, root = seen.state.current, next(iter(seen.state.runs), None)
    return {
        "incident": seen.name,
        "began": seen.record.lines[0].at,
        "card": root.card if root else None,
        "at_card": run.card if run else None,
        "at_step": run.cursor.step if run else None,
        "open_items": [i._asdict() for i in seen.state.items],
        "damaged": bool(seen.record.damage),
    }


def log(setting: Setting, name: str, json: bool) -> int:
    """The record of an incident, a line an event; DAMAGED when some of it cannot be read."""
    from toolkit.report import incident as report

    seen, words = incidents.find(setting.data, name), setting.words
    teller = report.Teller(words, setting.store, _known(seen, _texts(setting, seen)))
    lines = [w for line in report.log(seen, teller) for w in wrap(line, "", "      ")]
    lines += [w for line in report.amiss(seen.record, words) for w in wrap(line)]
    setting.show([x._asdict() for x in seen.record.lines], lines, json=json)
    return exits.DAMAGED if seen.record.damage else exits.OK


def report(setting: Setting, name: str, out: Path | None) -> int:
    """The incident as Markdown, to the screen or to a file (UTF-8)."""
    from toolkit.report import incident as render

    seen = incidents.find(setting.data, name)
    known = _known(seen, _texts(setting, seen))
    shop = " ".join(p for p in (setting.store.name, setting.store.number) if p)
    text = render.markdown(seen, render.Teller(setting.words, setting.store, known), setting.words, shop, known)
    if out is None:
        say(text.rstrip("\n").split("\n"))
        return exits.OK
    try:
        out.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise ToolkitError("unwritable", status=exits.NOT_RECORDED, path=out, reason=error.strerror or error) from error
    say(wrap(setting.words("report.written", path=out)))
    return exits.OK
