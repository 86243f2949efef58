"""Which generation a store works on."""

from __future__ import annotations

import asyncio
import time

from c360_profile.store.mongodb.connection import open_client, store_errors
from c360_profile.store.mongodb.generation import Generation, Generations

# Stores notice within this time that a rebuild has put another generation in place.
_LOOK_AGAIN_S = 1.0


class Current:
    """The live generation of a database."""

    def __init__(self, url: str) -> None:
        self._client = open_client(url)
        self._database = self._client.get_default_database()
        self.generations = Generations(self._database)
        self._held: Generation | None = None
        self._looked_at = 0.0

    async def get(self) -> Generation:
        """The generation, as it was within the last second."""
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
        generation = Generation(self._database, number)
        await generation.create()
        return generation

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


class Aside(Current):
    """A generation that nobody else reads until it is installed."""

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
            await self.generations.make_live(number)
            await asyncio.sleep(2 * _LOOK_AGAIN_S)
            await self.generations.drop_all_but(number)
