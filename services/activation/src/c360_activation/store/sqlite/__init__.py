"""The embedded adapter."""

from c360_activation.store.sqlite.store import SqliteActivationStore

__all__ = ["SqliteActivationStore"]
