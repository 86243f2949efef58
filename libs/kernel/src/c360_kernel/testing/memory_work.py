"""How a store in memory is fed: its positions and its outbox, changed by a unit of work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from typing_extensions import override

from c360_kernel.log.entry import Entry, NewEntry, Partition, Positions
from c360_kernel.projection.dead_letters import dead_letter_entry
from c360_kernel.projection.port import Outgoing, Unit
from c360_kernel.projection.positions import refuse_moved
from c360_kernel.testing.memory_marks import MemoryMarks


@dataclass
class Feed:
    """The part of a state in memory that feeding it changes; states have it among their own."""

    positions: dict[Partition, int] = field(default_factory=dict[Partition, int])
    outbox: dict[int, NewEntry] = field(default_factory=dict[int, NewEntry])
    emitted: int = 0


class MemoryWork(Unit):
    """The part of a unit in memory that every unit has."""

    @property
    def _feed(self) -> Feed:
        """The state that the unit works on."""
        raise NotImplementedError

    @override
    def emit(self, entry: NewEntry) -> None:
        self._feed.emitted += 1
        self._feed.outbox[self._feed.emitted] = entry

    @override
    async def advance(self, before: Positions, after: Positions) -> None:
        refuse_moved(self._feed.positions, before)
        self._feed.positions.update(after)

    @override
    async def dead_letter(self, entry: Entry, group: str, code: str) -> None:
        self.emit(dead_letter_entry(entry, group, code))


class MemoryFed(MemoryMarks):
    """The same part of a store in memory."""

    @property
    def _feed(self) -> Feed:
        """The state that the store holds now."""
        raise NotImplementedError

    async def positions(self) -> Positions:
        """The next offset to handle of every partition handled so far."""
        return dict(self._feed.positions)

    async def outgoing(self, limit: int) -> Sequence[Outgoing]:
        """The oldest entries of the outbox."""
        return [Outgoing(*one) for one in sorted(self._feed.outbox.items())[:limit]]

    async def relayed(self, sequences: Sequence[int]) -> None:
        """Drop these entries from the outbox."""
        for sequence in sequences:
            self._feed.outbox.pop(sequence, None)

    async def clear_outbox(self) -> None:
        """Forget what was not relayed."""
        self._feed.outbox.clear()
