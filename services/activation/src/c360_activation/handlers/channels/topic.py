"""`topic`: an entry of a topic of Kafka, whose key is the customer.

The brokers stand in a file, `NAME.brokers`, as an URL of the log is written: whoever writes the
catalog chooses no hosts, and reads no password.
"""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, cast

from c360_kernel.catalog.model import Destination
from c360_kernel.catalog.targets.topic import Topic
from c360_kernel.errors import SettingsError, Transient
from c360_kernel.log.topics import TOPICS
from c360_kernel.outgoing.secret_files import secret_in
from typing_extensions import override

from c360_activation.domain.parcel import Parcel, nobody
from c360_activation.domain.trying import Answer
from c360_activation.handlers.channels.port import Channel, Means, Send

if TYPE_CHECKING:
    from c360_kernel.log.kafka_sending import TopicSender


class TopicChannel(Channel):
    """One producer, idempotent, which connects at its first use."""

    def __init__(self, destination: Destination, means: Means) -> None:
        self._name, self._means = destination.name, means
        self._topic = cast("Topic", destination.target).topic
        self._sender: TopicSender | None = None

    @override
    def ready(self) -> None:
        self._connected()

    @override
    def packed(self, parcel: Parcel) -> Send:
        told = parcel.content if parcel.fields is None else parcel.fields
        value = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {"id": parcel.id, "type": parcel.type}
        sender = self._connected()

        async def send() -> Answer:
            try:
                where = await sender.send(self._topic, parcel.customer, value, headers)
            except Transient as error:
                raise Transient(error.message, code="TOPIC_UNREACHABLE") from error
            return Answer(said=where)

        return send

    @override
    def probe(self) -> Send:
        message = f"msg_test_{secrets.token_hex(8)}"
        return self.packed(nobody(self._name, message, self._means.now_ms()))

    @override
    async def close(self) -> None:
        if self._sender is not None:
            await self._sender.close()

    def _connected(self) -> TopicSender:
        # The client takes a third of a second to import, and other kinds need none of it.
        from c360_kernel.log.kafka_place import parse_kafka_url  # noqa: PLC0415
        from c360_kernel.log.kafka_sending import TopicSender  # noqa: PLC0415

        if self._sender is None:
            place = parse_kafka_url(secret_in(self._means.keys / f"{self._name}.brokers"))
            if not place.prefix and self._topic in TOPICS:
                message = f"{self._name}: '{self._topic}' is a topic of the log itself"
                raise SettingsError(message, code="DESTINATION_INVALID")
            self._sender = TopicSender(place, self._means.timeout_s)
        return self._sender
