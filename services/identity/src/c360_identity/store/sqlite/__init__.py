"""The evidence graph in one SQLite file."""

from c360_identity.store.sqlite.store import SqliteIdentityStore

__all__ = ["SqliteIdentityStore"]
