"""The collections of one generation of the account store, and the document of its state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from c360_kernel.log.entry import Partition
from c360_kernel.mongodb import Database
from c360_kernel.projection.mongodb_fed import FedGeneration
from c360_kernel.projection.mongodb_generations import Generations, positions_in
from typing_extensions import override

FORMAT = 2
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
    "scheduled": (),
    "begun": ("topic",),
}


@dataclass(frozen=True, slots=True)
class State:
    """What is kept of a generation as a whole.

    `edition` counts the units that changed account records; `pending` names the last of them while
    it may not be written everywhere. `present` is the last tick, ms UTC.
    """

    epoch: int
    basis: str | None
    positions: Mapping[Partition, int]
    edition: int = 0
    pending: str = ""
    present: int = 0


class Generation(FedGeneration):
    """One generation."""

    def __init__(self, database: Database, number: int) -> None:
        super().__init__(database, number, STATES, prefix="account_")
        self.records = self._holding("records")
        self.links = self._holding("links")
        self.persons = self._holding("persons")
        self.events = self._holding("events")
        self.customers = self._holding("customers")
        self.journal = self._holding("journal")
        self.outbox = self._holding("outbox")
        self.scheduled = self._holding("scheduled")

    @override
    async def create(self) -> None:
        for kind, fields in _INDEXES.items():
            for field in fields:
                await self._held[kind].create_index([(field, 1)])
        await self._create_state(FORMAT, "account", edition=0)

    async def state(self) -> State:
        """Its state now."""
        found = await self._document()
        return State(
            int(found.get("epoch", 0)),
            found.get("basis"),
            positions_in(found),
            int(found.get("edition", 0)),
            found.get("pending") or "",
            int(found.get("present", 0)),
        )


def generations_of(database: Database) -> Generations[Generation]:
    """All generations of a database."""
    return Generations(database[STATES], lambda number: Generation(database, number))
