"""The AccountStore in one SQLite file."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from c360_kernel.errors import by_replay
from c360_kernel.evidence.seed_id import CustomerIds
from c360_kernel.payload import AccountAssigned
from c360_kernel.projection.basis import MarkedStore
from c360_kernel.projection.sqlite import SCHEDULE, SqliteProjection
from c360_kernel.record import Identifier, RecordKey, TraitValue
from c360_kernel.sqlite import writing
from c360_kernel.version import Version
from typing_extensions import override

from c360_account.domain.model import AccountRecord, Carried, Carries, PersonRecord
from c360_account.store.digest import Content, digest_of
from c360_account.store.port import AccountStore
from c360_account.store.sqlite.reading import SqliteReading
from c360_account.store.sqlite.rows import (
    EVENT,
    FROM_RECORD,
    RECORD,
    read_event,
    read_link,
    read_record,
)
from c360_account.store.sqlite.schema import FORMAT, SCHEMA
from c360_account.store.sqlite.unit import SqliteAccountUnit
from c360_account.store.values import read_values

_COUNTS = {
    "records": "SELECT count(*) FROM record WHERE live",
    "accounts": "SELECT count(*) FROM record WHERE live AND account=id",
    "links": "SELECT count(*) FROM link",
    "persons": "SELECT count(*) FROM person WHERE customer<>''",
    "events": "SELECT count(*) FROM event",
}
_BASIS = "basis"


class SqliteAccountStore(SqliteProjection, SqliteReading, AccountStore, MarkedStore):
    """The embedded adapter of `AccountStore`."""

    def __init__(self, path: Path, account_id: CustomerIds) -> None:
        super().__init__(path, f"{SCHEMA};{SCHEDULE}", by_replay("account"), FORMAT)
        self._account_id = account_id

    @override
    @asynccontextmanager
    async def unit(self) -> AsyncGenerator[SqliteAccountUnit]:
        unit = SqliteAccountUnit(self.connection, self.epoch, self._account_id)
        async with self.transaction(unit):
            yield unit

    @override
    async def emissions(self) -> AsyncIterator[AccountAssigned]:
        sql = "SELECT source, key, account, comes_to FROM record WHERE live ORDER BY source, key"
        for source, key, account, comes_to in self.connection.execute(sql):
            told = account, Version(0, 0), read_values(comes_to)
            yield AccountAssigned(RecordKey(source, key), *told)

    @override
    async def digest(self) -> str:
        return digest_of(
            Content(
                records=self._all_records(),
                carries=self._all_carried(),
                links=map(read_link, self.connection.execute("SELECT stamp, data FROM link")),
                persons=self._all_persons(),
                events=map(read_event, self.connection.execute(f"SELECT {EVENT} FROM event")),
                traits=self._all_traits(),
            )
        )

    @override
    async def counts(self) -> Mapping[str, int]:
        with self.reading():
            return {name: self.connection.execute(q).fetchone()[0] for name, q in _COUNTS.items()}

    @override
    async def derived_by(self) -> str | None:
        return self.meta(_BASIS)

    @override
    async def derive_by(self, basis: str) -> None:
        with writing(self.connection):
            self.put_meta(_BASIS, basis)

    def _all_records(self) -> Iterable[AccountRecord]:
        return map(read_record, self.connection.execute(f"SELECT {RECORD} {FROM_RECORD}"))

    def _all_carried(self) -> Mapping[RecordKey, Carries]:
        found: dict[RecordKey, Carries] = {}
        sql = "SELECT source, key, type, value, first_seen, since FROM carried WHERE active"
        for source, key, type_, value, first_seen, since in self.connection.execute(sql):
            held = found.setdefault(RecordKey(source, key), {})
            held[Identifier(type_, value)] = Carried(first_seen, since, active=True)
        return found

    def _all_persons(self) -> Mapping[RecordKey, PersonRecord]:
        sql = "SELECT source, key, customer, epoch, counter FROM person"
        return {
            RecordKey(source, key): PersonRecord(customer, Version(epoch, counter))
            for source, key, customer, epoch, counter in self.connection.execute(sql)
        }

    def _all_traits(self) -> Mapping[str, Mapping[str, TraitValue]]:
        rows = self.connection.execute("SELECT id, traits FROM customer")
        return {id_: read_values(traits) for id_, traits in rows}
