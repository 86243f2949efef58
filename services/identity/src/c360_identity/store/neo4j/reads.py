"""Bulk reads, one statement each. Records are named by the customer id they are the seed of.

The hints keep the planner on a seek of the unique index also while the database is still empty.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from c360_kernel.evidence.model import StewardDecision, pair_of
from c360_kernel.evidence.seed_id import CustomerIds
from c360_kernel.record import Identifier, RecordKey
from typing_extensions import override

from c360_identity.domain.model import Customer, Holding, Observation, SourceRecord
from c360_identity.store.neo4j.connection import Runner
from c360_identity.store.port import IdentityReader
from c360_identity.store.statements import read_statements

RECORD = "r.id, r.name, r.age, r.said, r.seed_name, r.version, r.plain"
_RECORDS = (
    "UNWIND $given.ids AS id MATCH (r:Record {id: id}) USING INDEX SEEK r:Record(id)"
    f" WHERE r.age IS NOT NULL RETURN collect([{RECORD}])"
)
_MEMBERS = (
    "UNWIND $given.ids AS id MATCH (r:Record {seed: id}) USING INDEX SEEK r:Record(seed)"
    f" WITH r ORDER BY r.age, r.name RETURN collect([{RECORD}])"
)
# Of an edge is kept what is not so of nearly all.
EDGE = (
    "o.first_seen, coalesce(o.stated, true), coalesce(o.events, 0), o.active,"
    " coalesce(o.refused, false), o.since"
)
_EDGES_OF = (
    "UNWIND $given.ids AS id MATCH (r:Record {id: id}) USING INDEX SEEK r:Record(id)"
    f" MATCH (r)-[o:OBSERVED]->(i) RETURN collect([r.name, i.name, {EDGE}])"
)
_EDGES_TO = (
    "UNWIND $given.names AS name MATCH (i:Identifier {name: name})"
    " USING INDEX SEEK i:Identifier(name)"
    f" MATCH (i)<-[o:OBSERVED]-(r) WHERE o.active RETURN collect([r.name, i.name, {EDGE}])"
)
# The customer of an identifier is that of the record that was seen with it first.
_HELD = (
    "UNWIND $given.names AS name MATCH (i:Identifier {name: name})"
    " USING INDEX SEEK i:Identifier(name)"
    " CALL (i) { OPTIONAL MATCH (i)<-[o:OBSERVED]-(h) WHERE o.active AND NOT i.generic"
    " WITH h.seed AS seed ORDER BY o.first_seen LIMIT 1"
    " OPTIONAL MATCH (s:Record {id: seed}) USING INDEX SEEK s:Record(id)"
    " RETURN s }"
    " RETURN collect([name, i.holders, i.generic, i.anchored, s.name, s.age, s.plain])"
)

_DECISIONS_ABOUT = (
    "UNWIND $given.ids AS id MATCH (r:Record {id: id}) USING INDEX SEEK r:Record(id)"
    " MATCH (r)-[d:DECIDED]-() WITH DISTINCT d, startNode(d) AS a, endNode(d) AS b"
    " RETURN collect([a.name, b.name, d.id, d.kind, d.stamp, d.undoes, d.actor, d.reason])"
)


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


class GraphReads(IdentityReader):
    """Reads over whatever runs statements: one transaction, or one for each."""

    def __init__(self, runner: Runner, customer_id: CustomerIds) -> None:
        self._runner = runner
        self._customer_id = customer_id

    @override
    async def records(self, keys: Iterable[RecordKey]) -> dict[RecordKey, SourceRecord]:
        return {record.key: record for record in await self._records(_RECORDS, keys)}

    async def members(self, seeds: Iterable[RecordKey]) -> list[SourceRecord]:
        """The records of the customers of these seeds, oldest first."""
        return await self._records(_MEMBERS, seeds)

    @override
    async def observations_of(self, records: Iterable[RecordKey]) -> list[Observation]:
        rows = await self._runner.rows(_EDGES_OF, ids=self.ids(records))
        return [observation_of(row) for row in rows]

    @override
    async def observations_to(self, identifiers: Iterable[Identifier]) -> list[Observation]:
        rows = await self._runner.rows(_EDGES_TO, names=names(identifiers))
        return [observation_of(row) for row in rows]

    @override
    async def holdings(self, identifiers: Collection[Identifier]) -> dict[Identifier, Holding]:
        rows = await self._runner.rows(_HELD, names=names(identifiers)) if identifiers else ()
        found = {identifier_of(row[0]): _holding(row) for row in rows}
        nobody = Holding()
        return {i: found.get(i, nobody) for i in identifiers}

    @override
    async def decisions_about(self, records: Collection[RecordKey]) -> list[StewardDecision]:
        rows = await self._runner.rows(_DECISIONS_ABOUT, ids=self.ids(records)) if records else ()
        return [decision_of(row) for row in rows]

    def ids(self, keys: Iterable[RecordKey]) -> list[str]:
        """The ids of records, sorted."""
        return sorted(map(self._customer_id, keys))

    async def _records(self, statement: str, keys: Iterable[RecordKey]) -> list[SourceRecord]:
        ids = self.ids(keys)
        rows = await self._runner.rows(statement, ids=ids) if ids else ()
        return [source_record(row) for row in rows]


def names(identifiers: Iterable[Identifier]) -> list[str]:
    """The names of identifiers, sorted."""
    return sorted(map(identifier_name, identifiers))


def decision_of(row: Sequence[Any]) -> StewardDecision:
    """A decision from its row."""
    a, b, decision_id, kind, stamp, undoes, actor, reason = row
    pair = pair_of(record_of(a), record_of(b))
    return StewardDecision(decision_id, kind, pair, stamp, undoes, actor, reason)


def _holding(row: Sequence[Any]) -> Holding:
    _, holders, generic, anchored, seed, age, plain = row
    customer = None if seed is None else Customer(record_of(seed), age, plain)
    return Holding(holders, generic, anchored, customer)


def observation_of(row: Sequence[Any]) -> Observation:
    """An edge from its row."""
    record, name, *told = row
    identifier = identifier_of(name)
    return Observation(record_of(record), identifier, *told)


def source_record(row: Sequence[Any]) -> SourceRecord:
    """A record from its row."""
    _, name, age, statements, seed, version, plain = row
    return SourceRecord(
        record_of(name),
        age,
        read_statements(statements),
        None if seed is None else record_of(seed),
        version,
        plain,
    )
