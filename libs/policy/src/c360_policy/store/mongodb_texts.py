"""The texts of policies that were in force, out of MongoDB.

Imported only where a setting names a database.
"""

from __future__ import annotations

from c360_kernel.mongodb import Collection, open_client, store_errors

from c360_policy.store.mongodb import SETTING


class MongoPolicyTexts:
    """Reads versions by the name that the audit has for them. Connects at its first use."""

    def __init__(self, url: str) -> None:
        self._client = open_client(url, SETTING, "c360-gateway")
        self._versions: Collection = self._client.get_default_database()["policy_versions"]

    async def text_of(self, version: str) -> str | None:
        """The text of a version; None for one that is not kept."""
        with store_errors():
            found = await self._versions.find_one({"names": version})
        return None if found is None else str(found["policy"])

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()
