"""Why is this one customer, and why are those two not? Reads evidence and lets the domain judge.

What is read of one customer is bounded: of one that is larger, its oldest records are told of, and
paths are looked for around the two records that are asked about.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from c360_kernel.evidence.model import Link
from c360_kernel.evidence.rules import Rules
from c360_kernel.record import Identifier, RecordKey

from c360_identity.domain.evidence import (
    EdgeState,
    EvidenceEdge,
    decided_edges,
    observed_edges,
)
from c360_identity.domain.matched import ScoreReader
from c360_identity.domain.model import Observation, SourceRecord
from c360_identity.domain.paths import NO_PATHS, Paths, paths
from c360_identity.domain.refusals import Refusal, Side, refusals
from c360_identity.domain.validity import with_ends
from c360_identity.graph.alike import AlikeAnswers
from c360_identity.graph.handing import read_handed
from c360_identity.store.port import IdentityDirectory

MOST_RECORDS = 2_000
"""Of a customer's records the evidence of so many is read for one answer."""


@dataclass(frozen=True, slots=True)
class CustomerEvidence:
    """The evidence of one customer; `complete` unless it has more records than are told of."""

    records: Sequence[SourceRecord]
    edges: Sequence[EvidenceEdge]
    generic: frozenset[Identifier]
    complete: bool

    @property
    def side(self) -> Side:
        """As one of two customers."""
        return Side(frozenset(one.key for one in self.records), self.edges)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether two records are one customer, and why or why not; `customers` are their seeds."""

    customers: frozenset[RecordKey]
    together: bool
    paths: Paths
    refusals: Sequence[Refusal] = ()


class EvidenceAnswers:
    """Answers from the evidence of a directory."""

    def __init__(
        self, store: IdentityDirectory, rules: Rules, scores: ScoreReader | None = None
    ) -> None:
        self._store = store
        self._alike = AlikeAnswers(store, scores)
        self._rules = rules

    async def of_customers(
        self, seeds: Collection[RecordKey]
    ) -> Mapping[RecordKey, CustomerEvidence]:
        """The evidence of the customers of these seeds."""
        members = await self._store.members(seeds, MOST_RECORDS + 1)
        return {seed: await self._evidence(found) for seed, found in members.items()}

    async def explanation(self, a: RecordKey, b: RecordKey, most: int) -> Explanation | None:
        """Why two records are one customer or are not; None where one of them is unknown."""
        records = await self._store.records({a, b})
        if a not in records or b not in records:
            return None
        one, other = records[a], records[b]
        if a == b or (one.seed is not None and one.seed == other.seed):
            return await self._together(one, other, most)
        mine, theirs = await self._side(one), await self._side(other)
        customers = frozenset(record.seed for record in (one, other) if record.seed is not None)
        refused = [*refusals(mine, theirs, self._rules)]
        if one.seed is not None and other.seed is not None:
            refused += await self._alike.refusals((a, b), (mine, theirs), self._rules)
        return Explanation(customers, together=False, paths=NO_PATHS, refusals=refused)

    async def _together(self, one: SourceRecord, other: SourceRecord, most: int) -> Explanation:
        customers = frozenset(() if one.seed is None else (one.seed,))
        if one.seed is None or one.key == other.key:
            return Explanation(customers, together=True, paths=NO_PATHS)
        evidence = (await self.of_customers([one.seed]))[one.seed]
        edges = evidence.edges if evidence.complete else await self._between(one, other)
        found = paths(edges, one.key, other.key, self._rules, most)
        return Explanation(customers, together=True, paths=found)

    async def _side(self, record: SourceRecord) -> Side:
        """Its customer; a deleted record has none and stands for itself."""
        if record.seed is None:
            return (await self._evidence([record])).side
        side = (await self.of_customers([record.seed]))[record.seed].side
        if record.key in side.records:
            return side
        edges = await self._edges([record])
        return Side(side.records | {record.key}, (*side.edges, *edges))

    async def _evidence(self, records: Sequence[SourceRecord]) -> CustomerEvidence:
        shown = records[:MOST_RECORDS]
        observed = await self._store.observations_of([one.key for one in shown])
        generic = await self._generic(observed)
        known = {one.key: one for one in shown}
        carries = with_ends(
            observed_edges(observed, generic), known, await self._ends(observed, generic)
        )
        edges = [*carries, *await self._decided(shown), *await self._alike.edges(known)]
        return CustomerEvidence(shown, edges, generic, complete=len(records) <= MOST_RECORDS)

    async def _edges(self, records: Sequence[SourceRecord]) -> Sequence[EvidenceEdge]:
        return (await self._evidence(records)).edges

    async def _generic(self, observed: Iterable[Observation]) -> frozenset[Identifier]:
        carried = {one.identifier for one in observed if one.active}
        held = await self._store.holdings(carried) if carried else {}
        # Of a generic identifier a scope says that nobody holds it; but these are carried.
        return frozenset(i for i, one in held.items() if one.generic or not one.holders)

    async def _ends(
        self, observed: Iterable[Observation], generic: Collection[Identifier]
    ) -> Mapping[Link, int]:
        """When others came to have what these records carry."""
        carried = {one.identifier for one in observed if one.active}
        return (await read_handed(self._store, self._rules, carried.difference(generic))).ends

    async def _decided(self, records: Sequence[SourceRecord]) -> Sequence[EvidenceEdge]:
        decisions = await self._store.decisions_about([one.key for one in records])
        partners = {key for one in decisions for key in one.pair}
        known = await self._store.records(partners) if partners else {}
        return decided_edges(decisions, {key: one.seed for key, one in known.items()})

    async def _between(self, one: SourceRecord, other: SourceRecord) -> Sequence[EvidenceEdge]:
        """What is found level by level around a record until the other one is reached."""
        found: dict[RecordKey, SourceRecord] = {one.key: one}
        edges: list[EvidenceEdge] = []
        frontier = [one]
        while frontier and other.key not in found and len(found) < MOST_RECORDS:
            level = await self._edges(frontier[: MOST_RECORDS - len(found) + 1])
            edges += level
            reached = await self._beyond(level, found.keys(), one.seed)
            found.update((record.key, record) for record in reached)
            frontier = reached
        if other.key in found:
            edges += await self._edges([other])
        return list(dict.fromkeys(edges))

    async def _beyond(
        self, edges: Iterable[EvidenceEdge], known: Collection[RecordKey], seed: RecordKey | None
    ) -> list[SourceRecord]:
        """The records of the same customer on the other side of edges."""
        active = [edge for edge in edges if edge.state is EdgeState.ACTIVE]
        carried = {edge.identifier for edge in active if edge.identifier is not None}
        observed = await self._store.observations_to(carried)
        said = {key for edge in active if edge.other for key in (edge.record, edge.other)}
        keys = {one.record for one in observed}.union(said).difference(known)
        records = await self._store.records(keys)
        return [one for _, one in sorted(records.items()) if one.seed == seed]
