"""Plain data becomes the nouns.

Each function takes data that its JSON Schema has accepted; on anything else it may raise KeyError, TypeError,
AttributeError or ValueError.
"""

from collections.abc import Mapping
from typing import Any

from toolkit.model import (
    Answer,
    Authority,
    Check,
    Claim,
    Comparison,
    Contact,
    Field,
    Group,
    Interval,
    Limit,
    OpenItem,
    PathCheck,
    Rule,
    Runbook,
    Rung,
    Step,
    Store,
    Target,
    Text,
    TimeBox,
    Triage,
)
from toolkit.vocabulary import PHASES

Data = Mapping[str, Any]


def text(data: Data) -> Text:
    """A text; a language that is missing is empty, so that the rest of a faulty file can still be checked."""
    return Text(data.get("zh") or "", data.get("en") or "")


def _text(data: Data, key: str) -> Text | None:
    return text(data[key]) if key in data else None


def _steps(items: list[Data]) -> tuple[Step, ...]:
    following = [item["id"] for item in items[1:]] + [None]
    return tuple(_step(item, below) for item, below in zip(items, following, strict=True))


def _step(data: Data, below: str | None) -> Step:
    leads_on = "answers" not in data and "end" not in data
    return Step(
        id=data["id"],
        who=data["who"],
        do=text(data["do"]),
        act=data.get("act"),
        caution=_text(data, "caution"),
        say=_text(data, "say"),
        expect=_text(data, "expect"),
        why=_text(data, "why"),
        record=tuple(data.get("record", ())),
        compare=tuple(Comparison(tuple(c["sum"]), c["with"]) for c in data.get("compare", ())),
        rules=tuple(data.get("rules", ())),
        check=tuple(Check(c["probe"], c.get("target", "")) for c in data.get("check", ())),
        call=data.get("call"),
        ask=_text(data, "ask"),
        answers=tuple(Answer(a["is"], text(a["say"]), a.get("go"), a.get("end")) for a in data.get("answers", ())),
        next=data.get("go", below) if leads_on else None,
        otherwise=data.get("else"),
        open=OpenItem(data["open"]["item"], data["open"]["due"]) if "open" in data else None,
        use=data.get("use"),
        end=data.get("end"),
    )


def _claims(items: list[Data]) -> tuple[Claim, ...]:
    return tuple(Claim(text(c["what"]), c["basis"], c.get("every")) for c in items)


def _limit(data: Data) -> Limit:
    value = data.get("value")
    return Limit(
        text(data["what"]),
        data["basis"],
        data.get("bound"),
        None if value is None else str(value),
        _text(data, "beyond"),
    )


def runbook(data: Data) -> Runbook:
    """A runbook from data that `runbook.schema.json` accepts."""
    box, drill, authority = data.get("time_box"), data.get("drill"), data.get("authority")
    return Runbook(
        id=data["id"],
        card=data["card"],
        kind=data["kind"],
        title=text(data["title"]),
        owner=data["owner"],
        phases={phase: _steps(data[phase]) for phase in PHASES[data["kind"]]},
        symptoms=tuple(text(s) for s in data.get("symptoms", ())),
        aliases=tuple(data.get("aliases", ())),
        codes=tuple(data.get("codes", ())),
        first=_text(data, "first"),
        never=tuple(data["never"]),
        covers=tuple(data.get("covers", ())),
        time_box=TimeBox(box["within"], box["basis"], box["then"]) if box else None,
        escalation=tuple(Rung(r["after"], r["basis"], r.get("go"), r.get("plan")) for r in data.get("escalation", ())),
        trigger=_text(data, "trigger"),
        authority=Authority(authority["start"], authority["end"], authority["deputy"]) if authority else None,
        requires=_claims(data.get("requires", [])),
        limits=tuple(_limit(item) for item in data.get("limits", [])),
        drill=Interval(drill["every"], drill["basis"]) if drill else None,
        every=data.get("every"),
        who=data.get("who"),
        reviewed_on=data["reviewed"]["on"],
        reviewed_by=data["reviewed"]["by"],
    )


def rules(data: Data) -> dict[str, Rule]:
    """The safety rules by id, from data that `rules.schema.json` accepts."""
    return {
        r["id"]: Rule(
            id=r["id"],
            card=r["card"],
            text=text(r["text"]),
            why=text(r["why"]),
            over=tuple(r.get("over", ())),
            checks=tuple(PathCheck(tuple(c["before"]), tuple(c["needs"])) for c in r.get("checks", ())),
            status=r["basis"]["status"],
            source=text(r["basis"]["source"]),
        )
        for r in data["rules"]
    }


def evidence(data: Data) -> dict[str, Field]:
    """The evidence fields by id, from data that `evidence.schema.json` accepts."""
    return {
        f["id"]: Field(
            id=f["id"],
            type=f["type"],
            label=text(f["label"]),
            hint=_text(f, "hint"),
            length=(f["length"][0], f["length"][1]) if "length" in f else (1, 64),
            choices=tuple((c["is"], text(c["say"])) for c in f.get("choices", ())),
            usual=f.get("usual"),
            asked_by=tuple(f.get("asked_by", ())),
        )
        for f in data["evidence"]
    }


def triage(data: Data) -> Triage:
    """The symptom list, from data that `triage.schema.json` accepts."""
    groups = tuple(
        Group(g["id"], tuple(g["families"]), text(g["say"]), text(g["first"]), tuple(g["otherwise"]))
        for g in data["groups"]
    )
    return Triage(groups, text(data["otherwise"]["first"]), tuple(data["otherwise"]["cards"]))


def store(data: Data) -> Store:
    """A store file from data that `store.schema.json` accepts."""
    contacts = {
        name: Contact(
            name=c["name"],
            phone=c.get("phone", ""),
            hours=c.get("hours", ""),
            verified_on=c.get("verified", {}).get("on", ""),
            verified_by=c.get("verified", {}).get("by", ""),
        )
        for name, c in data.get("contacts", {}).items()
    }
    return Store(
        name=data["store"]["name"],
        number=data["store"].get("number", ""),
        mid=data["store"].get("mid", ""),
        tid=data["store"].get("tid", ""),
        language=data.get("language"),
        sample=data.get("sample", False),
        contacts=contacts,
        config=dict(data.get("config", {})),
        limits={plan: {k: str(v) for k, v in bounds.items()} for plan, bounds in data.get("limits", {}).items()},
        targets={name: _target(t) for name, t in data.get("targets", {}).items()},
    )


def _target(data: Data) -> Target:
    tls = data.get("tls", False)
    port = data.get("port", 443 if tls else 80)
    return Target(data["host"], port, data.get("path", ""), data.get("expect", ""), tls)
