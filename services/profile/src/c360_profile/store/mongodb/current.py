"""Which generation a store works on."""

from __future__ import annotations

import asyncio
import time

from c360_kernel.log.identity import Origin
from c360_kernel.mongodb import Collection, claim, origin_of
from c360_kernel.projection.origin import may_replace

from c360_profile.store.mongodb.connection import open_client, reach, store_errors
from c360_profile.store.mongodb.generation import Generation, Generations
from c360_profile.store.mongodb.line import Breaks, Line

_ORIGIN = "origin"
# Stores notice within this time that a rebuild has put another generation in place.
_LOOK_AGAIN_S = 1.0


class Current:
    """The live generation of a database."""

    def __init__(self, url: str) -> None:
        breaks = Breaks()
        self._client = open_client(url, breaks)
        self._line = Line(self._client, breaks)
        self._database = self._client.get_default_database()
        self.generations = Generations(self._database, self._line)
        self.origins: Collection = self._database.get_collection(_ORIGIN)
        self._held: Generation | None = None
        self._looked_at = 0.0

    async def claimed(self, by: Origin) -> Origin:
        """What the database is fed from; `by`, if it was never told."""
        with store_errors():
            return await claim(self.origins, _ORIGIN, by)

    async def get(self) -> Generation:
        """The generation, as it was within the last second."""
        await reach(self._client)
        held = self._held
        if held is not None and time.monotonic() - self._looked_at < _LOOK_AGAIN_S:
            return held
        return await self.look()

    async def look(self) -> Generation:
        """The generation, as it is now."""
        with store_errors():
            number = await self.generations.live()
            if self._held is None or self._held.number != number:
                self._held = await self.created(number)
        self._looked_at = time.monotonic()
        return self._held

    async def created(self, number: int) -> Generation:
        """A generation with its indexes."""
        generation = Generation(self._database, number, self._line)
        await generation.create()
        return generation

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


class Aside(Current):
    """A generation that nobody else reads until it is installed."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._by = Origin("")

    async def claimed(self, by: Origin) -> Origin:
        """The generation to be replaced has to be of the same instance."""
        with store_errors():
            held = await origin_of(self.origins, _ORIGIN)
        if held is not None and not may_replace(held, by):
            return held
        self._by = by
        return by

    async def get(self) -> Generation:
        """The generation, empty at first."""
        return await self.look()

    async def look(self) -> Generation:
        """The generation, empty at first."""
        if self._held is None:
            with store_errors():
                self._held = await self.created(await self.generations.unused())
        return self._held

    async def install(self) -> None:
        """Make it the live one, and remove all others once nobody reads them any more."""
        number = (await self.look()).number
        with store_errors():
            origin = {"log": self._by.log, "instance": self._by.instance}
            await self.origins.update_one({"_id": _ORIGIN}, {"$set": origin}, upsert=True)
            await self.generations.make_live(number)
            await asyncio.sleep(2 * _LOOK_AGAIN_S)
            await self.generations.drop_all_but(number)
