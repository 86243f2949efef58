"""The SegmentStore in one SQLite file."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from c360_kernel.accounts.links import AccountState
from c360_kernel.accounts.seen import Said
from c360_kernel.conditions.sqlite import sql_of
from c360_kernel.conditions.tree import ValueCondition, Values
from c360_kernel.errors import by_replay
from c360_kernel.log.identity import Origin
from c360_kernel.objects.known import KnownObject, ObjectName
from c360_kernel.payload import MembershipChanged
from c360_kernel.projection.sqlite import SCHEDULE, SqliteProjection
from c360_kernel.record import RecordKey
from c360_kernel.sqlite import writing
from c360_kernel.sqlite_readers import SqliteReaders
from c360_kernel.sqlite_reading import noticed
from c360_kernel.stamp import stamp_at
from c360_kernel.version import Version
from pyroaring import FrozenBitMap
from typing_extensions import override

from c360_segment.domain.known import Known
from c360_segment.domain.performed import Performed
from c360_segment.domain.state import EventName, RecordState, SeenEvent
from c360_segment.domain.told import Stretch, Told
from c360_segment.store.digest import Content, digest_of
from c360_segment.store.event_columns import EventColumns
from c360_segment.store.port import SegmentStore
from c360_segment.store.sqlite.accounts import (
    accounts_by_key,
    all_account_said,
    all_accounts,
    records_of_accounts,
)
from c360_segment.store.sqlite.bitmaps import Chunks, read_segment
from c360_segment.store.sqlite.embedded_columns import EMBEDDED
from c360_segment.store.sqlite.history import read_history, read_segments_at
from c360_segment.store.sqlite.links import all_links, read_linked
from c360_segment.store.sqlite.numbers import customer_numbers
from c360_segment.store.sqlite.objects import (
    ALL_OBJECTS,
    objects_of_type,
    read_object,
    read_objects,
)
from c360_segment.store.sqlite.performing import read_later, read_performing
from c360_segment.store.sqlite.reads import known_of, live_traits, read_event
from c360_segment.store.sqlite.saved import SqliteSavedSegments
from c360_segment.store.sqlite.schema import FORMAT, SCHEMA
from c360_segment.store.sqlite.unit import SqliteSegmentUnit
from c360_segment.store.sqlite.values import read_counts, read_list, read_values

_ALL_EVENTS = (
    "SELECT e.source, e.message_id, e.stamp, r.source, r.key, e.name, e.at, e.properties"
    " FROM event e JOIN record r ON r.number=e.record ORDER BY e.source, e.message_id"
)
_ALL_RECORDS = (
    "SELECT r.source, r.key, c.id, r.epoch, r.counter, t.counts FROM record r"
    " LEFT JOIN customer c ON c.number=r.customer LEFT JOIN tally t ON t.record=r.number"
    " ORDER BY r.source, r.key"
)
_AMONG = (
    "SELECT json_group_array(c.number) FROM json_each(:among) q CROSS JOIN customer c"
    " ON c.number=q.value"
)
_BASIS = "SELECT value FROM meta WHERE name='basis'"
_PUT_BASIS = "INSERT INTO meta VALUES ('basis',?) ON CONFLICT DO UPDATE SET value=excluded.value"
_FEW = 2
"""Who is less than that part of everybody is looked up by number."""
_NO_VERSION = Version(0, 0)
_PAGE = 1000


class SqliteSegmentStore(SqliteProjection, SqliteSavedSegments, SegmentStore):
    """The embedded adapter of `SegmentStore`. Events in columns may be elsewhere."""

    def __init__(self, path: Path, columns: EventColumns = EMBEDDED) -> None:
        super().__init__(path, f"{SCHEMA};{SCHEDULE}", by_replay("segment"), FORMAT)
        self._columns = columns
        # What scans runs in threads, so that point reads of the same loop do not wait for it.
        self._scans = SqliteReaders(path)

    @override
    @asynccontextmanager
    async def unit(self) -> AsyncGenerator[SqliteSegmentUnit]:
        unit = SqliteSegmentUnit(self.connection, self.epoch, self._columns)
        async with self.transaction(unit):
            yield unit

    @override
    async def claimed(self, by: Origin) -> Origin:
        held = await super().claimed(by)
        if held.log == by.log:
            await asyncio.to_thread(self._columns.claim, by.log)
        return held

    @override
    async def derived_by(self) -> str | None:
        with self.reading():
            row = self.connection.execute(_BASIS).fetchone()
        return None if row is None else row[0]

    @override
    async def derive_by(self, basis: str) -> None:
        with writing(self.connection):
            self.connection.execute(_PUT_BASIS, (basis,))

    @override
    async def members(self, segment: str) -> FrozenBitMap:
        with self.reading():
            return read_segment(self.connection, segment)

    @override
    async def customers_of(self, numbers: Iterable[int]) -> Sequence[str]:
        sql = "SELECT c.id FROM json_each(?) n JOIN customer c ON c.number=n.value ORDER BY n.key"
        with self.reading():
            rows = self.connection.execute(sql, (json.dumps(list(numbers)),))
            return [customer for (customer,) in rows]

    @override
    async def segments_of(self, customers: Sequence[str]) -> Mapping[str, frozenset[str]]:
        chunks = Chunks(self.connection)
        with self.reading():
            numbers = customer_numbers(self.connection, customers)
            chunks.load(numbers.values())
        return {customer: chunks.segments_of(number) for customer, number in numbers.items()}

    @override
    async def values_of(self, customers: Collection[str]) -> Mapping[str, Values]:
        with self.reading():
            return live_traits(self.connection, customers)

    @override
    async def known(
        self, customers: Collection[str], events: Collection[str]
    ) -> Mapping[str, Known]:
        with self.reading():
            return known_of(self.connection, customers, events)

    @override
    async def objects(self, names: Collection[ObjectName]) -> Mapping[ObjectName, KnownObject]:
        with self.reading():
            return read_objects(self.connection, names)

    @override
    async def objects_of(self, type_: str, limit: int) -> Sequence[KnownObject]:
        with self.reading():
            return objects_of_type(self.connection, type_, limit)

    @override
    async def accounts(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, AccountState]:
        with self.reading():
            return accounts_by_key(self.connection, keys)

    @override
    async def account_records(self, accounts: Collection[str]) -> Mapping[str, Said]:
        with self.reading():
            return records_of_accounts(self.connection, accounts)

    @override
    async def history(self, segment: str, stretch: Stretch) -> Sequence[Told]:
        with self.reading():
            return read_history(self.connection, segment, stretch)

    @override
    async def segments_at(self, customers: Sequence[str], at: int) -> Sequence[Told]:
        with self.reading():
            return read_segments_at(self.connection, customers, at)

    @override
    @noticed
    async def meeting(
        self, condition: ValueCondition, among: FrozenBitMap | None = None
    ) -> FrozenBitMap:
        parameters: dict[str, object] = {}

        def bind(value: object) -> str:
            name = f"p{len(parameters)}"
            parameters[name] = value
            return f":{name}"

        chosen = sql_of(condition, "traits", bind)
        sql = f"SELECT json_group_array(number) FROM customer WHERE live AND {chosen}"
        if among is not None and len(among) < await self._most() // _FEW:
            parameters["among"] = json.dumps(among.to_array().tolist())
            sql = f"{_AMONG} WHERE c.live AND {chosen}"
        ((found,),) = await self._scans.rows(sql, parameters)
        numbers = FrozenBitMap(read_list(found))
        return numbers if among is None else numbers & among

    @override
    @noticed
    async def performing(self, asked: Performed, least: int) -> FrozenBitMap:
        return await self._scans.read(
            partial(read_performing, columns=self._columns, asked=asked, least=least)
        )

    @override
    @noticed
    async def linked(self) -> FrozenBitMap:
        return await self._scans.read(read_linked)

    @override
    @noticed
    async def later(self, names: Collection[str], than: int) -> FrozenBitMap:
        stamp = stamp_at(than + 1)
        asked = partial(read_later, columns=self._columns, names=names, stamp=stamp)
        return await self._scans.read(asked)

    @override
    async def present(self) -> int:
        with self.reading():
            return (await self.waiting()).present

    async def _most(self) -> int:
        """As many customers as there are, or more."""
        with self.reading():
            return self._one("SELECT coalesce(max(number), 0) FROM customer")

    @override
    async def close(self) -> None:
        self._scans.close()
        await super().close()

    @override
    async def emissions(self) -> AsyncIterator[MembershipChanged]:
        for segment in self._segments():
            members = iter(await self.members(segment))
            while page := list(itertools.islice(members, _PAGE)):
                for customer in await self.customers_of(page):
                    yield MembershipChanged(customer, segment, _NO_VERSION, member=True, at=0)

    @override
    async def digest(self) -> str:
        with self.checked():
            return digest_of(await self._content())

    @override
    async def counts(self) -> Mapping[str, int]:
        with self.reading():
            events = self._one("SELECT count(*) FROM event")
            records = self._one("SELECT count(*) FROM record WHERE customer IS NOT NULL")
            customers = self._one("SELECT count(*) FROM customer WHERE live")
            members = [len(await self.members(segment)) for segment in self._segments()]
        return {
            "events": events,
            "records": records,
            "customers": customers,
            "memberships": sum(members),
        }

    async def _content(self) -> Content:
        sql = "SELECT id, traits FROM customer WHERE live"
        return Content(
            events=self._all_events(),
            records=self._all_records(),
            live={c: read_values(traits) for c, traits in self.connection.execute(sql)},
            members={
                segment: await self.customers_of(await self.members(segment))
                for segment in self._segments()
            },
            saved=await self.saved(),
            objects=map(read_object, self.connection.execute(ALL_OBJECTS)),
            links=all_links(self.connection),
            accounts=all_accounts(self.connection),
            account_said=all_account_said(self.connection),
        )

    def _one(self, sql: str) -> int:
        return self.connection.execute(sql).fetchone()[0]

    def _segments(self) -> list[str]:
        rows = self.connection.execute("SELECT DISTINCT segment FROM members ORDER BY segment")
        return [segment for (segment,) in rows]

    def _all_events(self) -> Iterator[tuple[EventName, SeenEvent]]:
        for row in self.connection.execute(_ALL_EVENTS):
            yield EventName(row[0], row[1]), read_event(row[2:])

    def _all_records(self) -> Iterator[tuple[RecordKey, RecordState]]:
        for row in self.connection.execute(_ALL_RECORDS):
            source, key, customer, epoch, counter, counted = row
            counts = read_counts(counted) if counted else {}
            yield (
                RecordKey(source, key),
                RecordState(customer or "", Version(epoch, counter), counts),
            )
