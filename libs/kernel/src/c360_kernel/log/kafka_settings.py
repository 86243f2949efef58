"""What a log on Kafka knows of itself: a compacted topic beside its others, a few values by name.

Of each name the value written last holds. It has one partition, so that writers who read it
again see one order.
"""

from __future__ import annotations

from collections.abc import Mapping

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from c360_kernel.log.kafka_connection import Connection
from c360_kernel.log.kafka_place import SETTINGS, KafkaPlace


class LogSettings:
    """Reads and writes these values. Connects at its first use."""

    def __init__(self, place: KafkaPlace, timeout_s: float) -> None:
        self._place = place
        self._timeout_s = timeout_s
        self._there = TopicPartition(place.topic(SETTINGS), 0)
        self._reading = Connection(self._new_consumer, AIOKafkaConsumer.stop, timeout_s)
        self._writing = Connection(self._new_producer, AIOKafkaProducer.stop, timeout_s)

    async def history(self) -> Mapping[str, list[str]]:
        """All values that are still there of each name, the oldest first."""
        found: dict[str, list[str]] = {}
        async with self._reading.client() as consumer:
            consumer.assign([self._there])
            await consumer.seek_to_beginning(self._there)
            end: int = (await consumer.end_offsets([self._there]))[self._there]
            # Compaction leaves gaps: what counts is where the next one would be read.
            while await consumer.position(self._there) < end:
                records = await consumer.getmany(self._there, timeout_ms=100)
                for record in records.get(self._there, ()):
                    name = (record.key or b"").decode()
                    found.setdefault(name, []).append((record.value or b"").decode())
        return found

    async def put(self, name: str, value: str) -> None:
        """Let a value hold from now on."""
        async with self._writing.client() as producer:
            await producer.send_and_wait(
                self._there.topic, value.encode(), name.encode(), partition=0
            )

    async def close(self) -> None:
        """Disconnect."""
        await self._reading.close()
        await self._writing.close()

    def _new_consumer(self) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(
            **self._place.client_options(),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            request_timeout_ms=int(self._timeout_s * 1000),
        )

    def _new_producer(self) -> AIOKafkaProducer:
        return AIOKafkaProducer(
            **self._place.client_options(),
            acks="all",
            request_timeout_ms=int(self._timeout_s * 1000),
        )
