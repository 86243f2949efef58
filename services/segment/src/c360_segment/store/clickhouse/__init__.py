"""Events in columns on ClickHouse, for a history that one machine asks too slowly."""

from c360_segment.store.clickhouse.columns import ClickhouseColumns
from c360_segment.store.clickhouse.server import ClickhouseServer, server_of

__all__ = ["ClickhouseColumns", "ClickhouseServer", "server_of"]
