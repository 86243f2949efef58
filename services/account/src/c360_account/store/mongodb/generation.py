"""The collections of one generation of the account store, and the document of its state."""

from __future__ import annotations

from collections.abc import Mapping
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

FORMAT = 1
"""To be raised with every change of what the collections hold."""
STATES = "account_projection"
_INDEXES: Mapping[str, tuple[str, ...]] = {
    "records": ("id", "account", "head", "parent", "active"),
    "links": ("person", "account"),
    "persons": ("customer",),
    "events": ("record", "account"),
    "customers": (),
    "journal": ("unit", "edition"),
    "outbox": ("unit", "sequence"),
    "begun": ("topic",),
}


@dataclass(frozen=True, slots=True)
class State:
    """What is kept of a generation as a whole.

    `edition` counts the units that changed account records; `pending` names the last of them while
    it may not be written everywhere.
    """

    epoch: int
    basis: str | None
    positions: Mapping[Partition, int]
    edition: int = 0
    pending: str = ""


class Generation:
    """One generation."""

    def __init__(self, database: Database, number: int) -> None:
        def named(kind: str) -> Collection:
            return database[f"account_{kind}_{number}"]

        self.number = number
        self.records = named("records")
        self.links = named("links")
        self.persons = named("persons")
        self.events = named("events")
        self.customers = named("customers")
        self.journal = named("journal")
        self.outbox = named("outbox")
        # A mark must outlive a killed process, not a power cut.
        self.begun = named("begun").with_options(write_concern=WriteConcern(w=1))
        self._database = database
        self._states: Collection = database[STATES]

    async def create(self) -> None:
        """Make its indexes and its state unless they are there."""
        for kind, fields in _INDEXES.items():
            for field in fields:
                await self._database[f"account_{kind}_{self.number}"].create_index([(field, 1)])
        made = {"$setOnInsert": {"epoch": 0, "edition": 0, "format": FORMAT}}
        await self._states.update_one({"_id": self._id}, made, upsert=True)
        await check_format(self._states, self._id, FORMAT, by_replay("account"))

    async def state(self) -> State:
        """Its state now."""
        found = await self._document()
        return State(
            int(found.get("epoch", 0)),
            found.get("basis"),
            positions_in(found),
            int(found.get("edition", 0)),
            found.get("pending") or "",
        )

    async def witnessed(self) -> Mapping[Position, str]:
        """Stamps of entries that the store was fed."""
        return witnessed_in(await self._document())

    async def change_state(
        self,
        update: Document,
        held: Mapping[Partition, int] | None = None,
        said: Document | None = None,
    ) -> bool:
        """Change its state if these positions are still held and it says that; False if not."""
        expected = {"_id": self._id, **positions_held(held or {}), **(said or {})}
        return (await self._states.update_one(expected, update)).matched_count == 1

    async def count(self, collection: Collection, chosen: Document) -> int:
        """How many documents pass a filter, by the command that needs no aggregation."""
        counted = await self._database.command({"count": collection.name, "query": chosen})
        return int(counted["n"])

    async def drop(self) -> None:
        """Remove all of it."""
        for kind in _INDEXES:
            await self._database[f"account_{kind}_{self.number}"].drop()
        await self._states.delete_one({"_id": self._id})

    async def _document(self) -> Document:
        return await self._states.find_one({"_id": self._id}) or {}

    @property
    def _id(self) -> str:
        return state_id(self.number)


def generations_of(database: Database) -> Generations[Generation]:
    """All generations of a database."""
    return Generations(database[STATES], lambda number: Generation(database, number))
