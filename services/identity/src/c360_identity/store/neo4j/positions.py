"""How far the log was handled, and what was begun and never ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from c360_kernel.log.entry import Entry, Partition, Positions, spans_of

from c360_identity.store.neo4j.outbox import RELAYED

POSITIONS = "MATCH (p:Position) RETURN collect([p.topic, p.partition, p.offset])"
WITNESSED = (
    "MATCH (p:Position) WHERE p.witness IS NOT NULL"
    " RETURN collect([p.topic, p.partition, p.witness])"
)
BEGUN = "MATCH (b:Begun) RETURN collect([b.topic, b.partition, b.first, b.last, b.times])"
# What was relayed of the batch before goes along.
BEGIN = (
    "CALL () { UNWIND $given.rows AS row MERGE (b:Begun {name: row[0]})"
    " ON CREATE SET b.topic = row[1], b.partition = row[2], b.first = row[3], b.last = row[4],"
    " b.times = 1 ON MATCH SET b.times = b.times + 1 }"
    f" CALL () {{ {RELAYED} }}"
)
END = (
    "UNWIND $given.rows AS row MATCH (b:Begun)"
    " WHERE b.topic = row[1] AND b.partition = row[2] AND b.last <= row[4] DELETE b"
)


def position_name(partition: Partition) -> str:
    """What names a partition in the store."""
    return f"{partition.topic}/{partition.number}"


def spans(entries: Sequence[Entry]) -> list[list[object]]:
    """Name, topic, partition, first and last offset of each partition's entries."""
    return [_span(partition, *span) for partition, span in spans_of(entries).items()]


class Ended:
    """Up to where this process committed entries with what marks them as begun.

    A unit ends in its own commit what it handled; it need not be ended once more.
    """

    def __init__(self) -> None:
        self._after: dict[Partition, int] = {}

    def begin(self, entries: Iterable[Entry]) -> None:
        """These were begun, maybe once more."""
        for entry in entries:
            self._after.pop(entry.topic_partition, None)

    def committed(self, after: Positions) -> None:
        """A unit was committed that moved positions to there."""
        self._after.update(after)

    def covers(self, entries: Iterable[Entry]) -> bool:
        """Whether nothing marks any of these any more."""
        return all(e.offset < self._after.get(e.topic_partition, 0) for e in entries)


def _span(partition: Partition, first: int, last: int) -> list[object]:
    return [f"{position_name(partition)}/{first}-{last}", *partition, first, last]
