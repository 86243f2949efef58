"""The part of the embedded adapter that answers questions."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager

from c360_kernel.record import Identifier, RecordKey, TraitValue
from typing_extensions import override

from c360_account.domain.counting import AccountName, CountedEvent
from c360_account.domain.model import AccountRecord, HeldLink
from c360_account.store.port import MOST_HEIRS, AccountReader
from c360_account.store.sqlite.rows import (
    AMONG,
    EVENT,
    FROM_RECORD,
    RECORD,
    among,
    pairs,
    read_event,
    read_link,
    read_record,
)
from c360_account.store.values import read_values

_IDS = "(SELECT value FROM json_each(?))"
_PRESENT = f"SELECT id, account FROM record WHERE account IS NOT NULL AND id IN {_IDS}"
_HEIRS = (
    "SELECT h.account FROM record r JOIN carried c ON c.source=r.source AND c.key=r.key"
    " JOIN carried o ON o.active AND o.type=c.type AND o.value=c.value"
    " JOIN record h ON h.source=o.source AND h.key=o.key"
    " WHERE r.id=? AND (SELECT count(*) FROM carried n WHERE n.active AND n.type=c.type"
    f" AND n.value=c.value)<={MOST_HEIRS} ORDER BY h.age, h.source, h.key LIMIT 1"
)
_PAGE = "SELECT id FROM record WHERE live AND account=id AND id>? ORDER BY id LIMIT ?"
_RECORDS_OF = (
    f"SELECT r.account, {RECORD} {FROM_RECORD} WHERE r.live AND r.account IN {_IDS}"
    " ORDER BY r.age, r.source, r.key"
)
_ACCOUNTS_OF = f"SELECT source, key, account FROM record WHERE live AND (source, key) IN {AMONG}"
_IDENTIFIERS_OF = (
    f"SELECT source, key, type, value FROM carried WHERE active AND (source, key) IN {AMONG}"
    " ORDER BY type, value"
)
_BELOW = (
    "SELECT source, key FROM record WHERE live AND parent_source IS NOT NULL"
    f" AND (parent_source, parent_key) IN {AMONG} ORDER BY source, key"
)
_LINKS = (
    f"SELECT stamp, data FROM link WHERE (account_source, account_key) IN {AMONG}"
    f" UNION SELECT stamp, data FROM link WHERE (person_source, person_key) IN {AMONG}"
)
_CUSTOMERS_OF = (
    f"SELECT source, key, customer FROM person WHERE customer<>'' AND (source, key) IN {AMONG}"
)
_PERSONS_OF = (
    f"SELECT customer, source, key FROM person WHERE customer<>'' AND customer IN {_IDS}"
    " ORDER BY source, key"
)
# Each half is read no further than is asked for: a union is made of all that its parts give. Left
# to itself SQLite finds events by their source alone, and so reads all of it.
_SEEN_ON = (
    "SELECT e.* FROM json_each(?1) w CROSS JOIN event e INDEXED BY event_record"
    " ON e.source=w.value ->> 0 AND e.key=w.value ->> 1 LIMIT ?3"
)
_NAMING = (
    "SELECT e.* FROM json_each(?2) w CROSS JOIN event e INDEXED BY event_account"
    " ON e.account IS NOT NULL AND e.account_type=w.value ->> 0"
    " AND e.account_source=w.value ->> 1 AND e.account=w.value ->> 2 LIMIT ?3"
)
_COUNTED = f"SELECT {EVENT} FROM ({_SEEN_ON}) UNION SELECT {EVENT} FROM ({_NAMING}) LIMIT ?3"
_CARRIES_IT = "c.active AND c.type=w.value ->> 0 AND c.value=w.value ->> 2"
_NAMED = (
    "SELECT w.value ->> 0, w.value ->> 1, w.value ->> 2,"
    " (SELECT r.account FROM carried c JOIN record r ON r.source=c.source AND r.key=c.key"
    f" WHERE {_CARRIES_IT} ORDER BY r.age, r.source, r.key LIMIT 1) FROM json_each(?) w"
    f" WHERE (SELECT count(*) FROM carried c WHERE {_CARRIES_IT}) BETWEEN 1 AND {MOST_HEIRS}"
)
_TRAITS_OF = f"SELECT id, traits FROM customer WHERE id IN {_IDS}"


class SqliteReading(AccountReader):
    """An `AccountReader` over a connection. `reading` stands around each read."""

    connection: sqlite3.Connection
    reading: Callable[[], AbstractContextManager[None]]

    @override
    async def present(self, ids: Collection[str]) -> Mapping[str, str]:
        with self.reading():
            found = dict(self.connection.execute(_PRESENT, (among(ids),)).fetchall())
            for id_ in set(ids) - found.keys():
                heir = self.connection.execute(_HEIRS, (id_,)).fetchone()
                if heir is not None:
                    found[id_] = heir[0]
        return found

    @override
    async def page(self, after: str, size: int) -> Sequence[str]:
        with self.reading():
            return [id_ for (id_,) in self.connection.execute(_PAGE, (after, size))]

    @override
    async def records_of(self, accounts: Collection[str]) -> Mapping[str, Sequence[AccountRecord]]:
        found: dict[str, list[AccountRecord]] = {}
        with self.reading():
            for account, *row in self.connection.execute(_RECORDS_OF, (among(accounts),)):
                found.setdefault(account, []).append(read_record(row))
        return found

    @override
    async def accounts_of(self, records: Collection[RecordKey]) -> Mapping[RecordKey, str]:
        with self.reading():
            rows = self.connection.execute(_ACCOUNTS_OF, (pairs(records),))
            return {RecordKey(source, key): account for source, key, account in rows}

    @override
    async def identifiers_of(
        self, records: Collection[RecordKey]
    ) -> Mapping[RecordKey, Collection[Identifier]]:
        found: dict[RecordKey, list[Identifier]] = {}
        with self.reading():
            rows = self.connection.execute(_IDENTIFIERS_OF, (pairs(records),))
            for source, key, type_, value in rows:
                found.setdefault(RecordKey(source, key), []).append(Identifier(type_, value))
        return found

    @override
    async def below(self, records: Collection[RecordKey]) -> Collection[RecordKey]:
        with self.reading():
            return [RecordKey(*row) for row in self.connection.execute(_BELOW, (pairs(records),))]

    @override
    async def links_between(
        self, accounts: Collection[RecordKey], persons: Collection[RecordKey]
    ) -> Sequence[HeldLink]:
        with self.reading():
            rows = self.connection.execute(_LINKS, (pairs(accounts), pairs(persons)))
            return [read_link(row) for row in rows]

    @override
    async def customers_of(self, persons: Collection[RecordKey]) -> Mapping[RecordKey, str]:
        with self.reading():
            rows = self.connection.execute(_CUSTOMERS_OF, (pairs(persons),))
            return {RecordKey(source, key): customer for source, key, customer in rows}

    @override
    async def persons_of(self, customers: Collection[str]) -> Mapping[str, Sequence[RecordKey]]:
        found: dict[str, list[RecordKey]] = {}
        with self.reading():
            rows = self.connection.execute(_PERSONS_OF, (among(customers),))
            for customer, source, key in rows:
                found.setdefault(customer, []).append(RecordKey(source, key))
        return found

    @override
    async def counted(
        self, persons: Collection[RecordKey], names: Collection[AccountName], most: int
    ) -> Sequence[CountedEvent]:
        with self.reading():
            wanted = pairs({*persons}), pairs({*names}), most
            return [read_event(row) for row in self.connection.execute(_COUNTED, wanted)]

    @override
    async def named(self, names: Collection[AccountName]) -> Mapping[AccountName, str]:
        by_key = {RecordKey(one.source, one.value): one for one in names if not one.type}
        held = await self.accounts_of(by_key.keys())
        found = {by_key[key]: account for key, account in held.items()}
        with self.reading():
            by_identifier = pairs(one for one in names if one.type)
            for *name, account in self.connection.execute(_NAMED, (by_identifier,)):
                found[AccountName(*name)] = account
        return found

    @override
    async def traits_of(self, customers: Collection[str]) -> Mapping[str, Mapping[str, TraitValue]]:
        with self.reading():
            rows = self.connection.execute(_TRAITS_OF, (among(customers),))
            return {id_: read_values(traits) for id_, traits in rows}
