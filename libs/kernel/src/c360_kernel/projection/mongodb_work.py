"""The part of a unit of work on MongoDB that every unit has: where it is, and its own entries."""

from __future__ import annotations

from typing_extensions import override

from c360_kernel.log.entry import Entry, NewEntry, Positions
from c360_kernel.mongodb import Document
from c360_kernel.projection.dead_letters import dead_letter_entry
from c360_kernel.projection.mongodb_generations import positions_update
from c360_kernel.projection.port import Unit
from c360_kernel.projection.positions import refuse_moved
from c360_kernel.projection.witness import LatestEntries


class MongoWork(Unit):
    """Kept in memory until the unit is written.

    `_letters` are entries of its own, `_update` what its state becomes where it still holds the
    positions `_before`.
    """

    def __init__(self, positions: Positions, begun: LatestEntries) -> None:
        self._positions = positions
        self._begun = begun
        self._letters: list[NewEntry] = []
        self._before: Positions = {}
        self._update: Document = {}

    @override
    def emit(self, entry: NewEntry) -> None:
        self._letters.append(entry)

    @override
    async def advance(self, before: Positions, after: Positions) -> None:
        refuse_moved(self._positions, before)
        self._before = before
        self._update |= positions_update(after, self._begun)

    @override
    async def dead_letter(self, entry: Entry, group: str, code: str) -> None:
        self.emit(dead_letter_entry(entry, group, code))
