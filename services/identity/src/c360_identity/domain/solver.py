"""The solve: from evidence and rules to customers. Pure and order-neutral.

Every record starts alone. Stewards' `same` joins first, then identifiers, tier
by tier. Before a tier's first join its fan-out guard is evaluated, so that
identifiers of one tier do not influence each other; then its edges are taken
in the order in which they were first seen, and one that would join what must
stay apart is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from c360_kernel.record import Identifier, RecordKey

from c360_identity.domain.model import Decision, Link, Pair
from c360_identity.domain.rules import Rules

_WEAKEST = 1 << 30


class Edge(NamedTuple):
    """An active observation. Edges sort by when they were first seen, then by name."""

    first_seen: str
    identifier: Identifier
    record: RecordKey


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a solve looks at.

    `ages` names the live records; edges and rulings about others are not
    looked at. `generic` are identifiers known to be so from records not given.
    """

    ages: Mapping[RecordKey, str]
    edges: Collection[Edge]
    rulings: Mapping[Pair, Decision] = field(default_factory=dict[Pair, Decision])
    generic: Collection[Identifier] = ()


@dataclass(frozen=True, slots=True)
class Partition:
    """The answer: each record's seed, what links nothing, and what was refused.

    `anchored` counts, for each generic identifier, the components given that
    carry it and hold something stronger.
    """

    seeds: Mapping[RecordKey, RecordKey]
    generic: frozenset[Identifier]
    refused: frozenset[Link]
    refused_pairs: frozenset[Pair]
    anchored: Mapping[Identifier, int] = field(default_factory=dict[Identifier, int], compare=False)


def solve(evidence: Evidence, rules: Rules) -> Partition:
    """The partition of the live records into customers."""
    return _Solve(evidence, rules).run()


class _Component:
    __slots__ = ("apart", "bounds", "members", "seed", "tier", "values")

    def __init__(self, record: RecordKey, age: str) -> None:
        self.seed = (age, record)
        self.members = [record]
        self.tier = _WEAKEST
        self.values: dict[str, set[str]] = {}
        self.bounds: dict[str, int] = {}
        self.apart: set[RecordKey] = set()


class _Solve:
    def __init__(self, evidence: Evidence, rules: Rules) -> None:
        self._rules = rules
        self._evidence = evidence
        self._of = {record: _Component(record, age) for record, age in evidence.ages.items()}
        self._by_tier: dict[int, dict[Identifier, list[Edge]]] = {}
        self._anchored: dict[Identifier, int] = {}
        self._refused: set[Link] = set()
        self._refused_pairs: set[Pair] = set()

    def run(self) -> Partition:
        self._place_edges()
        self._widen_bounds()
        self._keep_apart()
        self._join_same()
        for tier in self._rules.tiers:
            self._join_tier(self._by_tier.get(tier, {}))
        seeds = {record: component.seed[1] for record, component in self._of.items()}
        return Partition(
            seeds,
            frozenset(self._anchored),
            frozenset(self._refused),
            frozenset(self._refused_pairs),
            self._anchored,
        )

    def _place_edges(self) -> None:
        limits = self._rules.limits
        for edge in self._evidence.edges:
            component = self._of.get(edge.record)
            if component is None:
                continue
            identifier = edge.identifier
            tier = self._rules.tier(identifier.type)
            component.tier = min(component.tier, tier)
            self._by_tier.setdefault(tier, {}).setdefault(identifier, []).append(edge)
            if identifier.type in limits:
                component.values.setdefault(identifier.type, set()).add(identifier.value)

    def _widen_bounds(self) -> None:
        """A record over a limit by itself widens the bound of its own component only."""
        for component in self._of.values():
            for name, values in component.values.items():
                component.bounds[name] = max(self._rules.limits[name], len(values))

    def _keep_apart(self) -> None:
        for (a, b), decision in self._evidence.rulings.items():
            if decision.kind == "not_same" and a in self._of and b in self._of:
                self._of[a].apart.add(b)
                self._of[b].apart.add(a)

    def _join_same(self) -> None:
        same = sorted((d.stamp, p) for p, d in self._evidence.rulings.items() if d.kind == "same")
        for _, (a, b) in same:
            if a in self._of and b in self._of and not self._join(a, b):
                self._refused_pairs.add((a, b))

    def _join_tier(self, held: Mapping[Identifier, list[Edge]]) -> None:
        for identifier, edges in held.items():
            anchored = self._count_anchored(edges)
            if self._is_generic(identifier, len(edges), anchored):
                self._anchored[identifier] = anchored
        linking = [e for i, edges in held.items() if i not in self._anchored for e in edges]
        heads: dict[Identifier, RecordKey] = {}
        for edge in sorted(linking):
            head = heads.setdefault(edge.identifier, edge.record)
            if not self._join(head, edge.record):
                self._refused.add((edge.record, edge.identifier))

    def _is_generic(self, identifier: Identifier, holders: int, anchored: int) -> bool:
        rules = self._rules
        if identifier in self._evidence.generic or rules.crowded(identifier.type, holders):
            return True
        return rules.over_fan(identifier.type, anchored)

    def _count_anchored(self, edges: list[Edge]) -> int:
        """How many components that carry an identifier are anchored: hold something stronger."""
        tier = self._rules.tier(edges[0].identifier.type)
        components = {id(c): c for c in (self._of[edge.record] for edge in edges)}
        return sum(1 for component in components.values() if component.tier < tier)

    def _join(self, a: RecordKey, b: RecordKey) -> bool:
        one, other = self._of[a], self._of[b]
        if one is other:
            return True
        if _over_limit(one, other) or _apart(one, other):
            return False
        if len(one.members) < len(other.members):
            one, other = other, one
        _absorb(one, other)
        for member in other.members:
            self._of[member] = one
        return True


def _over_limit(one: _Component, other: _Component) -> bool:
    for name, values in other.values.items():
        held = one.values.get(name)
        if held and len(held | values) > max(one.bounds[name], other.bounds[name]):
            return True
    return False


def _apart(one: _Component, other: _Component) -> bool:
    if not one.apart or not other.apart:
        return False
    return not one.apart.isdisjoint(other.members)


def _absorb(one: _Component, other: _Component) -> None:
    one.seed = min(one.seed, other.seed)
    one.tier = min(one.tier, other.tier)
    one.members.extend(other.members)
    one.apart |= other.apart
    for name, values in other.values.items():
        one.values[name] = one.values.get(name, set()) | values
        one.bounds[name] = max(one.bounds.get(name, 0), other.bounds[name])


def over_limit(records: Iterable[Edge], rules: Rules) -> frozenset[RecordKey]:
    """Records that by themselves carry more values than a limit: a defect of their source."""
    counts: dict[tuple[RecordKey, str], int] = {}
    for edge in records:
        if edge.identifier.type in rules.limits:
            name = (edge.record, edge.identifier.type)
            counts[name] = counts.get(name, 0) + 1
    return frozenset(r for (r, kind), n in counts.items() if n > rules.limits[kind])
