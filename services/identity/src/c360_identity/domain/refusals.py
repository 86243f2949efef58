"""Why two records are not one customer: what connects them, and what refused it.

It is told of the two customers as they are now. What is refused once stays refused while they
grow: of a limit there are only ever more values, and who was said to be somebody else still is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from c360_kernel.evidence.rules import Rules
from c360_kernel.record import Identifier, RecordKey

from c360_identity.domain.evidence import EdgeState, EvidenceEdge, Score


class RefusalKind(Enum):
    """What kept two records apart."""

    GUARD = "GUARD"
    LIMIT = "LIMIT"
    SEPARATION = "SEPARATION"
    STEWARD = "STEWARD"
    WITHDRAWN = "WITHDRAWN"
    BLOCK = "BLOCK"
    SCORE = "SCORE"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Evidence between two records and what refused it.

    `rule` is what would have joined them, `by` the identifier type that refused it where one did;
    `edges` are the evidence, of both sides.
    """

    kind: RefusalKind
    rule: str
    edges: Sequence[EvidenceEdge]
    by: str = ""
    identifier: Identifier | None = None
    score: Score | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two customers: its records and the edges of these."""

    records: frozenset[RecordKey]
    edges: Sequence[EvidenceEdge]

    def carried(self) -> Mapping[Identifier, Sequence[EvidenceEdge]]:
        """Its edges by the identifier that they lead to."""
        found: dict[Identifier, list[EvidenceEdge]] = defaultdict(list)
        for edge in self.edges:
            if edge.identifier is not None:
                found[edge.identifier].append(edge)
        return found


def refusals(one: Side, other: Side, rules: Rules) -> Sequence[Refusal]:
    """All that was refused between two customers, stewards first, then by tier."""
    decided = list(_decided(one, other))
    mine, theirs = one.carried(), other.carried()
    shared = sorted(mine.keys() & theirs.keys(), key=lambda i: (rules.tier(i.type), i))
    bounds = bounds_of(one, other, rules)
    found = [*decided, *_of_same(one, other, bounds, decided)]
    for identifier in shared:
        edges = (*mine[identifier], *theirs[identifier])
        held = [one for one in bounds if _outranks(one, identifier, rules)]
        found.extend(_of_shared(identifier, edges, held, decided))
    return found


def _outranks(bound: tuple[RefusalKind, str], identifier: Identifier, rules: Rules) -> bool:
    """Whether it may refuse an identifier: what tells people apart yields to what is stronger."""
    kind, name = bound
    rule = rules.types[identifier.type]
    is_told_apart = not rule.separates or rules.tier(name) < rule.tier
    return kind is RefusalKind.LIMIT or is_told_apart


def _decided(one: Side, other: Side) -> Iterator[Refusal]:
    """That stewards said of a record of each that they are not the same."""
    for edge in _said(one, other, "not_same"):
        yield Refusal(RefusalKind.STEWARD, edge.rule, (edge,))


def _of_same(
    one: Side,
    other: Side,
    bounds: Sequence[tuple[RefusalKind, str]],
    decided: Collection[Refusal],
) -> Iterator[Refusal]:
    """What refused a steward's `same`: limits and other stewards alone may."""
    limits = [name for kind, name in bounds if kind is RefusalKind.LIMIT]
    for edge in _said(one, other, "same"):
        for name in limits:
            yield Refusal(RefusalKind.LIMIT, edge.rule, (edge,), name)
        if decided and not limits:
            yield Refusal(RefusalKind.STEWARD, edge.rule, (edge,))


def _said(one: Side, other: Side, rule: str) -> Iterator[EvidenceEdge]:
    """What stewards said of a record of each; said by either side's edges, told once."""
    seen: set[tuple[RecordKey, RecordKey | None, str]] = set()
    for edge in (*one.edges, *other.edges):
        decision = edge.decision
        if decision is None or edge.state is not EdgeState.REFUSED or edge.rule != rule:
            continue
        name = (edge.record, edge.other, decision.id)
        if _is_across(edge, one, other) and name not in seen:
            seen.add(name)
            yield edge


def _is_across(edge: EvidenceEdge, one: Side, other: Side) -> bool:
    return (edge.record in one.records and edge.other in other.records) or (
        edge.record in other.records and edge.other in one.records
    )


def bounds_of(one: Side, other: Side, rules: Rules) -> Sequence[tuple[RefusalKind, str]]:
    """Which limits the two would exceed together, and which types tell them apart."""
    mine, theirs = _values(one), _values(other)
    found: list[tuple[RefusalKind, str]] = []
    for name, limit in rules.limits.items():
        held = (mine.get(name, {}), theirs.get(name, {}))
        if all(held) and len({*held[0], *held[1]}) > limit:
            found.append((RefusalKind.LIMIT, name))
    for name in sorted(rules.separating - rules.limits.keys()):
        held = (mine.get(name, {}), theirs.get(name, {}))
        if any(_separates(scope, held) for scope in {*held[0].values()} & {*held[1].values()}):
            found.append((RefusalKind.SEPARATION, name))
    return sorted(found, key=lambda one: (rules.tier(one[1]), one[1]))


def _separates(scope: str, held: tuple[Mapping[str, str], Mapping[str, str]]) -> bool:
    mine, theirs = ({v for v, s in side.items() if s == scope} for side in held)
    return mine.isdisjoint(theirs)


def _values(side: Side) -> Mapping[str, Mapping[str, str]]:
    """By type the values that its records carry, each with the scope that it tells apart in."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for edge in side.edges:
        identifier = edge.identifier
        if identifier is not None and edge.state in (EdgeState.ACTIVE, EdgeState.REFUSED):
            scope, colon, _ = identifier.value.partition(":")
            found[identifier.type][identifier.value] = scope if colon else ""
    return found


def _of_shared(
    identifier: Identifier,
    edges: Sequence[EvidenceEdge],
    bounds: Sequence[tuple[RefusalKind, str]],
    decided: Iterable[Refusal],
) -> Iterator[Refusal]:
    states = {edge.state for edge in edges}
    kind = identifier.type
    if EdgeState.GENERIC in states:
        yield Refusal(RefusalKind.GUARD, kind, edges, kind, identifier)
    elif EdgeState.REFUSED in states:
        for refused_by, name in bounds:
            yield Refusal(refused_by, kind, edges, name, identifier)
        if not bounds:
            refused_by = RefusalKind.STEWARD if any(decided) else RefusalKind.SEPARATION
            yield Refusal(refused_by, kind, edges, identifier=identifier)
    elif EdgeState.RETRACTED in states:
        yield Refusal(RefusalKind.WITHDRAWN, kind, edges, kind, identifier)
