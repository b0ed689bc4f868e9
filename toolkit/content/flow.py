"""The steps of one phase as a graph: where they lead, what is reached, what has been done before."""

from collections.abc import Iterator, Mapping, Sequence

from toolkit.incident.moves import ACTED, LEFT, UNSURE, Move, moves
from toolkit.model import Step

Graph = dict[str, tuple[Move, ...]]


def graph(steps: Sequence[Step]) -> Graph:
    """The ways out of each step, by step id; of two steps with one id the first counts."""
    found: Graph = {}
    for step in steps:
        found.setdefault(step.id, moves(step))
    return found


def reached(ways: Graph, starts: Sequence[str]) -> set[str]:
    """The steps that can be reached from `starts`, those included."""
    seen: set[str] = set()
    waiting = [s for s in starts if s in ways]
    while waiting:
        step = waiting.pop()
        if step not in seen:
            seen.add(step)
            waiting += [m.go for m in ways[step] if m.go in ways and m.go not in seen]
    return seen


def leads_to_end(ways: Graph) -> set[str]:
    """The steps from which the phase can end; a way to a step that does not exist is no end."""
    good = {step for step, out in ways.items() if any(m.go is None for m in out)}
    while True:
        more = {s for s, out in ways.items() if s not in good and any(m.go in good for m in out)}
        if not more:
            return good
        good |= more


def after(before: frozenset[str], act: str | None, move: Move, needs: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """The acts that count as done after `move`, given those before it.

    An act uses up what it rests on, so that a second repeat needs a second look-up. One whose outcome nobody can
    tell uses it up too and does not count, nor does what it said before. Another runbook may do anything: after it
    nothing that an act rests on counts.
    """
    if move.act == LEFT:
        return before
    if move.act not in {ACTED, UNSURE}:
        return before - frozenset().union(*needs.values())
    if act is None:
        return before
    left = before - needs.get(act, frozenset()) - {act}
    return left | {act} if move.act == ACTED else left


def done_before(
    steps: Sequence[Step], ways: Graph, starts: Sequence[str], needs: Mapping[str, frozenset[str]]
) -> dict[str, frozenset[str]]:
    """For each reached step, the acts that count as done on every path to it; each start begins with none.

    `needs` maps an act to the acts that it rests on.
    """
    by_id = {s.id: s for s in reversed(steps)}
    before: dict[str, frozenset[str]] = {s: frozenset() for s in starts if s in ways}
    waiting = list(before)
    while waiting:
        name = waiting.pop()
        for move in ways[name]:
            if move.go is None or move.go not in ways:
                continue
            now = after(before[name], by_id[name].act, move, needs)
            known = before.get(move.go)
            merged = now if known is None else known & now
            if merged != known:
                before[move.go] = merged
                waiting.append(move.go)
    return before


def path_without(
    steps: Sequence[Step], ways: Graph, starts: Sequence[str], goal: str, act: str, needs: Mapping[str, frozenset[str]]
) -> list[str]:
    """A shortest path from a start to `goal` on which `act` does not count as done; empty when there is none."""
    by_id = {s.id: s for s in reversed(steps)}
    begin = [(s, False) for s in starts if s in ways]
    came: dict[tuple[str, bool], tuple[str, bool] | None] = dict.fromkeys(begin)
    waiting = list(came)
    for place in waiting:
        name, done = place
        if name == goal and not done:
            return list(_back(came, place))[::-1]
        for move in ways[name]:
            held = frozenset({act} if done else ())
            onward = (move.go or "", act in after(held, by_id[name].act, move, needs))
            if move.go in ways and onward not in came:
                came[onward] = place
                waiting.append(onward)
    return []


def _back(came: Mapping[tuple[str, bool], tuple[str, bool] | None], goal: tuple[str, bool]) -> Iterator[str]:
    place: tuple[str, bool] | None = goal
    while place is not None:
        yield place[0]
        place = came[place]
