"""Folds a batch of entries into the store, and solves again what it touches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from c360_kernel.catalog.model import Catalog
from c360_kernel.evidence.rules import Rules
from c360_kernel.evidence.seed_id import CustomerIds
from c360_kernel.log.entry import Entry
from c360_kernel.payload import AccountUpserted
from c360_kernel.projection.schedule import Scheduled, TimedHandler
from c360_kernel.record import RecordKey
from c360_kernel.revisions import may_hold
from typing_extensions import override

from c360_account.domain.counting import AccountName, CountedEvent, EventName, ToldTraits
from c360_account.domain.model import AccountRecord, Carries, PersonRecord, Said
from c360_account.domain.roll_ups import RollUpRules
from c360_account.domain.saying import carried, composed, holds
from c360_account.handlers.intake import Incoming, Reading, incoming
from c360_account.handlers.marking import Marks, marked
from c360_account.handlers.resolution import Resolution
from c360_account.handlers.standing import look_again
from c360_account.store.port import AccountUnit


class AccountHandler(TimedHandler[AccountUnit]):
    """Folds entries about accounts and their links into the store."""

    def __init__(self, catalog: Catalog, account_id: CustomerIds) -> None:
        self._reading = Reading(catalog)
        self._roll_ups = RollUpRules(catalog)
        self._rules = Rules.of(catalog.accounts.identifiers)
        self._account_id = account_id

    @override
    async def handle(self, unit: AccountUnit, entries: Sequence[Entry]) -> None:
        found, marks = incoming(entries, self._reading), Marks()
        await self._keep_links(unit, found, marks)
        await _keep_persons(unit, found.persons, marks)
        await _keep_events(unit, found.events, marks)
        await _keep_told(unit, found.told, marks)
        if found.records:
            await self._keep_records(unit, found, marks, _traceparents(entries))
        if self._roll_ups.live:
            marks.schedule(unit, max(entry.stamp for entry in entries))

    @override
    async def wake(self, unit: AccountUnit, due: Sequence[Scheduled]) -> None:
        """What accounts come to may be another."""
        await look_again(unit, self._roll_ups, marked(due))

    async def _keep_links(self, unit: AccountUnit, found: Incoming, marks: Marks) -> None:
        held = await unit.said_of_links(found.links.keys())
        links = {key: may_hold(held.get(key, ()), new) for key, new in found.links.items()}
        if links:
            await unit.keep_said({}, links)
        for one in (*filter(None, held.values()), *links.values()):
            said = holds(one).payload
            marks.persons([said.person])
            marks.records([said.account])

    async def _keep_records(
        self, unit: AccountUnit, found: Incoming, marks: Marks, traceparents: Mapping[str, str]
    ) -> None:
        held = await unit.said_of_records(found.records.keys())
        states = {key: may_hold(held.get(key, ()), new) for key, new in found.records.items()}
        before, had = await unit.records(states.keys()), await unit.carried(states.keys())
        resolution = Resolution(unit, self._rules, self._account_id, traceparents, marks)
        now = {key: composed(all_, self._reading.observes) for key, all_ in states.items()}
        carries = {
            key: carried(had.get(key, {}), new, now[key], self._reading.normalize(key.source))
            for key, new in found.records.items()
        }
        await resolution.look_at(before.values(), carries)
        if self._roll_ups.live:
            marks.accounts(await self._named_by(unit, carries.values()))
        await unit.keep_said(states, {})
        await unit.keep_carried(carries)
        records = [
            _record(min(said.stamp for said in found.records[key]), one, before.get(key))
            for key, one in now.items()
        ]
        await unit.keep_records(records)
        marks.records(states.keys())
        parents = (one.said.payload.parent for one in before.values())
        marks.records(one for one in parents if one is not None)
        await resolution.look_at(records, carries)
        await resolution.settle()

    async def _named_by(self, unit: AccountUnit, carries: Iterable[Carries]) -> Iterable[str]:
        """The accounts that events name by what these carry, or once did, before they do.

        Once many more carry it, it names none, and whom it named is not among the first of them.
        """
        types = {one.identifier for one in self._roll_ups.catalog.accounts.stated.values()}
        names = {
            AccountName(one.type, "", one.value)
            for held in carries
            for one in held
            if one.type in types
        }
        return (await unit.reader.named(names)).values()


async def _keep_persons(
    unit: AccountUnit, told: Mapping[RecordKey, PersonRecord], marks: Marks
) -> None:
    held = await unit.persons(told.keys())
    marks.owned(told.keys())
    marks.customers(one.customer for one in (*held.values(), *told.values()))
    newer = {
        key: one for key, one in told.items() if key not in held or one.version > held[key].version
    }
    if newer:
        await unit.keep_persons(newer)


async def _keep_events(
    unit: AccountUnit, events: Mapping[EventName, CountedEvent], marks: Marks
) -> None:
    held = await unit.events(events.keys()) if events else {}
    marks.events([*held.values(), *events.values()])
    first = [one for name, one in events.items() if one.outranks(held.get(name))]
    if first:
        await unit.keep_events(first)


async def _keep_told(unit: AccountUnit, told: Mapping[str, ToldTraits], marks: Marks) -> None:
    held = await unit.told(told.keys()) if told else {}
    marks.customers(told.keys())
    newer = {
        id_: one for id_, one in told.items() if id_ not in held or one.version > held[id_].version
    }
    if newer:
        await unit.keep_told(newer)


def _record(stamp: str, now: Said[AccountUpserted], before: AccountRecord | None) -> AccountRecord:
    """The record as it holds now that more was said; of what account it is stays to be seen."""
    key = now.payload.record
    if before is None:
        return AccountRecord(key, stamp, now)
    return replace(before, age=min(stamp, before.age), said=now)


def _traceparents(entries: Iterable[Entry]) -> Mapping[str, str]:
    return {entry.key: entry.traceparent for entry in entries}
