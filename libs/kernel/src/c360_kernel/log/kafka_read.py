"""Reading any place of a log on Kafka, outside any group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition

from c360_kernel.log.entry import Entry, Partition
from c360_kernel.log.holding import ENTRY_BYTES
from c360_kernel.log.kafka_connection import Connection
from c360_kernel.log.kafka_place import KafkaPlace
from c360_kernel.log.kafka_record import Record, entry_of
from c360_kernel.log.topics import HANDLED, LIMITED

_FETCH_WAIT_MS = 5
"""How long a broker may hold a fetch back: we only ask for what is there."""


_TOPIC_WAIT_MS = 20
"""How long to wait for what a broker says of a topic: the client asks of one after the other."""


_SAMPLES = 8


class Reader:
    """One connection that is moved to wherever somebody wants to read."""

    def __init__(self, place: KafkaPlace, timeout_s: float) -> None:
        self._place = place
        self._timeout_s = timeout_s
        self._connection = Connection(self._new_consumer, AIOKafkaConsumer.stop, timeout_s)
        self._next_offset = 0

    async def read(self, partition: Partition, offset: int, limit: int) -> Sequence[Entry]:
        """Entries of a partition from an offset on."""
        there = self._place.on_broker(partition)
        async with self._connection.client() as consumer:
            ends: Mapping[TopicPartition, int] = await consumer.end_offsets([there])
            if partition.topic in (*LIMITED, *HANDLED):
                # The oldest of them may be gone, and waiting for them would have no end.
                starts: Mapping[TopicPartition, int] = await consumer.beginning_offsets([there])
                offset = max(offset, starts[there])
            count = min(limit, ends[there] - offset)
            if count <= 0:
                return ()
            self._move(consumer, there, offset)
            records = await _take(consumer, there, count, ends[there])
            self._next_offset = await consumer.position(there)
        return [entry_of(record, partition) for record in records]

    async def bytes_from(self, partition: Partition, offset: int) -> int:
        """About how many bytes entries take from an offset on: as many as some of them on average.

        Brokers tell it of whole files alone, and not all of them to every client.
        """
        end = (await self.ends([partition]))[partition]
        offset = max(offset, (await self.beginnings([partition]))[partition])
        step = max(1, (end - offset) // _SAMPLES)
        sizes = [
            len(one.data) + ENTRY_BYTES
            for at in range(offset, end, step)
            for one in await self.read(partition, at, 1)
        ]
        return sum(sizes) * (end - offset) // len(sizes) if sizes else 0

    async def ends(self, partitions: Sequence[Partition]) -> Mapping[Partition, int]:
        """The offset after the last entry of each partition."""
        places = [self._place.on_broker(partition) for partition in partitions]
        async with self._connection.client() as consumer:
            ends: Mapping[TopicPartition, int] = await consumer.end_offsets(places)
        return {self._place.ours(partition): end for partition, end in ends.items()}

    async def beginnings(self, partitions: Sequence[Partition]) -> Mapping[Partition, int]:
        """The offset of the first entry that is still there of each partition."""
        places = [self._place.on_broker(partition) for partition in partitions]
        async with self._connection.client() as consumer:
            found: Mapping[TopicPartition, int] = await consumer.beginning_offsets(places)
        return {self._place.ours(partition): first for partition, first in found.items()}

    async def close(self) -> None:
        """Close the connection."""
        await self._connection.close()

    def _move(self, consumer: AIOKafkaConsumer, there: TopicPartition, offset: int) -> None:
        """Go there, unless the last read ended there: then more of it is fetched already."""
        if consumer.assignment() != {there}:
            consumer.assign([there])
        elif offset == self._next_offset:
            return
        consumer.seek(there, offset)

    def _new_consumer(self) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(
            **self._place.client_options(),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=_FETCH_WAIT_MS,
            retry_backoff_ms=_TOPIC_WAIT_MS,
            request_timeout_ms=int(self._timeout_s * 1000),
        )


async def _take(
    consumer: AIOKafkaConsumer, there: TopicPartition, count: int, end: int
) -> Sequence[Record]:
    """What is there before `end`: compaction leaves gaps."""
    records: list[Record] = []
    consumer.resume(there)
    while len(records) < count and await consumer.position(there) < end:
        found = await consumer.getmany(there, timeout_ms=1000, max_records=count - len(records))
        records.extend(found.get(there, ()))
    consumer.pause(there)  # or it would ask for more, again and again
    return records
