"""One transaction of the SQLite adapter."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping, Sequence

from c360_kernel.projection.sqlite import SqliteUnit
from c360_kernel.record import RecordKey
from c360_kernel.version import Version
from typing_extensions import override

from c360_segment.domain.state import (
    CustomerState,
    EventName,
    Membership,
    ProfileState,
    RecordState,
    SeenEvent,
)
from c360_segment.store.port import Changes, Definitions, SegmentUnit
from c360_segment.store.sqlite.bitmaps import Chunks
from c360_segment.store.sqlite.values import read_values, write_values

_EVENT = (
    "SELECT e.stamp, r.source, r.key, e.name, e.properties"
    " FROM event e JOIN record r ON r.number=e.record WHERE e.source=? AND e.message_id=?"
)
_SCAN_EVENTS = (
    "SELECT e.source, e.message_id, e.stamp, r.source, r.key, e.name, e.properties"
    " FROM event e JOIN record r ON r.number=e.record"
    " WHERE (e.source, e.message_id) > (?,?) ORDER BY e.source, e.message_id LIMIT ?"
)
_PUT_EVENT = (
    "INSERT INTO event VALUES (?,?,?,?,?,?) ON CONFLICT DO UPDATE SET stamp=excluded.stamp,"
    " record=excluded.record, name=excluded.name, properties=excluded.properties"
)
_RECORD = (
    "SELECT r.number, c.id, r.epoch, r.counter"
    " FROM record r LEFT JOIN customer c ON c.number=r.customer WHERE r.source=? AND r.key=?"
)
_PUT_RECORD = "UPDATE record SET customer=?, epoch=?, counter=? WHERE number=?"
_CUSTOMER = "SELECT number, epoch, counter, live, traits FROM customer WHERE id=?"
_SUMS = (
    "SELECT t.pattern, sum(t.count) FROM record r JOIN tally t ON t.record=r.number"
    " WHERE r.customer=? GROUP BY t.pattern"
)
_PUT_PROFILE = (
    "UPDATE customer SET epoch=?, counter=?, live=?, traits=?"
    " WHERE number=? AND (epoch IS NULL OR (epoch, counter) < (?,?))"
)
_PUT_STANDING = (
    "INSERT INTO standing VALUES (?,?,?,?)"
    " ON CONFLICT DO UPDATE SET epoch=excluded.epoch, counter=excluded.counter"
)
_PUT_META = "INSERT INTO meta VALUES (?,?) ON CONFLICT DO UPDATE SET value=excluded.value"


class SqliteSegmentUnit(SqliteUnit, SegmentUnit):
    """See `SegmentUnit`."""

    def __init__(self, connection: sqlite3.Connection, epoch: int) -> None:
        super().__init__(connection, epoch)
        self._chunks = Chunks(connection)
        self._records: dict[RecordKey, int] = {}
        self._customers: dict[str, int] = {}

    @property
    @override
    def latest(self) -> str:
        return self._meta("latest")

    @override
    async def events(self, names: Collection[EventName]) -> Mapping[EventName, SeenEvent]:
        found: dict[EventName, SeenEvent] = {}
        for name in names:
            row = self.connection.execute(_EVENT, name).fetchone()
            if row is not None:
                found[name] = read_event(row)
        return found

    @override
    async def records(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, RecordState]:
        found: dict[RecordKey, RecordState] = {}
        for key in keys:
            row = self.connection.execute(_RECORD, key).fetchone()
            if row is not None:
                number, customer, epoch, counter = row
                self._records[key] = number
                counts = self._counts(number)
                found[key] = RecordState(customer or "", Version(epoch, counter), counts)
        return found

    @override
    async def customers(self, ids: Collection[str]) -> Mapping[str, CustomerState]:
        rows = {
            customer: row
            for customer in ids
            if (row := self.connection.execute(_CUSTOMER, (customer,)).fetchone()) is not None
        }
        self._chunks.load(row[0] for row in rows.values())
        return {customer: self._customer(*row) for customer, row in rows.items()}

    @override
    async def save(self, changes: Changes) -> None:
        self._save_records(changes.records)
        self._save_events(changes.events)
        self._save_profiles(changes.profiles)
        if changes.latest > self.latest:
            self._put_meta("latest", changes.latest)

    @override
    async def keep_memberships(self, memberships: Mapping[tuple[str, str], Membership]) -> None:
        rows = [
            (self._customer_number(customer), segment, *membership.version)
            for (customer, segment), membership in memberships.items()
        ]
        self.connection.executemany(_PUT_STANDING, rows)
        self._chunks.load(number for number, *_ in rows)
        for (number, segment, *_), membership in zip(rows, memberships.values(), strict=True):
            if membership.member:
                self._chunks.put(segment, number)
            else:
                self._chunks.drop(segment, number)
        self._chunks.write()

    @override
    async def scan_events(
        self, after: EventName | None, limit: int
    ) -> Sequence[tuple[EventName, SeenEvent]]:
        start = after or EventName("", "")
        rows = self.connection.execute(_SCAN_EVENTS, (*start, limit)).fetchall()
        return [(EventName(row[0], row[1]), read_event(row[2:])) for row in rows]

    @override
    async def scan_customers(self, after: str, limit: int) -> Sequence[str]:
        sql = "SELECT id FROM customer WHERE id>? ORDER BY id LIMIT ?"
        return [customer for (customer,) in self.connection.execute(sql, (after, limit))]

    @override
    async def definitions(self) -> Definitions:
        return Definitions(self._meta("fingerprint"), self._meta("counting"))

    @override
    async def redefine(self, definitions: Definitions) -> None:
        if definitions.counting != self._meta("counting"):
            self.connection.execute("DELETE FROM tally")
        self._put_meta("fingerprint", definitions.fingerprint)
        self._put_meta("counting", definitions.counting)

    def _counts(self, record: int) -> dict[str, int]:
        sql = "SELECT pattern, count FROM tally WHERE record=?"
        return dict(self.connection.execute(sql, (record,)).fetchall())

    def _customer(
        self, number: int, epoch: int | None, counter: int, live: int, traits: str
    ) -> CustomerState:
        profile = (
            None
            if epoch is None
            else ProfileState(Version(epoch, counter), bool(live), read_values(traits))
        )
        sums = dict(self.connection.execute(_SUMS, (number,)).fetchall())
        return CustomerState(profile, sums, self._memberships(number))

    def _memberships(self, customer: int) -> dict[str, Membership]:
        segments = self._chunks.segments_of(customer)
        sql = "SELECT segment, epoch, counter FROM standing WHERE customer=?"
        return {
            segment: Membership(segment in segments, Version(epoch, counter))
            for segment, epoch, counter in self.connection.execute(sql, (customer,))
        }

    def _save_records(self, records: Mapping[RecordKey, RecordState]) -> None:
        numbers = [self._record_number(record) for record in records]
        states = records.values()
        self.connection.executemany(
            _PUT_RECORD,
            [
                (self._owner(state.customer), *state.version, number)
                for number, state in zip(numbers, states, strict=True)
            ],
        )
        self.connection.executemany("DELETE FROM tally WHERE record=?", [(n,) for n in numbers])
        tallies = [
            (number, pattern, count)
            for number, state in zip(numbers, states, strict=True)
            for pattern, count in state.counts.items()
        ]
        self.connection.executemany("INSERT INTO tally VALUES (?,?,?)", tallies)

    def _save_events(self, events: Mapping[EventName, SeenEvent]) -> None:
        rows = [
            (*name, e.stamp, self._record_number(e.record), e.name, write_values(e.properties))
            for name, e in events.items()
        ]
        self.connection.executemany(_PUT_EVENT, rows)

    def _save_profiles(self, profiles: Mapping[str, ProfileState]) -> None:
        rows = [
            (*p.version, p.live, write_values(p.traits), self._customer_number(customer))
            + p.version
            for customer, p in profiles.items()
        ]
        self.connection.executemany(_PUT_PROFILE, rows)

    def _record_number(self, record: RecordKey) -> int:
        if record not in self._records:
            find = "SELECT number FROM record WHERE source=? AND key=?"
            add = "INSERT INTO record(source, key) VALUES (?,?) RETURNING number"
            self._records[record] = self._find_or_add(find, add, record)
        return self._records[record]

    def _owner(self, customer: str) -> int | None:
        return self._customer_number(customer) if customer else None

    def _customer_number(self, customer: str) -> int:
        if customer not in self._customers:
            find = "SELECT number FROM customer WHERE id=?"
            add = "INSERT INTO customer(id) VALUES (?) RETURNING number"
            self._customers[customer] = self._find_or_add(find, add, (customer,))
        return self._customers[customer]

    def _find_or_add(self, find: str, add: str, name: tuple[str, ...]) -> int:
        row = self.connection.execute(find, name).fetchone()
        if row is None:
            (row,) = self.connection.execute(add, name).fetchall()
        return row[0]

    def _meta(self, name: str) -> str:
        row = self.connection.execute("SELECT value FROM meta WHERE name=?", (name,)).fetchone()
        return "" if row is None else row[0]

    def _put_meta(self, name: str, value: str) -> None:
        self.connection.execute(_PUT_META, (name, value))


def read_event(row: Sequence[str]) -> SeenEvent:
    """An event from (stamp, source, key, name, properties)."""
    stamp, source, key, name, properties = row
    return SeenEvent(stamp, RecordKey(source, key), name, read_values(properties))
