"""Values compared, blocks and pairs on a server.

A block is locked before it is read: two batches that enter one are handled one after the other, so
that each pair is compared by one of them. Keys are texts, since they are numbers of 64 bits.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from c360_kernel.evidence.model import Pair, pair_of
from c360_kernel.record import RecordKey

from c360_identity.store.matching_port import Blocks, Doubtful, Match, MatchingChanges, by_limit
from c360_identity.store.neo4j.connection import Runner
from c360_identity.store.neo4j.reads import record_of

_RECORD = "MATCH (r:Record {id: row[0]}) USING INDEX SEEK r:Record(id)"
_COMPARED = (
    "UNWIND $given.ids AS id MATCH (r:Record {id: id}) USING INDEX SEEK r:Record(id)"
    " WHERE r.compared IS NOT NULL RETURN collect([r.name, r.compared])"
)
_LOCK = (
    "UNWIND $given.keys AS key MERGE (b:Block {key: key}) SET b.locked = true RETURN [[count(b)]]"
)
_MEMBERS = (
    "UNWIND $given.keys AS key MATCH (b:Block {key: key}) USING INDEX SEEK b:Block(key)"
    " CALL (b) { MATCH (b)<-[:IN_BLOCK]-(r) RETURN r LIMIT $given.most }"
    " RETURN collect([key, r.name, r.compared])"
)
_ABOUT = (
    "UNWIND $given.ids AS id MATCH (r:Record {id: id}) USING INDEX SEEK r:Record(id)"
    " MATCH (r)-[m:ALIKE]-() WITH DISTINCT m"
    " RETURN collect([startNode(m).name, endNode(m).name, m.bits, m.accepted])"
)
_DOUBTFUL = (
    "MATCH (a:Record)-[m:ALIKE]->(b:Record) WHERE NOT m.accepted"
    " WITH a, b, m, CASE WHEN a.age > b.age THEN a.age ELSE b.age END AS since"
    " WHERE since >= $given.since"
    " RETURN collect([a.name, b.name, since, m.bits])"
)
_SAY = f"UNWIND $given.rows AS row {_RECORD} SET r.compared = row[1]"
_LEAVE = (
    f"UNWIND $given.rows AS row {_RECORD}"
    " MATCH (r)-[in:IN_BLOCK]->(:Block {key: row[1]}) DELETE in"
)
_ENTER = (
    f"UNWIND $given.rows AS row {_RECORD}"
    " MERGE (b:Block {key: row[1]}) MERGE (r)-[:IN_BLOCK]->(b)"
)
_PUT = (
    f"UNWIND $given.rows AS row {_RECORD} MATCH (b:Record {{id: row[1]}})"
    " USING INDEX SEEK b:Record(id)"
    " MERGE (r)-[m:ALIKE]->(b) SET m.bits = row[2], m.accepted = row[3]"
)
_DROP = (
    f"UNWIND $given.rows AS row {_RECORD} MATCH (r)-[m:ALIKE]->(:Record {{id: row[1]}}) DELETE m"
)


class Neo4jMatching(NamedTuple):
    """A `MatchingGraph` over whatever runs statements."""

    runner: Runner
    customer_id: Callable[[RecordKey], str]

    async def compared(self, records: Collection[RecordKey]) -> Mapping[RecordKey, str]:
        """The values of records that are compared; of those that say something."""
        rows = await self.runner.rows(_COMPARED, ids=self._ids(records)) if records else ()
        return {record_of(name): said for name, said in rows}

    async def blocks(self, most: Mapping[int, int]) -> Blocks:
        """Those of these blocks that hold anybody; None of one that holds as many as is said."""
        if not most:
            return Blocks({}, {})
        await self.runner.rows(_LOCK, keys=sorted(map(str, most)))
        found: dict[int, list[RecordKey]] = {}
        said: dict[RecordKey, str] = {}
        for limit, keys in by_limit(most).items():
            names = sorted(map(str, keys))
            for key, name, text in await self.runner.rows(_MEMBERS, keys=names, most=limit):
                record = record_of(name)
                found.setdefault(int(key), []).append(record)
                said[record] = text
        few = {key: held if len(held) < most[key] else None for key, held in found.items()}
        return Blocks(few, said)

    async def matches_about(self, records: Collection[RecordKey]) -> Mapping[Pair, Match]:
        """All pairs that one of these records is in."""
        rows = await self.runner.rows(_ABOUT, ids=self._ids(records)) if records else ()
        return {
            pair_of(record_of(a), record_of(b)): Match(bits, accepted)
            for a, b, bits, accepted in rows
        }

    async def doubtful(self, since: str, skip: int, limit: int) -> Sequence[Doubtful]:
        """The pairs that are no evidence, in the order of (since, pair).

        An edge goes in whichever direction it was drawn.
        """
        found = [
            Doubtful(pair_of(record_of(a), record_of(b)), at, bits)
            for a, b, at, bits in await self.runner.rows(_DOUBTFUL, since=since)
        ]
        found.sort(key=lambda one: (one.since, one.pair))
        return found[skip : skip + limit]

    async def keep(self, changes: MatchingChanges) -> None:
        """Write it; the records are kept already."""
        placed = {self.customer_id(key): one for key, one in changes.placed.items()}
        await self._write(_SAY, ((id_, one.said or None) for id_, one in placed.items()))
        await self._write(_LEAVE, ((id_, str(b)) for id_, one in placed.items() for b in one.left))
        entered = ((id_, str(b)) for id_, one in placed.items() for b in one.entered)
        await self._write(_ENTER, entered)
        named = {tuple(map(self.customer_id, pair)): one for pair, one in changes.matches.items()}
        await self._write(_PUT, ((*ids, *one) for ids, one in named.items() if one is not None))
        await self._write(_DROP, (ids for ids, one in named.items() if one is None))

    async def _write(self, statement: str, rows: Iterable[Collection[object]]) -> None:
        if held := [list(row) for row in rows]:
            await self.runner.rows(statement, rows=sorted(held, key=lambda row: str(row[:2])))

    def _ids(self, records: Iterable[RecordKey]) -> list[str]:
        return sorted(map(self.customer_id, records))
