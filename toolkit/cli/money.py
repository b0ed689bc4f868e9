"""Commands over money and promises: sale, due, settle, close; each a single entry beside whoever follows a runbook."""

from decimal import Decimal
from typing import Any

from toolkit import exits
from toolkit.cells import fold
from toolkit.cli.incident import asker_of
from toolkit.cli.setting import Setting
from toolkit.cli.single import entry
from toolkit.console import say
from toolkit.diagnostics import ToolkitError
from toolkit.guard import clean, masked
from toolkit.incident import items, plans, replies
from toolkit.incident.board import Board
from toolkit.incident.items import Due
from toolkit.incident.state import SELLING, Activation, Item, Refusal
from toolkit.model import plain_card
from toolkit.record import incidents
from toolkit.record.incidents import Seen
from toolkit.sitting import contingency, desk
from toolkit.vocabulary import SETTLEMENTS


def sale(setting: Setting, typed: str, card: str, back: int | None, reason: str, by: str) -> int:
    """Count a sale against a plan in force, or take one back; FINDINGS when it is refused."""
    seen, plan = _selling(setting, card)
    clean(reason, by)
    with entry(setting, seen, by) as session:
        if back is not None:
            taken = session.does(plans.take_back(plan, back, reason))
            say(session.screen.board.plans(session.state, session.moment()) if taken else [])
            return exits.OK if taken else exits.FINDINGS
        return exits.OK if contingency.count(session, plan.number, amount_of(typed)) else exits.FINDINGS


def amount_of(typed: str) -> Decimal:
    """An amount in yuan; ToolkitError `bad-amount` (status 2) if it is none."""
    value = replies.value(typed, contingency.AMOUNT)
    found = plans.amount(value) if isinstance(value, str) else None
    if found is None:
        raise ToolkitError("bad-amount", status=exits.USAGE, value=masked(typed))
    return found


def _selling(setting: Setting, card: str) -> tuple[Seen, Activation]:
    """The plan that sales count against, in the latest incident that has it in force.

    ToolkitError `no-plan-selling` (status 3), or `several-plans` (status 2) where a card must be said.
    """
    found = [(seen, plan) for seen in incidents.unfinished(setting.data) for plan in seen.state.in_force]
    found = [(seen, plan) for seen, plan in found if plan.status in SELLING and plan.sells and _is(plan, card)]
    if not found:
        raise ToolkitError("no-plan-selling", status=exits.NOTHING, card=card or "-")
    cards = sorted({plan.card for _, plan in found})
    if len(cards) > 1:
        raise ToolkitError("several-plans", status=exits.USAGE, cards=", ".join(cards))
    return found[0]


def _is(plan: Activation, card: str) -> bool:
    return not card or card.casefold() == plan.plan or plain_card(card) == plain_card(plan.card)


def due(setting: Setting, json: bool) -> int:
    """Every open item of every incident, the most overdue first; drills have none."""
    found = _all_due(setting)
    now, words = setting.clock.now(), setting.words
    board = Board(words, now.zone)
    lines = [words("due.head")] if found else [words("due.none")]
    for one in found:
        lines += board.items(one.incident, [one.item], now.utc)
    lines += [words("due.next", code=items.code(found[0].incident, found[0].item.number))] if found else []
    setting.show([_row(one) for one in found], lines, json=json)
    return exits.OK


def _all_due(setting: Setting) -> list[Due]:
    now = setting.clock.now().utc
    seen = [one for one in incidents.every(setting.data) if isinstance(one, Seen) and not one.state.drill]
    return items.ordered(due for one in seen for due in items.due(one.name, one.state, now))


def _row(one: Due) -> dict[str, Any]:
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


def settle(setting: Setting, code: str, how: str, proof: str, by: str) -> int:
    """Settle an open item with its proof; what was not said is asked at a terminal."""
    seen, item = _item(setting, code)
    clean(proof, by)
    with entry(setting, seen, by) as session:
        if not (how and proof):
            asker_of(setting, None)  # says so where there is no terminal
            return exits.OK if desk.settle(session, item, how, proof) else exits.FINDINGS
        if how not in SETTLEMENTS[item.item]:
            known = ", ".join(SETTLEMENTS[item.item])
            raise ToolkitError("no-settlement", status=exits.USAGE, name=how, known=known)
        settled = session.does(items.settle(session.state, item.number, how, proof, session.who))
        if settled:
            session.say("desk.settled", code=code)
        return exits.OK if settled else exits.FINDINGS


def _item(setting: Setting, code: str) -> tuple[Seen, Item]:
    """The item of that code (kqx-3), settled or not; ToolkitError `no-item` (status 3)."""
    wanted = fold(code)
    for seen in incidents.every(setting.data):
        if isinstance(seen, Seen):
            for item in seen.state.items:
                if wanted == items.code(seen.name, item.number):
                    return seen, item
    raise ToolkitError("no-item", status=exits.NOTHING, name=masked(code))


def close(setting: Setting, target: str | None, heir: str, reason: str, by: str) -> int:
    """Close an incident, or a plan by its card; FINDINGS with the reason when it may not be closed yet."""
    clean(heir, reason, by)
    plan = _in_force(setting, target) if target else None
    if plan:
        with entry(setting, plan[0], by) as session:
            return exits.OK if session.does(plans.close(session.state, plan[1].plan, session.who)) else exits.FINDINGS
    seen = incidents.find(setting.data, target) if target else incidents.latest(setting.data)
    with entry(setting, seen, by, alone=True) as session:
        outcome = next((run.outcome for run in session.state.runs if run.outcome), "escalated")
        event = items.close(session.state, outcome, heir, reason)
        if isinstance(event, Refusal):
            session.refuse(event)
            say(session.screen.board.overview(session.incident, session.state, session.moment()))
            return exits.FINDINGS
        session.tell(event)
        session.say("run.closed")
        session.say("run.head-code", code=session.journal.head)
        return exits.OK if session.journal.recorded else exits.NOT_RECORDED


def _in_force(setting: Setting, card: str) -> tuple[Seen, Activation] | None:
    found = ((seen, plan) for seen in incidents.unfinished(setting.data) for plan in seen.state.in_force)
    return next(((seen, plan) for seen, plan in found if _is(plan, card)), None)
