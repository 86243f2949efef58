"""What every store on MongoDB that is fed has: a generation with a state, and what feeds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from pymongo import WriteConcern
from typing_extensions import override

from c360_kernel.errors import by_replay
from c360_kernel.log.entry import Entry, Position, Positions, spans_of
from c360_kernel.log.identity import Origin
from c360_kernel.mongodb import Collection, Database, Document, check_format
from c360_kernel.mongodb_deadline import store_errors
from c360_kernel.projection.mongodb_generations import (
    Current,
    Generation,
    positions_held,
    positions_in,
    state_id,
    witnessed_in,
)
from c360_kernel.projection.mongodb_marks import mark, marked, unmark
from c360_kernel.projection.origin import Witness
from c360_kernel.projection.port import Attempt, ProjectionStore
from c360_kernel.projection.witness import LatestEntries


class FedGeneration(Generation):
    """The collections of one generation, and the document of its state in `states`.

    Collections are named by what they hold, after `prefix`, and their writes are acknowledged as
    `concern` says, else as the database's.
    """

    def __init__(
        self,
        database: Database,
        number: int,
        states: str,
        prefix: str = "",
        concern: WriteConcern | None = None,
    ) -> None:
        self.number = number
        self._id = state_id(number)
        self._database = database
        self._states: Collection = database[states]
        self._prefix = prefix
        self._concern = concern
        self._held: dict[str, Collection] = {}
        # A mark must outlive a killed process, not a power cut.
        self.begun = self._holding("begun").with_options(write_concern=WriteConcern(w=1))

    def _holding(self, kind: str) -> Collection:
        """The collection of this kind; `drop` removes it."""
        name = f"{self._prefix}{kind}_{self.number}"
        held = self._database.get_collection(name, write_concern=self._concern)
        self._held[kind] = held
        return held

    async def _create_state(self, form: int, projection: str, **beginning: int) -> None:
        """Make its state unless it is there. Raises `Unusable` for one of another format."""
        made = {"$setOnInsert": {"epoch": 0, **beginning, "format": form}}
        await self._states.update_one({"_id": self._id}, made, upsert=True)
        await check_format(self._states, self._id, form, by_replay(projection))

    async def _document(self, *fields: str) -> Document:
        return await self._states.find_one({"_id": self._id}, fields or None) or {}

    async def positions(self) -> Positions:
        """The next offset to handle of every partition handled so far."""
        return positions_in(await self._document("positions"))

    async def witnessed(self) -> Mapping[Position, str]:
        """Stamps of entries that the store was fed."""
        return witnessed_in(await self._document("witnesses"))

    async def start_epoch(self, epoch: int) -> int:
        """Begin a new epoch; the one that holds, which is the greatest that was begun."""
        await self.change_state({"$max": {"epoch": epoch}})
        return int((await self._document("epoch")).get("epoch", 0))

    async def change_state(
        self, update: Document, held: Positions | None = None, said: Document | None = None
    ) -> bool:
        """Change its state if these positions are still held and it says that; False if not."""
        expected = {"_id": self._id, **positions_held(held or {}), **(said or {})}
        return (await self._states.update_one(expected, update)).matched_count == 1

    async def count(self, collection: Collection, chosen: Document) -> int:
        """How many documents pass a filter, by the command that needs no aggregation."""
        counted = await self._database.command({"count": collection.name, "query": chosen})
        return int(counted["n"])

    @override
    async def drop(self) -> None:
        for collection in self._held.values():
            await collection.drop()
        await self._states.delete_one({"_id": self._id})


G = TypeVar("G", bound=FedGeneration)


class MongoFed(ProjectionStore[Any], Witness, Generic[G]):
    """The part of feeding a store that is the same for all, over the generation of the moment."""

    def __init__(self, current: Current[G]) -> None:
        self.epoch = 0
        self._current = current
        self._begun = LatestEntries()

    @override
    async def claimed(self, by: Origin) -> Origin:
        return await self._current.claimed(by)

    @override
    async def positions(self) -> Positions:
        generation = await self._current.look()
        with store_errors():
            return await generation.positions()

    @override
    async def witnessed(self) -> Mapping[Position, str]:
        generation = await self._current.look()
        with store_errors():
            return await generation.witnessed()

    async def start_epoch(self, epoch: int) -> None:
        """Begin a new epoch. Of several that start at once the greatest holds."""
        generation = await self._current.look()
        with store_errors():
            self.epoch = await generation.start_epoch(epoch)

    @override
    async def attempts(self) -> Sequence[Attempt]:
        generation = await self._current.get()
        with store_errors():
            return await marked(generation.begun)

    @override
    async def begin(self, entries: Sequence[Entry]) -> None:
        self._begun.begin(entries)
        generation = await self._current.get()
        with store_errors():
            await mark(generation.begun, spans_of(entries))

    @override
    async def end(self, entries: Sequence[Entry]) -> None:
        generation = await self._current.get()
        with store_errors():
            await unmark(generation.begun, spans_of(entries))
