"""One request to a receiver, to an address that may be reached, and nowhere else.

Of the answer no more is read than is asked for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Protocol, TypeAlias
from urllib.parse import urlsplit

import httpcore
from c360_kernel.errors import C360Error, Transient
from c360_kernel.outgoing.reaching import Reach
from c360_outgoing.guarded import guarded_pools
from c360_outgoing.waiting import retry_after_s
from typing_extensions import override

from c360_activation.domain.replies import Reply

_CONNECT_S = 5.0
_AGENT = "customer-360"
_Headers: TypeAlias = Sequence[tuple[bytes, bytes]]


class Post(Protocol):
    """Sends one request."""

    async def post(
        self,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        method: str = "POST",
        most: int = 0,
    ) -> Reply:
        """What the receiver answered, with at most so many bytes of its body.

        Raises `C360Error`: ADDRESS_REFUSED, HOST_UNKNOWN, RECEIVER_TIMEOUT, RECEIVER_UNREACHABLE.
        """
        ...


class Poster(Post):
    """Over HTTPS to any public receiver, over plain HTTP to networks that are allowed by name."""

    def __init__(self, reach: Reach, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._pools = guarded_pools(reach)

    @override
    async def post(
        self,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        method: str = "POST",
        most: int = 0,
    ) -> Reply:
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._posted(method, url, _sent(headers), body, most)
        except C360Error:
            raise
        except (TimeoutError, httpcore.TimeoutException) as error:
            raise Transient("the receiver is too slow", code="RECEIVER_TIMEOUT") from error
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            raise Transient("the receiver is not reached", code="RECEIVER_UNREACHABLE") from error

    async def _posted(
        self, method: str, url: str, headers: _Headers, body: bytes, most: int
    ) -> Reply:
        pool = self._pools[urlsplit(url).scheme]
        times = {"connect": _CONNECT_S, "read": self._timeout_s, "write": self._timeout_s}
        async with pool.stream(
            method, url, headers=headers, content=body, extensions={"timeout": times}
        ) as response:
            told = await _begun(response, most) if most else b""
            return Reply(response.status, retry_after_s(response.headers), told)

    async def close(self) -> None:
        """Close what is open."""
        for pool in self._pools.values():
            await pool.aclose()


def _sent(headers: Mapping[str, str]) -> _Headers:
    whole = {"content-type": "application/json", **headers, "user-agent": _AGENT}
    return [(name.encode(), value.encode()) for name, value in whole.items()]


async def _begun(response: httpcore.Response, most: int) -> bytes:
    """As much of an answer as is looked at, or a little more."""
    told = b""
    async for piece in response.aiter_stream():
        told += piece
        if len(told) >= most:
            break
    return told
