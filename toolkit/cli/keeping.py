"""Commands over what is kept of incidents: verify, erase, purge."""

from toolkit import exits
from toolkit.cells import wrap
from toolkit.cli.setting import Setting
from toolkit.cli.single import confirmed, entry
from toolkit.cli.telling import teller, texts_of
from toolkit.clock import local
from toolkit.console import say
from toolkit.diagnostics import ToolkitError
from toolkit.guard import clean, masked
from toolkit.incident.state import Event
from toolkit.record import attachments, audit, incidents, private, retention
from toolkit.record.audit import ERASED, KEPT, PHOTO, RUNBOOK, TEXT, Part
from toolkit.record.incidents import Seen
from toolkit.record.reading import load_sealed
from toolkit.record.retention import YOUNG, Fate
from toolkit.sitting.session import Session
from toolkit.text import Words


def erase(setting: Setting, name: str, number: int, reason: str, by: str, yes: bool) -> int:
    """Erase the texts and the photo of an entry; that there were some, who erased them and why stays on record."""
    clean(reason, by)
    seen, words = incidents.find(setting.data, name), setting.words
    parts = [part for part in audit.parts(seen.folder, load_sealed(seen.folder)) if part.kind != RUNBOOK]
    found = [part for part in parts if part.entry == number]
    told = _told(setting, seen, number)
    refusal = "no-reason" if not reason.strip() else "" if found else "nothing-to-erase" if told else "no-such-entry"
    if refusal:
        say(wrap(masked(words(f"refused.{refusal}", n=number))))
        return exits.FINDINGS if told else exits.NOTHING
    if all(part.fate == ERASED for part in found):
        say([*told, words("erase.already", n=number)])
        return exits.OK
    say([*told, *wrap(words("erase.what"))])
    twins = _twins(seen, found, parts)
    say(wrap(words("erase.same", entries=", ".join(map(str, twins)))) if twins else [])
    if not confirmed(setting, "erase.sure", yes=yes):
        return exits.PAUSED
    with entry(setting, seen, by) as session:
        return _erased(session, number, found, reason.strip())


def _twins(seen: Seen, found: list[Part], parts: list[Part]) -> list[int]:
    """The numbers of other entries that hold one of the texts too, as what is kept with = does."""
    lines = {line.seq: line.data for line in seen.record.lines}
    texts = {lines[part.entry][part.name] for part in found if part.fate == KEPT and part.kind == TEXT}
    others = (part for part in parts if part.kind == TEXT and part.fate == KEPT and part not in found)
    return sorted({part.entry for part in others if lines[part.entry][part.name] in texts})


def _told(setting: Setting, seen: Seen, number: int) -> list[str]:
    """The entry as the log has it; more than one where the record is damaged."""
    from toolkit.report import incident as report

    tells = teller(setting, seen, texts_of(setting, seen))
    record = seen.record._replace(lines=tuple(line for line in seen.record.lines if line.seq == number))
    return [w for line in report.log(seen._replace(record=record), tells) for w in wrap(line, "", "      ")]


def _erased(session: Session, number: int, found: list[Part], reason: str) -> int:
    """Take the files away, then say so on record.

    In this order a crash between the two leaves a text that is gone without a word of it, which `verify` reports and
    the same command puts right. The other way round the record would call erased what can still be read.
    """
    session.take_in(session.journal.catch_up())
    if session.journal.problem:  # where nothing can be recorded, nothing is taken away
        session.warn("erase.unrecorded", reason=session.journal.problem)
        return exits.NOT_RECORDED
    folder = session.journal.folder
    for part in found:
        try:
            if part.kind == TEXT:
                private.erase(folder, part.digest)
            else:
                attachments.erase(folder, part.name)
        except OSError as error:
            path, why = folder / part.name, error.strerror or error
            raise ToolkitError("not-erased", status=exits.NOT_RECORDED, path=path, reason=why) from error
    photo = next(({"file": part.name} for part in found if part.kind == PHOTO), {})
    session.tell(Event("erased", {"entry": number, "by": session.who, "reason": reason, **photo}, ("reason",)))
    if not session.journal.recorded:
        session.say("erase.again")
        return exits.NOT_RECORDED
    session.say("erase.done", n=number)
    session.say("run.head-code", code=session.journal.head)
    return exits.OK


def purge(setting: Setting, age: str, dry: bool, by: str, yes: bool) -> int:
    """Remove the incidents that are over and older than `age`; a tombstone of each is left. What stays is told."""
    clean(by)
    now, words = setting.clock.now(), setting.words
    before = retention.cutoff(age, now)
    if before is None:
        raise ToolkitError("bad-age", status=exits.USAGE)
    fates, rests = retention.judged(setting.data, before), len(retention.left_over(setting.data))
    say(wrap(words("purge.head", today=now.day, before=local(before, now.zone, "%Y-%m-%d"))))
    say(w for fate in fates if fate.why != YOUNG for w in wrap(_fate(fate, words), "  ", "    "))
    young = sum(fate.why == YOUNG for fate in fates)
    say(wrap(words("purge.young", n=young)) if young else [])
    say(wrap(words("purge.rest", n=rests)) if rests else [])
    going = [fate for fate in fates if not fate.why]
    if dry or not (going or rests):
        say(wrap(words("purge.dry" if going or rests else "purge.nothing")))
        return exits.OK
    if not confirmed(setting, "purge.sure", yes=yes):
        return exits.PAUSED
    return _purged(setting, going, incidents.named(by))


def _fate(fate: Fate, words: Words) -> str:
    if fate.why:
        return words("purge.left", incident=fate.incident, why=words(f"purge.stays.{fate.why}"))
    return words("purge.goes", incident=fate.incident, on=local(fate.last, fate.zone, "%Y-%m-%d"))


def _purged(setting: Setting, going: list[Fate], by: str) -> int:
    done, status = 0, exits.OK
    try:
        retention.finish(setting.data)
        for fate in going:
            try:
                retention.purge(setting.data, fate, setting.clock, by)
                done += 1
            except ToolkitError as error:  # somebody is at it, or it cannot be read any more
                say(wrap(setting.words(f"error.{error.code}", **error.params)))
                status = error.status
    except OSError as error:
        say(wrap(setting.words("purge.failed", reason=error.strerror or error), "!! ", "   "))
        status = exits.NOT_RECORDED
    say([setting.words("purge.done", n=done)])
    return status
