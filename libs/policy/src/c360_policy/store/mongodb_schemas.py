"""Schemas that were served, in MongoDB, beside the policy.

Imported only where a setting names a database.
"""

from __future__ import annotations

from bson.int64 import Int64
from c360_kernel.mongodb import Collection, open_client, store_errors
from c360_kernel.stamp import wall_clock_ms
from typing_extensions import override

from c360_policy.store.mongodb import SETTING
from c360_policy.store.served_schemas import ServedSchemas


class MongoServedSchemas(ServedSchemas):
    """A document for each."""

    def __init__(self, url: str) -> None:
        self._client = open_client(url, SETTING, "c360-schemas")
        self._schemas: Collection = self._client.get_default_database()["schema_versions"]

    @override
    async def keep(self, version: str, text: str) -> None:
        kept = {"$setOnInsert": {"schema": text, "at": Int64(wall_clock_ms())}}
        with store_errors():
            await self._schemas.update_one({"_id": version}, kept, upsert=True)

    @override
    async def text(self, version: str) -> str | None:
        with store_errors():
            found = await self._schemas.find_one({"_id": version})
        return None if found is None else str(found["schema"])

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()
