"""The log on Kafka: topics that keep everything, offsets that count entries.

An append is acknowledged when the brokers have it as durably as the topics were
made to demand. Groups get their partitions from Kafka; where they read on comes
from the projection. Needs the extra `c360-kernel[kafka]`.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Mapping, Sequence

from c360_kernel.log.entry import Entry, NewEntry, Partition, Position
from c360_kernel.log.kafka_admin import Admin
from c360_kernel.log.kafka_append import Appender
from c360_kernel.log.kafka_lease import KafkaLease
from c360_kernel.log.kafka_member import KafkaMember
from c360_kernel.log.kafka_place import KafkaPlace
from c360_kernel.log.kafka_read import Reader
from c360_kernel.log.port import Consumer, Lease, StartAt
from c360_kernel.log.retention import Retention
from c360_kernel.log.size import refuse_too_large
from c360_kernel.metrics import APPEND_QUEUE_DEPTH

DEFAULT_PARTITIONS = 3
TIMEOUT_S = 10.0
_LOOK_AGAIN_S = 0.02
# Brokers wait three seconds for more members before they deal to the first, unless told otherwise.
_DEALING_S = 5.0


class KafkaLog:
    """An EventLog on the brokers of `place`. One object serves one event loop.

    It connects at first use. What the brokers do not answer within `timeout_s`
    raises `Transient` (LOG_UNAVAILABLE).
    """

    def __init__(
        self,
        place: KafkaPlace,
        partitions: int = DEFAULT_PARTITIONS,
        timeout_s: float = TIMEOUT_S,
        retention: Retention | None = None,
    ) -> None:
        # Of a broker that is gone the client tells many times a second; whoever needs it once.
        logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
        self._place = place
        self._partitions = partitions
        self._timeout_s = timeout_s
        self._admin = Admin(place, partitions, timeout_s, retention or Retention())
        self._appender = Appender(place, partitions, timeout_s)
        self._reader = Reader(place, timeout_s)

    @property
    def takeover_s(self) -> float:
        """See `EventLog.takeover_s`: a killed member's session, and the brokers' own delay."""
        return self._place.session_timeout_ms / 1000 + _DEALING_S

    async def prepare(self) -> None:
        """Create missing topics and check all; every other call does so first if need be.

        Raises `SettingsError`: PARTITIONS_CHANGED for another partition count,
        TOPIC_SETTINGS for topics that would lose entries.
        """
        await self._admin.prepare()

    async def append(self, entries: Sequence[NewEntry]) -> Sequence[Position]:
        """See `EventLog.append`."""
        if not entries:
            return ()
        refuse_too_large(entries)
        with APPEND_QUEUE_DEPTH.one_more():
            await self.prepare()
            return await self._appender.append(entries)

    def consumer(self, group: str, topics: Sequence[str], start: StartAt) -> Consumer:
        """See `EventLog.consumer`."""
        return KafkaMember(self._place, group, topics, start, self.prepare, self._timeout_s)

    def lease(self, name: str) -> Lease:
        """See `EventLog.lease`."""
        return KafkaLease(self._place, name, self.prepare, self._timeout_s)

    async def read(self, partition: Partition, offset: int, limit: int) -> Sequence[Entry]:
        """See `EventLog.read`."""
        await self.prepare()
        return await self._reader.read(partition, offset, limit)

    async def ends(self, topics: Sequence[str]) -> Mapping[Partition, int]:
        """See `EventLog.ends`."""
        await self.prepare()
        return await self._reader.ends(self._all(topics))

    async def committed(self, group: str) -> Mapping[Partition, int]:
        """See `EventLog.committed`."""
        await self.prepare()
        return await self._admin.committed(group)

    async def changed(self, timeout_s: float) -> None:
        """See `EventLog.changed`."""
        await asyncio.sleep(min(timeout_s, _LOOK_AGAIN_S))

    async def close(self) -> None:
        """See `EventLog.close`. Consumers are closed by whoever opened them."""
        await self._appender.close()
        await self._reader.close()
        await self._admin.close()

    def _all(self, topics: Sequence[str]) -> list[Partition]:
        return [Partition(t, n) for t, n in itertools.product(topics, range(self._partitions))]
