"""How a customer came to be, and who somebody was at a past time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from c360_kernel.evidence.model import StewardDecision
from c360_kernel.record import RecordKey

from c360_identity.domain.history import Stay, seed_at, stays, told_of
from c360_identity.domain.model import SourceRecord
from c360_identity.domain.rulings import rulings
from c360_identity.store.port import IdentityDirectory

MOST_RECORDS = 2_000
"""Of a customer's records the past of so many is read for one answer."""


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that made a customer what it is: a record came or left, or a steward decided.

    Customers are named by their seeds; `stands` says whether a decision is in force.
    """

    stamp: str
    record: RecordKey
    cause: str
    seed: RecordKey | None = None
    left: RecordKey | None = None
    decision: StewardDecision | None = None
    stands: bool = False


@dataclass(frozen=True, slots=True)
class PastCustomer:
    """Who a record was at a moment: the seed of its customer then, and who else that was."""

    seed: RecordKey
    records: Sequence[SourceRecord]


class Past:
    """Reads what a store keeps of the past."""

    def __init__(self, store: IdentityDirectory) -> None:
        self._store = store

    async def of_customer(self, seed: RecordKey) -> Sequence[Happening]:
        """What made a customer, the earliest first."""
        members = (await self._store.members([seed], MOST_RECORDS))[seed]
        keys = {one.key for one in members}
        stayed = await self._stays({seed, *keys})
        happened = [
            Happening(one.since, one.record, one.cause, one.seed, one.left)
            for one in told_of(seed, stayed.values())
        ]
        return sorted([*happened, *await self._decided(keys)], key=lambda one: one.stamp)

    async def at(self, record: RecordKey, stamp: str) -> PastCustomer | None:
        """Who a record was at a moment; None before it was known, or while it was nobody's."""
        known = (await self._store.records([record])).get(record)
        if known is None:
            return None
        moves = [one for one in await self._store.moves([record]) if one.record == record]
        seed = seed_at(stays([known], moves)[record], stamp)
        return None if seed is None else PastCustomer(seed, await self._members_at(seed, stamp))

    async def _members_at(self, seed: RecordKey, stamp: str) -> Sequence[SourceRecord]:
        """Whoever was its then: its records of now, and those that left it."""
        now = (await self._store.members([seed], MOST_RECORDS))[seed]
        stayed = await self._stays({seed, *(one.key for one in now)})
        then = [key for key, each in stayed.items() if seed_at(each, stamp) == seed]
        records = await self._store.records(then)
        return sorted(records.values(), key=lambda one: (one.age, one.key))

    async def _stays(self, about: Collection[RecordKey]) -> Mapping[RecordKey, list[Stay]]:
        """The stays of these records and of all that left the customers whose seeds they are."""
        left = {one.record for one in await self._store.moves(about)}
        moves = await self._store.moves({*about, *left})
        records = await self._store.records({*about, *left})
        return stays(records.values(), moves)

    async def _decided(self, records: Collection[RecordKey]) -> list[Happening]:
        decisions = await self._store.decisions_about(records)
        standing = {(one.pair, one.id) for one in rulings(decisions).values()}
        return [
            Happening(
                one.stamp,
                one.pair[0],
                one.kind,
                decision=one,
                stands=(one.pair, one.id) in standing,
            )
            for one in decisions
        ]
