"""Generations: whole sets of collections in one database, one of which is the live one.

A rebuild fills the next generation beside the live one. Which is live is a field of one document,
so putting another in its place is one write.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, Protocol, TypeVar

from c360_kernel.log.entry import Partition, Position
from c360_kernel.log.identity import Origin
from c360_kernel.mongodb import Client, Collection, Document, claim, origin_of
from c360_kernel.mongodb_deadline import reach, store_errors
from c360_kernel.projection.origin import may_replace
from c360_kernel.projection.witness import LatestEntries, witness

_LIVE = "live"
_PREFIX = "generation-"
_ORIGIN = "origin"
# Stores notice within this time that a rebuild has put another generation in place.
_LOOK_AGAIN_S = 1.0


class Generation(Protocol):
    """The collections of one generation, and the document of its state."""

    number: int

    async def create(self) -> None:
        """Make its indexes and its state unless they are there. Raises `Unusable`."""
        ...

    async def drop(self) -> None:
        """Remove all of it."""
        ...


G = TypeVar("G", bound=Generation)


class Generations(Generic[G]):
    """All generations of a database. `states` has a document of each, and of which one is live."""

    def __init__(self, states: Collection, numbered: Callable[[int], G]) -> None:
        self._states = states
        self._numbered = numbered

    async def live(self) -> int:
        """The number of the one that is read and fed; 0 from the first call on."""
        found = await self._states.find_one({"_id": _LIVE})
        if found is not None:
            return int(found["number"])
        await self._states.update_one({"_id": _LIVE}, {"$setOnInsert": {"number": 0}}, upsert=True)
        return await self.live()

    async def state(self, number: int) -> Document:
        """The document of a generation's state; an empty one if there is none."""
        return await self._states.find_one({"_id": state_id(number)}) or {}

    async def state_if_live(self, number: int) -> Document | None:
        """As `state`, if that one is read and fed; None if another one is. Asked by one command."""
        chosen = {"_id": {"$in": [_LIVE, state_id(number)]}}
        found = {one["_id"]: one for one in await self._states.find(chosen).to_list()}
        live = found.get(_LIVE)
        if live is None or int(live["number"]) != number:
            return None
        return found.get(state_id(number), {})

    async def created(self, number: int) -> G:
        """A generation with its indexes."""
        generation = self._numbered(number)
        await generation.create()
        return generation

    async def unused(self) -> int:
        """A number above those of all generations there are."""
        return max(await self.live(), *await self._numbers()) + 1

    async def make_live(self, number: int) -> None:
        """Read and feed this one from now on."""
        await self._states.update_one({"_id": _LIVE}, {"$set": {"number": number}}, upsert=True)

    async def drop_all_but(self, number: int) -> None:
        """Remove the others, also what a killed rebuild left."""
        for other in await self._numbers():
            if other != number:
                await self._numbered(other).drop()

    async def _numbers(self) -> list[int]:
        found: list[dict[str, Any]] = await self._states.find({}, {"_id": 1}).to_list()
        ids = [document["_id"] for document in found if document["_id"] != _LIVE]
        return [int(id_.removeprefix(_PREFIX)) for id_ in ids]


class Current(Generic[G]):
    """The live generation of a database. `origins` says what the database is fed from."""

    def __init__(self, client: Client, origins: Collection, generations: Generations[G]) -> None:
        self.generations = generations
        self.origins = origins
        self._client = client
        self._held: G | None = None
        self._looked_at = 0.0

    async def claimed(self, by: Origin) -> Origin:
        """What the database is fed from; `by`, if it was never told."""
        with store_errors():
            return await claim(self.origins, _ORIGIN, by)

    async def get(self) -> G:
        """The generation, as it was within the last second."""
        await reach(self._client)
        held = self._held
        if held is not None and time.monotonic() - self._looked_at < _LOOK_AGAIN_S:
            return held
        return await self.look()

    async def look(self) -> G:
        """The generation, as it is now."""
        with store_errors():
            number = await self.generations.live()
            if self._held is None or self._held.number != number:
                self._held = await self.generations.created(number)
        self._looked_at = time.monotonic()
        return self._held

    async def stated(self) -> tuple[G, Document]:
        """The generation, and the document of its state, as they are now."""
        held = self._held
        if held is not None:
            looked_at = time.monotonic()
            with store_errors():
                state = await self.generations.state_if_live(held.number)
            if state is not None:
                self._looked_at = looked_at
                return held, state
        generation = await self.look()
        with store_errors():
            return generation, await self.generations.state(generation.number)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


class Aside(Current[G]):
    """A generation that nobody else reads until it is installed."""

    def __init__(self, client: Client, origins: Collection, generations: Generations[G]) -> None:
        super().__init__(client, origins, generations)
        self._by = Origin("")

    async def claimed(self, by: Origin) -> Origin:
        """The generation to be replaced has to be of the same instance."""
        with store_errors():
            held = await origin_of(self.origins, _ORIGIN)
        if held is not None and not may_replace(held, by):
            return held
        self._by = by
        return by

    async def get(self) -> G:
        """The generation, empty at first."""
        return await self.look()

    async def look(self) -> G:
        """The generation, empty at first."""
        if self._held is None:
            with store_errors():
                self._held = await self.generations.created(await self.generations.unused())
        return self._held

    async def stated(self) -> tuple[G, Document]:
        """The generation, empty at first, and the document of its state."""
        generation = await self.look()
        with store_errors():
            return generation, await self.generations.state(generation.number)

    async def install(self) -> None:
        """Make it the live one, and remove all others once nobody reads them any more."""
        number = (await self.look()).number
        with store_errors():
            origin = {"log": self._by.log, "instance": self._by.instance}
            await self.origins.update_one({"_id": _ORIGIN}, {"$set": origin}, upsert=True)
            await self.generations.make_live(number)
            await asyncio.sleep(2 * _LOOK_AGAIN_S)
            await self.generations.drop_all_but(number)


def state_id(number: int) -> str:
    """Names the document of a generation's state."""
    return f"{_PREFIX}{number}"


def positions_in(state: Document) -> Mapping[Partition, int]:
    """Where to go on, as a state says it."""
    held = state.get("positions", {}).items()
    return {_read_field(field): int(offset) for field, offset in held}


def witnessed_in(state: Document) -> Mapping[Position, str]:
    """Stamps of entries that the store was fed, as a state says them."""
    held: Iterable[tuple[str, str]] = state.get("witnesses", {}).items()
    return dict(witness(_read_field(field), text) for field, text in held)


def positions_held(positions: Mapping[Partition, int]) -> Document:
    """What a state says that holds these positions."""
    return {f"positions.{_field(p)}": offset or None for p, offset in positions.items()}


def positions_update(after: Mapping[Partition, int], begun: LatestEntries) -> Document:
    """The fields that say where to go on, and what was there."""
    positions = {f"positions.{_field(partition)}": offset for partition, offset in after.items()}
    witnesses = begun.before(after).items()
    return positions | {f"witnesses.{_field(partition)}": text for partition, text in witnesses}


def _field(partition: Partition) -> str:
    return f"{partition.topic}:{partition.number}"


def _read_field(field: str) -> Partition:
    topic, _, number = field.rpartition(":")
    return Partition(topic, int(number))
