"""Commands over money and promises: sale, due, settle, close; each a single entry beside whoever follows a runbook."""

from decimal import Decimal

from toolkit import exits
from toolkit.cells import fold
from toolkit.cli.incident import asker_of
from toolkit.cli.setting import Setting
from toolkit.cli.single import ended, entry
from toolkit.console import say
from toolkit.diagnostics import ToolkitError
from toolkit.guard import clean, masked
from toolkit.incident import items, plans, replies
from toolkit.incident.state import SELLING, Activation, Item, Refusal
from toolkit.model import plain_card
from toolkit.record import incidents
from toolkit.record.incidents import Seen
from toolkit.sitting import contingency, desk
from toolkit.sitting.deciding import decided
from toolkit.vocabulary import SETTLEMENTS

_InForce = tuple[Seen, Activation]


def sale(setting: Setting, typed: str, card: str, back: int | None, reason: str, by: str, incident: str = "") -> int:
    """Count a sale against a plan in force, or take one back; FINDINGS when it is refused."""
    seen, plan = _only(_selling(setting, card, incident))
    clean(reason, by)
    with entry(setting, seen, by) as session:
        if back is not None:
            done = contingency.take_back(session, plan.number, back, reason)
        else:
            done = contingency.count(session, plan.number, amount_of(typed))
        return ended(session) if done else exits.FINDINGS


def amount_of(typed: str) -> Decimal:
    """An amount in yuan; ToolkitError `bad-amount` (status 2) if it is none."""
    value = replies.value(typed, contingency.AMOUNT)
    found = plans.amount(value) if isinstance(value, str) else None
    if found is None:
        raise ToolkitError("bad-amount", status=exits.USAGE, value=masked(typed))
    return found


def _selling(setting: Setting, card: str, incident: str) -> list[_InForce]:
    """The plans that sales count against; ToolkitError `no-plan-selling` (status 3) if there is none."""
    found = [(seen, plan) for seen, plan in _in_force(setting, card, incident) if plan.status in SELLING and plan.sells]
    if not found:
        raise ToolkitError("no-plan-selling", status=exits.NOTHING, card=masked(card) or "-")
    return found


def _in_force(setting: Setting, card: str, incident: str) -> list[_InForce]:
    """The plans in force of that card (all if empty), the latest incident first; a drill's only if it is named."""
    seen = [incidents.find(setting.data, incident)] if incident else incidents.unfinished(setting.data)
    return [(one, plan) for one in seen for plan in one.state.in_force if _is(plan, card)]


def _only(found: list[_InForce]) -> _InForce:
    """The one plan of `found`; ToolkitError (status 2) where a card or an incident must be said: `several-…`."""
    cards = sorted({plan.card for _, plan in found})
    if len(cards) > 1:
        raise ToolkitError("several-plans", status=exits.USAGE, cards=", ".join(cards))
    names = list(dict.fromkeys(seen.name for seen, _ in found))
    if len(names) > 1:
        raise ToolkitError("several-in-force", status=exits.USAGE, card=cards[0], names=", ".join(names))
    return found[-1]


def _is(plan: Activation, card: str) -> bool:
    return not card or card.casefold() == plan.plan or plain_card(card) == plain_card(plan.card)


def settle(setting: Setting, code: str, how: str, proof: str, by: str) -> int:
    """Settle an open item with its proof; what was not said is asked at a terminal."""
    seen, item = _item(setting, code)
    clean(proof, by)
    with entry(setting, seen, by) as session:
        if not (how and proof):
            asker_of(setting, None)  # says so where there is no terminal
            return ended(session) if desk.settle(session, item, how, proof) else exits.FINDINGS
        if how not in SETTLEMENTS[item.item]:
            known = ", ".join(SETTLEMENTS[item.item])
            raise ToolkitError("no-settlement", status=exits.USAGE, name=how, known=known)
        return ended(session) if desk.settled(session, item.number, how, proof) else exits.FINDINGS


def _item(setting: Setting, code: str) -> tuple[Seen, Item]:
    """The item of that code (kqx-3, or the incident's whole name before the number), settled or not.

    ToolkitError `no-item` (status 3), or `several-items` (2) where the letters fit items of several incidents.
    """
    name, _, typed = fold(code).rpartition("-")
    number = replies.number(typed, replies.MOST)
    seen = incidents.called(setting.data, name) if number else ()
    found = [(one, item) for one in seen for item in one.state.items if item.number == number]
    if not found:
        raise ToolkitError("no-item", status=exits.NOTHING, name=masked(code))
    if len(found) > 1:
        codes = ", ".join(f"{one.name}-{number}" for one, _ in found)
        raise ToolkitError("several-items", status=exits.USAGE, name=fold(code), codes=codes)
    return found[0]


def close(setting: Setting, target: str | None, heir: str, reason: str, by: str, incident: str = "") -> int:
    """Close an incident, or a plan by its card; FINDINGS with the reason when it may not be closed yet."""
    clean(heir, reason, by)
    found = _in_force(setting, target, incident) if target else []
    if found:
        seen, plan = _only(found)
        with entry(setting, seen, by) as session:
            return ended(session) if contingency.close(session, plan, session.who) else exits.FINDINGS
    name = target or incident
    seen = incidents.find(setting.data, name) if name else incidents.latest(setting.data)
    with entry(setting, seen, by, alone=True) as session:
        event = decided(session, lambda state: items.close(state, heir, reason))
        if isinstance(event, Refusal):
            session.refuse(event)
            say(session.screen.board.overview(session.incident, session.state, session.moment()))
            return exits.FINDINGS
        if session.journal.recorded:
            session.say("run.closed")
            session.say("run.head-code", code=session.journal.head)
        return ended(session)
