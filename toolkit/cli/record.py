"""Commands over the record of incidents: status, log."""

import sys
from typing import Any

from toolkit import exits
from toolkit.cells import wrap
from toolkit.cli.incident import known, texts_of
from toolkit.cli.setting import Setting
from toolkit.clock import local
from toolkit.console import say
from toolkit.diagnostics import ToolkitError
from toolkit.record import incidents, tombstones
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


def log(setting: Setting, name: str, json: bool) -> int:
    """The record of an incident, a line an event; DAMAGED when some of it cannot be read."""
    from toolkit.report import incident as report

    seen, words = incidents.find(setting.data, name), setting.words
    teller = report.Teller(words, setting.store, known(seen, texts_of(setting, seen)))
    lines = [w for line in report.log(seen, teller) for w in wrap(line, "", "      ")]
    lines += [w for line in report.amiss(seen.record, words) for w in wrap(line)]
    setting.show([x._asdict() for x in seen.record.lines], lines, json=json)
    return exits.DAMAGED if seen.record.damage else exits.OK
