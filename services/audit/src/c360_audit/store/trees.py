"""The port of the trees over the audit topic: one tree for each partition, an entry a leaf.

The index of a leaf is the offset of its entry, so that replicas and stores that are filled anew
have the same trees. Hashes stay when entries go.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from c360_audit.domain.merkle.tiles import TileName
from c360_audit.domain.placed_entry import Place, PlacedEntry


class KeptCheckpoint(NamedTuple):
    """A signed checkpoint as it is kept: the tree had `before` leaves, and then `size`."""

    before: int
    size: int
    note: str


class AuditTrees(Protocol):
    """What is kept of the trees. They grow with the units of the log, each under a checkpoint."""

    async def newest(self) -> Mapping[int, str]:
        """The signed checkpoint of each partition that has any, as it is now."""
        ...

    async def checkpoints(self, partition: int, above: int, limit: int) -> Sequence[KeptCheckpoint]:
        """At most `limit` signed checkpoints of trees larger than `above`, the smallest first."""
        ...

    async def tiles(self, partition: int, names: Collection[TileName]) -> Mapping[TileName, bytes]:
        """Those of these tiles that there are, 32 bytes for each hash."""
        ...

    async def placed(self, partition: int, first: int, limit: int) -> Sequence[PlacedEntry]:
        """What is left of at most `limit` entries from an offset on, by offset."""
        ...

    async def place_of(self, entry_id: str) -> Place | None:
        """Where an entry stands; None where nothing is left of it."""
        ...

    async def younger(self, before: int) -> Mapping[int, int]:
        """Of each partition the first offset whose operation is not of before a time (ms UTC).

        Where all are, it is the size of the tree.
        """
        ...

    async def statements(self) -> Sequence[str]:
        """What was said by `state`, signed."""
        ...

    async def state(self, name: str, note: str) -> None:
        """Keep a signed statement, in the place of the one of this name."""
        ...
