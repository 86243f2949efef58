"""One transaction of the SQLite adapter."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence

from c360_kernel.accounts.links import AccountState, Link, LinkSaid
from c360_kernel.accounts.said import AccountSaid
from c360_kernel.accounts.seen import Said
from c360_kernel.objects.known import KnownObject, ObjectName
from c360_kernel.objects.sqlite_references import refer_by
from c360_kernel.projection.sqlite import SqliteUnit
from c360_kernel.record import RecordKey
from c360_kernel.version import Version
from typing_extensions import override

from c360_segment.domain.past import Past
from c360_segment.domain.state import (
    CustomerState,
    EventName,
    Looked,
    Membership,
    RecordState,
    SeenEvent,
)
from c360_segment.domain.timed.happenings import Happened
from c360_segment.store.accounts import Linked
from c360_segment.store.event_columns import EventColumns
from c360_segment.store.objects import Holding, Reference, Referring
from c360_segment.store.port import Changes, Definitions, SegmentUnit
from c360_segment.store.sqlite.accounts import (
    account_said_by_key,
    accounts_by_key,
    records_of_accounts,
    save_account_said,
    save_accounts,
)
from c360_segment.store.sqlite.bitmaps import Chunks
from c360_segment.store.sqlite.history import keep_history
from c360_segment.store.sqlite.links import acting_for, linked_to, links_by_key, save_links
from c360_segment.store.sqlite.numbers import Numbers
from c360_segment.store.sqlite.objects import (
    customers_holding,
    keep_objects,
    read_objects,
    records_referring,
    refer_by_traits,
)
from c360_segment.store.sqlite.past import keep_past, read_past
from c360_segment.store.sqlite.reads import (
    customers_by_id,
    events_by_name,
    happened_to,
    read_event,
    records_by_key,
    versions_told,
)
from c360_segment.store.sqlite.saved import SqliteSavedSegments, save_segments
from c360_segment.store.sqlite.writes import (
    save_events,
    save_looks,
    save_memberships,
    save_profiles,
    save_records,
)

_SCAN_EVENTS = (
    "SELECT e.source, e.message_id, e.stamp, r.source, r.key, e.name, e.at, e.properties"
    " FROM event e JOIN record r ON r.number=e.record"
    " WHERE (e.source, e.message_id) > (?,?) ORDER BY e.source, e.message_id LIMIT ?"
)
_PUT_META = "INSERT INTO meta VALUES (?,?) ON CONFLICT DO UPDATE SET value=excluded.value"


class SqliteSegmentUnit(SqliteSavedSegments, SqliteUnit, SegmentUnit):
    """The memberships inside one SQLite transaction."""

    def __init__(self, connection: sqlite3.Connection, epoch: int, columns: EventColumns) -> None:
        super().__init__(connection, epoch)
        self._columns = columns
        self._chunks = Chunks(connection)
        self._numbers = Numbers(connection)

    @property
    @override
    def latest(self) -> str:
        return self._meta("latest")

    @override
    async def events(self, names: Collection[EventName]) -> Mapping[EventName, SeenEvent]:
        return events_by_name(self.connection, names)

    @override
    async def records(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, RecordState]:
        return records_by_key(self.connection, keys)

    @override
    async def customers(self, ids: Collection[str]) -> Mapping[str, CustomerState]:
        return customers_by_id(self.connection, ids)

    @override
    async def happened(
        self, wanted: Mapping[str, Collection[str]]
    ) -> Mapping[str, Sequence[Happened]]:
        return happened_to(self.connection, wanted)

    @override
    async def objects(self, names: Collection[ObjectName]) -> Mapping[ObjectName, KnownObject]:
        return read_objects(self.connection, names)

    @override
    async def keep_objects(self, objects: Sequence[KnownObject]) -> None:
        keep_objects(self.connection, objects)

    @override
    async def referring(self, reference: Reference, after: str, limit: int) -> Referring:
        return records_referring(self.connection, reference, after, limit)

    @override
    async def holding(self, trait: str, key: str, after: str, limit: int) -> Holding:
        return customers_holding(self.connection, trait, key, after, limit)

    @override
    async def refer_by(self, properties: Collection[str], traits: Collection[str]) -> None:
        refer_by(self.connection, properties)
        refer_by_traits(self.connection, traits)

    @override
    async def inside(
        self, wanted: Mapping[str, Collection[str] | None]
    ) -> Mapping[str, frozenset[str]]:
        numbers = self._numbers.of_customers(wanted.keys())
        self._chunks.load(numbers[customer] for customer in wanted)
        return {c: self._chunks.segments_of(numbers[c], among) for c, among in wanted.items()}

    @override
    async def versions(
        self, pairs: Collection[tuple[str, str]]
    ) -> Mapping[tuple[str, str], Version]:
        asked = list(pairs)
        numbers = self._numbers.of_customers([customer for customer, _ in asked])
        told = versions_told(self.connection, [(numbers[c], segment) for c, segment in asked])
        held = {(c, segment): told.get((numbers[c], segment)) for c, segment in asked}
        return {pair: version for pair, version in held.items() if version is not None}

    @override
    async def present(self) -> int:
        return int(self._meta("present") or 0)

    @override
    async def save(self, changes: Changes) -> None:
        if changes.records:
            save_records(self.connection, self._numbers, changes.records)
        save_events(self.connection, self._numbers, self._columns, changes.events)
        save_profiles(self.connection, changes.profiles)
        if changes.told:
            keep_history(self.connection, changes.told)
        if changes.past:
            keep_past(self.connection, self._numbers, changes.past)
        if changes.links:
            save_links(self.connection, self._numbers, changes.links)
        if changes.accounts:
            save_accounts(self.connection, changes.accounts)
        if changes.account_said:
            save_account_said(self.connection, changes.account_said)
        if changes.saved:
            save_segments(self.connection, changes.saved)
        if changes.latest > self.latest:
            self._put_meta("latest", changes.latest)

    @override
    async def links(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, tuple[LinkSaid, ...]]:
        return links_by_key(self.connection, keys)

    @override
    async def accounts(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, AccountState]:
        return accounts_by_key(self.connection, keys)

    @override
    async def acting(self, customers: Collection[str]) -> Mapping[str, Sequence[Link]]:
        return acting_for(self.connection, customers) if customers else {}

    @override
    async def past(self, customers: Collection[str]) -> Mapping[str, Past]:
        return read_past(self.connection, customers) if customers else {}

    @override
    async def account_records(self, accounts: Collection[str]) -> Mapping[str, Said]:
        return records_of_accounts(self.connection, accounts)

    @override
    async def said_of_accounts(
        self, keys: Collection[RecordKey]
    ) -> Mapping[RecordKey, tuple[AccountSaid, ...]]:
        return account_said_by_key(self.connection, keys)

    @override
    async def linked_to(self, account: RecordKey, after: str, limit: int) -> Linked:
        return linked_to(self.connection, account, after, limit)

    @override
    async def keep_memberships(self, memberships: Mapping[tuple[str, str], Membership]) -> None:
        save_memberships(self.connection, self._numbers, self._chunks, memberships)

    @override
    async def keep_looks(self, looks: Mapping[str, Looked | None]) -> None:
        save_looks(self.connection, looks)

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
    async def count_customers(self) -> int:
        return self.connection.execute("SELECT count(*) FROM customer").fetchone()[0]

    @override
    async def definitions(self) -> Definitions:
        told_of = json.loads(self._meta("told_of") or "{}")
        read = {segment: tuple(coordinates) for segment, coordinates in told_of.items()}
        return Definitions(self._meta("fingerprint"), self._meta("counting"), read)

    @override
    async def redefine(self, definitions: Definitions) -> None:
        if definitions.counting != self._meta("counting"):
            self.connection.execute("DELETE FROM tally")
        self._put_meta("fingerprint", definitions.fingerprint)
        self._put_meta("counting", definitions.counting)
        self._put_meta("told_of", json.dumps(definitions.told_of))

    def _meta(self, name: str) -> str:
        row = self.connection.execute("SELECT value FROM meta WHERE name=?", (name,)).fetchone()
        return "" if row is None else row[0]

    def _put_meta(self, name: str, value: str) -> None:
        self.connection.execute(_PUT_META, (name, value))
