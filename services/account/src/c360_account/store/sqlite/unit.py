"""One transaction of the SQLite adapter."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

from c360_kernel.codec import encode
from c360_kernel.evidence.seed_id import CustomerIds
from c360_kernel.log.topics import ACCOUNTS, LINKS
from c360_kernel.payload import AccountLinked
from c360_kernel.projection.sqlite import SqliteUnit
from c360_kernel.record import Identifier, RecordKey
from c360_kernel.sqlite_rows import insert_rows
from c360_kernel.version import Version
from typing_extensions import override

from c360_account.domain.counting import CountedEvent, EventName, ToldTraits
from c360_account.domain.model import AccountRecord, Carried, Carries, PersonRecord, Said
from c360_account.domain.saying import holds
from c360_account.store.port import AccountReader, AccountUnit, SaidOfLinks, SaidOfRecords
from c360_account.store.sqlite.reading import SqliteReading
from c360_account.store.sqlite.rows import (
    AMONG,
    EVENT,
    FROM_RECORD,
    RECORD,
    among,
    event_row,
    pairs,
    read_event,
    read_record,
    read_said,
    said_row,
)
from c360_account.store.values import read_values, values_text

_SAID = (
    "SELECT source, key, own, number, stamp, content, data FROM said"
    f" WHERE kind=? AND (source, key) IN {AMONG}"
)
_FORGET_SAID = f"DELETE FROM said WHERE kind=? AND (source, key) IN {AMONG}"
_RECORDS = f"SELECT {RECORD} {FROM_RECORD} WHERE (r.source, r.key) IN {AMONG}"
_CARRIED = (
    "SELECT source, key, type, value, first_seen, since, active FROM carried"
    f" WHERE (source, key) IN {AMONG}"
)
_HOLDERS = "SELECT source, key FROM carried WHERE active AND type=? AND value=? LIMIT ?"
_IN_ITS_PLACE = (
    "ON CONFLICT DO UPDATE SET age=excluded.age, stamp=excluded.stamp, content=excluded.content,"
    " data=excluded.data, live=excluded.live, account=excluded.account, version=excluded.version,"
    " parent_source=excluded.parent_source, parent_key=excluded.parent_key,"
    " comes_to=excluded.comes_to"
)
_FORGET_CARRIED = f"DELETE FROM carried WHERE (source, key) IN {AMONG}"
_FORGET_LINKS = f"DELETE FROM link WHERE (source, key) IN {AMONG}"
_PERSONS = (
    f"SELECT source, key, customer, epoch, counter FROM person WHERE (source, key) IN {AMONG}"
)
_NEWER = (
    "ON CONFLICT DO UPDATE SET customer=excluded.customer, epoch=excluded.epoch,"
    " counter=excluded.counter"
)
_EVENTS = f"SELECT {EVENT} FROM event WHERE (source, message_id) IN {AMONG}"
_FIRST = (
    "ON CONFLICT DO UPDATE SET key=excluded.key, name=excluded.name,"
    " occurred_at=excluded.occurred_at, stamp=excluded.stamp, properties=excluded.properties,"
    " account_type=excluded.account_type, account_source=excluded.account_source,"
    " account=excluded.account"
)
_NOW = "SELECT coalesce((SELECT value FROM meta WHERE name='present'), 0)"
_TOLD = (
    "SELECT id, epoch, counter, traits FROM customer WHERE id IN (SELECT value FROM json_each(?))"
)
_NEWER_TRAITS = (
    "ON CONFLICT DO UPDATE SET epoch=excluded.epoch, counter=excluded.counter,"
    " traits=excluded.traits"
)


class SqliteAccountUnit(SqliteUnit, AccountUnit):
    """The accounts inside one SQLite transaction."""

    def __init__(self, connection: sqlite3.Connection, epoch: int, account_id: CustomerIds) -> None:
        super().__init__(connection, epoch)
        self._account_id = account_id

    @property
    @override
    def reader(self) -> AccountReader:
        return _InTransaction(self.connection)

    @override
    async def now(self) -> int:
        ((present,),) = self.connection.execute(_NOW)
        return int(present)

    @override
    async def said_of_records(self, keys: Collection[RecordKey]) -> SaidOfRecords:
        return self._said(ACCOUNTS, keys)

    @override
    async def said_of_links(self, keys: Collection[RecordKey]) -> SaidOfLinks:
        return self._said(LINKS, keys)

    @override
    async def keep_said(self, records: SaidOfRecords, links: SaidOfLinks) -> None:
        self._keep_said(ACCOUNTS, records)
        self._keep_said(LINKS, links)
        self.connection.execute(_FORGET_LINKS, (pairs(links),))
        held = [holds(states) for states in links.values()]
        rows = [_link_row(one) for one in held if not one.payload.deleted]
        insert_rows(self.connection, "INSERT INTO link", rows)

    @override
    async def records(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, AccountRecord]:
        rows = self.connection.execute(_RECORDS, (pairs(keys),)) if keys else ()
        return {record.key: record for record in map(read_record, rows)}

    @override
    async def carried(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, Carries]:
        found: dict[RecordKey, Carries] = {}
        rows = self.connection.execute(_CARRIED, (pairs(keys),)) if keys else ()
        for source, key, type_, value, first_seen, since, active in rows:
            held = found.setdefault(RecordKey(source, key), {})
            held[Identifier(type_, value)] = Carried(first_seen, since, bool(active))
        return found

    @override
    async def holders(
        self, identifiers: Collection[Identifier], most: int
    ) -> Mapping[Identifier, Sequence[RecordKey]]:
        found: dict[Identifier, Sequence[RecordKey]] = {}
        for identifier in identifiers:
            rows = self.connection.execute(_HOLDERS, (*identifier, most)).fetchall()
            if rows:
                found[identifier] = [RecordKey(*row) for row in rows]
        return found

    @override
    async def keep_records(self, records: Iterable[AccountRecord]) -> None:
        rows = [self._record_row(one) for one in records]
        insert_rows(self.connection, "INSERT INTO record", rows, _IN_ITS_PLACE)

    @override
    async def keep_carried(self, carries: Mapping[RecordKey, Carries]) -> None:
        self.connection.execute(_FORGET_CARRIED, (pairs(carries),))
        rows = [
            (*key, *identifier, held.first_seen, held.since, int(held.active))
            for key, all_ in carries.items()
            for identifier, held in all_.items()
        ]
        insert_rows(self.connection, "INSERT INTO carried", rows)

    @override
    async def persons(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, PersonRecord]:
        rows = self.connection.execute(_PERSONS, (pairs(keys),)) if keys else ()
        return {
            RecordKey(source, key): PersonRecord(customer, Version(epoch, counter))
            for source, key, customer, epoch, counter in rows
        }

    @override
    async def keep_persons(self, persons: Mapping[RecordKey, PersonRecord]) -> None:
        rows = [(*key, one.customer, *one.version) for key, one in persons.items()]
        insert_rows(self.connection, "INSERT INTO person", rows, _NEWER)

    @override
    async def events(self, names: Collection[EventName]) -> Mapping[EventName, CountedEvent]:
        rows = self.connection.execute(_EVENTS, (pairs(names),)) if names else ()
        return {event.id: event for event in map(read_event, rows)}

    @override
    async def keep_events(self, events: Iterable[CountedEvent]) -> None:
        insert_rows(self.connection, "INSERT INTO event", [*map(event_row, events)], _FIRST)

    @override
    async def told(self, customers: Collection[str]) -> Mapping[str, ToldTraits]:
        rows = self.connection.execute(_TOLD, (among(customers),)) if customers else ()
        return {
            id_: ToldTraits(read_values(traits), Version(epoch, counter))
            for id_, epoch, counter, traits in rows
        }

    @override
    async def keep_told(self, told: Mapping[str, ToldTraits]) -> None:
        rows = [(id_, *one.version, values_text(one.traits)) for id_, one in told.items()]
        insert_rows(self.connection, "INSERT INTO customer", rows, _NEWER_TRAITS)

    def _said(self, topic: str, keys: Collection[RecordKey]) -> dict[RecordKey, list[Said[Any]]]:
        found: dict[RecordKey, list[Said[Any]]] = {}
        rows = self.connection.execute(_SAID, (topic, pairs(keys))) if keys else ()
        for source, key, *row in rows:
            found.setdefault(RecordKey(source, key), []).append(read_said(topic, row))
        return found

    def _keep_said(self, topic: str, said: Mapping[RecordKey, Sequence[Said[Any]]]) -> None:
        self.connection.execute(_FORGET_SAID, (topic, pairs(said)))
        rows = [said_row(topic, key, one) for key, states in said.items() for one in states]
        insert_rows(self.connection, "INSERT INTO said", rows)

    def _record_row(self, one: AccountRecord) -> tuple[object, ...]:
        said = one.said
        account = None if one.seed is None else self._account_id(one.seed)
        parent = said.payload.parent if one.live else None
        told = said.stamp, said.content, encode(said.payload), int(one.live)
        above = parent or (None, None)
        placed = account, one.version, *above, values_text(one.comes_to)
        return (self._account_id(one.key), *one.key, one.age, *told, *placed)


class _InTransaction(SqliteReading):
    """What fails here fails the unit, which says why."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.reading = nullcontext


def _link_row(one: Said[AccountLinked]) -> tuple[object, ...]:
    said = one.payload
    return (*said.link, one.stamp, encode(said), *said.person, *said.account)
