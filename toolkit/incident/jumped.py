"""What a jump of the computer's clock moves: the times that lie ahead, and the days of sales; pure."""

from toolkit.clock import local, seconds, utc
from toolkit.incident.state import Item, Sale, State

_DAY = 86_400


def jumped(state: State, by: float, zone: str) -> State:
    """The state by a clock that is `by` seconds ahead of the one before, in a shop at `zone` (empty: unknown)."""
    items = tuple(item if item.settled else _item(item, by) for item in state.items)
    plans = tuple(p._replace(sales=tuple(_sale(sale, by, zone) for sale in p.sales)) for p in state.activations)
    return state._replace(skew=state.skew + by, items=items, activations=plans)


def _item(item: Item, by: float) -> Item:
    """What somebody promised for a time of day stays at that time: only the clock's date was wrong."""
    moved = round(by / _DAY) * _DAY if item.promised else by
    return item._replace(due=utc(seconds(item.due) + moved))


def _sale(sale: Sale, by: float, zone: str) -> Sale:
    if not (sale.at and zone):
        return sale
    at = utc(seconds(sale.at) + by)
    return sale._replace(at=at, day=local(at, zone, "%Y-%m-%d"))
