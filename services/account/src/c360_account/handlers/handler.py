"""Folds a batch of entries into the store, and solves again what it touches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from c360_kernel.catalog.model import Catalog
from c360_kernel.evidence.rules import Rules
from c360_kernel.evidence.seed_id import CustomerIds
from c360_kernel.log.entry import Entry
from c360_kernel.payload import AccountUpserted
from c360_kernel.projection.port import Handler
from c360_kernel.record import RecordKey
from c360_kernel.revisions import may_hold
from typing_extensions import override

from c360_account.domain.counting import CountedEvent, EventName, ToldTraits
from c360_account.domain.model import AccountRecord, PersonRecord, Said
from c360_account.domain.saying import carried, composed
from c360_account.handlers.intake import Incoming, Reading, incoming
from c360_account.handlers.resolution import Resolution
from c360_account.store.port import AccountUnit


class AccountHandler(Handler[AccountUnit]):
    """Folds entries about accounts and their links into the store."""

    def __init__(self, catalog: Catalog, account_id: CustomerIds) -> None:
        self._reading = Reading(catalog)
        self._rules = Rules.of(catalog.accounts.identifiers)
        self._account_id = account_id

    @override
    async def handle(self, unit: AccountUnit, entries: Sequence[Entry]) -> None:
        found = incoming(entries, self._reading)
        await self._keep_links(unit, found)
        await _keep_persons(unit, found.persons)
        await _keep_events(unit, found.events)
        await _keep_told(unit, found.told)
        if found.records:
            await self._keep_records(unit, found, _traceparents(entries))

    async def _keep_links(self, unit: AccountUnit, found: Incoming) -> None:
        held = await unit.said_of_links(found.links.keys())
        links = {key: may_hold(held.get(key, ()), new) for key, new in found.links.items()}
        if links:
            await unit.keep_said({}, links)

    async def _keep_records(
        self, unit: AccountUnit, found: Incoming, traceparents: Mapping[str, str]
    ) -> None:
        held = await unit.said_of_records(found.records.keys())
        states = {key: may_hold(held.get(key, ()), new) for key, new in found.records.items()}
        before, had = await unit.records(states.keys()), await unit.carried(states.keys())
        resolution = Resolution(unit, self._rules, self._account_id, traceparents)
        now = {key: composed(all_, self._reading.observes) for key, all_ in states.items()}
        carries = {
            key: carried(had.get(key, {}), new, now[key], self._reading.normalize(key.source))
            for key, new in found.records.items()
        }
        await resolution.look_at(before.values(), carries)
        await unit.keep_said(states, {})
        await unit.keep_carried(carries)
        records = [
            _record(min(said.stamp for said in found.records[key]), one, before.get(key))
            for key, one in now.items()
        ]
        await unit.keep_records(records)
        await resolution.look_at(records, carries)
        await resolution.settle()


async def _keep_persons(unit: AccountUnit, told: Mapping[RecordKey, PersonRecord]) -> None:
    held = await unit.persons(told.keys())
    newer = {
        key: one for key, one in told.items() if key not in held or one.version > held[key].version
    }
    if newer:
        await unit.keep_persons(newer)


async def _keep_events(unit: AccountUnit, events: Mapping[EventName, CountedEvent]) -> None:
    held = await unit.events(events.keys()) if events else {}
    first = [one for name, one in events.items() if one.outranks(held.get(name))]
    if first:
        await unit.keep_events(first)


async def _keep_told(unit: AccountUnit, told: Mapping[str, ToldTraits]) -> None:
    held = await unit.told(told.keys()) if told else {}
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
    return AccountRecord(key, min(stamp, before.age), now, before.seed, before.version)


def _traceparents(entries: Iterable[Entry]) -> Mapping[str, str]:
    return {entry.key: entry.traceparent for entry in entries}
