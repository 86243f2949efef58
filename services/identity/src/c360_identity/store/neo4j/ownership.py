"""Which customers one transaction has to itself.

Whoever reads a record to compute with it, or changes anything about it, its
edges, events or decisions, first takes the write lock of its customer: of the
seed's node, or of the record's own while it belongs to none. An identifier is
locked through the customer that holds it, or by itself while nobody does or
while it is generic. As what a lock was taken for may have moved while it was
waited for, it is read again until nothing is new.

Locks of one round are taken in sorted order. Rounds of two transactions can
still meet crosswise; then the server ends one of them, and its next attempt
takes all that this one knew of at once (`Wanted`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from c360_kernel.record import Identifier, RecordKey

from c360_identity.domain.customer_id import CustomerIds
from c360_identity.store.neo4j.connection import Transaction
from c360_identity.store.neo4j.reads import GraphReads, Held, names

# To set what is set already writes nothing and takes the lock all the same. To remove what was
# never set takes none in a database that has not seen the property yet.
_LOCK_RECORDS = (
    "UNWIND $ids AS id MATCH (r:Record {id: id}) USING INDEX r:Record(id) SET r.locked = true"
)
_LOCK_IDENTIFIERS = (
    "UNWIND $names AS name MERGE (i:Identifier {name: name})"
    " ON CREATE SET i.holders = 0, i.generic = false, i.anchored = 0 SET i.locked = true"
)
_OWNERS = (
    "UNWIND $ids AS id MATCH (r:Record {id: id}) USING INDEX r:Record(id)"
    " RETURN collect([id, coalesce(r.seed, id)])"
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a transaction had locked or was about to: ids of records, names of identifiers."""

    records: frozenset[str] = frozenset()
    identifiers: frozenset[Identifier] = frozenset()


class Ownership:
    """The locks that one transaction holds."""

    def __init__(
        self, transaction: Transaction, reads: GraphReads, customer_id: CustomerIds
    ) -> None:
        self._transaction = transaction
        self._reads = reads
        self._customer_id = customer_id
        self._locked: set[str] = set()
        self._free: set[Identifier] = set()
        self._held: set[Identifier] = set()
        self._owned: set[RecordKey] = set()
        self._absent: set[RecordKey] = set()
        self.known: set[RecordKey] = set()
        """Records that have a node, be it only because a decision names them."""
        self.identifiers: set[Identifier] = set()
        """Identifiers that have a node."""
        self.created: set[Identifier] = set()
        """Identifiers whose node this transaction created: nobody else's edges lead to them."""

    @property
    def wanted(self) -> Wanted:
        """What another attempt had better lock first."""
        return Wanted(frozenset(self._locked), frozenset(self._free))

    async def take(self, wanted: Wanted) -> None:
        """Lock what an earlier attempt knew of."""
        await self._lock_records(wanted.records)
        await self._lock_identifiers(wanted.identifiers)

    async def own(self, keys: Iterable[RecordKey]) -> None:
        """Have to itself what is known of these records.

        Those never seen stay so for this transaction: to create them fails (`Conflict`) when
        somebody else has done so meanwhile.
        """
        asked = set(keys).difference(self._owned, self._absent)
        pending = {self._customer_id(key): key for key in asked}
        while pending:
            rows = await self._transaction.rows(_OWNERS, ids=sorted(pending))
            self.known.update(pending[record] for record, _ in rows)
            moved = {record: pending[record] for record, owner in rows if owner not in self._locked}
            self._owned.update(pending[record] for record, _ in rows if record not in moved)
            await self._lock_records({owner for _, owner in rows}.difference(self._locked))
            pending = moved
        self._absent |= asked - self._owned

    def own_new(self, keys: Iterable[RecordKey]) -> None:
        """These records were created in this transaction."""
        created = set(keys)
        self._absent -= created
        self._owned |= created
        self.known |= created

    async def hold(self, identifiers: Collection[Identifier]) -> dict[Identifier, Held]:
        """Have identifiers to itself; who holds those that were ever seen."""
        found: dict[Identifier, Held] = {}
        pending: Collection[Identifier] = identifiers
        while pending:
            read = await self._reads.held(pending)
            self.identifiers.update(read)
            found.update(read)
            pending = await self._secure(pending, read)
        self._held.update(identifiers)
        return found

    async def secure(self, identifiers: Iterable[Identifier]) -> None:
        """Have identifiers to itself, whoever holds them."""
        await self.hold(set(identifiers).difference(self._held))

    async def _secure(
        self, identifiers: Collection[Identifier], read: dict[Identifier, Held]
    ) -> Collection[Identifier]:
        """Lock what is needed; those identifiers that may have changed while it was waited for."""
        customers = {i: held.customer_id for i, held in read.items() if held.customer_id}
        seeds = set(customers.values()).difference(self._locked)
        unseen = {i for i in identifiers if i not in read}
        free = {i for i in read if i not in customers}.difference(self._free)
        await self._lock_records(seeds)
        created = await self._lock_identifiers(unseen | free)
        if created == len(unseen):
            self.created |= unseen
        if not (free or seeds) and created == len(unseen):
            return ()
        waited = free | {i for i, seed in customers.items() if seed in seeds}
        return waited if created == len(unseen) else waited | unseen

    async def _lock_records(self, ids: Collection[str]) -> None:
        if ids:
            self._locked.update(ids)
            await self._transaction.rows(_LOCK_RECORDS, ids=sorted(ids))

    async def _lock_identifiers(self, identifiers: Collection[Identifier]) -> int:
        if not identifiers:
            return 0
        self._free.update(identifiers)
        self.identifiers.update(identifiers)
        listed = names(identifiers)
        return await self._transaction.created(_LOCK_IDENTIFIERS, names=listed)
