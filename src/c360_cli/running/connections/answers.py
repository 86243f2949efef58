"""How an answer goes out: a head and a body that are there at once are one write."""

from __future__ import annotations

import asyncio

_LARGE_BYTES = 65_536
"""What is larger costs more to be put behind a head than a write of its own does."""


class Answer:
    """The transport of one answer.

    uvicorn writes its head and its body each by itself: two calls of the system, and two packets.
    What is written first waits for what follows in the same turn of the loop, and goes alone if
    nothing does.
    """

    __slots__ = ("_begun", "_head", "_loop", "_transport", "is_closing")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._begun = False
        self._head = b""
        self.is_closing = transport.is_closing

    def write(self, data: bytes) -> None:
        """Send it, at the end of this turn at the latest."""
        if not self._begun:
            self._begun, self._head = True, data
            self._loop.call_soon(self._send_head)
        elif self._head and len(data) < _LARGE_BYTES:
            head, self._head = self._head, b""
            self._transport.write(head + data)
        else:
            self._send_head()
            self._transport.write(data)

    def close(self) -> None:
        """Close the connection once all is sent."""
        self._send_head()
        self._transport.close()

    def _send_head(self) -> None:
        head, self._head = self._head, b""
        # In the turn that it waited the other side may have gone.
        if head and not self.is_closing():
            self._transport.write(head)
