"""The leaves of a stretch of a tree, as each that holds them has it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from c360_kernel.log.entry import Entry, Partition
from c360_kernel.log.port import EventLog
from c360_kernel.log.topics import AUDIT

from c360_audit.domain.merkle.hashing import SIZE
from c360_audit.domain.merkle.tiles import WIDTH, TileName, split
from c360_audit.domain.placed_entry import PlacedEntry
from c360_audit.store.placed_entries import placed_entry
from c360_audit.store.trees import AuditTrees

STRETCH = 256 * WIDTH


@dataclass(slots=True)
class Stretch:
    """Leaves by offset: hashes of the tree, of the log and of the store, where they have any.

    `times` are those that entries say of themselves (ms UTC), the log's where it has the entry.
    `lost` are offsets whose entry is left in the store without its payload. `long` are tiles with
    more than belongs there.
    """

    tree: dict[int, bytes] = field(default_factory=dict[int, bytes])
    log: dict[int, bytes] = field(default_factory=dict[int, bytes])
    store: dict[int, bytes] = field(default_factory=dict[int, bytes])
    entries: dict[int, Entry] = field(default_factory=dict[int, Entry])
    placed: dict[int, PlacedEntry] = field(default_factory=dict[int, PlacedEntry])
    lost: set[int] = field(default_factory=set[int])
    long: list[TileName] = field(default_factory=list[TileName])

    def time(self, offset: int) -> int | None:
        """When the entry says that it was written."""
        if (entry := self.entries.get(offset)) is not None:
            return entry.time
        stands = self.placed.get(offset)
        return None if stands is None else _time(stands.head)


async def read_stretch(
    log: EventLog, trees: AuditTrees, partition: int, first: int, end: int
) -> Stretch:
    """Leaves from `first`, a multiple of a tile's width, until before `end`."""
    found = Stretch()
    names = [TileName(0, index) for index in range(first // WIDTH, -(-end // WIDTH))]
    for name, hashes in (await trees.tiles(partition, names)).items():
        found.tree |= _of_tile(name, hashes, end)
        if len(hashes) > SIZE * min(WIDTH, end - name.number * WIDTH):
            found.long.append(name)
    for entry in await log.read(Partition(AUDIT, partition), first, end - first):
        if entry.offset < end:
            found.entries[entry.offset] = entry
            found.log[entry.offset] = placed_entry(entry).leaf_hash
    for one in await trees.placed(partition, first, end - first):
        offset = one.place.offset
        if offset < end:
            _take(found, offset, one)
    return found


def _take(found: Stretch, offset: int, one: PlacedEntry) -> None:
    found.placed[offset] = one
    if one.data is None or not _is_head_of(one):
        found.lost.add(offset)
    if one.data is not None:
        found.store[offset] = one.leaf_hash


def _of_tile(name: TileName, hashes: bytes, end: int) -> Mapping[int, bytes]:
    level: Sequence[bytes] = split(hashes)[:WIDTH]
    numbered = enumerate(level, name.number * WIDTH)
    return {offset: one for offset, one in numbered if offset < end and len(one) == SIZE}


def _is_head_of(one: PlacedEntry) -> bool:
    attributes = _attributes(one.head)
    return bool(attributes) and attributes[0] == one.entry_id


def _time(head: str) -> int | None:
    attributes = _attributes(head)
    return attributes[5] if len(attributes) == 8 and isinstance(attributes[5], int) else None


def _attributes(head: str) -> list[object]:
    try:
        attributes = json.loads(head)
    except ValueError:
        return []
    return attributes if isinstance(attributes, list) else []
