"""What is answered to a request that gets no further than its head."""

from __future__ import annotations

import orjson
from starlette.types import Receive, Scope, Send


class Refusal:
    """An ASGI application that has one answer, in the form of GraphQL errors."""

    def __init__(self, status: int, code: str, message: str, retry_after_s: int = 0) -> None:
        self._status = status
        extensions = {"code": code, "retryable": bool(retry_after_s)}
        self._body = orjson.dumps({"errors": [{"message": message, "extensions": extensions}]})
        self._headers = [
            (b"content-type", b"application/json; charset=utf-8"),
            (b"content-length", b"%d" % len(self._body)),
            (b"connection", b"close"),
        ]
        if retry_after_s:
            self._headers.append((b"retry-after", b"%d" % retry_after_s))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        del scope, receive
        start = {"type": "http.response.start", "status": self._status, "headers": self._headers}
        await send(start)
        await send({"type": "http.response.body", "body": self._body})


TOO_MANY_CONNECTIONS = Refusal(
    503, "TOO_MANY_CONNECTIONS", "there are too many connections here, try again", retry_after_s=1
)
HEAD_TOO_LARGE = Refusal(431, "HEAD_TOO_LARGE", "the head of the request is too large")
TIMED_OUT = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
UNAVAILABLE = (
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\n"
    b"connection: close\r\ncontent-length: 0\r\n\r\n"
)
