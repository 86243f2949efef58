"""Reads by key, in a unit of work and out of one."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence

import orjson
from c360_kernel.record import RecordKey
from c360_kernel.sqlite import store_errors
from typing_extensions import override

from c360_profile.domain.customer import Customer
from c360_profile.domain.record import SourceRecord
from c360_profile.store.port import ProfileLookups
from c360_profile.store.sqlite.rows import (
    CUSTOMER_COLUMNS,
    RECORD_COLUMNS,
    Row,
    read_customer,
    read_record,
)

AMONG = "IN (SELECT value FROM json_each(?))"
_RECORDS = f"SELECT {RECORD_COLUMNS} FROM record WHERE id {AMONG}"
_BELONGING = f"SELECT customer, id FROM record WHERE customer {AMONG}"
_DEPARTED = f"SELECT customer, record FROM departure WHERE customer {AMONG}"
_CUSTOMERS = f"SELECT {CUSTOMER_COLUMNS} FROM customer WHERE id {AMONG}"


class DocumentReads(ProfileLookups):
    """Reads by key, over any connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @override
    async def records(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, SourceRecord]:
        found = self._records([str(key) for key in keys])
        return {record.key: record for record in found.values()}

    @override
    async def customers(self, ids: Collection[str]) -> Mapping[str, Customer]:
        return {row[0]: read_customer(row) for row in self.rows(_CUSTOMERS, [among(ids)])}

    @override
    async def linked(self, customers: Collection[str]) -> Mapping[str, Sequence[SourceRecord]]:
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


def among(values: Iterable[str]) -> str:
    """One parameter for any number of values, so that statements stay prepared."""
    return orjson.dumps(list(values)).decode()
