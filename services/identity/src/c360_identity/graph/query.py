"""What the entry points answer."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Annotated

import strawberry
from c360_kernel.catalog.text import clean
from c360_kernel.errors import Invalid
from c360_kernel.evidence.model import pair_of
from c360_kernel.record import Identifier, RecordKey
from c360_kernel.subgraph.catalog_types.record_key import RecordKeyArgument
from c360_kernel.subgraph.listing import LONGEST_LIST, First, listed

from c360_identity.domain.statement_fold import Outcome
from c360_identity.graph.context import Info
from c360_identity.graph.nodes import CustomerNode
from c360_identity.graph.saying_same import SaidSame

MOST_RECEIPTS = 1_000


@strawberry.federation.type(inaccessible=True)
class Receipt:
    """What became of one entry of the log: APPLIED, DUPLICATE, OUTDATED or DEAD_LETTERED."""

    id: strawberry.ID
    status: str

    @classmethod
    def of(cls, entry_id: str, outcome: Outcome) -> Receipt:
        """The receipt of an entry."""
        return cls(id=strawberry.ID(entry_id), status=outcome)


@strawberry.federation.type(inaccessible=True)
class SameOutcome:
    """What a `same` did: see `Hindrance`; `hindrance` and `by` are empty where nothing is."""

    together: bool
    hindrance: str
    by: str

    @classmethod
    def of(cls, said: SaidSame) -> SameOutcome:
        """As it is told."""
        hindrance = said.hindrance.value if said.hindrance else ""
        return cls(together=said.together, hindrance=hindrance, by=said.by)


Id = Annotated[
    strawberry.ID, strawberry.argument(description="An id that is or once was a customer's.")
]
SourceName = Annotated[
    str, strawberry.argument(description="The source, by its name in the catalog.")
]


async def customer(info: Info, id: Id) -> CustomerNode | None:
    """The customer that an id names now, or once named."""
    return await info.context.types.customer.resolve_reference(info, id)


async def customer_by_record(
    info: Info, source: SourceName, key: RecordKeyArgument
) -> CustomerNode | None:
    """The customer that a source's record belongs to."""
    seed = await info.context.customers_of.load(RecordKey(clean(source), clean(key)))
    return info.context.types.customer.of(seed, info)


async def customer_by_identifier(info: Info, type: Enum, value: str) -> CustomerNode | None:
    """The present holder of an identifier."""
    found = await customers_by_identifier(info, type, value, first=1)
    return next(iter(found), None)


async def customers_by_identifier(
    info: Info, type: Enum, value: str, first: First = None
) -> list[CustomerNode]:
    """All customers that hold an identifier, the present holder first."""
    seeds = await info.context.directory.by_identifier(Identifier(type.value, value))
    nodes = (info.context.types.customer.of(seed, info) for seed in listed(seeds, first))
    # One more than are shown tells that there are more.
    return [node for node in nodes if node is not None][: LONGEST_LIST + 1]


async def receipts(info: Info, ids: Sequence[strawberry.ID]) -> list[Receipt]:
    """What became of entries that identity has handled."""
    if len(ids) > MOST_RECEIPTS:
        raise Invalid(f"at most {MOST_RECEIPTS} receipts a call", code="PAGE_SIZE_INVALID")
    outcomes = await info.context.directory.outcomes(ids)
    return [Receipt.of(entry_id, outcomes[entry_id]) for entry_id in ids]


async def customers_of(
    info: Info, sources: Sequence[str], keys: Sequence[str]
) -> list[strawberry.ID | None]:
    """The present customers of records, in their order."""
    if len(sources) != len(keys):
        raise Invalid("the lists have to be of one length", code="ARGUMENTS_UNEQUAL")
    records = [RecordKey(source, key) for source, key in zip(sources, keys, strict=True)]
    seeds = await info.context.customers_of.load_many(records)
    id_of = info.context.directory.customer_id
    return [None if seed is None else strawberry.ID(id_of(seed)) for seed in seeds]


async def same_outcomes(
    info: Info, sources: Sequence[str], keys: Sequence[str]
) -> list[SameOutcome]:
    """What a `same` of each two of these records, one behind the other, did."""
    if len(sources) != len(keys) or len(keys) % 2:
        raise Invalid("the lists have to be of one even length", code="ARGUMENTS_UNEQUAL")
    records = [RecordKey(source, key) for source, key in zip(sources, keys, strict=True)]
    pairs = [pair_of(a, b) for a, b in zip(records[::2], records[1::2], strict=True)]
    found = await info.context.directory.said_same(set(pairs))
    return [SameOutcome.of(found[pair]) for pair in pairs]


async def ids_of(info: Info, id: strawberry.ID) -> list[strawberry.ID]:
    """Every id that the customer of an id has, or that a part of it may have had before."""
    seed = await info.context.customers.load(id)
    if seed is None:
        return []
    directory = info.context.directory
    members = (await directory.members([seed])).get(seed, ())
    seeds = dict.fromkeys((seed, *(one.key for one in members)))
    return [strawberry.ID(directory.customer_id(one)) for one in seeds]


async def joins(
    info: Info,
    sources: Sequence[str],
    keys: Sequence[str],
    types: Sequence[str],
    values: Sequence[str],
) -> list[int]:
    """What identifiers would be to records: 0 their customer's, 1 new, 2 another customer's."""
    if len({len(sources), len(keys), len(types), len(values)}) > 1:
        raise Invalid("the lists have to be of one length", code="ARGUMENTS_UNEQUAL")
    records = [RecordKey(source, key) for source, key in zip(sources, keys, strict=True)]
    identifiers = [Identifier(type, value) for type, value in zip(types, values, strict=True)]
    observed = list(zip(records, identifiers, strict=True))
    return [int(one) for one in await info.context.directory.novelties(observed)]
