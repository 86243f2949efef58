"""Customers, records and events in one SQLite file."""

from c360_profile.store.sqlite.store import SqliteProfileStore

__all__ = ["SqliteProfileStore"]
