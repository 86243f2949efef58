"""Of the reviews that are about the same two customers the strongest, which stands for all.

Two customers often have several pairs of records that look alike, or several refused identifiers in
common, and what a steward says of one pair settles them all. Which of them is shown depends on what
is between the two customers alone, never on the page that is asked for: pages stay what they are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from c360_kernel.evidence.model import Link, Pair
from c360_kernel.evidence.rules import Rules
from c360_kernel.record import Identifier, RecordKey

from c360_identity.domain.model import Observation
from c360_identity.domain.reviews import Review, head_of
from c360_identity.domain.rulings import rulings
from c360_identity.store.port import IdentityDirectory

_MOST_RECORDS = 200
"""Of a customer its oldest so many records are looked at, and those that a review names."""

Customers = frozenset[RecordKey]
"""Two customers, by their seeds; one where the records are one customer already."""


class _Item(NamedTuple):
    """What a review may be about; items sort from the strongest to the weakest."""

    tier: int
    worth: float
    since: str
    name: Link | Pair


class StrongestReviews:
    """Looks at all that is between two customers."""

    def __init__(self, store: IdentityDirectory, rules: Rules) -> None:
        self._store = store
        self._rules = rules

    async def among(self, found: Sequence[Review]) -> list[Review]:
        """Those of these that stand for their customers, of whom no steward has ruled."""
        seeds = await self._seeds(found)
        pairs = [(one, _customers(seeds, one.a, one.b)) for one in found]
        asked = {customers for _, customers in pairs if len(customers) > 1}
        if not asked:
            return []
        settled = await self._settled(seeds)
        strongest = await self._strongest(asked - settled, seeds)
        return [one for one, customers in pairs if strongest.get(customers) == _name(one)]

    async def _seeds(self, found: Iterable[Review]) -> Mapping[RecordKey, RecordKey]:
        """The seed of each record that is looked at."""
        named = await self._store.records({key for one in found for key in (one.a, one.b)})
        own = {key: one.seed for key, one in named.items() if one.seed is not None}
        members = await self._store.members(set(own.values()), _MOST_RECORDS)
        return {one.key: seed for seed, held in members.items() for one in held} | own

    async def _settled(self, seeds: Mapping[RecordKey, RecordKey]) -> set[Customers]:
        standing = rulings(await self._store.decisions_about(seeds.keys()))
        return {_customers(seeds, *pair) for pair in standing}

    async def _strongest(
        self, asked: Collection[Customers], seeds: Mapping[RecordKey, RecordKey]
    ) -> Mapping[Customers, Link | Pair]:
        among = {key: seed for key, seed in seeds.items() if any(seed in one for one in asked)}
        found: dict[Customers, _Item] = {}
        for (a, b), item in (*await self._refused(among), *await self._doubtful(among)):
            customers = _customers(among, a, b)
            if customers in asked:
                found[customers] = min(item, found.get(customers, item))
        return {customers: item.name for customers, item in found.items()}

    async def _refused(self, among: Mapping[RecordKey, RecordKey]) -> list[tuple[Pair, _Item]]:
        observed = await self._store.observations_of(list(among)) if among else ()
        edges = [one for one in observed if one.active and one.refused]
        carriers: dict[Identifier, list[Observation]] = {one.identifier: [] for one in edges}
        for one in await self._store.observations_to(carriers) if carriers else ():
            carriers[one.identifier].append(one)
        heads = ((edge, head_of(edge, carriers[edge.identifier])) for edge in edges)
        return [((edge.record, head), self._of_edge(edge)) for edge, head in heads if head]

    def _of_edge(self, edge: Observation) -> _Item:
        tier = self._rules.tier(edge.identifier.type)
        return _Item(tier, 0.0, edge.first_seen, (edge.record, edge.identifier))

    async def _doubtful(self, among: Mapping[RecordKey, RecordKey]) -> list[tuple[Pair, _Item]]:
        found = await self._store.matches_about(list(among)) if among else {}
        last = max(self._rules.tiers) + 1
        return [
            (pair, _Item(last, -match.bits, "", pair))
            for pair, match in found.items()
            if not match.accepted
        ]


def _customers(seeds: Mapping[RecordKey, RecordKey], a: RecordKey, b: RecordKey) -> Customers:
    return frozenset(seeds[key] for key in (a, b) if key in seeds)


def _name(review: Review) -> Link | Pair:
    identifier = review.edge.identifier
    return (review.a, review.b) if identifier is None else (review.edge.record, identifier)
