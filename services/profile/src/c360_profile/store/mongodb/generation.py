"""The collections of one generation of the profile store, and the document of its state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from c360_kernel.errors import by_replay
from c360_kernel.log.entry import Partition, Position
from c360_kernel.mongodb import Collection, Database, Document, check_format
from c360_kernel.projection.mongodb_generations import (
    Generations,
    positions_held,
    positions_in,
    state_id,
    witnessed_in,
)
from pymongo import WriteConcern

from c360_profile.store.mongodb.line import Line, Place
from c360_profile.store.mongodb.sequence import node_of

FORMAT = 18
"""To be raised with every change of what the collections hold."""


@dataclass(frozen=True, slots=True)
class State:
    """What is kept of a generation as a whole."""

    epoch: int
    folded_by: str | None
    positions: Mapping[Partition, int]
    present: int = 0


class Generation:
    """The collections of one generation."""

    def __init__(self, database: Database, number: int, line: Line) -> None:
        def named(kind: str) -> Collection:
            return database.get_collection(f"{kind}_{number}", write_concern=line.concern)

        self.number = number
        self.line = line
        self.records = named("records")
        self.revisions = named("revisions")
        self.events = named("events")
        self.answers = named("answers")
        self.taggings = named("taggings")
        self.objects = named("objects")
        self.customers = named("customers")
        self.outbox = named("outbox")
        self.scheduled = named("scheduled")
        # Generations of before kept here what told of no customer.
        self._letters = named("letters")
        # A mark must outlive a killed process, not a power cut.
        self.begun = named("begun").with_options(write_concern=WriteConcern(w=1))
        self._database = database
        self._states = database.get_collection("projection")
        self._marks = database.get_collection("projection", write_concern=line.concern)

    async def create(self) -> None:
        """Make its indexes and its state unless they are there."""
        await self.records.create_index([("customers", 1)])
        await self.records.create_index([("carried", 1)])
        await self.revisions.create_index([("record", 1), ("own", 1), ("number", 1)])
        await self.revisions.create_index([("place", 1)])
        await self.answers.create_index([("record", 1)])
        await self.taggings.create_index([("record", 1)])
        await self.events.create_index(
            [("record", 1), ("occurred_at", -1), ("source", 1), ("message_id", 1)]
        )
        await self.events.create_index([("name", 1), ("occurred_at", 1), ("record", 1)])
        await self.customers.create_index([("numbers", 1)])
        await self.customers.create_index([("facts", 1)])
        await self.begun.create_index([("topic", 1), ("partition", 1)])
        await self.change_state({"$setOnInsert": {"epoch": 0, "format": FORMAT}}, upsert=True)
        await check_format(self._states, self._id, FORMAT, by_replay("profile"))

    async def refer_by(self, properties: Iterable[str]) -> None:
        """An index over what each of these properties holds."""
        wanted = {f"referring_{name}": name for name in properties}
        held = await self.events.index_information()
        for index in sorted(held.keys() - wanted.keys()):
            if index.startswith("referring_"):
                await self.events.drop_index(index)
        for index in sorted(wanted.keys() - held.keys()):
            keys = [(f"properties.{wanted[index]}", 1), ("record", 1)]
            await self.events.create_index(keys, name=index)

    async def state(self) -> State:
        """Its state now."""
        found = await self._states.find_one({"_id": self._id}) or {}
        return State(
            int(found.get("epoch", 0)),
            found.get("folded_by"),
            positions_in(found),
            int(found.get("present", 0)),
        )

    async def witnessed(self) -> Mapping[Position, str]:
        """Stamps of entries that the store was fed."""
        found = await self._states.find_one({"_id": self._id}, {"witnesses": 1}) or {}
        return witnessed_in(found)

    async def mark_written(self, unit: int) -> Document:
        """Note that all documents of a unit are written; what its state then says of that."""
        mark: Document = {f"written.{node_of(unit)}": unit}
        await self._marks.update_one({"_id": self._id}, {"$set": mark})
        return mark

    async def settle(self, since: Place) -> None:
        """Return once all lasts that was asked since then; `Conflict` if it may not."""
        await self.change_state({"$inc": {"settled": 1}})
        self.line.refuse_broken(since)

    async def change_state(
        self,
        update: Document,
        held: Mapping[Partition, int] | None = None,
        said: Document | None = None,
        *,
        upsert: bool = False,
    ) -> bool:
        """Change its state if these positions are still held and it says that; False if not."""
        expected = positions_held(held or {}) | (said or {})
        result = await self._states.update_one({"_id": self._id, **expected}, update, upsert=upsert)
        return result.matched_count == 1 or result.upserted_id is not None

    async def count(self, collection: Collection, chosen: Document) -> int:
        """How many documents pass a filter, by the command that needs no aggregation."""
        counted = await self._database.command({"count": collection.name, "query": chosen})
        return int(counted["n"])

    async def drop(self) -> None:
        """Remove all of it."""
        for collection in (self.records, self.revisions, self.events, self.customers):
            await collection.drop()
        for collection in (self.outbox, self.scheduled, self.begun, self._letters, self.answers):
            await collection.drop()
        await self.taggings.drop()
        await self.objects.drop()
        await self._states.delete_one({"_id": self._id})

    @property
    def _id(self) -> str:
        return state_id(self.number)


def generations_of(database: Database, line: Line) -> Generations[Generation]:
    """All generations of a database."""
    return Generations(
        database.get_collection("projection"), lambda number: Generation(database, number, line)
    )
