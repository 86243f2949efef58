"""Which customers one transaction has to itself.

Whoever reads a record to compute with it, or changes anything about it, its
edges, events or decisions, first takes the write lock of its customer: of the
seed's node, or of the record's own while it belongs to none. An identifier is
locked through the customer that holds it, or by itself while nobody does or
while it is generic. As what a lock was taken for may have moved while it was
waited for, what is of a customer that is not locked is asked for again.

What was never seen stays so for the transaction: to create it fails (`Conflict`) when somebody
else has done so meanwhile.

Locks of one statement are taken in sorted order. Two transactions can
still meet crosswise; then the server ends one of them, and its next attempt
takes all that this one knew of at once (`Wanted`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from c360_kernel.evidence.seed_id import CustomerIds
from c360_kernel.record import Identifier, RecordKey

from c360_identity.domain.model import Customer, Observation
from c360_identity.store.neo4j.locking_reads import Carried, LockingReads, WholeRecord
from c360_identity.store.neo4j.remembered import Remembered


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a transaction had locked or was about to: ids of records, identifiers."""

    records: frozenset[str] = frozenset()
    identifiers: frozenset[Identifier] = frozenset()


class _Asked(NamedTuple):
    """What is to be taken: ids of records, those whose identifiers are wanted too, identifiers."""

    records: frozenset[str] = frozenset()
    frontier: frozenset[str] = frozenset()
    identifiers: frozenset[Identifier] = frozenset()


class Ownership:
    """The locks that one transaction holds; what is read under them is remembered."""

    def __init__(
        self, reads: LockingReads, remembered: Remembered, customer_id: CustomerIds
    ) -> None:
        self._reads = reads
        self._remembered = remembered
        self._customer_id = customer_id
        self._customers: dict[str, Customer] = {}
        self._locked: set[str] = set()
        self._free: set[Identifier] = set()
        self._held: set[Identifier] = set()
        self._unseen: set[Identifier] = set()
        self._owned: set[RecordKey] = set()
        self._absent: set[RecordKey] = set()
        self.known: set[RecordKey] = set()
        """Records that have a node, be it only because a decision names them."""
        self.identifiers: set[Identifier] = set()
        """Identifiers that have a node."""

    @property
    def wanted(self) -> Wanted:
        """What another attempt had better lock first."""
        return Wanted(frozenset(self._locked), frozenset(self._free | self._unseen))

    async def take(self, wanted: Wanted) -> None:
        """Lock what an earlier attempt knew of."""
        self._locked.update(await self._reads.lock(wanted.records, wanted.identifiers))

    async def expect(self, keys: Iterable[RecordKey], identifiers: Iterable[Identifier]) -> None:
        """Have to itself what is known of these records, and of identifiers whose they are."""
        asked = set(keys).difference(self._owned, self._absent)
        named = set(identifiers).difference(self._held)
        await self._take(_Asked(records=self._ids(asked), identifiers=frozenset(named)))
        self._absent |= asked - self._owned
        self._held |= named
        self._unseen |= named - self.identifiers

    async def own(self, keys: Iterable[RecordKey]) -> None:
        """Have to itself what is known of these records."""
        await self.expect(keys, ())

    async def reach(self, keys: Iterable[RecordKey]) -> None:
        """As `own`, and the identifiers that they carry as far as those are its own then."""
        asked = set(keys).difference(self._owned, self._absent)
        await self._take(_Asked(frontier=self._ids(asked)))
        self._absent |= asked - self._owned

    def own_new(self, keys: Iterable[RecordKey]) -> None:
        """These records were created in this transaction."""
        created = set(keys)
        self._absent -= created
        self._owned |= created
        self.known |= created

    def hold_new(self, identifiers: Iterable[Identifier]) -> None:
        """These identifiers, which it has to itself, were created in this transaction."""
        self.identifiers.update(identifiers)

    async def hold(self, identifiers: Collection[Identifier]) -> None:
        """Have identifiers to itself, and remember anew whose they are."""
        await self._take(_Asked(identifiers=frozenset(identifiers)))
        self._held.update(identifiers)
        self._unseen.update(set(identifiers) - self.identifiers)

    async def secure(self, identifiers: Iterable[Identifier]) -> None:
        """Have identifiers to itself, whoever holds them."""
        await self.hold(set(identifiers).difference(self._held))

    async def values_held(
        self, seeds: Collection[RecordKey], types: Collection[str]
    ) -> dict[RecordKey, Collection[Identifier]]:
        """What those of these customers that it has to itself actively carry of these types."""
        ids = {self._customer_id(seed): seed for seed in seeds}
        mine = ids.keys() & self._locked
        found = await self._reads.values_held(mine, types) if mine else {}
        return {ids[id_]: found.get(id_, ()) for id_ in mine}

    async def around(self, identifiers: Collection[Identifier]) -> list[Observation]:
        """Remember who carries identifiers that it has to itself.

        Returned are the active edges of records whose customers are not locked; the records of
        all others are owned from now on.
        """
        records, carried = await self._reads.around(identifiers)
        self._own([whole for whole in records if whole.owner in self._locked])
        self._hold([c for c in carried if c.identifier not in self._held and self._has(c)])
        asked = set(identifiers)
        edges = (e for whole in records if whole.key not in self._owned for e in whole.edges)
        return [edge for edge in edges if edge.active and edge.identifier in asked]

    async def _take(self, asked: _Asked) -> None:
        while any(asked):
            taken = await self._reads.take(*asked)
            self._customers.update(taken.customers)
            self._locked |= taken.customers.keys()
            self._free |= taken.free
            self._own([whole for whole in taken.records if whole.owner in self._locked])
            moved = self._ids({whole.key for whole in taken.records} - self._owned)
            self._hold([c for c in taken.identifiers if self._has(c)])
            lost = {c.identifier for c in taken.identifiers if not self._has(c)}
            asked = _Asked(asked.records & moved, asked.frontier & moved, asked.identifiers & lost)

    def _ids(self, keys: Iterable[RecordKey]) -> frozenset[str]:
        return frozenset(map(self._customer_id, keys))

    def _own(self, records: Collection[WholeRecord]) -> None:
        self._owned.update(whole.key for whole in records)
        self.known.update(whole.key for whole in records)
        self._remembered.read(records)

    def _has(self, carried: Carried) -> bool:
        if carried.identifier in self._held:
            return True
        if carried.customer_id is None:
            return carried.identifier in self._free
        return carried.customer_id in self._locked

    def _hold(self, identifiers: Collection[Carried]) -> None:
        mine = {carried.identifier for carried in identifiers}
        self.identifiers |= mine
        self._held |= mine
        self._remembered.held(
            {
                c.identifier: c.holding._replace(customer=self._customers.get(c.customer_id or ""))
                for c in identifiers
            }
        )
