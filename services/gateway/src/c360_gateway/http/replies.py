"""Answers of the doors that speak JSON over HTTP."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import orjson
from c360_kernel.errors import C360Error, Invalid, Transient
from starlette.types import Send

from c360_gateway.auth.errors import Unauthenticated
from c360_gateway.budget.rate_limited import RateLimited
from c360_gateway.collect.rights import WRITE_DENIED
from c360_gateway.http.exchange import PRIVATE
from c360_gateway.http.pages import ORIGIN_FORBIDDEN
from c360_gateway.query.refusals import seconds_to_wait

CONTENT = (b"content-type", b"application/json; charset=utf-8")
Headers = list[tuple[bytes, bytes]]
_TOO_LARGE = 413
_STATUSES = {
    "BODY_TOO_LARGE": _TOO_LARGE,
    "SOURCE_UNCLEAR": 403,
    ORIGIN_FORBIDDEN: 403,
    WRITE_DENIED: 403,
}


class Reply(NamedTuple):
    """A status, a body, headers beside those that every answer has, and the code to count."""

    status: int
    body: bytes
    headers: Headers
    code: str = "OK"


async def send_reply(send: Send, reply: Reply, more: Iterable[tuple[bytes, bytes]] = ()) -> None:
    """Answer with it, and with more headers."""
    headers = [
        CONTENT,
        (b"content-length", b"%d" % len(reply.body)),
        *reply.headers,
        *more,
        *PRIVATE,
    ]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})


def refused(error: C360Error) -> Reply:
    """The answer to a request of which nothing was taken."""
    body = refusal_body(error.code, error.message)
    if isinstance(error, Unauthenticated):
        return Reply(401, body, [(b"www-authenticate", b'Basic realm="write key"')], error.code)
    if isinstance(error, RateLimited):
        later = b"%d" % seconds_to_wait(error)
        headers = [(b"retry-after", later), (b"x-ratelimit-reset", later)]
        return Reply(429, body, headers, error.code)
    if isinstance(error, Transient):
        return Reply(503, body, [(b"retry-after", b"1")], error.code)
    status = _STATUSES.get(error.code, 400) if isinstance(error, Invalid) else 403
    return Reply(status, body, [], error.code)


def refusal_body(code: str, message: str) -> bytes:
    """The body of a request of which nothing was taken."""
    return orjson.dumps({"success": False, "code": code, "message": message})
