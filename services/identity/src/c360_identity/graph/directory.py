"""Who is this? Answers over any identity store, in bulk.

Inside this module a customer is named by its seed; ids are for the outside.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from enum import IntEnum
from typing import Self

from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.normalizers import Normalizers, Refusal
from c360_kernel.catalog.sections import DEFAULT_REGION
from c360_kernel.conditions.tree import EVERYBODY
from c360_kernel.errors import Invalid
from c360_kernel.evidence.model import Pair
from c360_kernel.evidence.rules import Rules
from c360_kernel.evidence.seed_id import CustomerIds
from c360_kernel.record import Identifier, RecordKey
from c360_kernel.scope import NOTHING_KNOWN, Scope, ScopeValues, Visible
from c360_kernel.stamp import stamp_ms

from c360_identity.domain.basis import basis_of
from c360_identity.domain.matched import ScoreReader
from c360_identity.domain.model import Holding, Observation, SourceRecord
from c360_identity.domain.statement_fold import Outcome
from c360_identity.graph.answers import EvidenceAnswers
from c360_identity.graph.handing import read_handed
from c360_identity.graph.past import Past
from c360_identity.graph.reviewing import ReviewQueue
from c360_identity.graph.saying_same import SaidSame, said_same
from c360_identity.store.port import IdentityDirectory
from c360_identity.store.scoped import ScopedDirectory

_VERSION_DIGITS = 12
Recency = tuple[int, str, RecordKey]
"""When a record that carries an identifier was observed, ms UTC; what decides between equals."""


class Novelty(IntEnum):
    """What an identifier would be to a record: its customer's, nobody's, another customer's."""

    KNOWN = 0
    NEW = 1
    JOINS = 2


class CustomerLookup:
    """Looks customers up by id, record and identifier."""

    def __init__(
        self,
        store: IdentityDirectory,
        catalog: Catalog,
        normalizers: Normalizers,
        customer_id: CustomerIds,
        values: ScopeValues = NOTHING_KNOWN,
        scores: ScoreReader | None = None,
    ) -> None:
        self._scores = scores
        self._store = store
        self._rules = Rules.of(catalog.identifiers)
        self.rules_version = basis_of(catalog)[:_VERSION_DIGITS]
        self._normalizers = normalizers
        self._regions = _regions(catalog)
        self._region_of = {name: source.region for name, source in catalog.sources.items()}
        self.customer_id = customer_id
        self._values = values

    def within(self, scope: Scope) -> Self:
        """What it tells of the customers in a scope; for one operation."""
        if scope == EVERYBODY:
            return self
        scoped = copy(self)
        visible = Visible(scope, self._values)
        scoped._store = ScopedDirectory(self._store, self.customer_id, visible)
        return scoped

    @property
    def answers(self) -> EvidenceAnswers:
        """Why customers are what they are, of those whom it tells of."""
        return EvidenceAnswers(self._store, self._rules, self._scores)

    async def said_same(self, pairs: Collection[Pair]) -> Mapping[Pair, SaidSame]:
        """What a steward's `same` of each of these pairs did, of those whom it tells of."""
        return await said_same(self._store, self._rules, pairs)

    @property
    def past(self) -> Past:
        """How customers came to be, of those whom it tells of."""
        return Past(self._store)

    @property
    def reviews(self) -> ReviewQueue:
        """What may have to be decided, of those whom it tells of."""
        return ReviewQueue(self._store, self._rules, self._scores)

    async def by_id(self, customer_ids: Collection[str]) -> Mapping[str, RecordKey]:
        """The present customers of ids that are or once were a customer's.

        An id that was never handed out, and one whose records are deleted and
        whose identifiers nobody holds any more, is left out.
        """
        named = await self._store.seeds(customer_ids)
        customers = await self.by_record(set(named.values()))
        return {i: customers[record] for i, record in named.items() if record in customers}

    async def by_record(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, RecordKey]:
        """The present customers of records; a deleted record's is found by what it last carried."""
        records = await self._store.records(keys)
        customers = {key: record.seed for key, record in records.items() if record.seed}
        deleted = [key for key in records if key not in customers]
        return {**customers, **(await self._successors(deleted) if deleted else {})}

    async def by_identifier(self, identifier: Identifier) -> Sequence[RecordKey]:
        """The customers that hold an identifier, as a person wrote it; the present holder first.

        That is the one whose record that carries it was observed last.

        Without a country code a phone number is read by the regions of the
        catalog's sources. Raises `Invalid`: IDENTIFIER_MALFORMED,
        IDENTIFIER_BLOCKED, IDENTIFIER_GENERIC, or IDENTIFIER_AMBIGUOUS when two
        regions' readings belong to different customers.
        """
        holdings = await self._store.holdings(self._readings(identifier))
        held = [holding for holding in holdings.values() if holding.holders]
        customers = {holding.customer.seed for holding in held if holding.customer}
        if len(customers) > 1:
            raise Invalid(
                f"this {identifier.type} is not the same everywhere: give it in full",
                code="IDENTIFIER_AMBIGUOUS",
            )
        if not customers and any(holding.generic for holding in held):
            raise Invalid(
                f"this {identifier.type} is carried by too many to say who it is",
                code="IDENTIFIER_GENERIC",
            )
        return await self._holders(reading for reading, held in holdings.items() if held.customer)

    async def _holders(self, readings: Iterable[Identifier]) -> Sequence[RecordKey]:
        carrying = await self._store.observations_to(list(readings))
        records = await self._store.records({edge.record for edge in carrying})
        latest: dict[RecordKey, Recency] = {}
        for edge in carrying:
            record = records.get(edge.record)
            if record is not None and record.seed is not None:
                recency = _recency(edge, record)
                latest[record.seed] = max(recency, latest.get(record.seed, recency))
        return sorted(latest, key=lambda seed: latest[seed], reverse=True)

    async def members(
        self, seeds: Collection[RecordKey], most: int | None = None
    ) -> Mapping[RecordKey, Sequence[SourceRecord]]:
        """The records of customers, oldest first; of each `most` at most."""
        return await self._store.members(seeds, most)

    async def identifiers_of(
        self, seeds: Collection[RecordKey]
    ) -> Mapping[RecordKey, Collection[Identifier]]:
        """What the records of customers actively carry, each once."""
        return await self._store.identifiers_of(seeds)

    async def records(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, SourceRecord]:
        """Those of these records that exist and are not deleted."""
        records = await self._store.records(keys)
        return {key: record for key, record in records.items() if not record.deleted}

    async def carried(
        self, keys: Collection[RecordKey]
    ) -> Mapping[RecordKey, Sequence[Identifier]]:
        """The identifiers that records actively carry."""
        found: dict[RecordKey, list[Identifier]] = {key: [] for key in keys}
        for observation in await self._store.observations_of(keys):
            if observation.active:
                found[observation.record].append(observation.identifier)
        return found

    async def novelties(
        self, observed: Sequence[tuple[RecordKey, Identifier]]
    ) -> Sequence[Novelty]:
        """What each identifier would be to the record that is sent with it.

        What does not normalize, or is held by the record's own customer, is KNOWN: it joins nobody.
        """
        read = [self._reading_of(key, identifier) for key, identifier in observed]
        holdings = await self._store.holdings({one for one in read if one is not None})
        records = await self._store.records({key for key, _ in observed})
        return [
            _novelty(reading, holdings.get(reading) if reading else None, records.get(key))
            for (key, _), reading in zip(observed, read, strict=True)
        ]

    async def outcomes(self, entry_ids: Collection[str]) -> Mapping[str, Outcome]:
        """What is noted of entries that were handled; of others nothing is known."""
        noted = await self._store.outcomes(entry_ids)
        return {entry_id: noted.get(entry_id, "APPLIED") for entry_id in entry_ids}

    async def _successors(self, deleted: Collection[RecordKey]) -> dict[RecordKey, RecordKey]:
        """Who now holds what deleted records last carried: the strongest tier, seen first.

        Of what was handed over it is whoever had it at that time.
        """
        observations = await self._store.observations_of(deleted)
        carried = sorted((o for o in observations if o.last_known), key=self._strength)
        holdings = await self._store.holdings({o.identifier for o in carried})
        held = {i: one.customer for i, one in holdings.items() if one.customer is not None}
        handed = await read_handed(self._store, self._rules, held)
        found: dict[RecordKey, RecordKey] = {}
        for observation in carried:
            customer = held.get(observation.identifier)
            if customer is not None and observation.record not in found:
                found[observation.record] = handed.owner_at(observation) or customer.seed
        return found

    def _reading_of(self, key: RecordKey, identifier: Identifier) -> Identifier | None:
        region = self._region_of.get(key.source, DEFAULT_REGION)
        return self._normalizers.normalize(identifier, region)

    def _strength(self, observation: Observation) -> tuple[int, str, Identifier]:
        tier = self._rules.tier(observation.identifier.type)
        return tier, observation.first_seen, observation.identifier

    def _readings(self, identifier: Identifier) -> set[Identifier]:
        judged = {self._normalizers.judge(identifier, region) for region in self._regions}
        readings = {answer for answer in judged if not isinstance(answer, Refusal)}
        if readings:
            return readings
        if Refusal.BLOCKED in judged:
            raise Invalid(f"this {identifier.type} stands for nobody", code="IDENTIFIER_BLOCKED")
        raise Invalid(f"this is no {identifier.type}", code="IDENTIFIER_MALFORMED")


def _recency(edge: Observation, record: SourceRecord) -> Recency:
    """When the record that carries it was observed; one known by events alone, when first seen."""
    observed = record.stated.get(edge.identifier) if edge.stated else None
    at = stamp_ms(edge.first_seen) if observed is None else observed
    return at, edge.first_seen, edge.record


def _novelty(
    reading: Identifier | None, holding: Holding | None, record: SourceRecord | None
) -> Novelty:
    if reading is None:
        return Novelty.KNOWN
    customer = holding.customer if holding else None
    if customer is None:
        return Novelty.NEW
    return Novelty.KNOWN if record and record.seed == customer.seed else Novelty.JOINS


def by_type(identifiers: Iterable[Identifier]) -> dict[str, list[str]]:
    """The distinct values of each type, sorted."""
    values: dict[str, set[str]] = {}
    for identifier in identifiers:
        values.setdefault(identifier.type, set()).add(identifier.value)
    return {name: sorted(held) for name, held in values.items()}


def _regions(catalog: Catalog) -> tuple[str, ...]:
    return tuple({source.region for source in catalog.sources.values()} or {DEFAULT_REGION})
