"""Bulk reads, one statement each. Records are named by the customer id they are the seed of.

The hints keep the planner on the unique index also while the database is still empty.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from c360_kernel.record import Identifier, RecordKey

from c360_identity.domain.customer_id import CustomerIds
from c360_identity.domain.model import (
    Customer,
    Decision,
    Holding,
    Observation,
    SourceRecord,
    pair_of,
)
from c360_identity.store.neo4j.connection import Runner
from c360_identity.store.statements import read_statements

_RECORD = "r.id, r.name, r.age, r.said, r.seed_name, r.version, r.plain"
_RECORDS = (
    "UNWIND $ids AS id MATCH (r:Record {id: id}) USING INDEX r:Record(id)"
    f" WHERE r.age IS NOT NULL RETURN collect([{_RECORD}])"
)
_MEMBERS = (
    "UNWIND $ids AS id MATCH (r:Record {seed: id}) USING INDEX r:Record(seed)"
    f" WITH r ORDER BY r.age, r.name RETURN collect([{_RECORD}])"
)
_EDGE = "o.first_seen, o.stated, o.events, o.active, o.refused"
_EDGES_OF = (
    "UNWIND $ids AS id MATCH (r:Record {id: id}) USING INDEX r:Record(id)"
    f" MATCH (r)-[o:OBSERVED]->(i) RETURN collect([r.name, i.name, {_EDGE}])"
)
_EDGES_TO = (
    "UNWIND $names AS name MATCH (i:Identifier {name: name}) USING INDEX i:Identifier(name)"
    f" MATCH (i)<-[o:OBSERVED]-(r) WHERE o.active RETURN collect([r.name, i.name, {_EDGE}])"
)
_HELD = (
    "UNWIND $names AS name MATCH (i:Identifier {name: name}) USING INDEX i:Identifier(name)"
    " RETURN collect([name, i.holders, i.generic, i.anchored])"
)
# The customer of an identifier is that of the record that was seen with it first.
_HOLDERS = (
    "UNWIND $names AS name MATCH (i:Identifier {name: name}) USING INDEX i:Identifier(name)"
    " CALL (i) { MATCH (i)<-[o:OBSERVED]-(h) WHERE o.active"
    " RETURN h.seed AS seed ORDER BY o.first_seen LIMIT 1 }"
    " MATCH (s:Record {id: seed}) USING INDEX s:Record(id)"
    " RETURN collect([name, s.id, s.name, s.age, s.plain])"
)
_DECISIONS = (
    "UNWIND $ids AS id MATCH (r:Record {id: id}) USING INDEX r:Record(id)"
    " MATCH (r)-[d:DECIDED]-() WITH DISTINCT d"
    " RETURN collect([startNode(d).name, endNode(d).name, d.id, d.kind, d.stamp, d.undoes])"
)

# The server keeps this number, whatever there is.
_ANY_DECISION = "MATCH ()-[d:DECIDED]->() WITH count(d) AS decided RETURN [[decided]]"


class Held(NamedTuple):
    """What is kept of an identifier: a holding, and the id of the customer that it names."""

    holding: Holding
    customer_id: str | None


def identifier_name(identifier: Identifier) -> str:
    """The text an identifier is kept under; types have no colon."""
    return f"{identifier.type}:{identifier.value}"


def identifier_of(name: str) -> Identifier:
    """The identifier kept under a text."""
    kind, _, value = name.partition(":")
    return Identifier(kind, value)


def record_of(name: str) -> RecordKey:
    """The record kept under a text."""
    source, _, key = name.partition("/")
    return RecordKey(source, key)


class GraphReads:
    """Reads over whatever runs statements: one transaction, or one for each."""

    def __init__(self, runner: Runner, customer_id: CustomerIds) -> None:
        self._runner = runner
        self._customer_id = customer_id

    async def records(self, keys: Iterable[RecordKey]) -> dict[RecordKey, SourceRecord]:
        """See `IdentityReader.records`."""
        return {record.key: record for record in await self._records(_RECORDS, keys)}

    async def members(self, seeds: Iterable[RecordKey]) -> list[SourceRecord]:
        """The records of the customers of these seeds, oldest first."""
        return await self._records(_MEMBERS, seeds)

    async def observations_of(self, records: Iterable[RecordKey]) -> list[Observation]:
        """See `IdentityReader.observations_of`."""
        rows = await self._runner.rows(_EDGES_OF, ids=self.ids(records))
        return [_observation(row) for row in rows]

    async def observations_to(self, identifiers: Iterable[Identifier]) -> list[Observation]:
        """See `IdentityReader.observations_to`."""
        rows = await self._runner.rows(_EDGES_TO, names=names(identifiers))
        return [_observation(row) for row in rows]

    async def holdings(self, identifiers: Collection[Identifier]) -> dict[Identifier, Holding]:
        """See `IdentityReader.holdings`."""
        found = await self.held(identifiers)
        nobody = Holding()
        return {i: found[i].holding if i in found else nobody for i in identifiers}

    async def held(self, identifiers: Collection[Identifier]) -> dict[Identifier, Held]:
        """Those of these identifiers that were ever seen."""
        if not identifiers:
            return {}
        rows = await self._runner.rows(_HELD, names=names(identifiers))
        wanted = [name for name, holders, generic, _ in rows if holders and not generic]
        customers = await self._customers(wanted)
        return {identifier_of(row[0]): _held(row, customers) for row in rows}

    async def decisions_about(self, records: Iterable[RecordKey]) -> list[Decision]:
        """See `IdentityGraph.decisions_about`."""
        rows = await self._runner.rows(_DECISIONS, ids=self.ids(records))
        return [decision_of(row) for row in rows]

    async def are_decisions(self) -> bool:
        """Whether anybody decided anything, be it in another generation."""
        ((decided,),) = await self._runner.rows(_ANY_DECISION)
        return decided > 0

    def ids(self, keys: Iterable[RecordKey]) -> list[str]:
        """The ids of records, sorted."""
        return sorted(map(self._customer_id, keys))

    async def _records(self, statement: str, keys: Iterable[RecordKey]) -> list[SourceRecord]:
        ids = self.ids(keys)
        rows = await self._runner.rows(statement, ids=ids) if ids else ()
        return [_record(row) for row in rows]

    async def _customers(self, wanted: list[str]) -> Mapping[str, Sequence[Any]]:
        if not wanted:
            return {}
        rows = await self._runner.rows(_HOLDERS, names=wanted)
        return {row[0]: row for row in rows}


def names(identifiers: Iterable[Identifier]) -> list[str]:
    """The names of identifiers, sorted."""
    return sorted(map(identifier_name, identifiers))


def decision_of(row: Sequence[Any]) -> Decision:
    """A decision from its row."""
    a, b, decision_id, kind, stamp, undoes = row
    return Decision(decision_id, kind, pair_of(record_of(a), record_of(b)), stamp, undoes)


def _held(row: Sequence[Any], customers: Mapping[str, Sequence[Any]]) -> Held:
    name, holders, generic, anchored = row
    customer = customers.get(name)
    if customer is None:
        return Held(Holding(holders, generic, anchored), None)
    _, seed_id, seed, age, plain = customer
    return Held(Holding(holders, generic, anchored, Customer(record_of(seed), age, plain)), seed_id)


def _observation(row: Sequence[Any]) -> Observation:
    record, name, seen, stated, events, active, refused = row
    identifier = identifier_of(name)
    return Observation(record_of(record), identifier, seen, stated, events, active, refused)


def _record(row: Sequence[Any]) -> SourceRecord:
    _, name, age, said, seed, version, plain = row
    return SourceRecord(
        record_of(name),
        age,
        read_statements(said),
        None if seed is None else record_of(seed),
        version,
        plain,
    )
