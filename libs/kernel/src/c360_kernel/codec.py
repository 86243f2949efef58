"""Between the domain's payloads and the bytes of entries."""

from __future__ import annotations

from typing import Any

from c360_kernel.log.topics import topic_named, topic_of
from c360_kernel.payload import Payload


def encode(payload: Payload) -> bytes:
    """The Protobuf bytes of a payload."""
    return topic_of(payload).codec.encode(payload)


def decode(topic: str, data: bytes) -> Any:  # noqa: ANN401 - the caller's topic says which payload
    """The payload of an entry of `topic`. Raises what `Codec.decode` does."""
    return topic_named(topic).codec.decode(data)
