"""The body of a request, as it comes in."""

from __future__ import annotations

from c360_kernel.errors import Invalid
from starlette.types import Receive


async def received(receive: Receive, most: int, too_large: Invalid) -> bytes:
    """The body as it came. Raises `Invalid`: BODY_INVALID, or `too_large` above `most` bytes."""
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Invalid("the request was broken off", code="BODY_INVALID")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > most:
            raise too_large
        more = message.get("more_body", False)
    return b"".join(parts)
