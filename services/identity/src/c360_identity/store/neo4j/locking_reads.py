"""Reads of one transaction that lock first: what is asked for, and all that comes with it.

A statement locks the customers of what it is asked for, in sorted order, and only then reads, so
that it need not be run again unless somebody moved something while a lock was waited for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from c360_kernel.evidence.model import StewardDecision
from c360_kernel.record import Identifier, RecordKey

from c360_identity.domain.model import Customer, Holding, Observation, SourceRecord
from c360_identity.store.neo4j.connection import Transaction
from c360_identity.store.neo4j.reads import (
    EDGE,
    RECORD,
    decision_of,
    identifier_of,
    names,
    observation_of,
    record_of,
    source_record,
)

_MATCH_RECORD = "AS id MATCH (r:Record {id: id}) USING INDEX SEEK r:Record(id)"
_RECORDS = f"UNWIND $given.ids {_MATCH_RECORD}"
_IDENTIFIERS = (
    "UNWIND $given.names AS name MATCH (i:Identifier {name: name})"
    " USING INDEX SEEK i:Identifier(name)"
)
_WHOLE = (
    f"[[{RECORD}], coalesce(r.seed, r.id),"
    f" COLLECT {{ MATCH (r)-[o:OBSERVED]->(e) RETURN [r.name, e.name, {EDGE}] }},"
    " COLLECT { MATCH (r)-[d:DECIDED]-()"
    " RETURN [startNode(d).name, endNode(d).name, d.id, d.kind, d.stamp, d.undoes, d.actor,"
    " d.reason] }]"
)
_HELD_BY = "MATCH (i)<-[o:OBSERVED]-(h) WHERE o.active AND h.seed IS NOT NULL AND NOT i.generic"
_CARRIED = (
    "[i.name, i.holders, i.generic, i.anchored,"
    f" COLLECT {{ {_HELD_BY} RETURN [o.first_seen, h.seed] }}]"
)
# To set what is set already writes nothing and takes the lock all the same. To remove what was
# never set takes none in a database that has not seen the property yet.
# Nodes are collected before what leads on from them is matched: so the server follows edges from
# node to node however few there are, and does not compare them all.
_TAKE = (
    f"CALL () {{ {_RECORDS} RETURN collect(r) AS alone }}"
    f" CALL () {{ UNWIND $given.frontier {_MATCH_RECORD} RETURN collect(r) AS frontier }}"
    f" CALL () {{ {_IDENTIFIERS} WITH i, COLLECT {{ {_HELD_BY} RETURN h.seed }} AS seeds"
    " RETURN collect(i) AS named, collect(seeds) AS held,"
    " collect(CASE WHEN size(seeds) = 0 THEN i END) AS nobodys }"
    " WITH alone + frontier AS told, frontier, named, held, nobodys"
    " CALL (told, held) { CALL (told, held) {"
    " UNWIND told AS r RETURN coalesce(r.seed, r.id) AS owner"
    " UNION UNWIND held AS seeds UNWIND seeds AS owner RETURN owner }"
    " WITH owner ORDER BY owner MATCH (s:Record {id: owner}) USING INDEX SEEK s:Record(id)"
    " SET s.locked = true RETURN collect(s) AS owners }"
    # What was somebody's is not looked at again: should it be nobody's by now, it is asked anew.
    " CALL (nobodys, owners) { UNWIND nobodys AS i"
    " SET i.locked = true RETURN collect(i.name) AS free }"
    f" CALL (told, owners) {{ UNWIND told AS r RETURN collect({_WHOLE}) AS records }}"
    " CALL (frontier, named, owners) { CALL (frontier, named) { UNWIND named AS i RETURN i"
    " UNION UNWIND frontier AS r MATCH (r)-[o:OBSERVED]->(i) WHERE o.active RETURN i }"
    f" RETURN collect({_CARRIED}) AS identifiers }}"
    " RETURN [[s IN owners | [s.id, s.name, s.age, s.plain]], free, records, identifiers]"
)
_AROUND = (
    f"{_IDENTIFIERS} WITH collect(i) AS named"
    " CALL (named) { UNWIND named AS i MATCH (i)<-[o:OBSERVED]-(r)"
    " WHERE o.active AND r.seed IS NOT NULL"
    " RETURN collect(DISTINCT r) AS found }"
    f" CALL (found) {{ UNWIND found AS r RETURN collect({_WHOLE}) AS records }}"
    " CALL (found) { UNWIND found AS r MATCH (r)-[o:OBSERVED]->(i) WHERE o.active"
    f" WITH DISTINCT i RETURN collect({_CARRIED}) AS identifiers }}"
    " RETURN [records, identifiers]"
)
_VALUES_HELD = (
    "UNWIND $given.ids AS id MATCH (r:Record {seed: id}) USING INDEX SEEK r:Record(seed)"
    " WITH id, collect(r) AS members"
    " CALL (members) { UNWIND members AS r MATCH (r)-[o:OBSERVED]->(i) WHERE o.active"
    " WITH DISTINCT i.name AS name WHERE split(name, ':')[0] IN $given.types"
    " RETURN collect(name) AS values }"
    " RETURN collect([id, values])"
)
_LOCK = (
    f"CALL () {{ {_RECORDS} SET r.locked = true RETURN collect(id) AS locked }}"
    f" CALL (locked) {{ {_IDENTIFIERS} SET i.locked = true }}"
    " RETURN [locked]"
)


class WholeRecord(NamedTuple):
    """A node of a record with all its edges and decisions.

    `owner` is the id of the record whose lock is that of its customer. `record` is None when
    only a decision names it.
    """

    key: RecordKey
    owner: str
    record: SourceRecord | None
    edges: Sequence[Observation]
    decisions: Sequence[StewardDecision]


class Carried(NamedTuple):
    """An identifier: who carries it, and the id of the customer that it names, if any."""

    identifier: Identifier
    holding: Holding
    customer_id: str | None


class Taken(NamedTuple):
    """What a statement has locked: customers, identifiers by themselves; and read."""

    customers: dict[str, Customer]
    free: set[Identifier]
    records: list[WholeRecord]
    identifiers: list[Carried]


class LockingReads:
    """The reads of one transaction, by ids of records and names of identifiers."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def take(
        self, ids: Iterable[str], frontier: Iterable[str], identifiers: Collection[Identifier]
    ) -> Taken:
        """Lock what is known of these, and read it; of the frontier also what it carries.

        Whoever asks has to look whether what was read is of a customer that is locked: it may
        have moved while a lock was waited for.
        """
        given = {"ids": sorted(ids), "frontier": sorted(frontier), "names": names(identifiers)}
        taken = await self._transaction.rows(_TAKE, **given)
        owners, free, records, carried = taken
        return Taken(
            {row[0]: Customer(record_of(row[1]), row[2], bool(row[3])) for row in owners},
            set(map(identifier_of, free)),
            list(map(_whole, records)),
            list(map(_carried, carried)),
        )

    async def around(
        self, identifiers: Collection[Identifier]
    ) -> tuple[list[WholeRecord], list[Carried]]:
        """The records that carry these, and all that those carry. Locks nothing.

        Save for records that have no customer yet: they are of this transaction.
        """
        rows = await self._transaction.rows(_AROUND, names=names(identifiers))
        records, carried = rows
        return list(map(_whole, records)), list(map(_carried, carried))

    async def values_held(
        self, ids: Collection[str], types: Collection[str]
    ) -> dict[str, list[Identifier]]:
        """What whole customers, whose locks are held, actively carry of these types."""
        rows = await self._transaction.rows(_VALUES_HELD, ids=sorted(ids), types=sorted(types))
        return {id_: list(map(identifier_of, values)) for id_, values in rows}

    async def lock(self, ids: Collection[str], identifiers: Collection[Identifier]) -> list[str]:
        """Lock those of these that there are; the ids of the records."""
        if not ids and not identifiers:
            return []
        (locked,) = await self._transaction.rows(_LOCK, ids=sorted(ids), names=names(identifiers))
        return locked


def _whole(row: Sequence[Any]) -> WholeRecord:
    record, owner, edges, decisions = row
    return WholeRecord(
        record_of(record[1]),
        owner,
        None if record[2] is None else source_record(record),
        list(map(observation_of, edges)),
        list(map(decision_of, decisions)),
    )


def _carried(row: Sequence[Any]) -> Carried:
    name, holders, generic, anchored, seen = row
    _, customer_id = min(seen, default=(None, None))
    return Carried(identifier_of(name), Holding(holders, generic, anchored), customer_id)
