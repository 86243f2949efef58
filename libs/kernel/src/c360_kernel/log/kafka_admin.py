"""What a log on Kafka asks of the brokers besides entries: topics, and how far groups are."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from c360_kernel.log.entry import Partition
from c360_kernel.log.kafka_connection import Connection
from c360_kernel.log.kafka_login import log_in
from c360_kernel.log.kafka_place import KafkaPlace
from c360_kernel.log.kafka_topics import (
    bytes_kept,
    check_topics,
    ensure_lease,
    ensure_topics,
)
from c360_kernel.log.retention import Retention

_LOOK_AGAIN_S = 0.1
_BELIEVED_S = 60.0


class Admin:
    """One connection for all such questions."""

    def __init__(
        self, place: KafkaPlace, partitions: int, timeout_s: float, retention: Retention
    ) -> None:
        self._retention = retention
        self._place = place
        self._partitions = partitions
        self._timeout_s = timeout_s
        self._connection = Connection(self._new_client, AIOKafkaAdminClient.close, timeout_s)
        self._is_prepared = False
        self._most_bytes: dict[str, tuple[float, int | None]] = {}

    async def prepare(self) -> None:
        """Make sure, once, that the topics are there and are what the log needs.

        Raises `SettingsError` (PARTITIONS_CHANGED, TOPIC_SETTINGS), and as `log_in`.
        """
        if not self._is_prepared:
            await log_in(self._place, self._timeout_s)
            async with self._connection.client() as client:
                await ensure_topics(client, self._place, self._partitions, self._retention)
            self._is_prepared = True

    async def check(self) -> None:
        """Look again at topics that are there. Raises as `prepare`."""
        async with self._connection.client() as client:
            await check_topics(client, self._place, self._partitions, self._retention)

    async def make_lease(self, name: str) -> None:
        """Make sure that the topic of a lease is there. Raises as `prepare`."""
        async with self._connection.client() as client:
            await ensure_lease(client, self._place, name)

    async def most_bytes(self, topic: str) -> int | None:
        """How much a partition of a topic holds before it forgets; None for as much as comes.

        What the brokers say is believed for a minute.
        """
        known = self._most_bytes.get(topic)
        if known is None or time.monotonic() - known[0] > _BELIEVED_S:
            async with self._connection.client() as client:
                most = await bytes_kept(client, self._place, topic)
            known = self._most_bytes[topic] = (time.monotonic(), most)
        return known[1]

    async def committed(self, group: str) -> Mapping[Partition, int]:
        """The next offset to handle of each partition, as the group told."""
        async with self._connection.client() as client:
            held = await _group_offsets(client, self._place.group(group))
        return {self._place.ours(partition): offset for partition, offset in held.items()}

    async def close(self) -> None:
        """Close the connection."""
        await self._connection.close()

    def _new_client(self) -> AIOKafkaAdminClient:
        return AIOKafkaAdminClient(
            **self._place.client_options(),
            request_timeout_ms=int(self._timeout_s * 1000),
        )


async def _group_offsets(client: AIOKafkaAdminClient, group: str) -> Mapping[TopicPartition, int]:
    """Ask until the group has a coordinator: on new brokers, the first group makes it appear."""
    while True:
        try:
            held = await client.list_consumer_group_offsets(group)
        except KafkaError as error:
            if not error.retriable:
                raise
            await asyncio.sleep(_LOOK_AGAIN_S)
        else:
            return {partition: committed.offset for partition, committed in held.items()}
