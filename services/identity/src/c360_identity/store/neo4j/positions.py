"""How far the log was handled, and what was begun and never ended."""

from __future__ import annotations

from collections.abc import Sequence

from c360_kernel.log.entry import Entry, Partition

POSITIONS = "MATCH (p:Position) RETURN collect([p.topic, p.partition, p.offset])"
# The lock is taken before the offset is compared.
ADVANCE = (
    "UNWIND $rows AS row MERGE (p:Position {name: row[0]})"
    " ON CREATE SET p.topic = row[1], p.partition = row[2], p.offset = 0 SET p.locked = true"
    " WITH p, row WHERE row[3] IS NULL OR p.offset = row[3]"
    " SET p.offset = row[4] RETURN collect([p.name])"
)
BEGUN = "MATCH (b:Begun) RETURN collect([b.topic, b.partition, b.first, b.last, b.times])"
BEGIN = (
    "UNWIND $rows AS row MERGE (b:Begun {name: row[0]})"
    " ON CREATE SET b.topic = row[1], b.partition = row[2], b.first = row[3], b.last = row[4],"
    " b.times = 1 ON MATCH SET b.times = b.times + 1"
)
END = (
    "UNWIND $rows AS row MATCH (b:Begun)"
    " WHERE b.topic = row[1] AND b.partition = row[2] AND b.last <= row[4] DELETE b"
)


def position_name(partition: Partition) -> str:
    """What names a partition in the store."""
    return f"{partition.topic}/{partition.number}"


def spans(entries: Sequence[Entry]) -> list[list[object]]:
    """Name, topic, partition, first and last offset of each partition's entries."""
    offsets: dict[Partition, list[int]] = {}
    for entry in entries:
        offsets.setdefault(Partition(entry.topic, entry.partition), []).append(entry.offset)
    return [_span(partition, min(held), max(held)) for partition, held in offsets.items()]


def _span(partition: Partition, first: int, last: int) -> list[object]:
    return [f"{position_name(partition)}/{first}-{last}", *partition, first, last]
