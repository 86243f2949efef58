"""Versions and their history in MongoDB, beside the policy in force.

Imported only where a setting names a database.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from c360_kernel.mongodb import Collection, open_client, store_errors
from typing_extensions import override

from c360_policy.changing.ports import PolicyLedger, PolicyShelf
from c360_policy.changing.steps import Step
from c360_policy.store.mongodb import SETTING, MongoPolicyStore, version_of


class MongoLedger(PolicyLedger):
    """A document for each step, and one for each text that was proposed."""

    def __init__(self, url: str) -> None:
        self._client = open_client(url, SETTING, "c360-policy")
        database = self._client.get_default_database()
        self._steps: Collection = database["policy_steps"]
        self._proposed: Collection = database["policy_proposals"]
        self._versions: Collection = database["policy_versions"]

    @override
    async def steps(self) -> Sequence[Step]:
        with store_errors():
            found = [one async for one in self._steps.find().sort([("at", 1), ("_id", 1)])]
        return [Step(*(one[name] for name in Step._fields)) for one in found]

    @override
    async def note(self, step: Step) -> None:
        with store_errors():
            await self._steps.insert_one(step._asdict())

    @override
    async def text(self, version: str) -> str | None:
        with store_errors():
            found = await self._versions.find_one({"names": version})
            found = found or await self._proposed.find_one({"_id": version})
        return None if found is None else str(found["policy"])

    @override
    async def put_aside(self, version: str, text: str) -> None:
        kept = {"$setOnInsert": {"policy": text}}
        with store_errors():
            await self._proposed.update_one({"_id": version}, kept, upsert=True)

    @override
    async def kept(self) -> Mapping[str, int | None]:
        with store_errors():
            return {str(one["names"]): one.get("at") async for one in self._versions.find()}

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


class MongoShelf(PolicyShelf):
    """The policy that a store points to."""

    def __init__(self, store: MongoPolicyStore) -> None:
        self._store = store

    @override
    async def text(self) -> str:
        return await self._store.text_in_force()

    @override
    async def put(self, text: str, replacing: str) -> str:
        before = version_of(replacing) if replacing else None
        return f"the policy store, version {await self._store.publish(text, before)}"
