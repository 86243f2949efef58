"""Whose a database on the server is. The server knows no unique keys, but makes a table once: the
owner is what the table was made with, so of several that come at once one is it."""

from __future__ import annotations

from c360_kernel.errors import SettingsError

from c360_segment.store.clickhouse.conditions import text
from c360_segment.store.clickhouse.server import ClickhouseServer

_MAKE = (
    "CREATE TABLE IF NOT EXISTS owner(nothing UInt8) ENGINE = MergeTree ORDER BY nothing COMMENT {}"
)
_READ = (
    "SELECT comment FROM system.tables WHERE database = currentDatabase() AND name = 'owner'"
    " FORMAT RawBLOB"
)


def take(server: ClickhouseServer, log: str, replica: str, seconds: float) -> None:
    """Make the database that of the replica that a log feeds, if it is nobody's yet.

    A file that is made anew changes neither. Raises `SettingsError` (STORE_FOREIGN), `Transient`.
    """
    ours = f"{log} {replica}"
    server.ask(_MAKE.format(text(ours)), seconds=seconds)
    if server.ask(_READ, seconds=seconds) != ours.encode():
        raise SettingsError(
            f"the ClickHouse database {server.database} holds the history of another instance or"
            " replica: name a database of its own for this one, or, if nobody uses that one any"
            " more, say `DROP TABLE owner` in it",
            code="STORE_FOREIGN",
        )
