"""Why two records are one customer: the shortest path of evidence, then every other.

Records and identifiers are the nodes of the graph; a path meets none of them twice. Paths come in
the order of their length, those over stronger evidence first (A* with the exact distance, so that
what is looked at lies on a path that is told, or nearly so). Both their number and the work are
bounded: of a dense graph there are more paths than anybody can count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import NamedTuple

from c360_kernel.evidence.rules import Rules
from c360_kernel.record import Identifier, RecordKey

from c360_identity.domain.evidence import EdgeState, EvidenceEdge, Score

MOST_LOOKED_AT = 20_000
"""Partial paths that are followed before the search gives up."""

_STEWARD = -1
_SCORED = 1 << 10


class Step(NamedTuple):
    """From one record to the next, over an identifier or directly; `since` is the later stamp.

    `observed` is since when both are said to carry it, ms UTC; None of what is no identifier.
    """

    a: RecordKey
    b: RecordKey
    rule: str
    since: str
    identifier: Identifier | None = None
    score: Score | None = None
    observed: int | None = None


class Paths(NamedTuple):
    """Paths, the shortest first; `more` says that there are others or may be."""

    found: Sequence[Sequence[Step]]
    more: bool


NO_PATHS = Paths((), more=False)

Node = tuple[bool, RecordKey | Identifier]
"""A record, or an identifier (False first): the two are named alike, and may have equal names."""


class _Hop(NamedTuple):
    """An edge seen from one of its ends."""

    tier: int
    node: Node
    edge: EvidenceEdge

    @property
    def length(self) -> int:
        """Half a step to an identifier or from one, a whole one from record to record."""
        return 2 if self.edge.identifier is None else 1


@dataclass(frozen=True, slots=True)
class _Trail:
    """A partial path, from its end back to its beginning."""

    node: Node
    hop: _Hop | None = None
    before: _Trail | None = None

    def hops(self) -> Iterator[_Hop]:
        trail: _Trail | None = self
        while trail is not None and trail.hop is not None:
            yield trail.hop
            trail = trail.before

    def meets(self, node: Node) -> bool:
        trail: _Trail | None = self
        while trail is not None:
            if trail.node == node:
                return True
            trail = trail.before
        return False


def paths(
    edges: Iterable[EvidenceEdge], a: RecordKey, b: RecordKey, rules: Rules, most: int
) -> Paths:
    """The `most` shortest paths between two records over active edges."""
    search = _Search(_hops(edges, rules), (True, b))
    search.begin((True, a))
    found: list[Sequence[Step]] = []
    while len(found) < most and (trail := search.next()) is not None:
        found.append(_steps(a, trail))
    return Paths(found, more=search.is_open)


class _Waiting(NamedTuple):
    """A partial path, in the order in which they are followed."""

    reach: int
    tiers: int
    number: int
    length: int
    trail: _Trail


class _Search:
    def __init__(self, hops: Mapping[Node, Sequence[_Hop]], goal: Node) -> None:
        self._hops = hops
        self._goal = goal
        self._far = _distances(hops, goal)
        self._heap: list[_Waiting] = []
        self._pushed = 0
        self._looked_at = 0

    def begin(self, node: Node) -> None:
        if node in self._far:
            self._heap.append(_Waiting(self._far[node], 0, 0, 0, _Trail(node)))

    @property
    def is_open(self) -> bool:
        return bool(self._heap)

    def next(self) -> _Trail | None:
        """The next path to the goal."""
        while self._heap and self._looked_at < MOST_LOOKED_AT:
            self._looked_at += 1
            waiting = heappop(self._heap)
            if waiting.trail.node == self._goal:
                return waiting.trail
            self._follow(waiting)
        return None

    def _follow(self, waiting: _Waiting) -> None:
        for hop in self._hops[waiting.trail.node]:
            if hop.node in self._far and not waiting.trail.meets(hop.node):
                self._pushed += 1
                length = waiting.length + hop.length
                trail = _Trail(hop.node, hop, waiting.trail)
                tiers = waiting.tiers + hop.tier
                reach = length + self._far[hop.node]
                heappush(self._heap, _Waiting(reach, tiers, self._pushed, length, trail))


def _hops(edges: Iterable[EvidenceEdge], rules: Rules) -> Mapping[Node, Sequence[_Hop]]:
    hops: dict[Node, list[_Hop]] = {}
    for edge in _joining(list(edges), rules):
        record, other = (True, edge.record), _other_end(edge)
        if other is not None:
            tier = _tier(edge, rules)
            hops.setdefault(record, []).append(_Hop(tier, other, edge))
            hops.setdefault(other, []).append(_Hop(tier, record, edge))
    for ends in hops.values():
        ends.sort(key=lambda hop: (hop.tier, hop.node, hop.edge.since))
    return hops


def _joining(edges: Sequence[EvidenceEdge], rules: Rules) -> list[EvidenceEdge]:
    """The active edges, and what was handed over: refused by its owner of before, it joins here."""
    active = {edge.identifier for edge in edges if edge.state is EdgeState.ACTIVE}
    return [
        edge
        for edge in edges
        if edge.state is EdgeState.ACTIVE
        or (
            edge.state is EdgeState.REFUSED
            and edge.identifier is not None
            and edge.identifier in active
            and rules.may_be_handed_over(edge.rule)
        )
    ]


def _other_end(edge: EvidenceEdge) -> Node | None:
    if edge.identifier is not None:
        return (False, edge.identifier)
    return None if edge.other is None else (True, edge.other)


def _tier(edge: EvidenceEdge, rules: Rules) -> int:
    if edge.identifier is not None:
        return rules.tier(edge.rule)
    return _STEWARD if edge.decision is not None else _SCORED


def _distances(hops: Mapping[Node, Sequence[_Hop]], goal: Node) -> Mapping[Node, int]:
    """How far each node that leads to the goal is from it."""
    far: dict[Node, int] = {}
    waiting = [(0, goal)] if goal in hops else []
    while waiting:
        distance, node = heappop(waiting)
        if node in far:
            continue
        far[node] = distance
        for hop in hops[node]:
            if hop.node not in far:
                heappush(waiting, (distance + hop.length, hop.node))
    return far


def _steps(a: RecordKey, trail: _Trail) -> Sequence[Step]:
    steps: list[Step] = []
    at, since, observed = a, "", list[int]()
    for hop in reversed(list(trail.hops())):
        since = max(since, hop.edge.since)
        observed += [hop.edge.observed] if hop.edge.observed is not None else []
        is_record, name = hop.node
        if is_record:
            to, edge = RecordKey(*name), hop.edge
            both = max(observed, default=None)
            steps.append(Step(at, to, edge.rule, since, edge.identifier, edge.score, both))
            at, since, observed = to, "", []
    return steps
