"""Accounts in one SQLite file."""

from c360_account.store.sqlite.store import SqliteAccountStore

__all__ = ["SqliteAccountStore"]
