"""Solves again the accounts that a batch touches, which gives what solving all of them would.

What shares an identifier that is not crowded is solved together, over any number of steps. Crowded
is what so many carry that it links nobody, whoever they are; that bounds how far a change reaches.
Who was one account before is reached by what the changed records once carried.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from c360_kernel.evidence.rules import Rules
from c360_kernel.evidence.seed_id import CustomerIds
from c360_kernel.payload import AccountAssigned
from c360_kernel.record import Identifier, RecordKey
from c360_kernel.version import Version

from c360_account.domain.model import AccountRecord, Carries
from c360_account.domain.partition import seeds_of
from c360_account.emission import assignment_entry
from c360_account.handlers.marking import Marks
from c360_account.store.port import AccountUnit


class Resolution:
    """One batch: first `look_at` what it changes, before and after that is kept, then `settle`."""

    def __init__(
        self,
        unit: AccountUnit,
        rules: Rules,
        account_id: CustomerIds,
        traceparents: Mapping[str, str],
        marks: Marks,
    ) -> None:
        self._unit = unit
        self._rules = rules
        self._account_id = account_id
        self._traceparents = traceparents
        self._marks = marks
        self._reached: set[RecordKey] = set()
        self._crowded: set[Identifier] = set()

    async def look_at(
        self, records: Iterable[AccountRecord], carries: Mapping[RecordKey, Carries]
    ) -> None:
        """Reach whoever is connected with these records as they are in the store now.

        `carries` is what they are to carry, or once did: with them it may be crowded, or without.
        """
        self._reached.update(one.key for one in records)
        await self._expand({identifier for held in carries.values() for identifier in held})

    async def settle(self) -> None:
        """Solve all that was reached, and state what changed."""
        await self._close()
        records = await self._unit.records(self._reached)
        carries = await self._unit.carried(self._reached)
        seeds = seeds_of(records, carries, self._crowded, self._rules)
        moving = [one for one in records.values() if seeds.get(one.key) != one.seed]
        # What the account comes to is told with its oldest record, and anew of another account.
        changed = [
            replace(one, seed=seeds.get(one.key), version=one.version + 1, comes_to={})
            for one in moving
        ]
        await self._unit.keep_records(changed)
        self._marks.records(one.key for one in moving)
        self._marks.accounts(self._account_id(one.seed) for one in moving if one.seed is not None)
        for one in changed:
            self._state(one)

    async def _close(self) -> None:
        """Reach on until nobody new is found."""
        looked_at: set[RecordKey] = set()
        while new := self._reached - looked_at:
            looked_at |= new
            carries = await self._unit.carried(new)
            await self._expand({i for held in carries.values() for i in _active(held)})

    async def _expand(self, identifiers: set[Identifier]) -> None:
        found = await self._unit.holders(identifiers, self._rules.most_looked_at)
        for identifier in identifiers:
            holders = found.get(identifier, ())
            if self._rules.crowded(identifier.type, len(holders)):
                self._crowded.add(identifier)
            else:
                self._crowded.discard(identifier)
                self._reached.update(holders)

    def _state(self, record: AccountRecord) -> None:
        account = "" if record.seed is None else self._account_id(record.seed)
        version = Version(self._unit.epoch, record.version)
        assigned = AccountAssigned(record.key, account, version)
        traceparent = self._traceparents.get(str(record.key), "")
        self._unit.emit(assignment_entry(assigned, record.age, traceparent))


def _active(held: Carries) -> Iterable[Identifier]:
    return (identifier for identifier, one in held.items() if one.active)
