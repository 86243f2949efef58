"""Sees a group's member that gets nothing although entries wait for it.

A client that came through trouble of its coordinator may believe itself a member and be dealt
nothing, or be dealt partitions and fetch nothing, for ever and without an error. Only the log tells
such a member from one that has nothing to do.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition


class StallWatch:
    """Looks at the log after `patience_s` without an entry, and again after as long."""

    def __init__(self, patience_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._patience_s = patience_s
        self._clock = clock
        self._since = clock()
        self._waiting: Mapping[TopicPartition, int] = {}

    def fed(self) -> None:
        """Entries came, or the member has just joined."""
        self._since = self._clock()
        self._waiting = {}

    @property
    def is_due(self) -> bool:
        """Whether nothing has come for so long that the log has to be looked at."""
        return self._clock() - self._since >= self._patience_s

    async def sees_a_stall(
        self, consumer: AIOKafkaConsumer, partitions: Collection[TopicPartition]
    ) -> bool:
        """Whether an entry has waited since the last look, and nobody has come nearer to it.

        `partitions` are all that the group reads; where this member has some, they alone count.
        """
        self._since = self._clock()
        before, self._waiting = self._waiting, await _waiting(consumer, partitions)
        return any(before.get(one) == at for one, at in self._waiting.items())


async def _waiting(
    consumer: AIOKafkaConsumer, partitions: Collection[TopicPartition]
) -> Mapping[TopicPartition, int]:
    """How far partitions have been read in which there is more to read."""
    ends: Mapping[TopicPartition, int] = await consumer.end_offsets(list(partitions))
    mine = consumer.assignment()
    if mine:
        at = {one: await consumer.position(one) for one in mine}
    else:
        at = {one: await consumer.committed(one) or 0 for one in partitions}
    return {one: offset for one, offset in at.items() if offset < ends[one]}
