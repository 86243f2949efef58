"""Records of accounts: which account each is of, and what is said of its traits."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping, Sequence

from c360_kernel.accounts.links import AccountState
from c360_kernel.accounts.said import AccountSaid
from c360_kernel.accounts.seen import Said
from c360_kernel.accounts.texts import read_account_said, text_of
from c360_kernel.conditions.tree import Values
from c360_kernel.record import RecordKey
from c360_kernel.sqlite_reading import from_rows
from c360_kernel.sqlite_rows import insert_rows
from c360_kernel.version import Version

from c360_segment.store.sqlite.values import among, read_values, write_values

_ACCOUNTS = (
    "SELECT a.source, a.key, a.account, a.epoch, a.counter, a.comes_to FROM json_each(?) q"
    " CROSS JOIN account_record a ON a.source=q.value ->> 0 AND a.key=q.value ->> 1"
)
_SAID = (
    "SELECT s.source, s.key, s.said FROM json_each(?) q CROSS JOIN account_said s"
    " ON s.source=q.value ->> 0 AND s.key=q.value ->> 1"
)
_RECORDS = (
    "SELECT a.account, a.source, a.key, coalesce(s.said, '[]') FROM json_each(?) q"
    " CROSS JOIN account_record a ON a.account=q.value"
    " LEFT JOIN account_said s ON s.source=a.source AND s.key=a.key WHERE a.account<>''"
    " ORDER BY a.account, a.source, a.key"
)
_ALL_ACCOUNTS = "SELECT source, key, account, comes_to FROM account_record ORDER BY source, key"
_ALL_SAID = "SELECT source, key, said FROM account_said ORDER BY source, key"
_TOLD_ANEW = (
    "ON CONFLICT DO UPDATE SET account=excluded.account, epoch=excluded.epoch,"
    " counter=excluded.counter, comes_to=excluded.comes_to"
)
_SAID_ANEW = "ON CONFLICT DO UPDATE SET said=excluded.said"


def save_accounts(
    connection: sqlite3.Connection, accounts: Mapping[RecordKey, AccountState]
) -> None:
    """Keep of which account records are."""
    rows = [
        (*key, one.account, *one.version, write_values(one.comes_to))
        for key, one in accounts.items()
    ]
    insert_rows(connection, "INSERT INTO account_record", rows, _TOLD_ANEW)


def save_account_said(
    connection: sqlite3.Connection, said: Mapping[RecordKey, tuple[AccountSaid, ...]]
) -> None:
    """Put what was said of records in the place of what is there."""
    rows = [(*key, text_of(states)) for key, states in said.items()]
    insert_rows(connection, "INSERT INTO account_said", rows, _SAID_ANEW)


def accounts_by_key(
    connection: sqlite3.Connection, keys: Collection[RecordKey]
) -> Mapping[RecordKey, AccountState]:
    """Of which account those of these records are that were told of."""
    rows = connection.execute(_ACCOUNTS, (among(keys),)).fetchall()
    return {
        RecordKey(source, key): AccountState(account, Version(epoch, counter), read_values(told))
        for source, key, account, epoch, counter, told in rows
    }


def account_said_by_key(
    connection: sqlite3.Connection, keys: Collection[RecordKey]
) -> Mapping[RecordKey, tuple[AccountSaid, ...]]:
    """What is kept of those of these records that are there."""
    rows = connection.execute(_SAID, (among(keys),)).fetchall()
    return {RecordKey(source, key): _read(said) for source, key, said in rows}


def records_of_accounts(
    connection: sqlite3.Connection, accounts: Collection[str]
) -> Mapping[str, Said]:
    """The records of these accounts."""
    found: dict[str, dict[RecordKey, tuple[AccountSaid, ...]]] = {}
    for account, source, key, said in connection.execute(_RECORDS, (among(accounts),)).fetchall():
        found.setdefault(account, {})[RecordKey(source, key)] = _read(said)
    return found


def all_accounts(connection: sqlite3.Connection) -> Sequence[tuple[RecordKey, str, Values]]:
    """Of which account records are and what is told with them, in the order of their keys."""
    rows = connection.execute(_ALL_ACCOUNTS).fetchall()
    return [(RecordKey(s, k), account, read_values(told)) for s, k, account, told in rows]


def all_account_said(
    connection: sqlite3.Connection,
) -> Sequence[tuple[RecordKey, tuple[AccountSaid, ...]]]:
    """What is kept of records, in the order of their keys."""
    rows = connection.execute(_ALL_SAID).fetchall()
    return [(RecordKey(source, key), _read(said)) for source, key, said in rows]


@from_rows
def _read(text: str) -> tuple[AccountSaid, ...]:
    return read_account_said(text)
