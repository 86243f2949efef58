"""Appending to Kafka: what waits together is sent together, one batch per partition.

A batch is written whole or not at all, and batches of one append that go to one
broker travel in one request. There is no transaction around them: its control
records would take offsets of their own, so that "end minus position" would
never reach zero and positions would no longer count entries. So when brokers
fail in the middle of an append, some partitions may hold their part of it.
The append then raises, the caller appends again, and readers know entries that
come twice by their ids, as they must anyway when an acknowledgement is lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.producer.message_accumulator import BatchBuilder

from c360_kernel.log.entry import NewEntry, Partition, Position, partition_of
from c360_kernel.log.kafka_connection import answering_within, closed, started
from c360_kernel.log.kafka_place import KafkaPlace
from c360_kernel.log.kafka_record import Headers, headers_of
from c360_kernel.log.size import MAX_ENTRY_BYTES

_CLOSE_S = 2.0


class Appender:
    """Sends whatever appends are waiting; at most one group of them is on its way."""

    def __init__(self, place: KafkaPlace, partitions: int, timeout_s: float) -> None:
        self._place = place
        self._partitions = partitions
        self._timeout_s = timeout_s
        self._producer: AIOKafkaProducer | None = None
        self._waiting: list[_Append] = []
        self._sending: asyncio.Task[None] | None = None

    async def append(self, entries: Sequence[NewEntry]) -> Sequence[Position]:
        """Entries of one call that are for one partition stand there in their order."""
        append = _Append([_Prepared(entry, self._partitions) for entry in entries])
        self._waiting.append(append)
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send_waiting())
        return await append.positions

    async def close(self) -> None:
        """Finish what is on its way and close the connection."""
        if self._sending is not None:
            await self._sending
        producer, self._producer = self._producer, None
        if producer is not None:
            await closed(producer.stop())

    async def _send_waiting(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting, []
            try:
                await self._send(group)
            except Exception as error:
                for append in group:
                    append.fail(error)
                await self._abandon_producer()

    async def _send(self, group: Sequence[_Append]) -> None:
        async with answering_within(self._timeout_s):
            producer = await self._started()
            batches = _batches(producer, group)
            acknowledged = [
                await producer.send_batch(
                    batch.builder, self._place.topic(batch.topic), partition=batch.partition
                )
                for batch in batches
            ]
            for batch, metadata in zip(batches, await asyncio.gather(*acknowledged), strict=True):
                batch.place(metadata.offset)
        for append in group:
            append.succeed()

    async def _started(self) -> AIOKafkaProducer:
        if self._producer is None:
            self._producer = await started(
                AIOKafkaProducer(
                    **self._place.client_options(),
                    enable_idempotence=True,
                    acks="all",
                    max_batch_size=MAX_ENTRY_BYTES,
                    max_request_size=MAX_ENTRY_BYTES,
                    request_timeout_ms=int(self._timeout_s * 1000),
                ),
                AIOKafkaProducer.stop,
            )
        return self._producer

    async def _abandon_producer(self) -> None:
        """Drop the producer and all that it has not sent.

        An idempotent producer never gives up on a batch, and once one has failed
        its sequence numbers have a gap. A fresh one has neither problem.
        """
        producer, self._producer = self._producer, None
        if producer is not None:
            await abandon(producer)


class _Prepared:
    """An entry with its place-to-be."""

    def __init__(self, entry: NewEntry, partitions: int) -> None:
        self.key = entry.key.encode()
        self.data = entry.data
        self.headers: Headers = headers_of(entry)
        self.partition = Partition(entry.topic, partition_of(entry.key, partitions))
        self.position: Position | None = None


class _Append:
    def __init__(self, entries: Sequence[_Prepared]) -> None:
        self.entries = entries
        self.positions: asyncio.Future[Sequence[Position]] = (
            asyncio.get_running_loop().create_future()
        )

    def succeed(self) -> None:
        if not self.positions.done():
            self.positions.set_result([e.position for e in self.entries if e.position])

    def fail(self, error: Exception) -> None:
        if not self.positions.done():
            self.positions.set_exception(error)


class _Batch:
    """Entries of one partition that are written together."""

    def __init__(self, partition: Partition, builder: BatchBuilder) -> None:
        self.topic, self.partition = partition
        self.builder = builder
        self._entries: list[_Prepared] = []

    def take(self, entry: _Prepared) -> bool:
        """Whether the entry still had room."""
        taken = self.builder.append(
            key=entry.key, value=entry.data, timestamp=None, headers=entry.headers
        )
        if taken is not None:
            self._entries.append(entry)
        return taken is not None

    def place(self, base: int) -> None:
        """Say where the entries stand, the first at `base`."""
        if base < 0:
            raise KafkaError("written, but the broker no longer knows where")
        for offset, entry in enumerate(self._entries, base):
            entry.position = Position(self.topic, self.partition, offset)


async def abandon(producer: AIOKafkaProducer) -> None:
    """Stop a producer without sending what it still has, which its own `stop` waits for."""
    await closed(producer._sender.close(), _CLOSE_S)  # pyright: ignore[reportPrivateUsage]
    await closed(producer.client.close(), _CLOSE_S)
    producer._closed = True  # pyright: ignore[reportPrivateUsage]


def _batches(producer: AIOKafkaProducer, group: Sequence[_Append]) -> list[_Batch]:
    """All entries in batches, in the order in which those of a partition must be sent."""
    batches: list[_Batch] = []
    open_batches: dict[Partition, _Batch] = {}
    for entry in (entry for append in group for entry in append.entries):
        batch = open_batches.get(entry.partition)
        if batch is None or not batch.take(entry):
            batch = open_batches[entry.partition] = _Batch(entry.partition, producer.create_batch())
            batch.take(entry)
            batches.append(batch)
    return batches
