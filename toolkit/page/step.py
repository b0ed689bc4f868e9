"""One step as a block that a person with a phone can follow."""

from collections.abc import Mapping

from toolkit.model import Rule, Step, standing
from toolkit.page.markdown import block, folded, heading, hidden, inline, items, labelled, link, paragraph
from toolkit.page.shelf import Shelf, gap, linked, say, say_folded
from toolkit.shop.probes import what
from toolkit.text import Words


def step(step: Step, numbers: Mapping[str, int], shelf: Shelf, words: Words) -> str:
    """The block of one step. `numbers` maps the names of the runbook's steps to their numbers."""
    who = f"{words('site.step', n=numbers[step.id])} · {words(f'role.{step.who}')}"
    return block(
        "tb-step",
        [
            paragraph(inline(who), "tb-who"),
            labelled(words("site.caution"), say(step.caution, words), "tb-caution") if step.caution else "",
            heading(3, say_folded(step.do, words), f"do-{step.id}"),
            _rules(standing(step, shelf.rules), words),
            *(labelled(words("probe.title"), inline(what(c, words)), "tb-check") for c in step.check),
            _call(step, words),
            labelled(words("site.say"), say(step.say, words), "tb-say") if step.say else "",
            labelled(words("site.expect"), say(step.expect, words), "tb-expect") if step.expect else "",
            _record(step, shelf, words),
            _open(step, words),
            _use(step, shelf, words),
            _leads(step, numbers, words),
            hidden(words("site.why"), [say(step.why, words)], "tb-why") if step.why else "",
        ],
        anchor=f"step-{step.id}",
    )


def to_step(name: str, numbers: Mapping[str, int], words: Words) -> str:
    """A link to a step by its number."""
    return link(_number(name, numbers, words), f"#step-{name}")


def rule_line(rule: Rule, words: Words) -> str:
    """A rule in one line, its number leading to the page of rules."""
    return f"{link(inline(rule.card), f'../reference/rules.md#rule-{rule.id}')} {say_folded(rule.text, words)}"


def _rules(rules: list[Rule], words: Words) -> str:
    return block("tb-rules", [items(rule_line(rule, words) for rule in rules)]) if rules else ""


def _call(step: Step, words: Words) -> str:
    return labelled(words("site.call"), inline(gap("contact", step.call, words)), "tb-call") if step.call else ""


def _record(step: Step, shelf: Shelf, words: Words) -> str:
    entries = []
    for name in step.record:
        field = shelf.evidence.get(name)
        if field is None:
            entries.append(inline(name))
            continue
        hint = f" {inline('—')} {say_folded(field.hint, words)}" if field.hint else ""
        entries.append(link(say_folded(field.label, words), f"../reference/evidence.md#evidence-{name}") + hint)
    return block("tb-record", [paragraph(f"**{inline(words('site.record'))}**"), items(entries)]) if entries else ""


def _open(step: Step, words: Words) -> str:
    if step.open is None:
        return ""
    due = words("site.open", item=words(f"item.{step.open.item}"), due=words.duration(step.open.due))
    return paragraph(inline(due), "tb-open")


def _use(step: Step, shelf: Shelf, words: Words) -> str:
    if step.use is None:
        return ""
    other = shelf.find(step.use)
    place = linked(other, words, folder="") if other else inline(step.use)
    return labelled(words("site.use"), f"{place} {inline(words('site.come-back'))}", "tb-use")


def _leads(step: Step, numbers: Mapping[str, int], words: Words) -> str:
    """The question with its answers, or what comes next; and the way out when the step cannot be done here."""
    choices = [_choice(say_folded(a.say, words), a.go, a.end, numbers, words) for a in step.answers]
    if not choices and (step.next or step.end):
        choices.append(_choice(inline(words("site.done")), step.next, step.end, numbers, words))
    if step.otherwise:
        choices.append(_choice(inline(words("site.else")), step.otherwise, None, numbers, words))
    question = paragraph(say(step.ask, words), "tb-ask") if step.ask else ""
    return block("tb-answers", [question, items(choices)]) if choices else ""


def _choice(label: str, go: str | None, end: str | None, numbers: Mapping[str, int], words: Words) -> str:
    """One thing to click: what the reader answers, and where that leads."""
    if go:
        where, target = _number(go, numbers, words), f"#step-{go}"
    else:
        where, target = inline(words(f"outcome.{end}")), f"#end-{end}"
    return link(f"{label} <span>→ {where}</span>", target, "tb-choice")


def _number(name: str, numbers: Mapping[str, int], words: Words) -> str:
    return inline(words("site.step", n=numbers[name]) if name in numbers else folded(name))
