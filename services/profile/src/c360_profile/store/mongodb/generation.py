"""The collections of one generation of the profile store, and the document of its state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from c360_kernel.log.entry import Partition
from c360_kernel.mongodb import Database, Document
from c360_kernel.projection.mongodb_fed import FedGeneration
from c360_kernel.projection.mongodb_generations import Generations, positions_in
from pymongo import IndexModel
from typing_extensions import override

from c360_profile.store.mongodb.line import Line, Place
from c360_profile.store.mongodb.sequence import node_of

FORMAT = 22
"""To be raised with every change of what the collections hold."""
STATES = "projection"
_INDEXES: Mapping[str, Sequence[Sequence[tuple[str, int]]]] = {
    "records": ([("customers", 1)], [("carried", 1)]),
    "revisions": ([("record", 1), ("own", 1), ("number", 1)], [("place", 1)]),
    "answers": ([("record", 1)],),
    "taggings": ([("record", 1)],),
    "events": (
        [("record", 1), ("occurred_at", -1), ("source", 1), ("message_id", 1)],
        [("name", 1), ("occurred_at", 1), ("record", 1)],
    ),
    "customers": ([("numbers", 1)], [("facts", 1)]),
    "links": ([("person", 1)], [("account", 1)], [("kind", 1), ("role", 1)], [("role", 1)]),
    "account_records": ([("account", 1)],),
    "begun": ([("topic", 1), ("partition", 1)],),
}


@dataclass(frozen=True, slots=True)
class State:
    """What is kept of a generation as a whole."""

    epoch: int
    folded_by: str | None
    positions: Mapping[Partition, int]
    present: int = 0
    counted: int = 0
    """The last step of counting of which it is noted that all of it is written."""


class Generation(FedGeneration):
    """The collections of one generation."""

    def __init__(self, database: Database, number: int, line: Line) -> None:
        super().__init__(database, number, STATES, concern=line.concern)
        self.line = line
        self.records = self._holding("records")
        self.revisions = self._holding("revisions")
        self.events = self._holding("events")
        self.answers = self._holding("answers")
        self.taggings = self._holding("taggings")
        self.objects = self._holding("objects")
        self.links = self._holding("links")
        self.account_records = self._holding("account_records")
        self.accounts = self._holding("accounts")
        self.counted = self._holding("counted")
        self.cells = self._holding("cells")
        self.customers = self._holding("customers")
        self.outbox = self._holding("outbox")
        self.scheduled = self._holding("scheduled")
        # Generations of before kept here what told of no customer: it is dropped with them.
        self._holding("letters")
        self._marks = database.get_collection(STATES, write_concern=line.concern)

    @override
    async def create(self) -> None:
        for kind, indexes in _INDEXES.items():
            # One command for all of a collection.
            await self._held[kind].create_indexes([IndexModel(keys) for keys in indexes])
        await self._create_state(FORMAT, "profile")

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
        return read_state(await self._document())

    async def mark_written(self, unit: int, counted: int) -> Document:
        """Note that all documents of a unit are written, also those of the step `counted` that it
        took, 0 for none; what its state then says of the unit.
        """
        mark: Document = {f"written.{node_of(unit)}": unit}
        update: Document = {"$set": mark} | ({"$max": {"counted": counted}} if counted else {})
        await self._marks.update_one({"_id": self._id}, update)
        return mark

    async def mark_counted(self, step: int) -> None:
        """Note that what a step counted is written."""
        await self._marks.update_one({"_id": self._id}, {"$max": {"counted": step}})

    async def counted_up_to(self) -> int:
        """The last step of which that is noted."""
        return int((await self._document("counted")).get("counted", 0))

    async def settle(self, since: Place) -> None:
        """Return once all lasts that was asked since then; `Conflict` if it may not."""
        await self.change_state({"$inc": {"settled": 1}})
        self.line.refuse_broken(since)


def read_state(document: Document) -> State:
    """The state of a document."""
    return State(
        int(document.get("epoch", 0)),
        document.get("folded_by"),
        positions_in(document),
        int(document.get("present", 0)),
        int(document.get("counted", 0)),
    )


def generations_of(database: Database, line: Line) -> Generations[Generation]:
    """All generations of a database."""
    return Generations(
        database.get_collection(STATES), lambda number: Generation(database, number, line)
    )
