"""What is scheduled: a node for each key and moment. The present is a property of the state."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from c360_kernel.projection.schedule import Scheduled

from c360_identity.store.neo4j.connection import Transaction

_PUT = (
    "UNWIND $given.rows AS row MERGE (s:Scheduled {name: row[0]})"
    " ON CREATE SET s.due = row[1], s.key = row[2]"
)
_TICK = (
    "MATCH (m:Meta {name: 'state'}) SET m.locked = true WITH m"
    " WHERE coalesce(m.present, 0) < $given.at SET m.present = $given.at"
)
# The lock is taken before what is due is read: of two that would wake, one does.
_DUE = (
    "MATCH (m:Meta {name: 'state'}) SET m.locked = true WITH coalesce(m.present, 0) AS present"
    " MATCH (s:Scheduled) WHERE s.due <= present WITH s ORDER BY s.due, s.key LIMIT $given.limit"
    " RETURN collect([s.due, s.key])"
)
_REMOVE = (
    "UNWIND $given.names AS name"
    " MATCH (s:Scheduled {name: name}) USING INDEX SEEK s:Scheduled(name) DELETE s"
)
WAITING = (
    "MATCH (m:Meta {name: 'state'}) OPTIONAL MATCH (s:Scheduled) WITH m, s ORDER BY s.due LIMIT 1"
    " RETURN [[coalesce(m.present, 0), s.due]]"
)


async def put(transaction: Transaction, items: Iterable[Scheduled]) -> None:
    """Keep items, each once however often it is put."""
    rows = [[_name(one), one.due, one.key] for one in sorted(items)]
    if rows:
        await transaction.rows(_PUT, rows=rows)


async def tick(transaction: Transaction, at: int) -> None:
    """Move the present on; it never goes back."""
    await transaction.rows(_TICK, at=at)


async def take_due(transaction: Transaction, limit: int) -> Sequence[Scheduled]:
    """Remove and return the earliest items that are due."""
    due = [Scheduled(*row) for row in await transaction.rows(_DUE, limit=limit)]
    if due:
        await transaction.rows(_REMOVE, names=[_name(one) for one in due])
    return sorted(due)


def _name(item: Scheduled) -> str:
    return f"{item.due}:{item.key}"
