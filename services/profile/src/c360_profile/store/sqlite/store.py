"""The ProfileStore in one SQLite file: JSON text with the searched columns beside it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from c360_kernel.conditions.tree import ValueCondition
from c360_kernel.errors import by_replay
from c360_kernel.log.entry import Positions
from c360_kernel.objects.sqlite_references import refer_by
from c360_kernel.payload import ProfileChanged
from c360_kernel.projection.sqlite import SCHEDULE, SqliteProjection, read_positions
from c360_kernel.record import RecordKey
from c360_kernel.sqlite import writing
from c360_kernel.sqlite_readers import SqliteReaders
from c360_kernel.sqlite_reading import noticed
from typing_extensions import override

from c360_profile.domain.consent import Given
from c360_profile.domain.customer import Customer
from c360_profile.domain.event import Event
from c360_profile.domain.fold import Folds
from c360_profile.domain.query import CustomerQuery, Window
from c360_profile.domain.revision import Revision
from c360_profile.domain.search.search import Found, Search
from c360_profile.store.digest import digest_of
from c360_profile.store.port import ProfileStore
from c360_profile.store.sqlite.accounts import AccountReads
from c360_profile.store.sqlite.happenings import EventReads
from c360_profile.store.sqlite.listing import FEW, Listing
from c360_profile.store.sqlite.objects import ObjectReads
from c360_profile.store.sqlite.reads import AMONG, REVISIONS, among, revisions_in
from c360_profile.store.sqlite.rows import (
    ANSWER_COLUMNS,
    CUSTOMER_COLUMNS,
    read_answer,
    read_customer,
    read_event,
)
from c360_profile.store.sqlite.schema import FORMAT, SCHEMA
from c360_profile.store.sqlite.searching import Searching
from c360_profile.store.sqlite.timeline import counts_statement, timeline_statement
from c360_profile.store.sqlite.unit import CATALOG, SqliteProfileUnit

_ALL = f"SELECT {CUSTOMER_COLUMNS} FROM customer ORDER BY id"
_ANSWERS = f"SELECT {ANSWER_COLUMNS} FROM answer WHERE record {AMONG}"
_MANY = 500
_COUNTS = {
    "records": "SELECT count(*) FROM record WHERE number IS NOT NULL",
    "events": "SELECT count(*) FROM event",
    "customers": "SELECT count(*) FROM customer WHERE NOT ended",
}


class SqliteProfileStore(SqliteProjection, EventReads, ObjectReads, AccountReads, ProfileStore):
    """A `ProfileStore` in one file."""

    def __init__(self, path: Path, folds: Folds | None = None, few: int = FEW) -> None:
        schema = f"{SCHEMA};{SCHEDULE}"
        SqliteProjection.__init__(self, path, schema, by_replay("profile"), FORMAT)
        EventReads.__init__(self, self.connection)
        self._folds = Folds() if folds is None else folds
        self._folded_at: Positions | None = None
        # What scans runs in threads, so that point reads of the same loop do not wait for it.
        self._scans = SqliteReaders(path)
        self._listing = Listing(self._scans, few)
        self._searching = Searching(self._scans)

    @override
    @asynccontextmanager
    async def unit(self) -> AsyncGenerator[SqliteProfileUnit]:
        unit = SqliteProfileUnit(self.connection, self.epoch, self._folds)
        # A unit that is rolled back may have taken records into folds that nobody keeps.
        folded_at, self._folded_at = self._folded_at, None
        async with self.transaction(unit):
            if folded_at != read_positions(self.connection):
                self._folds.clear()
            yield unit
            reached = read_positions(self.connection)
        self._folded_at = reached

    @override
    async def folded_by(self) -> str | None:
        return self.meta(CATALOG)

    @override
    async def refer_by(self, properties: Collection[str]) -> None:
        with writing(self.connection):
            refer_by(self.connection, properties)

    @override
    @noticed
    async def page(self, query: CustomerQuery, limit: int) -> Sequence[Customer]:
        return await self._listing.page(query, limit)

    @override
    @noticed
    async def found(self, search: Search, limit: int) -> Sequence[Found]:
        return await self._searching.found(search, limit)

    @override
    @noticed
    async def count(self, condition: ValueCondition) -> int:
        return await self._listing.count(condition)

    @override
    @noticed
    async def matching(self, condition: ValueCondition) -> Collection[str]:
        return await self._listing.matching(condition)

    @override
    @noticed
    async def revisions(
        self, records: Collection[RecordKey]
    ) -> Mapping[RecordKey, Sequence[Revision]]:
        rows = await self._scans.rows(REVISIONS, [among(map(str, records))])
        # A source may have said thousands of things of one person.
        is_much = len(rows) > _MANY
        return await asyncio.to_thread(revisions_in, rows) if is_much else revisions_in(rows)

    @override
    @noticed
    async def answers(self, records: Collection[RecordKey]) -> Mapping[RecordKey, Sequence[Given]]:
        found: dict[RecordKey, list[Given]] = {}
        for one in map(read_answer, self.rows(_ANSWERS, [among(map(str, records))])):
            found.setdefault(one.record, []).append(one)
        return found

    @override
    @noticed
    async def timeline(
        self, customers: Collection[str], window: Window
    ) -> Mapping[str, Sequence[Event]]:
        statement = timeline_statement(customers, window)
        rows = await self._scans.rows(*statement) if window.scans else self.rows(*statement)
        events: dict[str, list[Event]] = {}
        for row in reversed(rows) if window.from_end else rows:
            events.setdefault(row[0], []).append(read_event(row[1:]))
        return events

    @override
    @noticed
    async def event_counts(self, customers: Collection[str], window: Window) -> Mapping[str, int]:
        rows = await self._scans.rows(*counts_statement(customers, window))
        return dict.fromkeys(customers, 0) | dict(rows)

    @override
    async def emissions(self) -> AsyncIterator[ProfileChanged]:
        with self.reading():
            for row in self.connection.execute(
                f"SELECT {CUSTOMER_COLUMNS} FROM customer ORDER BY id"
            ):
                yield read_customer(row).published(self.epoch)

    @override
    async def counts(self) -> Mapping[str, int]:
        with self.reading():
            return {name: self.rows(sql)[0][0] for name, sql in _COUNTS.items()}

    @override
    async def digest(self) -> str:
        with self.checked():
            return await digest_of(self)

    @override
    async def close(self) -> None:
        self._scans.close()
        await super().close()
