"""Who had what goes from hand to hand, and when: read from the evidence of all who carry it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from c360_kernel.evidence.model import Link
from c360_kernel.evidence.rules import Rules
from c360_kernel.record import Identifier, RecordKey

from c360_identity.domain.model import Observation
from c360_identity.domain.validity import handed_over
from c360_identity.store.port import IdentityReader


@dataclass(frozen=True, slots=True)
class Handed:
    """The active edges of identifiers, whose each is, and when each ended, in ms UTC."""

    edges: Sequence[Observation]
    seeds: Mapping[RecordKey, RecordKey]
    ends: Mapping[Link, int]

    def owner_at(self, edge: Observation) -> RecordKey | None:
        """The customer who had it when an edge began; None where nobody else carries it."""
        others = (one for one in self.edges if one.identifier == edge.identifier)
        for one in sorted(others, key=lambda one: (one.since, one.first_seen, one.record)):
            end = self.ends.get((one.record, one.identifier))
            if end is None or end > edge.since:
                return self.seeds.get(one.record)
        return None


async def read_handed(
    store: IdentityReader, rules: Rules, identifiers: Collection[Identifier]
) -> Handed:
    """What is known of these, of which those that no person hands over are left out."""
    wanted = [one for one in identifiers if rules.may_be_handed_over(one.type)]
    edges = await store.observations_to(wanted) if wanted else ()
    if not any(one.refused for one in edges):
        return Handed((), {}, {})
    keys = {one.record for one in edges}
    carried: dict[RecordKey, list[Identifier]] = {}
    for one in await store.observations_of(keys):
        if one.active:
            carried.setdefault(one.record, []).append(one.identifier)
    records = await store.records(keys)
    seeds = {key: one.seed for key, one in records.items() if one.seed is not None}
    return Handed(edges, seeds, handed_over(edges, seeds, carried, rules))
