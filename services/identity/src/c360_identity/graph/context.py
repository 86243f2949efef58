"""What one operation works with: the directory, and loaders that batch its reads."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import strawberry
from c360_kernel.context import CallerContext
from c360_kernel.record import Identifier, RecordKey
from c360_kernel.subgraph.loading import SharedLoader

from c360_identity.domain.model import SourceRecord
from c360_identity.graph.answers import CustomerEvidence
from c360_identity.graph.directory import CustomerLookup

K = TypeVar("K")
V = TypeVar("V")


class Nodes(Protocol):
    """The catalog's own kinds of the classes in `nodes`, which their methods make."""

    @property
    def customer(self) -> Any:  # noqa: ANN401 - a kind of CustomerNode, which needs this module
        """The class of customers."""
        ...

    @property
    def source_record(self) -> Any:  # noqa: ANN401 - a kind of SourceRecordNode
        """The class of source records."""
        ...

    @property
    def evidence(self) -> Any:  # noqa: ANN401 - EvidenceTypes, which needs this module
        """The classes of evidence."""
        ...

    @property
    def past(self) -> Any:  # noqa: ANN401 - PastTypes, which needs this module
        """The classes of the past and of the review queue."""
        ...

    def present(self, identifiers: Iterable[Identifier]) -> object:
        """Identifiers by their type."""
        ...


@dataclass(frozen=True, slots=True)
class GraphContext:
    """One per operation, so that what is loaded once is not read again and never goes stale."""

    caller: CallerContext
    directory: CustomerLookup
    types: Nodes
    customers: SharedLoader[str, RecordKey | None]
    customers_of: SharedLoader[RecordKey, RecordKey | None]
    members: SharedLoader[tuple[RecordKey, int], Sequence[SourceRecord]]
    """By the seed of a customer and how many of its records are asked for at most."""
    identifiers: SharedLoader[RecordKey, Collection[Identifier]]
    records: SharedLoader[RecordKey, SourceRecord | None]
    carried: SharedLoader[RecordKey, Sequence[Identifier]]
    evidence: SharedLoader[RecordKey, CustomerEvidence]


Info = strawberry.Info[GraphContext, None]


def make_context(caller: CallerContext, directory: CustomerLookup, types: Nodes) -> GraphContext:
    """A fresh context."""

    async def load_customers(ids: list[str]) -> Sequence[RecordKey | None]:
        return _in_order(ids, await directory.by_id(ids))

    async def load_customers_of(keys: list[RecordKey]) -> Sequence[RecordKey | None]:
        return _in_order(keys, await directory.by_record(keys))

    async def load_members(
        asked: list[tuple[RecordKey, int]],
    ) -> Sequence[Sequence[SourceRecord]]:
        found: dict[int, Mapping[RecordKey, Sequence[SourceRecord]]] = {}
        for most in {most for _, most in asked}:
            seeds = [seed for seed, number in asked if number == most]
            found[most] = await directory.members(seeds, most)
        return [found[most][seed] for seed, most in asked]

    async def load_identifiers(seeds: list[RecordKey]) -> Sequence[Collection[Identifier]]:
        found = await directory.identifiers_of(seeds)
        return [found[seed] for seed in seeds]

    async def load_records(keys: list[RecordKey]) -> Sequence[SourceRecord | None]:
        return _in_order(keys, await directory.records(keys))

    async def load_carried(keys: list[RecordKey]) -> Sequence[Sequence[Identifier]]:
        found = await directory.carried(keys)
        return [found[key] for key in keys]

    async def load_evidence(seeds: list[RecordKey]) -> Sequence[CustomerEvidence]:
        found = await directory.answers.of_customers(seeds)
        return [found[seed] for seed in seeds]

    return GraphContext(
        caller,
        directory,
        types,
        SharedLoader(load_fn=load_customers),
        SharedLoader(load_fn=load_customers_of),
        SharedLoader(load_fn=load_members),
        SharedLoader(load_fn=load_identifiers),
        SharedLoader(load_fn=load_records),
        SharedLoader(load_fn=load_carried),
        SharedLoader(load_fn=load_evidence),
    )


def _in_order(keys: Sequence[K], found: Mapping[K, V]) -> list[V | None]:
    return [found.get(key) for key in keys]
