"""A lease on Kafka: whoever the group's coordinator deals one certain partition to holds it.

Each lease has a topic of its own for that, which stays empty.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from typing_extensions import override

from c360_kernel.log.kafka_connection import answering_within, closed, started
from c360_kernel.log.kafka_place import KafkaPlace
from c360_kernel.log.port import Lease
from c360_kernel.stamp import wall_clock_ms

_HEARTBEAT_MS = 1000


class KafkaLease(Lease):
    """A lease held by membership of a consumer group, from which nothing is ever read."""

    def __init__(
        self,
        place: KafkaPlace,
        name: str,
        prepare: Callable[[], Awaitable[None]],
        timeout_s: float,
    ) -> None:
        self._place = place
        self._name = name
        self._prepare = prepare
        self._timeout_s = timeout_s
        self._claim = TopicPartition(place.lease(name), 0)
        self._consumer: AIOKafkaConsumer | None = None

    @override
    async def held(self) -> bool:
        async with answering_within(self._timeout_s):
            consumer = await self._joined()
            # Asking for records tells the group that we live; paused, there are none to get.
            consumer.pause(*consumer.assignment())
            await consumer.getmany(timeout_ms=0)
            return self._claim in consumer.assignment()

    @override
    async def close(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await closed(consumer.stop())

    async def _joined(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            await self._prepare()
            consumer = await started(self._new_consumer(), AIOKafkaConsumer.stop)
            consumer.subscribe([self._claim.topic])
            self._consumer = consumer
        return self._consumer

    def _new_consumer(self) -> AIOKafkaConsumer:
        session_ms = self._place.session_timeout_ms
        return AIOKafkaConsumer(
            **self._place.client_options(),
            group_id=self._place.group(f"lease-{self._name}"),
            # The coordinator deals in the order of member ids, which begin with this one: whoever
            # came first keeps the claim.
            client_id=f"{wall_clock_ms():013d}",
            enable_auto_commit=False,
            auto_offset_reset="latest",
            partition_assignment_strategy=(RangePartitionAssignor,),
            session_timeout_ms=session_ms,
            heartbeat_interval_ms=min(_HEARTBEAT_MS, session_ms // 3),
            request_timeout_ms=int(self._timeout_s * 1000),
        )
