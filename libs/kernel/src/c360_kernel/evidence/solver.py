"""The solve: from evidence and rules to customers. Pure and order-neutral.

Every record starts alone. Stewards' `same` joins first, then identifiers, tier
by tier. Before a tier's first join its fan-out guard is evaluated, so that
identifiers of one tier do not influence each other; then its edges are taken,
those of separating types first, in the order in which they were first observed,
and one that would join what must stay apart is refused. Last come pairs of
records that look alike, the most alike first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, Protocol, TypeVar

from c360_kernel.evidence.model import Link, Pair, StewardDecision
from c360_kernel.evidence.people import People
from c360_kernel.evidence.rules import Rules, Scope
from c360_kernel.record import Identifier, RecordKey

K = TypeVar("K")
V = TypeVar("V")
_WEAKEST = 1 << 30
_STEP = 1_000
"""Of so many edges or likenesses, some milliseconds to some tens of them."""
_SAMPLE = 5
"""Of each customer the oldest so many records are compared before a likeness joins it."""
_CLOSE = 2.0
"""Whoever is like two people within so many bits is like neither."""
Rival = tuple[RecordKey, float]
_NOTHING: dict[Any, Any] = {}
_NOBODY: frozenset[RecordKey] = frozenset()


class Edge(NamedTuple):
    """An active observation. Edges sort by when they were observed, else came in, then by name.

    `since` is ms UTC, `first_seen` a stamp; see `Observation`.
    """

    since: int
    first_seen: str
    identifier: Identifier
    record: RecordKey


class Likeness(Protocol):
    """How alike records are by what they say; whoever compares them implements it."""

    def __contains__(self, record: RecordKey) -> bool:
        """Whether it says anything."""
        ...

    def apart(self, one: RecordKey, other: RecordKey) -> bool:
        """Whether the two are of different people, though they may have much in common."""
        ...

    def enough(self, ones: Sequence[RecordKey], others: Sequence[RecordKey]) -> bool:
        """Whether all that these say together is in favour of one person."""
        ...


@dataclass(frozen=True, slots=True)
class Matches:
    """Pairs that look alike enough, with the bits in favour, and how alike records are."""

    likeness: Likeness
    accepted: Mapping[Pair, float]
    contacts: Collection[str] = ("phone", "email")
    """The identifier types that people share, and that are looked at more closely."""


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
    matches: Matches | None = None


@dataclass(frozen=True, slots=True)
class Partition:
    """The answer: each record's seed, what links nothing, and what was refused.

    `anchored` counts, for each generic identifier, the components given that
    carry it and hold something stronger. `joined_pairs` are the matches that joined somebody,
    `refused_matches` those that would have joined what must stay apart. `loose` are the seeds of
    customers that would be taken apart if more of their records were told apart: of two parts
    that both carry what tells people apart, evidence of one kind joined them.
    """

    seeds: Mapping[RecordKey, RecordKey]
    generic: frozenset[Identifier]
    refused: frozenset[Link]
    refused_pairs: frozenset[Pair]
    anchored: Mapping[Identifier, int] = field(default_factory=dict[Identifier, int], compare=False)
    joined_pairs: frozenset[Pair] = frozenset()
    refused_matches: frozenset[Pair] = frozenset()
    loose: frozenset[RecordKey] = field(default=frozenset(), compare=False)


def solve(evidence: Evidence, rules: Rules) -> Partition:
    """The partition of the live records into customers."""
    solving = solve_in_steps(evidence, rules)
    while True:
        try:
            next(solving)
        except StopIteration as end:
            return end.value


def solve_in_steps(evidence: Evidence, rules: Rules) -> Generator[None, None, Partition]:
    """As `solve`, for who has to do other things in between; `evidence` must not change."""
    return _Solve(evidence, rules).run()


class _Component:
    """Most hold nothing but their members; `_own` gives the others dictionaries of their own."""

    __slots__ = (
        *("apart", "bounds", "is_loose", "is_told", "members"),
        *("sample", "seed", "separating", "tier", "values"),
    )

    def __init__(self, record: RecordKey, age: str) -> None:
        self.seed = (age, record)
        self.members = [record]
        self.tier = _WEAKEST
        self.values: dict[str, set[str]] = _NOTHING
        self.bounds: dict[str, int] = _NOTHING
        self.apart: frozenset[RecordKey] = _NOBODY
        self.separating: dict[Scope, set[str]] = _NOTHING
        self.sample: list[tuple[str, RecordKey]] = []
        self.is_told = False
        """Whether a record of it carries what tells people apart, of any tier."""
        self.is_loose = False


class _Solve:
    def __init__(self, evidence: Evidence, rules: Rules) -> None:
        self._rules = rules
        self._evidence = evidence
        self._of = {record: _Component(record, age) for record, age in evidence.ages.items()}
        self._by_tier: dict[int, dict[Identifier, list[Edge]]] = {}
        self._anchored: dict[Identifier, int] = {}
        self._refused: set[Link] = set()
        self._refused_pairs: set[Pair] = set()
        self._joined_pairs: set[Pair] = set()
        self._refused_matches: set[Pair] = set()

    def run(self) -> Generator[None, None, Partition]:
        yield from self._place_edges()
        self._widen_bounds()
        self._keep_apart()
        self._join_same()
        for tier in self._rules.tiers:
            yield from self._join_tier(self._by_tier.get(tier, {}))
        if self._evidence.matches is not None:
            yield from self._join_matches(self._evidence.matches)
        seeds = {record: component.seed[1] for record, component in self._of.items()}
        return Partition(
            seeds,
            frozenset(self._anchored),
            frozenset(self._refused),
            frozenset(self._refused_pairs),
            self._anchored,
            frozenset(self._joined_pairs),
            frozenset(self._refused_matches),
            frozenset(one.seed[1] for one in self._of.values() if one.is_loose),
        )

    def _place_edges(self) -> Iterator[None]:
        limits, kinds, separating = self._rules.limits, self._rules.kinds, self._rules.separating
        by_tier: dict[int, dict[Identifier, list[Edge]]] = {tier: {} for tier in self._rules.tiers}
        of = self._of
        for number, edge in enumerate(self._evidence.edges, 1):
            if number % _STEP == 0:
                yield
            _, _, identifier, record = edge
            component = of.get(record)
            if component is None:
                continue
            kind = identifier.type
            tier = kinds[kind].tier
            component.tier = min(component.tier, tier)
            if kind in separating:
                component.is_told = True
            held = by_tier[tier]
            if identifier in held:
                held[identifier].append(edge)
            else:
                held[identifier] = [edge]
            if kind in limits:
                component.values = _own(component.values)
                component.values.setdefault(kind, set()).add(identifier.value)
        self._by_tier = by_tier

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
            if a in self._of and b in self._of and not self._join(self._of[a], self._of[b]):
                self._refused_pairs.add((a, b))

    def _join_tier(self, held: Mapping[Identifier, list[Edge]]) -> Iterator[None]:
        generic = {i: self._guard(i, held[i]) for i in self._doubtful(held)}
        self._anchored.update({i: count for i, count in generic.items() if count is not None})
        types, anchored = self._rules.separating, self._anchored
        separating = {i: e for i, e in held.items() if i.type in types and i not in anchored}
        self._note_separating(edge for edges in separating.values() for edge in edges)
        yield from self._link(_shared(separating))
        rest = {i: e for i, e in held.items() if i.type not in types and i not in anchored}
        yield from self._link(_shared(rest))

    def _doubtful(self, held: Mapping[Identifier, list[Edge]]) -> list[Identifier]:
        """What the guard has to look at."""
        never, known = self._rules.never_over_fan, self._evidence.generic
        many = [identifier for identifier, edges in held.items() if len(edges) > never]
        return list(dict.fromkeys((*many, *(one for one in known if one in held))))

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
    def _people(self) -> People:
        carried: dict[RecordKey, list[Identifier]] = {record: [] for record in self._of}
        holders: dict[Identifier, int] = {}
        for identifier, edges in self._placed():
            holders[identifier] = len(edges)
            for edge in edges:
                carried[edge.record].append(identifier)
        return People(carried, holders, self._evidence.generic, self._rules)

    @cached_property
    def _shared_by(self) -> Mapping[RecordKey, list[Identifier]]:
        """What each record carries that some other does."""
        carried: dict[RecordKey, list[Identifier]] = {record: [] for record in self._of}
        for identifier, edges in self._placed():
            if len(edges) > 1:
                for edge in edges:
                    carried[edge.record].append(identifier)
        return carried

    def _placed(self) -> Iterator[tuple[Identifier, list[Edge]]]:
        return (one for held in self._by_tier.values() for one in held.items())

    def _note_separating(self, separating: Iterable[Edge]) -> None:
        for edge in separating:
            scope = self._rules.separating_scope(edge.identifier)
            if scope is not None:
                component = self._of[edge.record]
                component.separating = _own(component.separating)
                component.separating.setdefault(scope, set()).add(edge.identifier.value)

    def _link(self, edges: Sequence[Edge]) -> Iterator[None]:
        heads: dict[Identifier, RecordKey] = {}
        of = self._of
        for number, (_, _, identifier, record) in enumerate(sorted(edges), 1):
            if number % _STEP == 0:
                yield
            head = heads.setdefault(identifier, record)
            one, other = of[head], of[record]
            if one is other:
                continue
            is_enough = self._is_enough((head, record), identifier)
            if not is_enough or not self._join(one, other):
                self._refused.add((record, identifier))
                if self._is_handed_over(identifier, one, record):
                    heads[identifier] = record

    def _is_handed_over(self, identifier: Identifier, before: _Component, by: RecordKey) -> bool:
        """Whether a telephone or a mailbox has a new owner, told apart by what its record carries.

        Who is first seen with it from then on is like the new owner, not like the one of before.
        """
        if not self._rules.may_be_handed_over(identifier.type):
            return False
        strong = (one for one in self._bounded_by.get(by, ()) if one not in self._anchored)
        return any(self._tells_apart(one, before) for one in strong)

    def _tells_apart(self, strong: Identifier, component: _Component) -> bool:
        scope = self._rules.separating_scope(strong)
        apart = component.separating.get(scope, ()) if scope else ()
        limited = component.values.get(strong.type, ())
        return any(held and strong.value not in held for held in (apart, limited))

    @cached_property
    def _bounded_by(self) -> Mapping[RecordKey, list[Identifier]]:
        """What each record carries of types that are limited or tell people apart."""
        bounded, carried = self._rules.bounded, dict[RecordKey, list[Identifier]]()
        for identifier, edges in self._placed():
            if identifier.type in bounded:
                for edge in edges:
                    carried.setdefault(edge.record, []).append(identifier)
        return carried

    def _look_apart(self, pair: Pair, identifier: Identifier) -> bool:
        """Whether a telephone or a mailbox is shared by two people by what they say."""
        matches = self._evidence.matches
        if matches is None or self._rules.base(identifier.type) not in matches.contacts:
            return False
        return matches.likeness.apart(*pair)

    def _is_enough(self, pair: Pair, identifier: Identifier) -> bool:
        """Whether nothing stronger tells the two apart, or evidence of two kinds connects them."""
        one, other = self._of[pair[0]], self._of[pair[1]]
        # What they look like is asked last: it takes longest.
        if not self._are_separated(identifier, one, other) and not self._look_apart(
            pair, identifier
        ):
            one.is_loose = self._is_loose(one, other, identifier)
            return True
        return self._kinds_shared(one, other, self._rules.tier(identifier.type)) > 1

    def _is_loose(self, one: _Component, other: _Component, identifier: Identifier) -> bool:
        """Whether what the two are joined to would not hold if more of them were told apart."""
        if one.is_loose or other.is_loose or not (one.is_told and other.is_told):
            return one.is_loose
        return self._kinds_shared(one, other, self._rules.tier(identifier.type)) < 2

    def _are_separated(self, identifier: Identifier, one: _Component, other: _Component) -> bool:
        if not one.separating or not other.separating:
            return False
        rule = self._rules.types[identifier.type]
        for scope, values in one.separating.items():
            if scope not in other.separating:
                continue
            is_stronger = not rule.separates or self._rules.tier(scope.type) < rule.tier
            if is_stronger and values.isdisjoint(other.separating[scope]):
                return True
        return False

    def _kinds_shared(self, one: _Component, other: _Component, tier: int) -> int:
        """Of how many kinds, up to two, is what both carry of this tier and stronger ones.

        Generic identifiers do not count. The smaller one is looked at: of the other it is enough
        to know who carries the same, and that are few.
        """
        small, large = (one, other) if len(one.members) < len(other.members) else (other, one)
        shared, types, of = self._shared_by, self._rules.kinds, self._of
        kinds: set[str] = set()
        for identifier in (i for member in small.members for i in shared[member]):
            kind, held = types[identifier.type]
            if kind in kinds or held > tier or identifier in self._anchored:
                continue
            for edge in self._by_tier[held][identifier]:
                if of[edge.record] is large:
                    kinds.add(kind)
                    break
            if len(kinds) > 1:
                break
        return len(kinds)

    def _join_matches(self, matches: Matches) -> Iterator[None]:
        """Pairs go by their bits, whoever was there first."""
        self._take_samples(matches.likeness)
        of, rivals = self._of, _rivals(matches.accepted)
        for number, (pair, bits) in enumerate(sorted(matches.accepted.items(), key=_most_alike), 1):
            if number % _STEP == 0:
                yield
            a, b = pair
            if a not in of or b not in of or of[a] is of[b]:
                continue
            if (
                self._may_match(matches.likeness, of[a], of[b])
                and not self._is_ambiguous(matches.likeness, pair, bits, rivals)
                and self._join(of[a], of[b])
            ):
                self._joined_pairs.add(pair)
            else:
                self._refused_matches.add(pair)

    def _is_ambiguous(
        self, likeness: Likeness, pair: Pair, bits: float, rivals: Mapping[RecordKey, list[Rival]]
    ) -> bool:
        """Whether one of the two is nearly as much like somebody else, who is not the other."""
        of = self._of
        for one, other in (pair, pair[::-1]):
            close = (rival for rival, worth in rivals[one] if worth >= bits - _CLOSE)
            others = {id(c): c for c in (of[rival] for rival in close if rival in of)}.values()
            third = (c for c in others if c is not of[one] and c is not of[other])
            if any(self._are_apart(likeness, c, of[other]) for c in third):
                return True
        return False

    @staticmethod
    def _are_apart(likeness: Likeness, one: _Component, other: _Component) -> bool:
        return any(likeness.apart(a, b) for _, a in one.sample for _, b in other.sample)

    def _take_samples(self, likeness: Likeness) -> None:
        ages = self._evidence.ages
        for component in {id(one): one for one in self._of.values()}.values():
            told = [(ages[one], one) for one in component.members if one in likeness]
            component.sample = sorted(told)[:_SAMPLE]

    def _may_match(self, likeness: Likeness, one: _Component, other: _Component) -> bool:
        """Whether nothing tells the two apart: a likeness is weaker than any identifier."""
        for scope, values in one.separating.items():
            if scope in other.separating and values.isdisjoint(other.separating[scope]):
                return False
        ones, others = ([record for _, record in c.sample] for c in (one, other))
        return likeness.enough(ones, others)

    def _join(self, one: _Component, other: _Component) -> bool:
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


def _shared(held: Mapping[Identifier, list[Edge]]) -> list[Edge]:
    """The edges of identifiers that more than one record carries: no other can link."""
    return [edge for edges in held.values() if len(edges) > 1 for edge in edges]


def _anchored(components: Iterable[_Component], rules: Rules, identifier_type: str) -> int:
    """How many components hold something stronger than the type."""
    tier = rules.anchors(identifier_type)
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


def _rivals(accepted: Mapping[Pair, float]) -> Mapping[RecordKey, list[Rival]]:
    """Of each record whom it is like, and how much."""
    found: dict[RecordKey, list[Rival]] = {}
    for (a, b), bits in accepted.items():
        found.setdefault(a, []).append((b, bits))
        found.setdefault(b, []).append((a, bits))
    return found


def _most_alike(match: tuple[Pair, float]) -> tuple[float, Pair]:
    pair, bits = match
    return -bits, pair


def _absorb(one: _Component, other: _Component) -> None:
    if one.sample or other.sample:
        one.sample = sorted((*one.sample, *other.sample))[:_SAMPLE]
    one.seed = min(one.seed, other.seed)
    one.tier = min(one.tier, other.tier)
    one.is_told = one.is_told or other.is_told
    one.is_loose = one.is_loose or other.is_loose
    one.members += other.members
    if other.apart:
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
    limits = rules.limits
    limited = ((e.record, e.identifier.type) for e in records if e.identifier.type in limits)
    return frozenset(r for (r, kind), n in Counter(limited).items() if n > limits[kind])


def separated_within(
    edges: Iterable[Edge], seeds: Mapping[RecordKey, RecordKey], rules: Rules
) -> set[RecordKey]:
    """The seeds of customers who hold different values of one separating scope."""
    held: dict[tuple[RecordKey, Scope], str] = {}
    twice: set[RecordKey] = set()
    types = rules.separating
    for _, _, identifier, record in (edge for edge in edges if edge.identifier.type in types):
        seed = seeds.get(record)
        if seed is None or seed in twice:
            continue
        scope = rules.separating_scope(identifier)
        if scope and held.setdefault((seed, scope), identifier.value) != identifier.value:
            twice.add(seed)
    return twice
