"""A member of a consumer group on Kafka.

The group's coordinator deals out the partitions; where to read on is asked of
the projection, never of the group. What was fetched before a change of the
assignment is thrown away, because another member may already read there.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from typing_extensions import override

from c360_kernel.log.entry import Entry, Positions
from c360_kernel.log.kafka_connection import answering_within, closed, started
from c360_kernel.log.kafka_place import KafkaPlace
from c360_kernel.log.kafka_record import entry_of
from c360_kernel.log.kafka_stall import StallWatch
from c360_kernel.log.port import Consumer, StartAt

_log = logging.getLogger(__name__)

_SLICE_S = 0.1
"""How often a waiting member looks whether its assignment has changed."""
_HANDOVER_S = 10.0
"""How long the group waits for a member to finish the batch in its hands."""
_CLOSE_S = 5.0
_STALLED_AFTER = 3
"""Sessions without an entry, after which the log is asked whether there is one."""
_HEARTBEAT_MS = 1000


class KafkaMember(Consumer):
    """A member of a consumer group on Kafka."""

    def __init__(
        self,
        place: KafkaPlace,
        group: str,
        topics: Sequence[str],
        start: StartAt,
        prepare: Callable[[], Awaitable[None]],
        timeout_s: float,
    ) -> None:
        self._place = place
        self._group = group
        self._topics = topics
        self._start = start
        self._prepare = prepare
        self._timeout_s = timeout_s
        self._consumer: AIOKafkaConsumer | None = None
        self._holding = _Holding()
        self._watch = StallWatch(_STALLED_AFTER * place.session_timeout_ms / 1000)

    @override
    async def poll(self, limit: int, timeout_s: float) -> Sequence[Entry]:
        self._holding.batch_is_done()
        deadline = time.monotonic() + timeout_s
        while True:
            found = await self._fetch(limit, min(_SLICE_S, max(0.0, deadline - time.monotonic())))
            if found:
                self._watch.fed()
                self._holding.batch_is_handed_out()
            elif self._watch.is_due:
                await self._mend_a_stall()
            if found or time.monotonic() >= deadline:
                return found

    @override
    async def rewind(self) -> None:
        self._holding.batch_is_done()
        self._holding.is_placed = False

    async def commit(self, positions: Positions) -> None:
        """Partitions that have moved on are left to their new owner."""
        consumer = await self._joined()
        async with self._healthy():
            await self._holding.is_dealt.wait()
            mine = consumer.assignment()
            offsets = {self._place.on_broker(p): offset for p, offset in positions.items()}
            offsets = {
                partition: offset for partition, offset in offsets.items() if partition in mine
            }
            if offsets:
                with contextlib.suppress(CommitFailedError, IllegalStateError):
                    await consumer.commit(offsets)
        self._holding.batch_is_done()

    @override
    async def close(self) -> None:
        self._holding.batch_is_done()
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await closed(consumer.stop(), _CLOSE_S)

    async def _fetch(self, limit: int, timeout_s: float) -> list[Entry]:
        consumer = await self._joined()
        if self._holding.is_dealt.is_set() and not self._holding.is_placed:
            await self._place_at_start(consumer)
        deal = self._holding.deal
        async with self._healthy():
            found = await _get_many(consumer, limit, timeout_s)
        if deal != self._holding.deal or not self._holding.is_placed:
            return []
        return [
            entry_of(record, self._place.ours(partition))
            for partition, records in found.items()
            for record in records
        ]

    async def _mend_a_stall(self) -> None:
        """Join the group anew when entries wait and nobody of it handles them."""
        consumer = await self._joined()
        async with self._healthy():
            all_of_it = self._read_by_the_group(consumer)
            if not await self._watch.sees_a_stall(consumer, all_of_it):
                return
        _log.warning("%s gets nothing although entries wait: it joins its group anew", self._group)
        await self.close()

    def _read_by_the_group(self, consumer: AIOKafkaConsumer) -> Sequence[TopicPartition]:
        topics = [self._place.topic(topic) for topic in self._topics]
        return [
            TopicPartition(topic, number)
            for topic in topics
            for number in sorted(consumer.partitions_for_topic(topic) or ())
        ]

    async def _place_at_start(self, consumer: AIOKafkaConsumer) -> None:
        """Move to where the projection is, unless the partitions are dealt out anew meanwhile."""
        deal = self._holding.deal
        positions = await self._start()
        if deal != self._holding.deal:
            return
        for partition in consumer.assignment():
            consumer.seek(partition, positions.get(self._place.ours(partition), 0))
            consumer.resume(partition)
        self._holding.is_placed = True

    async def _joined(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            await self._prepare()
            async with answering_within(self._timeout_s):
                self._consumer = await started(self._new_consumer(), AIOKafkaConsumer.stop)
            self._holding = _Holding()
            self._watch.fed()
            topics = [self._place.topic(topic) for topic in self._topics]
            self._consumer.subscribe(topics, listener=_Dealer(self._consumer, self._holding))
        return self._consumer

    def _new_consumer(self) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(
            **self._place.client_options(),
            group_id=self._place.group(self._group),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            # One record's entries stay together: equal partitions of all topics go to one member.
            partition_assignment_strategy=(RangePartitionAssignor,),
            session_timeout_ms=self._place.session_timeout_ms,
            heartbeat_interval_ms=min(_HEARTBEAT_MS, self._place.session_timeout_ms // 3),
            request_timeout_ms=int(self._timeout_s * 1000),
        )

    @asynccontextmanager
    async def _healthy(self) -> AsyncGenerator[None, None]:
        """Leave the group when the client fails, and join it anew with the next call."""
        async with answering_within(self._timeout_s):
            try:
                yield
            except KafkaError:
                await self.close()
                raise


class _Holding:
    """What a member knows of its partitions: which deal, whether it has moved to its start."""

    def __init__(self) -> None:
        self.deal = 0
        self.is_dealt = asyncio.Event()
        self.is_placed = False
        self._hands_empty = asyncio.Event()
        self._hands_empty.set()

    def batch_is_handed_out(self) -> None:
        """The projection has entries in its hands."""
        self._hands_empty.clear()

    def batch_is_done(self) -> None:
        """The projection is through with what it had, or gave up on it."""
        self._hands_empty.set()

    def take_over(self) -> None:
        """Partitions have been dealt to us."""
        self.deal += 1
        self.is_placed = False
        self.is_dealt.set()

    async def hand_over(self) -> None:
        """Give the partitions back once the batch in hand is through.

        Who takes longer than the group waits works on against its successor; the
        position in the store lets only one of the two succeed.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_HANDOVER_S):
                await self._hands_empty.wait()
        self.deal += 1
        self.is_placed = False
        self.is_dealt.clear()


class _Dealer(ConsumerRebalanceListener):
    """Hears from the group's coordinator."""

    def __init__(self, consumer: AIOKafkaConsumer, holding: _Holding) -> None:
        self._consumer = consumer
        self._holding = holding

    async def on_partitions_revoked(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, revoked: Collection[TopicPartition]
    ) -> None:  # the client awaits what comes back
        """Before the group deals anew."""
        await self._holding.hand_over()

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """After the deal: nothing is fetched before the projection has said from where."""
        self._consumer.pause(*assigned)
        self._holding.take_over()


async def _get_many(
    consumer: AIOKafkaConsumer, limit: int, timeout_s: float
) -> Mapping[TopicPartition, Sequence[Any]]:
    """What is there, or nothing after the time-out, also while partitions are dealt out."""
    try:
        async with asyncio.timeout(timeout_s + _SLICE_S):
            return await consumer.getmany(timeout_ms=int(timeout_s * 1000), max_records=limit)
    except TimeoutError:
        return {}
