"""Between one payload and its Protobuf bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from google.protobuf.message import DecodeError, Message

from c360_kernel.errors import Invalid, Unusable
from c360_kernel.payload import Payload


class Codec:
    """Writes and reads the payloads of one topic.

    `message` is the generated type; `to_message` and `to_payload` go between it and the domain's
    own type, the latter raising `ValueError` for a message that is none.
    """

    def __init__(
        self,
        message: type[Message],
        to_message: Callable[[Any], Message],
        to_payload: Callable[[Any], Payload],
    ) -> None:
        self._message = message
        self._to_message = to_message
        self._to_payload = to_payload
        self._is_sealable = "sealed" in message.DESCRIPTOR.fields_by_name

    def encode(self, payload: Payload) -> bytes:
        """The payload's bytes."""
        return self._to_message(payload).SerializeToString()

    def decode(self, data: bytes) -> Payload:
        """The payload in `data`.

        Raises `Invalid` (PAYLOAD_MALFORMED) when it is none, and `Unusable` (PAYLOAD_SEALED) for
        one with sealed parts: taken as if they were empty, it would remove what it should say.
        """
        try:
            message: Any = self._message.FromString(data)
            if self._is_sealable and message.sealed:
                raise Unusable(
                    "an entry has sealed parts, which this version cannot read: use the version"
                    " that wrote it",
                    code="PAYLOAD_SEALED",
                )
            return self.read(message, data)
        except (DecodeError, ValueError) as error:
            raise Invalid("not a payload of its topic", code="PAYLOAD_MALFORMED") from error

    def read(self, message: Any, data: bytes) -> Payload:  # noqa: ANN401 - the topic's message
        """The payload that a message is; `data` is what it was parsed from."""
        del data
        return self._to_payload(message)
