"""Kept connections to one origin, with a cap."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from c360_federation.errors import FederationError
from c360_federation.execute.http_client.connection import Connection, HttpReply, StaleConnection
from c360_federation.execute.transport import SubgraphTimeout, SubgraphUnreachable
from c360_federation.places import Places


# Requests are looked up by it: it is equal to itself alone, and so it is hashed at no cost.
@dataclass(frozen=True, slots=True, eq=False)
class Origin:
    """Where a URL leads to."""

    host: str
    port: int
    is_secure: bool
    target: str
    authority: str

    @classmethod
    def of(cls, url: str) -> Origin:
        """Take a subgraph's URL apart."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise FederationError(f"A subgraph needs an http or https URL, not {url!r}")
        is_secure = parts.scheme == "https"
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        port = parts.port or (443 if is_secure else 80)
        authority = parts.netloc.rpartition("@")[2]
        return cls(parts.hostname, port, is_secure, target, authority)


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """`timeout` is in seconds: so long for connecting, and for a reply if `is_reply_timed`.

    `kept_header` is the one of a reply that is handed on, in lower case. `tls` says whom https
    believes and what it shows; None: the system's authorities, nothing.
    """

    timeout: float = 30.0
    is_reply_timed: bool = True
    max_connections: int = 64
    max_reply_bytes: int = 64_000_000
    kept_header: str = ""
    tls: ssl.SSLContext | None = None


class Pool:
    """Lends connections to one origin; most recently used first, so that spare ones expire."""

    def __init__(self, origin: Origin, limits: PoolLimits) -> None:
        self._origin = origin
        self._limits = limits
        self._idle: list[Connection] = []
        self._places = Places(limits.max_connections)
        self._tls = (limits.tls or ssl.create_default_context()) if origin.is_secure else None

    async def exchange(self, make: Callable[[], bytes], tries: int = 1) -> HttpReply:
        """Send what is made for each try; only a stale connection is a reason to try again."""
        if not self._places.take_now():
            await self._places.take()
        connection: Connection | None = None
        try:
            while True:
                request = make()
                kept = None if connection else self._kept()
                connection = kept or await self._open()
                tries -= 1
                try:
                    return await connection.send(request)
                except StaleConnection:
                    connection.end()
                    if not tries:
                        raise
        finally:
            if connection is not None:
                connection.end()
                if connection.is_usable:
                    self._idle.append(connection)
            self._places.give_back()

    def _kept(self) -> Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if connection.is_usable:
                return connection
        return None

    async def _open(self) -> Connection:
        try:
            async with asyncio.timeout(self._limits.timeout):
                return await self._connected()
        except TimeoutError as error:
            raise SubgraphTimeout("No connection in time") from error

    async def _connected(self) -> Connection:
        origin, limits = self._origin, self._limits
        try:
            _, connection = await asyncio.get_running_loop().create_connection(
                lambda: Connection(
                    limits.timeout if limits.is_reply_timed else None,
                    limits.max_reply_bytes,
                    limits.kept_header.encode(),
                ),
                origin.host,
                origin.port,
                ssl=self._tls,
            )
        except OSError as error:
            raise SubgraphUnreachable("No connection") from error
        return connection

    def close(self) -> None:
        """Close what is not in use."""
        while self._idle:
            self._idle.pop().abort()
