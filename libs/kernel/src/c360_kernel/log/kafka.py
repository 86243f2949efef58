"""The log on Kafka: topics that keep everything, offsets that count entries.

An append is acknowledged when the brokers have it as durably as the topics were
made to demand. Groups get their partitions from Kafka; where they read on comes
from the projection. Needs the extra `c360-kernel[kafka]`.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections.abc import Mapping, Sequence

from typing_extensions import override

from c360_kernel.log.entry import Entry, NewEntry, Partition, Position
from c360_kernel.log.holding import Holding
from c360_kernel.log.identity import LogIdentity
from c360_kernel.log.kafka_admin import Admin
from c360_kernel.log.kafka_append import Appender
from c360_kernel.log.kafka_identity import KafkaIdentity
from c360_kernel.log.kafka_lease import KafkaLease
from c360_kernel.log.kafka_member import KafkaMember
from c360_kernel.log.kafka_place import KafkaPlace
from c360_kernel.log.kafka_read import Reader
from c360_kernel.log.kafka_settings import LogSettings
from c360_kernel.log.naming_keys import NO_KEYS, HeldKeys
from c360_kernel.log.port import Consumer, EventLog, Lease, StartAt
from c360_kernel.log.retention import Retention
from c360_kernel.log.size import refuse_too_large
from c360_kernel.metrics import APPEND_QUEUE_DEPTH

DEFAULT_PARTITIONS = 3
TIMEOUT_S = 10.0
_LOOK_AGAIN_S = 0.02
# As long as what was found out about the log's topics is believed.
_IDENTITY_S = 10.0
# Brokers wait three seconds for more members before they deal to the first, unless told otherwise.
_DEALING_S = 5.0


class KafkaLog(EventLog):
    """An EventLog on the brokers of `place`. One object serves one event loop.

    It connects at first use. What the brokers do not answer within `timeout_s`
    raises `Transient` (LOG_UNAVAILABLE). `instance` is what `Origin` says of it,
    `keys` are those that whoever opens it holds.
    """

    def __init__(
        self,
        place: KafkaPlace,
        partitions: int = DEFAULT_PARTITIONS,
        timeout_s: float = TIMEOUT_S,
        retention: Retention | None = None,
        instance: str = "",
        keys: HeldKeys = NO_KEYS,
    ) -> None:
        # Of a broker that is gone the client tells many times a second; whoever needs it once.
        logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
        self._place = place
        self._partitions = partitions
        self._timeout_s = timeout_s
        self._admin = Admin(place, partitions, timeout_s, retention or Retention())
        self._appender = Appender(place, partitions, timeout_s)
        self._reader = Reader(place, timeout_s)
        settings, reader = LogSettings(place, timeout_s), Reader(place, timeout_s)
        self._who = KafkaIdentity(settings, reader, partitions, instance, keys)
        self._identity: LogIdentity | None = None
        self._looked_at = 0.0
        self._looking = asyncio.Lock()

    @property
    def takeover_s(self) -> float:
        """A killed member's session, and the brokers' own delay."""
        return self._place.session_timeout_ms / 1000 + _DEALING_S

    async def prepare(self) -> None:
        """Create missing topics and check all; every other call does so first if need be.

        Raises `SettingsError`: PARTITIONS_CHANGED for another partition count,
        TOPIC_SETTINGS for topics that would lose entries, and what `identity` raises.
        """
        if self._identity is None:
            await self._look()

    async def identity(self) -> LogIdentity:
        """What this log is. It is looked again after ten seconds, also at the settings.

        Topics that were given settings under which they would lose entries are told of
        (TOPIC_SETTINGS), and written to all the same until then; what is another log is not.
        """
        if self._identity is not None and time.monotonic() - self._looked_at > _IDENTITY_S:
            self._identity = None
            await self._look()
            await self._admin.check()
        return self._identity or await self._look()

    async def _look(self) -> LogIdentity:
        async with self._looking:
            if self._identity is None:
                await self._admin.prepare()
                self._identity = await self._who.look()
                self._looked_at = time.monotonic()
            return self._identity

    @override
    async def append(self, entries: Sequence[NewEntry]) -> Sequence[Position]:
        if not entries:
            return ()
        refuse_too_large(entries)
        with APPEND_QUEUE_DEPTH:
            await self.prepare()
            positions = await self._appender.append(entries)
            await self._who.appended(entries, positions)
            return positions

    @override
    def consumer(self, group: str, topics: Sequence[str], start: StartAt) -> Consumer:
        return KafkaMember(self._place, group, topics, start, self.prepare, self._timeout_s)

    @override
    def lease(self, name: str) -> Lease:
        async def prepare() -> None:
            await self.prepare()
            await self._admin.make_lease(name)

        return KafkaLease(self._place, name, prepare, self._timeout_s)

    @override
    async def read(self, partition: Partition, offset: int, limit: int) -> Sequence[Entry]:
        await self.prepare()
        return await self._reader.read(partition, offset, limit)

    @override
    async def ends(self, topics: Sequence[str]) -> Mapping[Partition, int]:
        await self.prepare()
        return await self._reader.ends(self._all(topics))

    @override
    async def committed(self, group: str) -> Mapping[Partition, int]:
        await self.prepare()
        return await self._admin.committed(group)

    @override
    async def holding(self, partition: Partition, offset: int) -> Holding | None:
        await self.prepare()
        most = await self._admin.most_bytes(partition.topic)
        if most is None:
            return None
        return Holding(await self._reader.bytes_from(partition, offset), most)

    @override
    async def changed(self, timeout_s: float) -> None:
        await asyncio.sleep(min(timeout_s, _LOOK_AGAIN_S))

    async def close(self) -> None:
        """Consumers are closed by whoever opened them."""
        await self._appender.close()
        await self._reader.close()
        await self._admin.close()
        await self._who.close()

    def _all(self, topics: Sequence[str]) -> list[Partition]:
        return [Partition(t, n) for t, n in itertools.product(topics, range(self._partitions))]
