"""One request to a receiver, to an address that may be reached, and nowhere else.

The address that was judged is the one that is connected to; no redirect is followed, no proxy of
the environment used, no cookie kept, and of the answer no more read than is asked for.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Protocol, TypeAlias, cast
from urllib.parse import urlsplit

import httpcore
from c360_kernel.errors import C360Error, Invalid, Transient
from c360_kernel.outgoing.addresses import address_of
from c360_kernel.outgoing.reaching import Reach
from typing_extensions import override

from c360_activation.domain.replies import Reply

_CONNECT_S = 5.0
_CONNECTIONS = 100
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


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Opens connections to addresses that may be reached."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        # The type of httpcore leaves out what it takes over from another module.
        self._inner = cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())

    @override
    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        error: Exception = Transient("the host has no address", code="HOST_UNKNOWN")
        for address in await self._reach.addresses(host, port):
            try:
                stream = await self._inner.connect_tcp(
                    str(address), port, timeout, local_address, socket_options
                )
            except (httpcore.NetworkError, httpcore.ConnectTimeout) as failed:
                error = failed
            else:
                return await self._checked(stream)
        raise error

    async def _checked(self, stream: httpcore.AsyncNetworkStream) -> httpcore.AsyncNetworkStream:
        """What is at the other end is looked at once more: it is all that counts."""
        peer = stream.get_extra_info("server_addr")
        if peer is None or not self._reach.may_reach(address_of(str(peer[0]))):
            await stream.aclose()
            raise Invalid("the connection leads elsewhere", code="ADDRESS_REFUSED")
        return stream

    @override
    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise Invalid("a receiver is reached by its address", code="ADDRESS_REFUSED")

    @override
    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


class Poster(Post):
    """Over HTTPS to any public receiver, over plain HTTP to networks that are allowed by name."""

    def __init__(self, reach: Reach, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._pools = {"https": _pool(reach), "http": _pool(replace(reach, is_open=False))}

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
            return Reply(response.status, _retry_after(response.headers), told)

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


def _pool(reach: Reach) -> httpcore.AsyncConnectionPool:
    # No connection is kept: the address is judged, and the rest of the answer left, each time.
    return httpcore.AsyncConnectionPool(
        max_connections=_CONNECTIONS,
        max_keepalive_connections=0,
        network_backend=GuardedBackend(reach),
    )


def _retry_after(headers: Iterable[tuple[bytes, bytes]]) -> float | None:
    """Seconds that a receiver wants to be left alone, which may be said as a date (RFC 9110)."""
    for name, value in headers:
        if name.lower() == b"retry-after":
            return _seconds(value.decode("latin-1"))
    return None


def _seconds(text: str) -> float | None:
    with suppress(ValueError):
        return float(text) if isfinite(float(text)) else None
    with suppress(ValueError, OverflowError):
        return _at(parsedate_to_datetime(text)) - time.time()
    return None


def _at(date: datetime) -> float:
    """A date of the zone -0000 is read without one, and is UTC (RFC 5322)."""
    return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
