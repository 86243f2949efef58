"""What is handed on to others is written as they read it."""

from __future__ import annotations

import json

from typing_extensions import override

from c360_kernel.errors import Invalid
from c360_kernel.messages.codec import Codec
from c360_kernel.payload import ActHandedOn, Payload

JSON = "application/json"


class _AsItIs(Codec):
    """JSON instead of a message."""

    def __init__(self) -> None:
        """There is no message to know."""

    @override
    def encode(self, payload: Payload) -> bytes:
        assert isinstance(payload, ActHandedOn)
        return payload.event

    @override
    def decode(self, data: bytes) -> Payload:
        try:
            is_event = isinstance(json.loads(data), dict)
        except ValueError:
            is_event = False
        if not is_event:
            raise Invalid("not a payload of its topic", code="PAYLOAD_MALFORMED")
        return ActHandedOn(data)


HANDED_ON = _AsItIs()
