"""The solve: from evidence and rules to customers. Pure and order-neutral.

Every record starts alone. Stewards' `same` joins first, then identifiers, tier
by tier. Before a tier's first join its fan-out guard is evaluated, so that
identifiers of one tier do not influence each other; then its edges are taken,
those of separating types first, in the order in which they were first seen,
and one that would join what must stay apart is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

from c360_kernel.record import Identifier, RecordKey

from c360_identity.domain.model import Link, Pair, StewardDecision
from c360_identity.domain.people import People
from c360_identity.domain.rules import Rules, Scope

K = TypeVar("K")
V = TypeVar("V")
_WEAKEST = 1 << 30
_NOTHING: dict[Any, Any] = {}
_NOBODY: frozenset[RecordKey] = frozenset()


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
    rulings: Mapping[Pair, StewardDecision] = field(default_factory=dict[Pair, StewardDecision])
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
    """Most hold nothing but their members; `_own` gives the others dictionaries of their own."""

    __slots__ = ("apart", "bounds", "members", "seed", "separating", "tier", "values")

    def __init__(self, record: RecordKey, age: str) -> None:
        self.seed = (age, record)
        self.members = [record]
        self.tier = _WEAKEST
        self.values: dict[str, set[str]] = _NOTHING
        self.bounds: dict[str, int] = _NOTHING
        self.apart: frozenset[RecordKey] = _NOBODY
        self.separating: dict[Scope, set[str]] = _NOTHING


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
        limits, types = self._rules.limits, self._rules.types
        for edge in self._evidence.edges:
            component = self._of.get(edge.record)
            if component is None:
                continue
            identifier = edge.identifier
            tier = types[identifier.type].tier
            component.tier = min(component.tier, tier)
            self._by_tier.setdefault(tier, {}).setdefault(identifier, []).append(edge)
            if identifier.type in limits:
                component.values = _own(component.values)
                component.values.setdefault(identifier.type, set()).add(identifier.value)

    def _widen_bounds(self) -> None:
        """A record over a limit by itself widens the bound of its own component only."""
        limits = self._rules.limits
        for component in self._of.values():
            if component.values:
                held = component.values.items()
                component.bounds = {name: max(limits[name], len(v)) for name, v in held}

    def _keep_apart(self) -> None:
        for (a, b), decision in self._evidence.rulings.items():
            if decision.kind == "not_same" and a in self._of and b in self._of:
                self._of[a].apart |= {b}
                self._of[b].apart |= {a}

    def _join_same(self) -> None:
        same = sorted((d.stamp, p) for p, d in self._evidence.rulings.items() if d.kind == "same")
        for _, (a, b) in same:
            if a in self._of and b in self._of and not self._join(a, b):
                self._refused_pairs.add((a, b))

    def _join_tier(self, held: Mapping[Identifier, list[Edge]]) -> None:
        generic = {i: self._guard(i, edges) for i, edges in held.items()}
        self._anchored.update({i: count for i, count in generic.items() if count is not None})
        linking = [e for i, edges in held.items() if i not in self._anchored for e in edges]
        separating = [e for e in linking if self._rules.types[e.identifier.type].separates]
        self._note_separating(separating)
        self._link(separating)
        self._link([e for e in linking if not self._rules.types[e.identifier.type].separates])

    def _guard(self, identifier: Identifier, edges: list[Edge]) -> int | None:
        """How many anchored components carry a generic identifier; None if it is not generic.

        Without a fan they are the people told apart.
        """
        rules, kind = self._rules, identifier.type
        known = identifier in self._evidence.generic
        if not known and not rules.over_fan(kind, len(edges)):
            return None
        components = list({id(c): c for c in (self._of[edge.record] for edge in edges)}.values())
        people = self._people.separated(identifier, (c.members for c in components))
        anchored = people if rules.types[kind].fan is None else _anchored(components, rules, kind)
        generic = (
            known
            or rules.crowded(kind, len(edges))
            or rules.over_fan(kind, anchored)
            or rules.over_people(kind, people)
        )
        return anchored if generic else None

    @cached_property
    def _carried(self) -> Mapping[RecordKey, list[Identifier]]:
        carried: dict[RecordKey, list[Identifier]] = {record: [] for record in self._of}
        for edge in self._evidence.edges:
            if edge.record in carried:
                carried[edge.record].append(edge.identifier)
        return carried

    @cached_property
    def _people(self) -> People:
        holders = {i: len(edges) for held in self._by_tier.values() for i, edges in held.items()}
        return People(self._carried, holders, self._evidence.generic, self._rules)

    def _note_separating(self, separating: Iterable[Edge]) -> None:
        for edge in separating:
            scope = self._rules.separating_scope(edge.identifier)
            if scope is not None:
                component = self._of[edge.record]
                component.separating = _own(component.separating)
                component.separating.setdefault(scope, set()).add(edge.identifier.value)

    def _link(self, edges: Iterable[Edge]) -> None:
        heads: dict[Identifier, RecordKey] = {}
        for edge in sorted(edges):
            head = heads.setdefault(edge.identifier, edge.record)
            enough = self._is_enough(edge.identifier, head, edge.record)
            if not enough or not self._join(head, edge.record):
                self._refused.add((edge.record, edge.identifier))

    def _is_enough(self, identifier: Identifier, a: RecordKey, b: RecordKey) -> bool:
        """Whether nothing stronger tells the two apart, or evidence of two kinds connects them."""
        one, other = self._of[a], self._of[b]
        if one is other or not one.separating or not other.separating:
            return True
        if not self._are_separated(identifier, one, other):
            return True
        return self._kinds_shared(one, other, self._rules.tier(identifier.type)) > 1

    def _are_separated(self, identifier: Identifier, one: _Component, other: _Component) -> bool:
        rule = self._rules.types[identifier.type]
        return any(
            values.isdisjoint(other.separating[scope])
            for scope, values in one.separating.items()
            if scope in other.separating
            and not (rule.separates and self._rules.tier(scope.type) >= rule.tier)
        )

    def _kinds_shared(self, one: _Component, other: _Component, tier: int) -> int:
        """Of how many kinds, up to two, is what both carry of this tier and stronger ones.

        Generic identifiers do not count. The smaller one is looked at: of the other it is enough
        to know who carries the same, and that are few.
        """
        small, large = (one, other) if len(one.members) < len(other.members) else (other, one)
        kinds: set[str] = set()
        for identifier in (i for member in small.members for i in self._carried[member]):
            kind, held = self._rules.kind(identifier), self._rules.tier(identifier.type)
            if kind in kinds or held > tier or identifier in self._anchored:
                continue
            if any(self._of[edge.record] is large for edge in self._by_tier[held][identifier]):
                kinds.add(kind)
                if len(kinds) > 1:
                    break
        return len(kinds)

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


def _anchored(components: Iterable[_Component], rules: Rules, identifier_type: str) -> int:
    """How many components hold something stronger than the type."""
    tier = rules.tier(identifier_type)
    return sum(1 for component in components if component.tier < tier)


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
    if other.separating:
        one.separating = _own(one.separating)
        for scope, values in other.separating.items():
            one.separating.setdefault(scope, set()).update(values)
    if other.values:
        one.values, one.bounds = _own(one.values), _own(one.bounds)
        for name, values in other.values.items():
            one.values.setdefault(name, set()).update(values)
            one.bounds[name] = max(one.bounds.get(name, 0), other.bounds[name])


def _own(held: dict[K, V]) -> dict[K, V]:
    return {} if held is _NOTHING else held


def over_limit(records: Iterable[Edge], rules: Rules) -> frozenset[RecordKey]:
    """Records that by themselves carry more values than a limit: a defect of their source."""
    counts: dict[tuple[RecordKey, str], int] = {}
    for edge in records:
        if edge.identifier.type in rules.limits:
            name = (edge.record, edge.identifier.type)
            counts[name] = counts.get(name, 0) + 1
    return frozenset(r for (r, kind), n in counts.items() if n > rules.limits[kind])


def separated_within(
    edges: Iterable[Edge], seeds: Mapping[RecordKey, RecordKey], rules: Rules
) -> set[RecordKey]:
    """The seeds of customers who hold different values of one separating scope."""
    held: dict[tuple[RecordKey, Scope], str] = {}
    twice: set[RecordKey] = set()
    for edge in (one for one in edges if rules.types[one.identifier.type].separates):
        scope = rules.separating_scope(edge.identifier)
        seed = seeds.get(edge.record)
        if scope is None or seed is None:
            continue
        if held.setdefault((seed, scope), edge.identifier.value) != edge.identifier.value:
            twice.add(seed)
    return twice
