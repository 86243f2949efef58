"""Reading topics of Kafka that are others': all partitions of one, outside any group.

How far it was read is kept by whoever reads, beside what became of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

from c360_kernel.log.kafka_connection import Connection
from c360_kernel.log.kafka_place import KafkaPlace

Offsets = Mapping[int, int]
"""By number of the partition."""


class TopicEntry(NamedTuple):
    """One entry, as somebody sent it; `value` is None for a tombstone."""

    partition: int
    offset: int
    value: bytes | None
    headers: Mapping[str, bytes]


class TopicReader:
    """Reads one topic behind the prefix of a place. Connects at its first use.

    Each method raises `Transient` (LOG_UNAVAILABLE), `Misaddressed` (LOG_LOGIN, LOG_REFUSED).
    """

    def __init__(self, place: KafkaPlace, topic: str, timeout_s: float) -> None:
        self._place = place
        self._topic = place.topic(topic)
        self._timeout_s = timeout_s
        self._reading = Connection(self._new_consumer, AIOKafkaConsumer.stop, timeout_s)

    @property
    def topic(self) -> str:
        """Its name on the brokers."""
        return self._topic

    async def span(self) -> tuple[Offsets, Offsets]:
        """Of each partition the first offset that is still there, and the one behind the last."""
        async with self._reading.client() as consumer:
            places = list(consumer.assignment())
            begins: Mapping[TopicPartition, int] = await consumer.beginning_offsets(places)
            ends: Mapping[TopicPartition, int] = await consumer.end_offsets(places)
        return _by_number(begins), _by_number(ends)

    async def read(
        self, at: Offsets, most: int, wait_s: float
    ) -> tuple[Sequence[TopicEntry], Offsets]:
        """Entries from these offsets on, and where it is then; a partition that is not named begins
        at its first, and so does one that ends before where it was: it was made anew. Waits so long
        for any; what is not there any more is passed over. A topic that is gone is nowhere.
        """
        async with self._reading.client() as consumer:
            for one in consumer.assignment():
                wanted = at.get(one.partition)
                if wanted is not None and await consumer.position(one) != wanted:
                    consumer.seek(one, wanted)
            found = await consumer.getmany(timeout_ms=int(wait_s * 1_000), max_records=most)
            places = {one: await consumer.position(one) for one in consumer.assignment()}
            at = await _without_those_made_anew(consumer, places, at)
        entries = [
            TopicEntry(one.partition, one.offset, one.value, dict(one.headers))
            for records in found.values()
            for one in records
            # Where a partition is new all of them begin anew.
            if one.offset >= at.get(one.partition, 0)
        ]
        return entries, {
            number: max(position, at.get(number, 0))
            for number, position in _by_number(places).items()
        }

    async def close(self) -> None:
        """Disconnect."""
        await self._reading.close()

    def _new_consumer(self) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(
            self._topic,
            **self._place.client_options(),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            # What a transaction took back was never said.
            isolation_level="read_committed",
            request_timeout_ms=int(self._timeout_s * 1_000),
        )


async def _without_those_made_anew(
    consumer: AIOKafkaConsumer, places: Mapping[TopicPartition, int], at: Offsets
) -> Offsets:
    behind = [one for one, position in places.items() if position < at.get(one.partition, 0)]
    if not behind:
        return at
    ends = _by_number(await consumer.end_offsets(behind))
    return {number: offset for number, offset in at.items() if ends.get(number, offset) >= offset}


def _by_number(offsets: Mapping[TopicPartition, int]) -> Offsets:
    return {one.partition: offset for one, offset in offsets.items()}
