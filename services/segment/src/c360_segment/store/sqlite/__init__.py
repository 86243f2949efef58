"""Who is in which segment, in one SQLite file."""

from c360_segment.store.sqlite.store import SqliteSegmentStore

__all__ = ["SqliteSegmentStore"]
