"""One transaction of the SQLite adapter."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping, Sequence

import orjson
from c360_kernel.conditions.tree import Values
from c360_kernel.errors import Conflict
from c360_kernel.objects.known import KnownObject
from c360_kernel.projection.sqlite import SqliteUnit
from c360_kernel.record import RecordKey
from c360_kernel.revisions import RevisionName
from c360_kernel.sqlite_rows import insert_rows
from typing_extensions import override

from c360_profile.domain.acting import AccountRecords, Links
from c360_profile.domain.consent import Given
from c360_profile.domain.customer import Customer
from c360_profile.domain.event import Event
from c360_profile.domain.fold import Folds
from c360_profile.domain.record import SourceRecord
from c360_profile.domain.revision import Revision
from c360_profile.domain.search.search import Texts
from c360_profile.domain.tagging import Tagged
from c360_profile.store.port import Archived, CustomerChange, ProfileUnit
from c360_profile.store.quality import Recount
from c360_profile.store.sqlite.accounts import (
    AccountReads,
    keep_account_records,
    keep_accounts,
    keep_links,
)
from c360_profile.store.sqlite.carried import replace_carried
from c360_profile.store.sqlite.golden import GoldenIndex
from c360_profile.store.sqlite.happenings import EventReads
from c360_profile.store.sqlite.objects import ObjectReads, keep_objects
from c360_profile.store.sqlite.quality import recount
from c360_profile.store.sqlite.reads import REVISIONS, among, revisions_in
from c360_profile.store.sqlite.rows import (
    ANSWER_COLUMNS,
    CUSTOMER_COLUMNS,
    EVENT_COLUMNS,
    RECORD_COLUMNS,
    REVISION_COLUMNS,
    TAGGING_COLUMNS,
    Row,
    answer_row,
    archived_row,
    customer_row,
    event_row,
    read_archived,
    record_row,
    tagging_row,
)
from c360_profile.store.sqlite.sought import SoughtIndex

CATALOG = "catalog"
"""Where it is noted by which catalog customers are folded."""
_ARCHIVED = (
    f"SELECT {', '.join('v.' + name for name in REVISION_COLUMNS.split(', '))}"
    " FROM json_each(?) q CROSS JOIN revision v ON v.record = q.value ->> 0"
    " AND v.own = q.value ->> 1 AND v.number = q.value ->> 2"
)

# A record may have come back to a customer that it had left.
_LINKS = (
    "SELECT q.value, r.id FROM json_each(:customers) q CROSS JOIN record r"
    " ON r.customer = q.value UNION ALL SELECT q.value, r.id"
    " FROM json_each(:customers) q CROSS JOIN departure d ON d.customer = q.value"
    " CROSS JOIN record r ON r.id = d.record AND r.customer <> q.value"
)
_INTO_EVENT = f"INSERT INTO event({EVENT_COLUMNS})"
_KEEP_EVENT = (
    "ON CONFLICT DO UPDATE SET record=excluded.record, name=excluded.name,"
    " occurred_at=excluded.occurred_at, stamp=excluded.stamp, properties=excluded.properties"
    " WHERE excluded.stamp < event.stamp"
)
_INTO_REVISION = f"INSERT INTO revision({REVISION_COLUMNS})"
_ARCHIVE = (
    "ON CONFLICT DO UPDATE SET stamp=excluded.stamp, observed_at=excluded.observed_at,"
    " deleted=excluded.deleted, traits=excluded.traits WHERE excluded.stamp < revision.stamp"
)
_INTO_ANSWER = f"INSERT INTO answer({ANSWER_COLUMNS})"
_KEEP_ANSWER = (
    "ON CONFLICT DO UPDATE SET stamp=excluded.stamp, said=excluded.said"
    " WHERE excluded.stamp < answer.stamp"
)
_INTO_TAGGING = f"INSERT INTO tagging({TAGGING_COLUMNS})"
_KEEP_TAGGING = (
    "ON CONFLICT DO UPDATE SET stamp=excluded.stamp, said=excluded.said"
    " WHERE excluded.stamp < tagging.stamp"
)
_INTO_RECORD = f"INSERT INTO record({RECORD_COLUMNS})"
_SAVE_ITS_STATE = (
    "ON CONFLICT DO UPDATE SET edition=excluded.edition,"
    " epoch=excluded.epoch, counter=excluded.counter, former=excluded.former,"
    " number=excluded.number, stamp=excluded.stamp, observed_at=excluded.observed_at,"
    " traits=excluded.traits, consents=excluded.consents,"
    " own=excluded.own, content=excluded.content, named=excluded.named, others=excluded.others,"
    " present=excluded.present, tags=excluded.tags, carried=excluded.carried,"
    " judged=excluded.judged{}"
    " WHERE record.edition = excluded.edition - 1"
)
# SQLite writes the index of a column anew that is set, also to what it was.
_SAVE_RECORD = _SAVE_ITS_STATE.format(", customer=excluded.customer, deleted=excluded.deleted")
_SAVE_WHERE_IT_IS = _SAVE_ITS_STATE.format("")
_DEPART = "INSERT OR IGNORE INTO departure(customer, record)"
_INTO_CUSTOMER = f"INSERT INTO customer({CUSTOMER_COLUMNS})"
_SAVE_CUSTOMER = (
    "ON CONFLICT DO UPDATE SET counter=excluded.counter, ended=excluded.ended,"
    " successor=excluded.successor, traits=excluded.traits, left_out=excluded.left_out,"
    " consents=excluded.consents, sources=excluded.sources, tags=excluded.tags"
    " WHERE customer.counter = excluded.counter - 1"
)
_FOLD_BY = "INSERT INTO meta VALUES (?,?) ON CONFLICT DO UPDATE SET value=excluded.value"


class SqliteProfileUnit(SqliteUnit, EventReads, ObjectReads, AccountReads, ProfileUnit):
    """A `ProfileUnit` on an open transaction."""

    def __init__(self, connection: sqlite3.Connection, epoch: int, folds: Folds) -> None:
        SqliteUnit.__init__(self, connection, epoch)
        EventReads.__init__(self, connection)
        self.folds = folds
        self._golden = GoldenIndex(connection)
        self._sought = SoughtIndex(connection)
        # A record assigned is first folded, then read again with its customer's others.
        self._held: dict[str, SourceRecord] = {}
        # A customer is read to be computed, and again for what the index holds of it.
        self._customers: dict[str, Customer] = {}

    @override
    async def customers(self, ids: Collection[str]) -> Mapping[str, Customer]:
        unread = [id_ for id_ in ids if id_ not in self._customers]
        if unread:
            self._customers.update(await super().customers(unread))
        return {id_: self._customers[id_] for id_ in ids if id_ in self._customers}

    @override
    async def linked(self, customers: Collection[str]) -> Mapping[str, Sequence[SourceRecord]]:
        """Most of them are held already: of those no more is read than that they are linked."""
        links = self.rows(_LINKS, {"customers": among(set(customers))})
        records = self._records({id_ for _, id_ in links})
        linked: dict[str, list[SourceRecord]] = {}
        for customer, id_ in links:
            linked.setdefault(customer, []).append(records[id_])
        return linked

    @override
    async def keep_events(self, events: Sequence[Event]) -> None:
        insert_rows(self.connection, _INTO_EVENT, list(map(event_row, events)), _KEEP_EVENT)

    @override
    async def keep_objects(self, objects: Sequence[KnownObject]) -> None:
        keep_objects(self.connection, objects)

    @override
    async def keep_links(self, links: Links) -> None:
        keep_links(self.connection, links)

    @override
    async def keep_account_records(self, records: AccountRecords) -> None:
        keep_account_records(self.connection, records)

    @override
    async def keep_accounts(self, values: Mapping[str, Values | None]) -> None:
        keep_accounts(self.connection, values)

    @override
    async def archive(self, revisions: Sequence[Archived]) -> None:
        rows = list(map(archived_row, revisions))
        insert_rows(self.connection, _INTO_REVISION, rows, _ARCHIVE)

    @override
    async def archived(
        self, names: Collection[RevisionName]
    ) -> Mapping[RevisionName, Sequence[Revision]]:
        wanted = [(str(name.record), int(name.own), name.number) for name in names]
        rows = self.rows(_ARCHIVED, [orjson.dumps(wanted).decode()]) if wanted else []
        found: dict[RevisionName, list[Revision]] = {}
        for record, one in map(read_archived, rows):
            found.setdefault(RevisionName(record, one.own, one.number), []).append(one)
        return found

    @override
    async def revisions(
        self, records: Collection[RecordKey]
    ) -> Mapping[RecordKey, Sequence[Revision]]:
        return revisions_in(self.rows(REVISIONS, [among(map(str, records))])) if records else {}

    @override
    async def keep_answers(self, answers: Sequence[Given]) -> None:
        insert_rows(self.connection, _INTO_ANSWER, list(map(answer_row, answers)), _KEEP_ANSWER)

    @override
    async def keep_taggings(self, tagged: Sequence[Tagged]) -> None:
        insert_rows(self.connection, _INTO_TAGGING, list(map(tagging_row, tagged)), _KEEP_TAGGING)

    @override
    async def save_records(self, records: Sequence[SourceRecord]) -> None:
        saved = {str(record.key): record for record in records}
        before = self._records([id_ for id_, record in saved.items() if record.edition])
        stay: list[Row] = []
        move: list[Row] = []
        for id_, record in saved.items():
            rows = stay if _stays(before.get(id_), record) else move
            rows.append(record_row(id_, record))
        self._save(_INTO_RECORD, stay, _SAVE_WHERE_IT_IS)
        self._save(_INTO_RECORD, move, _SAVE_RECORD)
        replace_carried(self.connection, before, saved)
        departures = [(left, id_) for id_, r in saved.items() for left in r.assignment.former]
        insert_rows(self.connection, _DEPART, departures)
        self._held.update({id_: record.saved() for id_, record in saved.items()})

    @override
    async def save_customers(self, changes: Sequence[CustomerChange]) -> None:
        customers = {change.customer.id: change.customer for change in changes}
        before = await self.customers([id_ for id_, one in customers.items() if one.counter > 1])
        rows = [customer_row(change.customer) for change in changes]
        self._save(_INTO_CUSTOMER, rows, _SAVE_CUSTOMER)
        self._golden.replace(before, customers.values())
        self._customers.update(customers)
        for change in changes:
            for entry in change.entries:
                self.emit(entry)

    @override
    async def seek_by(self, texts: Mapping[str, Texts]) -> None:
        self._sought.replace(texts)

    @override
    async def recount(self, wanted: Recount) -> None:
        for entry in (await recount(self.connection, wanted)).entries:
            self.emit(entry)

    @override
    async def fold_by(self, catalog: str) -> None:
        self.connection.execute(_FOLD_BY, (CATALOG, catalog))

    def _records(self, ids: Collection[str]) -> dict[str, SourceRecord]:
        unread = [id_ for id_ in ids if id_ not in self._held]
        if unread:
            self._held.update(super()._records(unread))
        return {id_: self._held[id_] for id_ in ids if id_ in self._held}

    def _save(self, into: str, rows: Sequence[Row], in_its_place: str) -> None:
        if insert_rows(self.connection, into, rows, in_its_place) != len(rows):
            raise Conflict("somebody else saved it first")


def _stays(before: SourceRecord | None, now: SourceRecord) -> bool:
    """Whether a record belongs where it did, and is there as it was."""
    return (
        before is not None
        and before.assignment.customer == now.assignment.customer
        and _is_gone(before) == _is_gone(now)
    )


def _is_gone(record: SourceRecord) -> bool:
    return record.latest is not None and record.latest.deleted
