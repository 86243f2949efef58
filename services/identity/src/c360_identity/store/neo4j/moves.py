"""Which records left whom for whom, as nodes of their own; and the edges that were refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from c360_kernel.evidence.seed_id import CustomerIds
from c360_kernel.record import RecordKey

from c360_identity.domain.history import Move
from c360_identity.store.neo4j.reads import EDGE, record_of

KEEP_MOVES = (
    "UNWIND $given.rows AS row MERGE (m:Move {id: row[0]}) SET m.record = row[1], m.left = row[2],"
    " m.name = row[3], m.version = row[4], m.stamp = row[5], m.left_name = row[6],"
    " m.to_name = row[7], m.cause = row[8]"
)
_MOVE = "m.name, m.version, m.stamp, m.left_name, m.to_name, m.cause"
MOVES = (
    "CALL () { UNWIND $given.ids AS id MATCH (m:Move {record: id}) USING INDEX SEEK m:Move(record)"
    " RETURN m UNION UNWIND $given.ids AS id MATCH (m:Move {left: id})"
    " USING INDEX SEEK m:Move(left)"
    f" RETURN m }} RETURN collect([{_MOVE}])"
)
# There is no index of the few that are refused: all edges of records are looked at.
REFUSED = (
    "MATCH (r:Record)-[o:OBSERVED]->(i:Identifier) WHERE o.refused AND o.first_seen >= $given.since"
    " WITH r, o, i ORDER BY o.first_seen, r.name, i.name SKIP $given.skip LIMIT $given.limit"
    f" RETURN collect([r.name, i.name, {EDGE}])"
)


def moves_row(move: Move, customer_id: CustomerIds) -> list[object]:
    """A move as it is written."""
    record, left = customer_id(move.record), move.left and customer_id(move.left)
    names = [None if key is None else str(key) for key in (move.left, move.to)]
    of_record = [str(move.record), move.version, move.stamp]
    return [f"{record}@{move.version}", record, left, *of_record, *names, move.cause]


def move_of(row: Sequence[Any]) -> Move:
    """A move from its row."""
    name, version, stamp, left, to, cause = row
    return Move(record_of(name), version, stamp, _seed(left), _seed(to), cause)


def _seed(name: str | None) -> RecordKey | None:
    return None if name is None else record_of(name)
