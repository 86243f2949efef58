"""The audit log in a SQLite file."""

from c360_audit.store.sqlite.store import SqliteAuditLog

__all__ = ["SqliteAuditLog"]
