"""Reads by key, in a unit of work and out of one."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager

import orjson
from c360_kernel.record import RecordKey
from c360_kernel.sqlite import one_view, store_errors
from c360_kernel.sqlite_reading import noticed
from typing_extensions import override

from c360_profile.domain.customer import Customer
from c360_profile.domain.record import SourceRecord
from c360_profile.domain.revision import Revision, Said
from c360_profile.domain.tagging import Tagging
from c360_profile.store.port import ProfileExcerpts, ProfileLookups, Taggings
from c360_profile.store.sqlite.rows import (
    CUSTOMER_COLUMNS,
    NONE,
    RECORD_COLUMNS,
    REVISION_COLUMNS,
    TAGGING_COLUMNS,
    Row,
    read_archived,
    read_customer,
    read_record,
    read_said,
    read_tagged,
)

AMONG = "IN (SELECT value FROM json_each(?))"
_RECORDS = f"SELECT {RECORD_COLUMNS} FROM record WHERE id {AMONG}"
_OF_RECORD = ", ".join(f"r.{name}" for name in RECORD_COLUMNS.replace(",", " ").split())
# A record may have come back to a customer that it had left.
_LINKED = (
    f"SELECT {_OF_RECORD}, q.value FROM json_each(:customers) q CROSS JOIN record r"
    f" ON r.customer = q.value UNION ALL SELECT {_OF_RECORD}, q.value"
    " FROM json_each(:customers) q CROSS JOIN departure d ON d.customer = q.value"
    " CROSS JOIN record r ON r.id = d.record AND r.customer <> q.value"
)
_ANSWERING = (
    f"SELECT {_OF_RECORD}, q.value FROM json_each(?) q CROSS JOIN record r"
    f" ON r.customer = q.value WHERE r.consents <> '{NONE}' AND NOT r.deleted"
)
_SAYING = (
    "FROM json_each(?) q CROSS JOIN record r ON r.customer = q.value"
    " WHERE r.number IS NOT NULL AND NOT r.deleted"
)
# There may be very many records of one customer, of nearly all of which one revision holds.
_SAYING_ONE = (
    "SELECT r.customer, r.id, r.number, r.stamp, r.observed_at, r.traits"
    f" {_SAYING} AND r.others = '{NONE}'"
)
_SAYING_PARTS = (
    "SELECT r.customer, r.id, r.number, r.stamp, r.observed_at, r.deleted, r.traits, r.own,"
    f" r.content, r.named, r.others {_SAYING} AND r.others <> '{NONE}'"
)
_TAGGINGS = f"SELECT {TAGGING_COLUMNS} FROM tagging WHERE record {AMONG}"
REVISIONS = (
    f"SELECT {REVISION_COLUMNS} FROM revision WHERE record {AMONG}"
    " ORDER BY record, own, number, stamp"
)
_CUSTOMERS = f"SELECT {CUSTOMER_COLUMNS} FROM customer WHERE id {AMONG}"


class DocumentReads(ProfileLookups, ProfileExcerpts, Taggings):
    """Reads by key, over any connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @override
    @noticed
    async def records(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, SourceRecord]:
        found = self._records([str(key) for key in keys])
        return {record.key: record for record in found.values()}

    @override
    @noticed
    async def customers(self, ids: Collection[str]) -> Mapping[str, Customer]:
        return {row[0]: read_customer(row) for row in self.rows(_CUSTOMERS, [among(ids)])}

    @override
    @noticed
    async def linked(self, customers: Collection[str]) -> Mapping[str, Sequence[SourceRecord]]:
        linked: dict[str, list[SourceRecord]] = {}
        for *row, customer in self.rows(_LINKED, {"customers": among(set(customers))}):
            linked.setdefault(customer, []).append(read_record(row))
        return linked

    @override
    @noticed
    async def answering(self, customers: Collection[str]) -> Mapping[str, Sequence[SourceRecord]]:
        answering: dict[str, list[SourceRecord]] = {}
        for *row, customer in self.rows(_ANSWERING, [among(set(customers))]):
            answering.setdefault(customer, []).append(read_record(row))
        return answering

    @override
    @noticed
    async def said_now(self, customers: Collection[str]) -> Mapping[str, Sequence[Said]]:
        wanted = [among(set(customers))]
        # A record that comes to say another thing between the two would be in both, or in none.
        with one_view(self._connection):
            ones, parts = self.rows(_SAYING_ONE, wanted), self.rows(_SAYING_PARTS, wanted)
        return read_said(ones, parts)

    @override
    @noticed
    async def taggings(
        self, records: Collection[RecordKey]
    ) -> Mapping[RecordKey, Sequence[Tagging]]:
        found: dict[RecordKey, list[Tagging]] = {}
        for record, one in map(read_tagged, self.rows(_TAGGINGS, [among(map(str, records))])):
            found.setdefault(record, []).append(one)
        return found

    def rows(self, sql: str, parameters: Sequence[object] | Mapping[str, object] = ()) -> list[Row]:
        """All rows of a query; for what is `noticed`, or happens in a unit."""
        return self._connection.execute(sql, parameters).fetchall()

    def reading(self) -> AbstractContextManager[None]:
        """Around a read."""
        return store_errors()

    def _records(self, ids: Collection[str]) -> dict[str, SourceRecord]:
        return {row[0]: read_record(row) for row in self.rows(_RECORDS, [among(ids)])}


def among(values: Iterable[str]) -> str:
    """One parameter for any number of values, so that statements stay prepared."""
    return orjson.dumps(list(values)).decode()


def revisions_in(rows: Iterable[Row]) -> dict[RecordKey, list[Revision]]:
    """Archived revisions by record, of rows that `REVISIONS` gives."""
    found: dict[RecordKey, list[Revision]] = {}
    for archived in map(read_archived, rows):
        found.setdefault(archived.record, []).append(archived.revision)
    return found
