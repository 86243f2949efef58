"""The numbers that stand for customers and records in the other tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence

from c360_kernel.record import RecordKey
from c360_kernel.sqlite_rows import insert_rows

from c360_segment.store.sqlite.values import among

_CUSTOMERS = "SELECT c.id, c.number FROM json_each(?) q CROSS JOIN customer c ON c.id=q.value"
_RECORDS = (
    "SELECT r.source, r.key, r.number FROM json_each(?) q CROSS JOIN record r"
    " ON r.source=q.value ->> 0 AND r.key=q.value ->> 1"
)
_UNLESS_THERE = "ON CONFLICT DO NOTHING"


def customer_numbers(connection: sqlite3.Connection, ids: Iterable[str]) -> dict[str, int]:
    """The numbers of those customers that have one."""
    return dict(connection.execute(_CUSTOMERS, (among(ids),)).fetchall())


def record_numbers(
    connection: sqlite3.Connection, keys: Iterable[RecordKey]
) -> dict[RecordKey, int]:
    """The numbers of those records that have one."""
    rows = connection.execute(_RECORDS, (among(keys),)).fetchall()
    return {RecordKey(source, key): number for source, key, number in rows}


class Numbers:
    """The numbers that one transaction has looked up or given."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._customers: dict[str, int] = {}
        self._records: dict[RecordKey, int] = {}

    def of_customers(self, ids: Collection[str]) -> Mapping[str, int]:
        """Numbers of at least these customers; who has none is given the next, in their order."""
        unknown = [id_ for id_ in dict.fromkeys(ids) if id_ not in self._customers]
        if unknown:
            self._insert("INSERT INTO customer(id)", [(id_,) for id_ in unknown])
            self._customers |= customer_numbers(self._connection, unknown)
        return self._customers

    def of_records(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, int]:
        """The same of records."""
        unknown = [key for key in dict.fromkeys(keys) if key not in self._records]
        if unknown:
            self._insert("INSERT INTO record(source, key)", unknown)
            self._records |= record_numbers(self._connection, unknown)
        return self._records

    def _insert(self, into: str, rows: Sequence[Sequence[object]]) -> None:
        insert_rows(self._connection, into, rows, _UNLESS_THERE)
