"""An `IdentityDirectory` as it would be if there were nobody but the customers in a scope.

Identity keeps none of the values that a scope tests: `Visible` knows where they come from. Of an
identifier that too many carry it is not told at all that there is such a one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from c360_kernel.evidence.model import Pair, StewardDecision
from c360_kernel.evidence.seed_id import CustomerIds
from c360_kernel.record import Identifier, RecordKey
from c360_kernel.scope import Visible
from typing_extensions import override

from c360_identity.domain.history import Move
from c360_identity.domain.model import Customer, Holding, Observation, SourceRecord
from c360_identity.domain.statement_fold import Outcome
from c360_identity.store.matching_port import Doubtful, Match
from c360_identity.store.port import IdentityDirectory


class ScopedDirectory(IdentityDirectory):
    """An `IdentityDirectory`, for one operation.

    A record is told of if its customer is; a deleted one has none, and leads to whoever is in the
    scope and carries what it carried.
    """

    def __init__(
        self, store: IdentityDirectory, customer_id: CustomerIds, visible: Visible
    ) -> None:
        self._store = store
        self._customer_id = customer_id
        self._visible = visible
        # What is told of was mostly asked for just before, to know whether it may be.
        self._read: dict[RecordKey, SourceRecord | None] = {}
        self._ids: dict[RecordKey, str] = {}

    @override
    async def records(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, SourceRecord]:
        if unread := [key for key in keys if key not in self._read]:
            await self._read_records(unread)
        read = ((key, self._read[key]) for key in keys)
        return {key: record for key, record in read if record is not None}

    async def _read_records(self, keys: Collection[RecordKey]) -> None:
        found = await self._store.records(keys)
        visible = await self._among({record.seed for record in found.values() if record.seed})
        for key in keys:
            record = found.get(key)
            if record is not None and record.seed is not None:
                self._read[key] = record if record.seed in visible else None
            else:
                self._read[key] = record if record is not None and record.deleted else None

    @override
    async def observations_of(self, records: Collection[RecordKey]) -> Sequence[Observation]:
        return await self._store.observations_of((await self.records(records)).keys())

    @override
    async def observations_to(self, identifiers: Collection[Identifier]) -> Sequence[Observation]:
        edges = await self._store.observations_to(identifiers)
        records = await self.records({edge.record for edge in edges})
        return [edge for edge in edges if edge.record in records]

    @override
    async def holdings(self, identifiers: Collection[Identifier]) -> Mapping[Identifier, Holding]:
        found = await self._store.holdings(identifiers)
        edges = await self.observations_to([i for i, held in found.items() if held.customer])
        records = await self.records({edge.record for edge in edges})
        first: dict[Identifier, RecordKey] = {}
        for edge in sorted(edges, key=lambda edge: edge.first_seen):
            if (seed := records[edge.record].seed) is not None:
                first.setdefault(edge.identifier, seed)
        customers = await self._customers(first.values())
        holders = Counter(edge.identifier for edge in edges)
        held = {i: Holding(holders[i], customer=customers[seed]) for i, seed in first.items()}
        return {i: held.get(i, Holding()) for i in identifiers}

    @override
    async def decisions_about(self, records: Collection[RecordKey]) -> Sequence[StewardDecision]:
        decided = await self._store.decisions_about(records)
        seen = await self.records({key for one in decided for key in one.pair})
        return [one for one in decided if all(key in seen for key in one.pair)]

    @override
    async def compared(self, records: Collection[RecordKey]) -> Mapping[RecordKey, str]:
        return await self._store.compared((await self.records(records)).keys())

    @override
    async def matches_about(self, records: Collection[RecordKey]) -> Mapping[Pair, Match]:
        found = await self._store.matches_about(records)
        seen = await self.records({key for pair in found for key in pair})
        return {pair: one for pair, one in found.items() if all(key in seen for key in pair)}

    @override
    async def doubtful(self, since: str, skip: int, limit: int) -> Sequence[Doubtful]:
        """As `refused`: whoever pages through them leaves out what is not told of."""
        return await self._store.doubtful(since, skip, limit)

    @override
    async def seeds(self, customer_ids: Collection[str]) -> Mapping[str, RecordKey]:
        found = await self._store.seeds(customer_ids)
        records = await self.records(set(found.values()))
        return {id_: record for id_, record in found.items() if record in records}

    @override
    async def members(
        self, seeds: Collection[RecordKey], most: int | None = None
    ) -> Mapping[RecordKey, Sequence[SourceRecord]]:
        found = await self._store.members(await self._among(seeds), most)
        return {seed: found.get(seed, ()) for seed in seeds}

    @override
    async def identifiers_of(
        self, seeds: Collection[RecordKey]
    ) -> Mapping[RecordKey, Collection[Identifier]]:
        found = await self._store.identifiers_of(await self._among(seeds))
        return {seed: found.get(seed, ()) for seed in seeds}

    @override
    async def moves(self, about: Collection[RecordKey]) -> Sequence[Move]:
        """Of records that are told of; where they were before is told as it was."""
        found = await self._store.moves(about)
        seen = await self.records({one.record for one in found})
        return [one for one in found if one.record in seen]

    @override
    async def refused(self, since: str, skip: int, limit: int) -> Sequence[Observation]:
        """As they are, told of or not: whoever pages through them leaves out what is not."""
        return await self._store.refused(since, skip, limit)

    @override
    async def outcomes(self, entry_ids: Collection[str]) -> Mapping[str, Outcome]:
        return await self._store.outcomes(entry_ids)

    async def _customers(self, seeds: Collection[RecordKey]) -> Mapping[RecordKey, Customer]:
        records = await self._store.records(set(seeds))
        return {key: Customer.of(one) for key, one in records.items()}

    async def _among(self, seeds: Collection[RecordKey]) -> frozenset[RecordKey]:
        self._ids |= {seed: self._customer_id(seed) for seed in seeds if seed not in self._ids}
        ids = {self._ids[seed]: seed for seed in seeds}
        return frozenset(ids[id_] for id_ in await self._visible.among(ids.keys()))
