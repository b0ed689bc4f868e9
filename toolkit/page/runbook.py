"""A runbook's page: the first safe action, what never to do, then the steps."""

from typing import Final

from toolkit.model import Claim, Limit, Runbook, Rung
from toolkit.page.markdown import (
    block,
    front,
    heading,
    hidden,
    inline,
    items,
    join,
    labelled,
    link,
    page,
    paragraph,
)
from toolkit.page.shelf import Shelf, linked, name, say, say_folded
from toolkit.page.step import rule_line, step, to_step
from toolkit.text import Words
from toolkit.vocabulary import UNSOLVED

_OPEN_RULES: Final = 2


def runbook(runbook: Runbook, shelf: Shelf, words: Words) -> str:
    """The page of one runbook."""
    numbers = {s.id: n for n, s in enumerate(runbook.steps(), 1)}
    return page(
        [
            front(name(runbook, words), search="boost: 2"),
            heading(1, inline(name(runbook, words)), "top"),
            paragraph(inline(words(f"kind.{runbook.kind}")), "tb-kind"),
            _first(runbook, words),
            _never(runbook, shelf, words),
            _time_box(runbook, numbers, shelf, words),
            _symptoms(runbook, words),
            _plan(runbook, words),
            _routine(runbook, words),
            *(_phase(phase, runbook, numbers, shelf, words) for phase in runbook.phases),
            _endings(runbook, words),
            _footer(runbook, shelf, words),
        ]
    )


def _first(runbook: Runbook, words: Words) -> str:
    """The first safe action (for a plan without one, when to start), with a way past the rules to the steps."""
    text, label = (runbook.first, "site.first") if runbook.first else (runbook.trigger, "site.trigger")
    door = link(inline(words("site.to-steps")), f"#step-{next(runbook.steps()).id}", "tb-door")
    return block("tb-first", [labelled(words(label), say(text, words), "tb-do") if text else "", door])


def _never(runbook: Runbook, shelf: Shelf, words: Words) -> str:
    """The rules over the whole runbook; those beyond the first few wait folded, so that the steps stay near."""
    rules = [rule_line(shelf.rules[rule], words) for rule in runbook.never if rule in shelf.rules]
    if not rules:
        return ""
    folded = rules[_OPEN_RULES:]
    more = hidden(words("site.more-rules", n=len(folded)), [items(folded)], "tb-more") if folded else ""
    return block("tb-never", [paragraph(f"**{inline(words('site.never'))}**"), items(rules[:_OPEN_RULES]), more])


def _time_box(runbook: Runbook, numbers: dict[str, int], shelf: Shelf, words: Words) -> str:
    box = runbook.time_box
    if box is None:
        return ""
    within = inline(words("site.within", time=words.duration(box.within)))
    basis = paragraph(inline(words(f"basis.{box.basis}")), "tb-basis")
    rungs = items(_rung(rung, numbers, shelf, words) for rung in runbook.escalation)
    return block("tb-time", [f"**{within}** {to_step(box.then, numbers, words)}", basis, rungs])


def _rung(rung: Rung, numbers: dict[str, int], shelf: Shelf, words: Words) -> str:
    """One more rung of the escalation: when, and the step or the plan it leads to."""
    plan = shelf.find(rung.plan) if rung.plan else None
    other = linked(plan, words, folder="") if plan else inline(rung.plan or "")
    where = to_step(rung.go, numbers, words) if rung.go else other
    return _with_basis(f"{inline(words('site.rung', time=words.duration(rung.after)))} {where}", rung.basis, words)


def _symptoms(runbook: Runbook, words: Words) -> str:
    if not runbook.symptoms:
        return ""
    return hidden(words("site.seen"), [items(say_folded(s, words) for s in runbook.symptoms)], "tb-seen")


def _plan(runbook: Runbook, words: Words) -> str:
    """When a plan starts, who decides, and what must hold."""
    parts = []
    if runbook.trigger and runbook.first:
        parts.append(labelled(words("site.trigger"), say(runbook.trigger, words), "tb-trigger"))
    if runbook.authority:
        roles = {key: words(f"role.{role}") for key, role in runbook.authority._asdict().items()}
        parts.append(labelled(words("site.authority"), inline(words("site.may", **roles)), "tb-authority"))
    if runbook.limits:
        claims = [_limit(limit, words) for limit in runbook.limits]
        parts.append(block("tb-claims", [paragraph(f"**{inline(words('site.limits'))}**"), items(claims)]))
    if runbook.requires:
        claims = [_claim(claim, words) for claim in runbook.requires]
        parts.append(hidden(words("site.requires"), [items(claims)], "tb-requires"))
    if runbook.drill:
        drill = _with_basis(inline(_every(runbook.drill.every, words)), runbook.drill.basis, words)
        parts.append(labelled(words("site.drill"), drill, "tb-drill"))
    return join(parts)


def _claim(claim: Claim, words: Words) -> str:
    what = say_folded(claim.what, words)
    tested = inline(words("site.tested", time=words.duration(claim.every))) if claim.every else ""
    return _with_basis(f"{what} {tested}".rstrip(), claim.basis, words)


def _limit(limit: Limit, words: Words) -> str:
    value = inline(f"{words(f'bounds.{limit.bound}')} {limit.value or words('run.limit-gap')}") if limit.bound else ""
    otherwise = f" {inline(words('site.beyond'))} {say_folded(limit.beyond, words)}" if limit.beyond else ""
    return _with_basis(f"{say_folded(limit.what, words)} {value}".rstrip() + otherwise, limit.basis, words)


def _with_basis(markdown: str, basis: str, words: Words) -> str:
    return f"{markdown} <small>{inline(words('site.basis', basis=words(f'basis.{basis}')))}</small>"


def _routine(runbook: Runbook, words: Words) -> str:
    if runbook.every is None or runbook.who is None:
        return ""
    how = f"{_every(runbook.every, words)} · {words(f'role.{runbook.who}')}"
    return labelled(words("site.when"), inline(how), "tb-when")


def _phase(phase: str, runbook: Runbook, numbers: dict[str, int], shelf: Shelf, words: Words) -> str:
    title = heading(2, inline(words(f"phase.{phase}")), f"phase-{phase.replace('_', '-')}")
    return join([title, *(step(s, numbers, shelf, words) for s in runbook.phases[phase])])


def _endings(runbook: Runbook, words: Words) -> str:
    """What to do at each outcome that the steps can lead to, in the order in which they do."""
    ends = [end for s in runbook.steps() for end in (*(a.end for a in s.answers), s.end) if end]
    boxes = [
        block(
            "tb-end tb-unsolved" if end in UNSOLVED else "tb-end",
            [labelled(words(f"outcome.{end}"), inline(words(f"site.end.{end}")), "tb-outcome")],
            anchor=f"end-{end}",
        )
        for end in dict.fromkeys(ends)
    ]
    return join([heading(2, inline(words("site.endings")), "endings"), *boxes])


def _footer(runbook: Runbook, shelf: Shelf, words: Words) -> str:
    facts = {
        "codes": ", ".join(runbook.codes),
        "aliases": ", ".join(runbook.aliases),
        "owner": runbook.owner,
        "reviewed": words("site.reviewed-by", on=runbook.reviewed_on, by=runbook.reviewed_by),
        "exercised": shelf.exercised.get(runbook.id, ""),
        "covers": ", ".join(runbook.covers),
    }
    rows = items(f"**{inline(words(f'site.{key}'))}** {inline(value)}" for key, value in facts.items() if value)
    return block("tb-about", [heading(2, inline(words("site.about")), "about"), rows])


def _every(duration: str, words: Words) -> str:
    return words("site.every", time=words.duration(duration))
