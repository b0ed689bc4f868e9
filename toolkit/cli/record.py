"""Commands that read the record of incidents and write nothing: status, due, log, verify."""

import sys
from pathlib import Path
from typing import Any

from toolkit import exits
from toolkit.cells import wrap
from toolkit.cli.setting import Setting
from toolkit.cli.telling import teller, texts_of
from toolkit.clock import local
from toolkit.console import say
from toolkit.diagnostics import ToolkitError
from toolkit.incident import items
from toolkit.incident.board import Board
from toolkit.incident.items import Due
from toolkit.record import audit, incidents, tombstones
from toolkit.record.audit import Audit
from toolkit.record.incidents import Seen


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
    gone = len(tombstones.every(setting.data))
    hint += [words("status.purged", n=gone)] if gone else []
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
        "open_items": [i._asdict() for i in seen.state.open_items],
        "damaged": bool(seen.record.damage),
    }


def due(setting: Setting, json: bool) -> int:
    """Every open item of every incident, the most overdue first; drills have none."""
    found = _all_due(setting)
    now, words = setting.clock.now(), setting.words
    board = Board(words, now.zone)
    lines = [words("due.head")] if found else [words("due.none")]
    for one in found:
        lines += board.items(one.incident, [one.item], now.utc)
    lines += [words("due.next", code=items.code(found[0].incident, found[0].item.number))] if found else []
    setting.show([_due(one) for one in found], lines, json=json)
    return exits.OK


def _all_due(setting: Setting) -> list[Due]:
    now = setting.clock.now().utc
    return items.ordered(due for one in incidents.owing(setting.data) for due in items.due(one.name, one.state, now))


def _due(one: Due) -> dict[str, Any]:
    item = one.item
    return {
        "item": items.code(one.incident, item.number),
        "incident": one.incident,
        "kind": item.item,
        "card": item.card,
        "opened": item.opened,
        "due": item.due,
        "overdue": one.over > 0,
        "heir": item.heir or None,
    }


def log(setting: Setting, name: str, json: bool) -> int:
    """The record of an incident, a line an event; DAMAGED when some of it cannot be read."""
    from toolkit.report import incident as report

    seen, words = incidents.find(setting.data, name), setting.words
    tells = teller(setting, seen, texts_of(setting, seen))
    lines = [w for line in report.log(seen, tells) for w in wrap(line, "", "      ")]
    lines += [w for line in report.amiss(seen.record, words) for w in wrap(line)]
    setting.show([x._asdict() for x in seen.record.lines], lines, json=json)
    return exits.DAMAGED if seen.record.damage else exits.OK


def verify(setting: Setting, name: str | None, typed: str, json: bool) -> int:
    """What the record of an incident, or of all, proves and what not; DAMAGED where something is not as it says."""
    from toolkit.report import soundness

    code = audit.head_code(typed) if typed else ""
    if code is None:
        raise ToolkitError("bad-head", status=exits.USAGE)
    if name is None:
        folders, stones = incidents.folders(setting.data), tombstones.every(setting.data)
    else:
        folders, stones = [incidents.find(setting.data, name).folder], []
    audits = [_audited(setting, folder) for folder in folders]
    found = [one for one in audits if one]
    lines = [line for one in found for line in soundness.lines(one, setting.words)]
    lines += soundness.purged(stones, setting.words)
    lines += [] if found or stones else [setting.words("verify.none")]
    places, gone = _places(found, code), [s.incident for s in stones if code and s.head.replace("-", "") == code]
    if code:
        lines += ["", *soundness.head(places, gone, setting.words)]
    lines += ["", *soundness.limits(setting.words)] if found else []
    rows: dict[str, Any] = {"incidents": [soundness.row(one) for one in found]}
    rows["purged"] = [stone._asdict() for stone in stones]
    if code:
        rows["head"] = [{"incident": one.incident, "entry": n, "last": n == one.hashes[-1][0]} for one, n in places]
        rows["head"] += [{"incident": one, "entry": None, "last": True} for one in gone]
    setting.show(rows, lines, json=json)
    sound = all(one and one.sound for one in audits) and bool(places or gone or not code)
    return exits.OK if sound else exits.DAMAGED


def _audited(setting: Setting, folder: Path) -> Audit | None:
    """What is found at one incident; one that cannot be read is named, and hides no other."""
    try:
        return audit.audit(folder)
    except OSError as error:
        reason = error.strerror or error
        say(wrap(setting.words("error.unreadable", path=folder, reason=reason)), sys.stderr)
        return None


def _places(found: list[Audit], code: str) -> list[tuple[Audit, int]]:
    return [(one, at) for one in found if code and (at := audit.where(one, code))]
