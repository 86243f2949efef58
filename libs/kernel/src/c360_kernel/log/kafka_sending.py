"""Sending to topics of Kafka that are others': an idempotent producer, one entry at a time."""

from __future__ import annotations

from collections.abc import Mapping

from aiokafka import AIOKafkaProducer

from c360_kernel.log.kafka_append import abandon
from c360_kernel.log.kafka_connection import Connection
from c360_kernel.log.kafka_place import KafkaPlace


class TopicSender:
    """Sends to topics behind the prefix of a place. Connects at its first use.

    Entries of one key are of one partition, in the order in which they are sent.
    """

    def __init__(self, place: KafkaPlace, timeout_s: float) -> None:
        self._place = place
        self._timeout_s = timeout_s
        # What is not acknowledged is sent again by whoever asked: nothing is waited for at the end.
        self._writing = Connection(self._new_producer, abandon, timeout_s)

    async def send(self, topic: str, key: str, value: bytes, headers: Mapping[str, str]) -> str:
        """Send one entry, and return where it stands once all brokers in step have it.

        Raises `Transient` (LOG_UNAVAILABLE), `Misaddressed` (LOG_LOGIN, LOG_REFUSED).
        """
        written = [(name, text.encode()) for name, text in headers.items()]
        async with self._writing.client() as producer:
            found = await producer.send_and_wait(
                self._place.topic(topic), value, key.encode(), headers=written
            )
        return f"{found.topic}/{found.partition}/{found.offset}"

    async def close(self) -> None:
        """Disconnect."""
        await self._writing.close()

    def _new_producer(self) -> AIOKafkaProducer:
        return AIOKafkaProducer(
            **self._place.client_options(),
            enable_idempotence=True,
            acks="all",
            request_timeout_ms=int(self._timeout_s * 1000),
        )
