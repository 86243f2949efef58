"""Requests to sources, at addresses that may be reached."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from urllib.parse import quote

import httpcore
from c360_connectors.pulling.ports import Answer, Web
from c360_connectors.requests import Request
from c360_kernel.errors import C360Error, Invalid, Transient
from c360_kernel.outgoing.reaching import Reach
from c360_outgoing.guarded import guarded_pools
from c360_outgoing.waiting import retry_after_s
from typing_extensions import override

MOST_BYTES = 32_000_000
_CONNECT_S = 10.0
_AGENT = (b"user-agent", b"customer-360")
_UNREACHED = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    OSError,
)
_OF_ADDRESSES = "%:/?#[]@!$&'()*+,;="
_Headers = Iterable[tuple[bytes, bytes]]


class GuardedWeb(Web):
    """Over HTTPS to any public source, over plain HTTP to networks that are allowed by name.

    No redirect is followed: credentials go where the connector says, and nowhere else.
    """

    def __init__(self, reach: Reach) -> None:
        self._pools = guarded_pools(reach)

    @override
    async def ask(self, request: Request, timeout_s: float) -> Answer:
        try:
            async with asyncio.timeout(timeout_s):
                return await self._answered(request, timeout_s)
        except C360Error:
            raise
        except (TimeoutError, httpcore.TimeoutException) as error:
            raise Transient("the source is too slow", code="SOURCE_TIMEOUT") from error
        except _UNREACHED as error:
            raise Transient("the source is not reached", code="SOURCE_UNREACHABLE") from error

    async def close(self) -> None:
        """Close what is open."""
        for pool in self._pools.values():
            await pool.aclose()

    async def _answered(self, request: Request, timeout_s: float) -> Answer:
        pool = self._pools[request.url.partition(":")[0].lower()]
        headers = [(name.encode(), value.encode()) for name, value in request.headers.items()]
        headers += [_AGENT, (b"accept-encoding", b"identity")]
        times = {"connect": _CONNECT_S, "read": timeout_s, "write": timeout_s}
        async with pool.stream(
            request.method,
            # Some sources write the address of the next page as people read it.
            quote(request.url, _OF_ADDRESSES),
            headers=headers,
            content=request.body,
            extensions={"timeout": times},
        ) as response:
            return Answer(
                response.status,
                await _body(response),
                ", ".join(_values(response.headers, b"link")),
                tuple(one.partition(";")[0] for one in _values(response.headers, b"set-cookie")),
                retry_after_s(response.headers),
            )


async def _body(response: httpcore.Response) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in response.aiter_stream():
        parts.append(part)
        size += len(part)
        if size > MOST_BYTES:
            message = f"an answer has at most {MOST_BYTES} bytes: ask for smaller pages"
            raise Invalid(message, code="ANSWER_TOO_LARGE")
    return b"".join(parts)


def _values(headers: _Headers, wanted: bytes) -> list[str]:
    return [value.decode("latin-1") for name, value in headers if name.lower() == wanted]
