"""Links to accounts, the records of accounts, and an index of what filters see of each."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import orjson
from c360_kernel.accounts.links import Link, link_of
from c360_kernel.accounts.texts import read_account_said, read_link_said, text_of
from c360_kernel.conditions.tree import Values
from c360_kernel.record import RecordKey
from c360_kernel.sqlite_reading import from_rows, noticed
from c360_kernel.sqlite_rows import insert_rows
from c360_kernel.version import Version

from c360_profile.domain.acting import AccountRecord, AccountRecords, Links
from c360_profile.store.accounts import Kept
from c360_profile.store.sqlite.golden import Cell, rows_of
from c360_profile.store.sqlite.reads import AMONG, DocumentReads, among
from c360_profile.store.sqlite.rows import Row, read_values

ACCOUNT_SCHEMA = """
CREATE TABLE IF NOT EXISTS link(
  id TEXT PRIMARY KEY, person TEXT, account TEXT, kind TEXT NOT NULL, role TEXT NOT NULL,
  since INTEGER NOT NULL, until INTEGER NOT NULL, said TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS link_by_person ON link(person, account, kind, role, since, until);
CREATE INDEX IF NOT EXISTS link_by_account ON link(account, kind, role, since, until, person);
CREATE INDEX IF NOT EXISTS link_by_kind ON link(kind, account, role, since, until, person);
CREATE INDEX IF NOT EXISTS link_by_role ON link(role, kind, account, since, until, person);
CREATE TABLE IF NOT EXISTS account_record(
  id TEXT PRIMARY KEY, account TEXT NOT NULL, before TEXT NOT NULL, epoch INTEGER NOT NULL,
  counter INTEGER NOT NULL, comes_to TEXT NOT NULL, said TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS account_record_of ON account_record(account, id);
CREATE TABLE IF NOT EXISTS account(id TEXT PRIMARY KEY, traits TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS account_golden(
  trait TEXT NOT NULL, value ANY NOT NULL, account TEXT NOT NULL,
  PRIMARY KEY(trait, value, account)) WITHOUT ROWID, STRICT;
"""
_LINKS = f"SELECT id, said FROM link WHERE id {AMONG}"
_INTO_LINK = "INSERT OR REPLACE INTO link"
_RECORD_COLUMNS = "id, account, before, epoch, counter, comes_to, said"
_RECORDS = f"SELECT {_RECORD_COLUMNS} FROM account_record WHERE id {AMONG}"
_OF_ACCOUNTS = f"SELECT {_RECORD_COLUMNS} FROM account_record WHERE account {AMONG}"
_INTO_RECORD = "INSERT OR REPLACE INTO account_record"
_VALUES = f"SELECT id, traits FROM account WHERE id {AMONG}"
_INTO_ACCOUNT = "INSERT OR REPLACE INTO account"
_INTO_GOLDEN = "INSERT OR IGNORE INTO account_golden"
_OUT_OF_GOLDEN = "DELETE FROM account_golden WHERE trait=? AND value=? AND account=?"
_IDS = (
    "SELECT DISTINCT account FROM account_record INDEXED BY account_record_of WHERE account > ?"
    " ORDER BY account LIMIT ?"
)


class AccountReads(DocumentReads):
    """Reads of accounts, over any connection."""

    @noticed
    async def links(self, keys: Collection[RecordKey]) -> Links:
        """What may hold of these links."""
        return _links(self.rows(_LINKS, [among(map(str, keys))]))

    @noticed
    async def account_records(self, keys: Collection[RecordKey]) -> AccountRecords:
        """What is known of these records of accounts."""
        return dict(map(_record, self.rows(_RECORDS, [among(map(str, keys))])))

    @noticed
    async def records_of_accounts(self, accounts: Collection[str]) -> Mapping[str, AccountRecords]:
        """The records that these accounts have now."""
        found: dict[str, dict[RecordKey, AccountRecord]] = {}
        for key, one in map(_record, self.rows(_OF_ACCOUNTS, [among(accounts)])):
            found.setdefault(one.account, {})[key] = one
        return found

    @noticed
    async def account_ids(self, after: str, limit: int) -> Sequence[str]:
        """The first ids of accounts after one."""
        return [row[0] for row in self.rows(_IDS, [after, limit])]

    @noticed
    async def accounts_kept(self) -> Kept:
        """All that is kept of accounts."""
        links = _links(self.rows("SELECT id, said FROM link"))
        records = dict(map(_record, self.rows(f"SELECT {_RECORD_COLUMNS} FROM account_record")))
        values = self.rows("SELECT id, traits FROM account")
        return Kept(links, records, {id_: read_values(text) for id_, text in values})


def keep_links(connection: sqlite3.Connection, links: Links) -> None:
    """Put what was said of links in the place of what is there."""
    held = ((key, said, link_of(said)) for key, said in links.items())
    rows = [(str(key), *_cells(link), text_of(said)) for key, said, link in held]
    insert_rows(connection, _INTO_LINK, rows)


def _cells(link: Link | None) -> Sequence[object]:
    if link is None:
        return None, None, "", "", 0, 0
    return str(link.person), str(link.account), link.kind, link.role, link.since, link.until


def keep_account_records(connection: sqlite3.Connection, records: AccountRecords) -> None:
    """Put what is known of records in the place of what is there."""
    rows = [
        (str(key), one.account, one.before, *one.version, _json(one.comes_to), text_of(one.said))
        for key, one in records.items()
    ]
    insert_rows(connection, _INTO_RECORD, rows)


def keep_accounts(connection: sqlite3.Connection, values: Mapping[str, Values | None]) -> None:
    """Let filters see this of accounts, and have it in the index."""
    rows = connection.execute(_VALUES, (among(values),)).fetchall()
    held = {id_: read_values(text) for id_, text in rows}
    before, now = set(_places(held.items())), set(_places(values.items()))
    connection.executemany(_OUT_OF_GOLDEN, before - now)
    insert_rows(connection, _INTO_GOLDEN, sorted(now - before, key=lambda one: (one[0], one[2])))
    connection.executemany(
        "DELETE FROM account WHERE id=?", [(id_,) for id_, one in values.items() if one is None]
    )
    kept = [(id_, _json(one)) for id_, one in values.items() if one is not None]
    insert_rows(connection, _INTO_ACCOUNT, kept)


def _places(values: Iterable[tuple[str, Values | None]]) -> Iterator[tuple[str, Cell, str]]:
    for id_, one in values:
        yield from ((*row, id_) for row in rows_of(one or {}, one or ()))


@from_rows
def _links(rows: Iterable[Row]) -> Links:
    return {RecordKey.parse(id_): read_link_said(said) for id_, said in rows}


@from_rows
def _record(row: Row) -> tuple[RecordKey, AccountRecord]:
    id_, account, before, epoch, counter, comes_to, said = row
    told = Version(epoch, counter), read_values(comes_to)
    return RecordKey.parse(id_), AccountRecord(account, before, *told, read_account_said(said))


def _json(values: Values) -> str:
    return orjson.dumps(values).decode()
