"""Connections to addresses that may be reached, and nowhere else.

The address that was judged is the one that is connected to; no redirect is followed, no proxy of
the environment used and no cookie kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import cast

import httpcore
from c360_kernel.errors import Invalid, Transient
from c360_kernel.outgoing.addresses import address_of
from c360_kernel.outgoing.reaching import Reach
from typing_extensions import override

_CONNECTIONS = 100


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


def guarded_pools(reach: Reach) -> Mapping[str, httpcore.AsyncConnectionPool]:
    """By scheme: HTTPS to any public host, plain HTTP to networks that are allowed by name."""
    return {"https": _pool(reach), "http": _pool(replace(reach, is_open=False))}


def _pool(reach: Reach) -> httpcore.AsyncConnectionPool:
    # No connection is kept: the address is judged, and the rest of the answer left, each time.
    return httpcore.AsyncConnectionPool(
        max_connections=_CONNECTIONS,
        max_keepalive_connections=0,
        network_backend=GuardedBackend(reach),
    )
