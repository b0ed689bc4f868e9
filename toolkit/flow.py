"""The steps of one phase as a graph: where answers lead, what is reached, what has been done before."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from toolkit.model import UNKNOWN, Step

Graph = dict[str, tuple["Edge", ...]]


class Edge(NamedTuple):
    """One way out of a step. `target` is None where the phase ends; `done` says whether the step's act was done."""

    target: str | None
    label: str
    done: bool


def ways_out(step: Step) -> tuple[Edge, ...]:
    """Every way out of `step`: its answers, its next step or its end, and where "not possible here" leads."""
    if step.answers:
        return tuple(Edge(a.go, a.id, a.id != UNKNOWN) for a in step.answers)
    onward = Edge(step.next, "done", True)
    if step.otherwise is not None or step.next is not None:
        return (onward, Edge(step.otherwise or step.next, "not-possible", False))
    return (onward,)


def graph(steps: Sequence[Step]) -> Graph:
    """The ways out of each step, by step id; of two steps with one id the first counts."""
    found: Graph = {}
    for step in steps:
        found.setdefault(step.id, ways_out(step))
    return found


def reached(ways: Graph, starts: Sequence[str]) -> set[str]:
    """The steps that can be reached from `starts`, those included."""
    seen: set[str] = set()
    waiting = [s for s in starts if s in ways]
    while waiting:
        step = waiting.pop()
        if step not in seen:
            seen.add(step)
            waiting += [e.target for e in ways[step] if e.target in ways and e.target not in seen]
    return seen


def leads_to_end(ways: Graph) -> set[str]:
    """The steps from which the phase can end; a way to a step that does not exist is no end."""
    good = {step for step, out in ways.items() if any(e.target is None for e in out)}
    while True:
        more = {s for s, out in ways.items() if s not in good and any(e.target in good for e in out)}
        if not more:
            return good
        good |= more


def done_before(
    steps: Sequence[Step], ways: Graph, starts: Sequence[str], needs: Mapping[str, frozenset[str]]
) -> dict[str, frozenset[str]]:
    """For each reached step, the acts that were done on every path to it.

    `needs` maps an act to the acts that it rests on; doing it uses them up, so that a second repeat needs a
    second look-up. Each start begins with nothing done.
    """
    by_id = {s.id: s for s in reversed(steps)}
    before: dict[str, frozenset[str]] = {s: frozenset() for s in starts if s in ways}
    waiting = list(before)
    while waiting:
        name = waiting.pop()
        step = by_id[name]
        for edge in ways[name]:
            if edge.target not in ways:
                continue
            after = before[name]
            if edge.done and step.act:
                after = (after - needs.get(step.act, frozenset())) | {step.act}
            known = before.get(edge.target)
            merged = after if known is None else known & after
            if merged != known:
                before[edge.target] = merged
                waiting.append(edge.target)
    return before


def path_without(steps: Sequence[Step], ways: Graph, starts: Sequence[str], goal: str, act: str) -> list[str]:
    """A shortest path from a start to `goal` on which `act` is not done; empty when there is none."""
    by_id = {s.id: s for s in reversed(steps)}
    came: dict[str, str | None] = {s: None for s in starts if s in ways}
    waiting = list(came)
    for name in waiting:
        if name == goal:
            return list(_back(came, goal))[::-1]
        for edge in ways[name]:
            if edge.target in ways and edge.target not in came and not (edge.done and by_id[name].act == act):
                came[edge.target] = name
                waiting.append(edge.target)
    return []


def _back(came: dict[str, str | None], goal: str) -> Iterator[str]:
    name: str | None = goal
    while name is not None:
        yield name
        name = came[name]


def paths(ways: Graph, start: str, most: int = 100_000) -> Iterator[tuple[str, ...]]:
    """Every path from `start` to an end that takes no way out twice, at most `most` of them."""
    waiting: list[tuple[tuple[str, ...], frozenset[tuple[str, str]]]] = [((start,), frozenset())]
    while waiting and most > 0:
        path, used = waiting.pop()
        for edge in reversed(ways[path[-1]]):
            way = (path[-1], edge.label)
            if edge.target is None:
                most -= 1
                yield path
            elif edge.target in ways and way not in used:
                waiting.append(((*path, edge.target), used | {way}))
