"""What stays open, and what was settled, with its proof."""

from collections.abc import Iterator

from toolkit.incident import items
from toolkit.incident.state import WITHDRAWN, Item
from toolkit.report.case import Case
from toolkit.report.document import Block, Heading, Paragraph, Table
from toolkit.report.incident import clean


def blocks(case: Case) -> Iterator[Block]:
    """The open items, the first due first, and those that were settled or withdrawn."""
    words, state = case.words, case.seen.state
    yield Heading(words("report.items"), "items")
    left = sorted(state.open_items, key=lambda item: (item.due, item.number))
    if left:
        head = [words(f"report.{name}") for name in ("item", "thing", "card", "opened", "due", "heir")]
        yield Table(head, [_left(case, item) for item in left])
    else:
        yield Paragraph(words("report.sum-none-left"))
    done = [item for item in state.items if item.settled]
    if done:
        yield Heading(words("report.settled"), "settled", 3)
        head = [words(f"report.{name}") for name in ("item", "thing", "how", "proof", "at", "who")]
        yield Table(head, [_settled(case, item) for item in done])


def _name(case: Case, item: Item) -> list[str]:
    return [items.code(case.seen.name, item.number), case.teller.word("item", item.item)]


def _left(case: Case, item: Item) -> list[str]:
    due = case.at(item.due)
    if case.lines and item.due <= case.lines[-1].at:
        due = case.words("report.overdue", at=due)
    return [*_name(case, item), clean(item.card), case.at(item.opened), due, clean(item.heir) or "-"]


def _settled(case: Case, item: Item) -> list[str]:
    words = case.words
    if item.settled == WITHDRAWN:
        return [*_name(case, item), words("report.withdrawn"), "-", "-", "-"]
    line = next((x for x in case.lines if x.kind == "item-settled" and x.data["item"] == item.number), None)
    how = case.teller.word(f"settle.{item.item}", item.settled)
    if line is None:
        return [*_name(case, item), how, "-", "-", "-"]
    by = clean(str(line.data.get("by") or line.who))
    return [*_name(case, item), how, case.part(line, "proof"), case.when(line), by]
