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
    from c360_kernel.log.kafka_place import KafkaPlace
    from c360_kernel.log.kafka_sending import TopicSender


class TopicChannel(Channel):
    """One producer, idempotent, which connects at its first use."""

    def __init__(self, destination: Destination, means: Means) -> None:
        self._name, self._means = destination.name, means
        self._topic = cast("Topic", destination.target).topic
        self._sender: TopicSender | None = None
        self._read = ""
        self._left: list[TopicSender] = []

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
            await self._close_left()
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
        await self._close_left()
        if self._sender is not None:
            await self._sender.close()

    async def _close_left(self) -> None:
        """What is under way there is sent again, under its id."""
        while self._left:
            await self._left.pop().close()

    def _connected(self) -> TopicSender:
        # The client takes a third of a second to import, and other kinds need none of it.
        from c360_kernel.log.kafka_place import parse_kafka_url  # noqa: PLC0415
        from c360_kernel.log.kafka_sending import TopicSender  # noqa: PLC0415

        read = secret_in(self._means.keys / f"{self._name}.brokers")
        if self._sender is None or read != self._read:
            place = parse_kafka_url(read)
            self._refuse_the_log(place)
            if self._sender is not None:
                self._left.append(self._sender)
            self._sender, self._read = TopicSender(place, self._means.timeout_s), read
        return self._sender

    def _refuse_the_log(self, place: KafkaPlace) -> None:
        """Whichever brokers these are: another name of theirs would look like other ones."""
        from c360_kernel.log.kafka_place import parse_kafka_url  # noqa: PLC0415

        named, log = place.topic(self._topic), self._means.log
        is_kept = log.startswith("kafka") and parse_kafka_url(log).keeps(named)
        if is_kept or named in TOPICS:
            message = f"{self._name}: '{self._topic}' is a topic of the log itself"
            raise SettingsError(message, code="DESTINATION_INVALID")
