"""What a numbered customer takes without a solve.

Its records are told apart by numbers of their own, and evidence of two kinds joined them in spite
of that. A change of it needs no solve where each join is made as before, in the same order.

A fresh record *hangs* on another if that one carries all that it shares with anybody, each longer
than itself: it joins wherever the other is, and connects nobody else. A known record gains or
loses what it alone carries: that links nobody, but numbers tell parts apart. A first number of
its scope does not, nor a second one of a record, nor any of a record that is told apart already,
in a firm customer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from c360_kernel.evidence.rules import Rules
from c360_kernel.evidence.solver import Edge
from c360_kernel.record import Identifier, RecordKey

from c360_identity.domain.changes import RecordChange
from c360_identity.domain.model import Observation

Carrying = Mapping[Identifier, Edge]
"""What a record actively carries."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What changed records carry, before the batch and after, and whoever carries it too."""

    before: Mapping[RecordKey, Carrying] = field(default_factory=dict[RecordKey, Carrying])
    after: Mapping[RecordKey, Carrying] = field(default_factory=dict[RecordKey, Carrying])


def carrying(
    observations: Iterable[Observation], records: Iterable[RecordKey]
) -> Mapping[RecordKey, Carrying]:
    """What each of these records actively carries, by what is known of them."""
    found: dict[RecordKey, dict[Identifier, Edge]] = {record: {} for record in records}
    for one in observations:
        if one.active:
            edge = Edge(one.since, one.first_seen, one.identifier, one.record)
            found[one.record][one.identifier] = edge
    return found


def all_hang(
    fresh: Iterable[RecordChange], firm: bool, neighbours: Neighbours, rules: Rules
) -> bool:
    """Whether these fresh records, one after the other, hang on one that is there by then."""
    carriers = _Carriers(neighbours.before)
    for change in sorted(fresh, key=lambda one: (one.record.age, one.record.key)):
        mine = neighbours.after[change.record.key]
        shared = [one for one in mine if carriers.of.get(one)]
        if not any(_hangs(mine, shared, other, firm, rules) for other in carriers.all_of(shared)):
            return False
        carriers.add(change.record.key, mine)
    return True


class _Carriers:
    def __init__(self, held: Mapping[RecordKey, Carrying]) -> None:
        self.of: dict[Identifier, dict[RecordKey, Carrying]] = {}
        for record, carried in held.items():
            self.add(record, carried)

    def add(self, record: RecordKey, carried: Carrying) -> None:
        for identifier in carried:
            self.of.setdefault(identifier, {})[record] = carried

    def all_of(self, identifiers: Collection[Identifier]) -> list[Carrying]:
        """Whoever carries each of these; nobody carries none."""
        held = [self.of[one] for one in identifiers]
        if not held:
            return []
        return [carried for record, carried in held[0].items() if all(record in h for h in held)]


def _hangs(
    mine: Carrying, shared: Collection[Identifier], other: Carrying, firm: bool, rules: Rules
) -> bool:
    """Whether a record that shares this with others hangs on that one of them, and joins it."""
    if not all(other[one] < mine[one] for one in shared):
        return False
    scopes, known = set(rules.scopes_of(mine)), set(rules.scopes_of(other))
    if not scopes <= known:
        return False
    is_apart = bool(scopes.difference(rules.scopes_of(shared)))
    return not (is_apart or (firm and scopes)) or _first_kinds(shared, rules) > 1


def _first_kinds(shared: Collection[Identifier], rules: Rules) -> int:
    """Of how many kinds the evidence is that is looked at first."""
    first = min(rules.tier(one.type) for one in shared)
    return len({rules.kinds[one.type].name for one in shared if rules.tier(one.type) == first})


def may_change(
    change: RecordChange,
    firm: bool,
    values: Collection[Identifier],
    neighbours: Neighbours,
    rules: Rules,
) -> bool:
    """Whether what a known record alone gains and loses joins and parts nobody.

    `values` are what the customer holds of the types that are gained or lost and bounded.
    """
    was_told = set(rules.scopes_of(neighbours.before[change.record.key]))
    new = set(rules.scopes_of(change.gained)) - was_told
    if not new or (firm and was_told):
        return True
    return not firm and new.isdisjoint(rules.scopes_of(values))


def stays_numbered(
    change: RecordChange, values: Collection[Identifier], neighbours: Neighbours, rules: Rules
) -> bool:
    """Whether a customer that holds these values by now is as numbered as before.

    What tells its records apart is as much as before as far as a record that loses a number has
    another, and there are two of some scope.
    """
    if not rules.scopes_of(change.lost):
        return True
    held = Counter(rules.scopes_of(values))
    is_told = bool(rules.scopes_of(neighbours.after[change.record.key]))
    return is_told and any(n > 1 for n in held.values())
