"""The last statement of a unit: its entries, its positions and the marks of what was begun."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from c360_kernel.errors import Conflict, Transient
from c360_kernel.log.entry import NewEntry, Partition, Positions
from c360_kernel.projection.positions import PositionMoved
from c360_kernel.projection.witness import LatestEntries

from c360_identity.store.neo4j import outbox
from c360_identity.store.neo4j.connection import Transaction
from c360_identity.store.neo4j.positions import position_name

# The lock on the counter orders transactions: a later version never gets a smaller number. The
# lock on a position is taken before its offset is compared.
_CLOSE = (
    "MATCH (m:Meta {name: 'state'}) SET m.locked = true WITH m"
    " SET m.sequence = m.sequence + size($given.parcels)"
    " WITH m, m.sequence - size($given.parcels) AS before"
    " CALL (before) { UNWIND $given.parcels AS row CREATE (:Outbox {sequence: before + row[0],"
    " size: row[1], told: 0, entries: row[2]}) }"
    " CALL () { UNWIND $given.rows AS row MERGE (p:Position {name: row[0]})"
    " ON CREATE SET p.topic = row[1], p.partition = row[2], p.offset = 0 SET p.locked = true"
    " WITH p, row WHERE row[3] IS NULL OR p.offset = row[3]"
    " SET p.offset = row[4], p.witness = coalesce(row[5], p.witness)"
    " RETURN count(p) AS moved }"
    " CALL () { UNWIND $given.rows AS row MATCH (b:Begun)"
    " WHERE b.topic = row[1] AND b.partition = row[2] AND b.last < row[4] DELETE b }"
    " RETURN [[m.epoch, moved, before]]"
)


@dataclass(slots=True)
class Closing:
    """What one unit emits, and from where to where it moves positions.

    `begun` are the entries that it may have been fed; `parcels` are those that it wrote, by number.
    """

    begun: LatestEntries
    emitted: list[NewEntry] = field(default_factory=list[NewEntry])
    before: Positions = field(default_factory=dict[Partition, int])
    after: Positions = field(default_factory=dict[Partition, int])
    parcels: Mapping[int, outbox.Parcel] = field(default_factory=dict[int, outbox.Parcel])

    async def write(self, transaction: Transaction, epoch: int) -> None:
        """Write it. Others wait from here on until the transaction ends.

        Raises `Conflict` when another worker moved a position first, or when `epoch`, which
        the unit gave versions of, is over.
        """
        if not self.emitted and not self.after:
            return
        witnesses = self.begun.before(self.after)
        rows = [
            [position_name(p), *p, self.before.get(p), n, witnesses.get(p)]
            for p, n in self.after.items()
        ]
        parcels = dict(enumerate(outbox.parted(self.emitted), 1))
        given = [[n, *outbox.parcel_row(parcel)] for n, parcel in parcels.items()]
        answer = await transaction.rows(_CLOSE, rows=sorted(rows), parcels=given)
        if not answer:
            raise Transient("another store was put in the place of this one", code="STORE_REPLACED")
        ((now, moved, before),) = answer
        if moved != len(rows):
            raise PositionMoved
        if now != epoch:
            raise EpochMoved(now)
        self.parcels = {before + n: parcel for n, parcel in parcels.items()}


class EpochMoved(Conflict):
    """A new epoch began while a unit was open."""

    def __init__(self, epoch: int) -> None:
        super().__init__("a new epoch began", code="STORE_CONTENDED")
        self.epoch = epoch
