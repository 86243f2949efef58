"""What customers and source records answer.

The fields of both depend on the catalog, so `types` makes the GraphQL types of
these classes, once per catalog.
"""

from __future__ import annotations

from typing import Self

import strawberry
from c360_kernel.record import RecordKey
from c360_kernel.stamp import stamp_ms
from c360_kernel.subgraph.listing import LONGEST_LIST, First, listed
from c360_kernel.subgraph.scalars import DateTime

from c360_identity.domain.model import SourceRecord
from c360_identity.graph.context import Info


class CustomerNode:
    """A customer; `seed` names it inside."""

    seed: RecordKey

    def __init__(self, *, id: strawberry.ID, seed: RecordKey) -> None:
        raise NotImplementedError("the GraphQL type made of this class has its own")

    @classmethod
    def of(cls, seed: RecordKey | None, info: Info) -> Self | None:
        """The customer of a seed, by its present id."""
        if seed is None:
            return None
        return cls(id=strawberry.ID(info.context.directory.customer_id(seed)), seed=seed)

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> Self | None:
        """The customer that an id names now, or once named."""
        return cls.of(await info.context.customers.load(id), info)

    async def identifiers(self, info: Info) -> object:
        """All that its records carry."""
        return info.context.types.present(await info.context.identifiers.load(self.seed))

    async def records(self, info: Info, first: First = None) -> list[SourceRecordNode]:
        """Its records, the oldest first."""
        # One more than are shown tells that there are more.
        most = LONGEST_LIST + 1 if first is None else len(listed(range(LONGEST_LIST), first))
        members = await info.context.members.load((self.seed, most))
        make = info.context.types.source_record
        return [make.of(record) for record in members]

    async def evidence(self, info: Info) -> object:
        """What holds its records together."""
        evidence = await info.context.evidence.load(self.seed)
        return info.context.types.evidence.evidence(evidence=evidence)

    async def decisions(self, info: Info, first: First = None) -> list[object]:
        """How it came to be."""
        happened = await info.context.directory.past.of_customer(self.seed)
        make = info.context.types.past.happening
        shown = listed(happened, first)[: LONGEST_LIST + 1]
        return [make(happening=one) for one in shown]


class SourceRecordNode:
    """What one source says about one person."""

    source: str
    key: str

    def __init__(self, *, source: str, key: str, first_seen_at: DateTime) -> None:
        raise NotImplementedError("the GraphQL type made of this class has its own")

    @classmethod
    def of(cls, record: SourceRecord) -> Self:
        """The node of a record."""
        return cls(
            source=record.key.source,
            key=record.key.key,
            first_seen_at=DateTime(stamp_ms(record.age)),
        )

    @classmethod
    async def resolve_reference(cls, info: Info, source: str, key: str) -> Self | None:
        """A record by its name, unless it is unknown or deleted."""
        record = await info.context.records.load(RecordKey(source, key))
        return None if record is None else cls.of(record)

    async def identifiers(self, info: Info) -> object:
        """All that it carries."""
        carried = await info.context.carried.load(RecordKey(self.source, self.key))
        return info.context.types.present(carried)
