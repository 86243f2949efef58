"""The ProfileStore in one SQLite file: JSON text with the searched columns beside it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import orjson
from c360_kernel.conditions.tree import ValueCondition
from c360_kernel.errors import Conflict, by_replay
from c360_kernel.log.entry import Positions
from c360_kernel.payload import ProfileChanged
from c360_kernel.projection.sqlite import SqliteProjection, SqliteUnit, read_positions
from c360_kernel.record import RecordKey
from c360_kernel.revisions import RevisionName
from c360_kernel.sqlite import store_errors
from c360_kernel.sqlite_readers import SqliteReaders

from c360_profile.domain.customer import Customer
from c360_profile.domain.event import Event
from c360_profile.domain.fold import Folds
from c360_profile.domain.query import CustomerQuery, Window
from c360_profile.domain.record import SourceRecord
from c360_profile.domain.revision import Revision
from c360_profile.store.digest import digest_of
from c360_profile.store.port import Archived, CustomerChange
from c360_profile.store.sqlite.rows import (
    CUSTOMER_COLUMNS,
    EVENT_COLUMNS,
    RECORD_COLUMNS,
    REVISION_COLUMNS,
    Row,
    archived_row,
    customer_row,
    event_row,
    read_archived,
    read_customer,
    read_event,
    read_record,
    record_row,
)
from c360_profile.store.sqlite.selection import Selection
from c360_profile.store.sqlite.timeline import timeline_sql, window_bounds

_FORMAT = 4
_SCHEMA = """
CREATE TABLE IF NOT EXISTS record(
  id TEXT PRIMARY KEY, edition INTEGER NOT NULL, customer TEXT NOT NULL,
  epoch INTEGER NOT NULL, counter INTEGER NOT NULL, former TEXT NOT NULL,
  number INTEGER, stamp TEXT, observed_at INTEGER, deleted INTEGER NOT NULL, traits TEXT,
  own INTEGER, content TEXT, named TEXT, consents TEXT NOT NULL, others TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS record_by_customer ON record(customer);
CREATE TABLE IF NOT EXISTS departure(
  customer TEXT NOT NULL, record TEXT NOT NULL, PRIMARY KEY(customer, record))
  WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS revision(
  record TEXT NOT NULL, number INTEGER NOT NULL, stamp TEXT NOT NULL,
  observed_at INTEGER NOT NULL, deleted INTEGER NOT NULL, traits TEXT NOT NULL,
  own INTEGER NOT NULL, content TEXT NOT NULL, named TEXT,
  PRIMARY KEY(record, own, number, content)) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS event(
  source TEXT NOT NULL, message_id TEXT NOT NULL, record TEXT NOT NULL, name TEXT NOT NULL,
  occurred_at INTEGER NOT NULL, stamp TEXT NOT NULL, properties TEXT NOT NULL,
  PRIMARY KEY(source, message_id)) STRICT;
CREATE INDEX IF NOT EXISTS event_by_record ON event(record, occurred_at DESC, message_id);
CREATE TABLE IF NOT EXISTS customer(
  id TEXT PRIMARY KEY, counter INTEGER NOT NULL, ended INTEGER NOT NULL,
  successor TEXT NOT NULL, traits TEXT NOT NULL, left_out TEXT NOT NULL) STRICT
"""

_AMONG = "IN (SELECT value FROM json_each(?))"
_RECORDS = f"SELECT {RECORD_COLUMNS} FROM record WHERE id {_AMONG}"
_BELONGING = f"SELECT customer, id FROM record WHERE customer {_AMONG}"
_DEPARTED = f"SELECT customer, record FROM departure WHERE customer {_AMONG}"
_CUSTOMERS = f"SELECT {CUSTOMER_COLUMNS} FROM customer WHERE id {_AMONG}"
_REVISIONS = (
    f"SELECT {REVISION_COLUMNS} FROM revision WHERE record {_AMONG}"
    " ORDER BY record, own, number, stamp"
)
_ARCHIVED = (
    f"SELECT {', '.join('v.' + name for name in REVISION_COLUMNS.split(', '))}"
    " FROM json_each(?) q CROSS JOIN revision v ON v.record = q.value ->> 0"
    " AND v.own = q.value ->> 1 AND v.number = q.value ->> 2"
)

_KEEP_EVENT = (
    f"INSERT INTO event({EVENT_COLUMNS}) VALUES (?,?,?,?,?,?,?)"
    " ON CONFLICT DO UPDATE SET record=excluded.record, name=excluded.name,"
    " occurred_at=excluded.occurred_at, stamp=excluded.stamp, properties=excluded.properties"
    " WHERE excluded.stamp < event.stamp"
)
_ARCHIVE = (
    f"INSERT INTO revision({REVISION_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?)"
    " ON CONFLICT DO UPDATE SET stamp=excluded.stamp, observed_at=excluded.observed_at,"
    " deleted=excluded.deleted, traits=excluded.traits WHERE excluded.stamp < revision.stamp"
)
_SAVE_RECORD = (
    f"INSERT INTO record({RECORD_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
    " ON CONFLICT DO UPDATE SET edition=excluded.edition, customer=excluded.customer,"
    " epoch=excluded.epoch, counter=excluded.counter, former=excluded.former,"
    " number=excluded.number, stamp=excluded.stamp, observed_at=excluded.observed_at,"
    " deleted=excluded.deleted, traits=excluded.traits, consents=excluded.consents,"
    " own=excluded.own, content=excluded.content, named=excluded.named, others=excluded.others"
    " WHERE record.edition = excluded.edition - 1"
)
_DEPART = "INSERT OR IGNORE INTO departure(customer, record) VALUES (?,?)"
_SAVE_CUSTOMER = (
    f"INSERT INTO customer({CUSTOMER_COLUMNS}) VALUES (?,?,?,?,?,?)"
    " ON CONFLICT DO UPDATE SET counter=excluded.counter, ended=excluded.ended,"
    " successor=excluded.successor, traits=excluded.traits, left_out=excluded.left_out"
    " WHERE customer.counter = excluded.counter - 1"
)
_CATALOG = "catalog"
_MANY = 500
_FOLD_BY = "INSERT INTO meta VALUES (?,?) ON CONFLICT DO UPDATE SET value=excluded.value"
_COUNTS = {
    "records": "SELECT count(*) FROM record WHERE number IS NOT NULL",
    "events": "SELECT count(*) FROM event",
    "customers": "SELECT count(*) FROM customer WHERE NOT ended",
}


class _Documents:
    """Reads by key, over any connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    async def records(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, SourceRecord]:
        """See `Documents.records`."""
        found = self._records([str(key) for key in keys])
        return {record.key: record for record in found.values()}

    async def customers(self, ids: Collection[str]) -> Mapping[str, Customer]:
        """See `Documents.customers`."""
        return {row[0]: read_customer(row) for row in self.rows(_CUSTOMERS, [among(ids)])}

    async def linked(self, customers: Collection[str]) -> Mapping[str, Sequence[SourceRecord]]:
        """See `Documents.linked`."""
        names = [among(customers)]
        links = {*self.rows(_BELONGING, names), *self.rows(_DEPARTED, names)}
        records = self._records([id_ for _, id_ in links])
        linked: dict[str, list[SourceRecord]] = {}
        for customer, id_ in links:
            linked.setdefault(customer, []).append(records[id_])
        return linked

    def rows(self, sql: str, parameters: Sequence[object] | Mapping[str, object] = ()) -> list[Row]:
        """All rows of a query."""
        with store_errors():
            return self._connection.execute(sql, parameters).fetchall()

    def _records(self, ids: Collection[str]) -> dict[str, SourceRecord]:
        return {row[0]: read_record(row) for row in self.rows(_RECORDS, [among(ids)])}


class SqliteProfileUnit(SqliteUnit, _Documents):
    """A `ProfileUnit` on an open transaction."""

    def __init__(self, connection: sqlite3.Connection, epoch: int, folds: Folds) -> None:
        SqliteUnit.__init__(self, connection, epoch)
        _Documents.__init__(self, connection)
        self.folds = folds
        # A record assigned is first folded, then read again with its customer's others.
        self._held: dict[str, SourceRecord] = {}

    async def keep_events(self, events: Sequence[Event]) -> None:
        """See `ProfileUnit.keep_events`."""
        self.connection.executemany(_KEEP_EVENT, map(event_row, events))

    async def archive(self, revisions: Sequence[Archived]) -> None:
        """See `ProfileUnit.archive`."""
        self.connection.executemany(_ARCHIVE, map(archived_row, revisions))

    async def archived(
        self, names: Collection[RevisionName]
    ) -> Mapping[RevisionName, Sequence[Revision]]:
        """See `ProfileUnit.archived`."""
        wanted = [(str(name.record), int(name.own), name.number) for name in names]
        rows = self.rows(_ARCHIVED, [orjson.dumps(wanted).decode()]) if wanted else []
        found: dict[RevisionName, list[Revision]] = {}
        for record, one in map(read_archived, rows):
            found.setdefault(RevisionName(record, one.own, one.number), []).append(one)
        return found

    async def save_records(self, records: Sequence[SourceRecord]) -> None:
        """See `ProfileUnit.save_records`."""
        self._save(_SAVE_RECORD, [record_row(record) for record in records])
        departures = [(left, str(r.key)) for r in records for left in r.assignment.former]
        self.connection.executemany(_DEPART, departures)
        self._held.update({str(r.key): replace(r, edition=r.edition + 1) for r in records})

    async def save_customers(self, changes: Sequence[CustomerChange]) -> None:
        """See `ProfileUnit.save_customers`."""
        self._save(_SAVE_CUSTOMER, [customer_row(change.customer) for change in changes])
        for change in changes:
            self.emit(change.entry)

    async def fold_by(self, catalog: str) -> None:
        """See `ProfileUnit.fold_by`."""
        self.connection.execute(_FOLD_BY, (_CATALOG, catalog))

    def _records(self, ids: Collection[str]) -> dict[str, SourceRecord]:
        self._held.update(super()._records([id_ for id_ in ids if id_ not in self._held]))
        return {id_: self._held[id_] for id_ in ids if id_ in self._held}

    def _save(self, sql: str, rows: Sequence[Row]) -> None:
        if rows and self.connection.executemany(sql, rows).rowcount != len(rows):
            raise Conflict("somebody else saved it first")


class SqliteProfileStore(SqliteProjection, _Documents):
    """A `ProfileStore` in one file."""

    def __init__(self, path: Path, folds: Folds | None = None) -> None:
        SqliteProjection.__init__(self, path, _SCHEMA, by_replay("profile"), _FORMAT)
        _Documents.__init__(self, self.connection)
        self._folds = Folds() if folds is None else folds
        self._folded_at: Positions | None = None
        # What scans runs in threads, so that point reads of the same loop do not wait for it.
        self._scans = SqliteReaders(path)

    @asynccontextmanager
    async def unit(self) -> AsyncGenerator[SqliteProfileUnit]:
        """See `ProfileStore.unit`."""
        unit = SqliteProfileUnit(self.connection, self.epoch, self._folds)
        # A unit that is rolled back may have taken records into folds that nobody keeps.
        folded_at, self._folded_at = self._folded_at, None
        async with self.transaction(unit):
            if folded_at != read_positions(self.connection):
                self._folds.clear()
            yield unit
            reached = read_positions(self.connection)
        self._folded_at = reached

    async def folded_by(self) -> str | None:
        """See `ProfileStore.folded_by`."""
        return self.meta(_CATALOG)

    async def page(self, query: CustomerQuery, limit: int) -> Sequence[Customer]:
        """See `ProfileReader.page`."""
        select = Selection()
        clause = select.page(query)
        sql = f"SELECT {CUSTOMER_COLUMNS} FROM customer WHERE {clause} LIMIT {select.bind(limit)}"
        found = [read_customer(row) for row in await self._scans.rows(sql, select.parameters)]
        return found[::-1] if query.from_end else found

    async def count(self, condition: ValueCondition) -> int:
        """See `ProfileReader.count`."""
        select = Selection()
        sql = f"SELECT count(*) FROM customer WHERE {select.where(condition)}"
        return (await self._scans.rows(sql, select.parameters))[0][0]

    async def revisions(
        self, records: Collection[RecordKey]
    ) -> Mapping[RecordKey, Sequence[Revision]]:
        """See `ProfileReader.revisions`."""
        rows = await self._scans.rows(_REVISIONS, [among(map(str, records))])
        # A source may have said thousands of things of one person.
        return await asyncio.to_thread(_by_record, rows) if len(rows) > _MANY else _by_record(rows)

    async def timeline(
        self, customers: Collection[str], window: Window
    ) -> Mapping[str, Sequence[Event]]:
        """See `ProfileReader.timeline`."""
        bound = {"customers": among(customers), "limit": window.limit, **window_bounds(window)}
        rows = self.rows(timeline_sql(window), {**bound, "names": among(window.names or ())})
        events: dict[str, list[Event]] = {}
        for row in reversed(rows) if window.from_end else rows:
            events.setdefault(row[0], []).append(read_event(row[1:]))
        return events

    async def emissions(self) -> AsyncIterator[ProfileChanged]:
        """See `ServiceStore.emissions`."""
        with store_errors():
            rows = self.connection.execute(f"SELECT {CUSTOMER_COLUMNS} FROM customer ORDER BY id")
        for row in rows:
            yield read_customer(row).told(self.epoch)

    async def counts(self) -> Mapping[str, int]:
        """See `ServiceStore.counts`."""
        return {name: self.rows(sql)[0][0] for name, sql in _COUNTS.items()}

    async def digest(self) -> str:
        """See `ServiceStore.digest`."""
        return await digest_of(self)

    async def close(self) -> None:
        """See `ServiceStore.close`."""
        self._scans.close()
        await super().close()


def _by_record(rows: Iterable[Row]) -> dict[RecordKey, list[Revision]]:
    found: dict[RecordKey, list[Revision]] = {}
    for archived in map(read_archived, rows):
        found.setdefault(archived.record, []).append(archived.revision)
    return found


def among(values: Iterable[str]) -> str:
    """One parameter for any number of values, so that statements stay prepared."""
    return orjson.dumps(list(values)).decode()
