"""Entries waiting for the relay: one node each, numbered in the order of commits."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from c360_kernel.log.entry import NewEntry
from c360_kernel.projection.port import Outgoing

from c360_identity.store.neo4j.connection import Transaction

# The lock on the counter orders transactions: a later version never gets a smaller number.
_NUMBER = (
    "MATCH (m:Meta {name: 'state'}) SET m.locked = true WITH m"
    " SET m.sequence = m.sequence + $count RETURN [[m.sequence]]"
)
_PUT = "UNWIND $rows AS row CREATE (:Outbox {sequence: row[0], envelope: row[1], data: row[2]})"
OUTGOING = (
    "MATCH (o:Outbox) WHERE o.sequence > 0 WITH o ORDER BY o.sequence LIMIT $limit"
    " RETURN collect([o.sequence, o.envelope, o.data])"
)
RELAYED = (
    "UNWIND $sequences AS sequence MATCH (o:Outbox {sequence: sequence})"
    " USING INDEX o:Outbox(sequence) DELETE o"
)
CLEAR = "MATCH (o:Outbox) DELETE o"
_ENVELOPE = tuple(f.name for f in fields(NewEntry) if f.name != "data")


async def put(transaction: Transaction, entries: Sequence[NewEntry]) -> None:
    """Put entries into the outbox. Others wait from here on until the transaction ends."""
    if not entries:
        return
    ((last,),) = await transaction.rows(_NUMBER, count=len(entries))
    first = last - len(entries) + 1
    rows = [[first + n, _envelope(entry), entry.data] for n, entry in enumerate(entries)]
    await transaction.rows(_PUT, rows=rows)


def outgoing_of(row: Sequence[Any]) -> Outgoing:
    """An entry of the outbox from its row."""
    sequence, envelope, data = row
    attributes: dict[str, Any] = json.loads(envelope)
    return Outgoing(sequence, NewEntry(**attributes, data=bytes(data)))


def _envelope(entry: NewEntry) -> str:
    attributes = {name: getattr(entry, name) for name in _ENVELOPE}
    return json.dumps(attributes, ensure_ascii=False)
