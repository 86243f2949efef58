"""The schema that is served is kept, so that what is asked of a past time is asked of that one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from logging import getLogger

from c360_kernel.errors import C360Error
from c360_policy.schema.served import ServedSchema, served_version
from c360_policy.store.served_schemas import ServedSchemas
from c360_policy.table import Coordinates

from c360_gateway.policy.tables import PolicyTables

_LOOK_AGAIN_S = 1.0
_log = getLogger(__name__)


class SchemaKeeping:
    """Looks every second which schema is served, and keeps one that it did not see before.

    `tables` are those of the graph in use, if there is one. `version` is the schema that is served
    and kept; "" until one is.
    """

    def __init__(self, tables: Callable[[], PolicyTables | None], schemas: ServedSchemas) -> None:
        self._tables = tables
        self._schemas = schemas
        self._seen: Coordinates | None = None
        self.version = ""

    async def start(self) -> None:
        """Keep what is served from the beginning."""
        await self._look()

    async def watch(self) -> None:
        """Look for ever."""
        while True:
            await asyncio.sleep(_LOOK_AGAIN_S)
            await self._look()

    async def _look(self) -> None:
        tables = self._tables()
        if tables is None or tables.coordinates is self._seen:
            return
        seen = tables.coordinates
        schema = ServedSchema(seen, tables.interfaces, tables.outputs)
        text = await asyncio.to_thread(schema.text)
        version = served_version(text)
        try:
            await self._schemas.keep(version, text)
        except (C360Error, OSError) as error:
            _log.error("the schema that is served cannot be kept for the record: %s", error)
            return
        self._seen, self.version = seen, version
