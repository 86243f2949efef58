"""Clients of Kafka that start whole or not at all, and whose errors are those of the port."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Generic, Protocol, TypeVar

from aiokafka.errors import (
    AuthenticationFailedError,
    AuthenticationMethodNotSupported,
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    InvalidSessionTimeoutError,
    KafkaError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    UnsupportedSaslMechanismError,
)

from c360_kernel.errors import Misaddressed, Transient


class _Client(Protocol):
    async def start(self) -> None: ...


C = TypeVar("C", bound=_Client)
_REFUSED = (
    InvalidSessionTimeoutError,
    TopicAuthorizationFailedError,
    GroupAuthorizationFailedError,
    ClusterAuthorizationFailedError,
)
_NOT_LET_IN = (
    AuthenticationFailedError,
    AuthenticationMethodNotSupported,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)


@asynccontextmanager
async def answering_within(seconds: float) -> AsyncGenerator[None, None]:
    """Raise `Transient` (LOG_UNAVAILABLE) when the brokers fail, or take longer than this."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except _REFUSED as error:
        raise Misaddressed(
            f"the brokers refuse what the log's URL asks for ({type(error).__name__})",
            code="LOG_REFUSED",
        ) from error
    except _NOT_LET_IN as error:
        raise Misaddressed(
            "the brokers do not accept the login of the log's URL", code="LOG_LOGIN"
        ) from error
    except (KafkaError, OSError) as error:  # a TimeoutError is an OSError
        raise Transient(
            f"the log cannot answer now ({type(error).__name__})", code="LOG_UNAVAILABLE"
        ) from error


async def started(client: C, stop: Callable[[C], Awaitable[None]]) -> C:
    """The client, connected; closed again when it cannot be."""
    try:
        await client.start()
    except BaseException:
        with contextlib.suppress(Exception):
            await stop(client)
        raise
    return client


class Connection(Generic[C]):
    """A client that connects when first used, serves one caller at a time, and is
    replaced after any failure, because its state is then anybody's guess.
    """

    def __init__(
        self, make: Callable[[], C], stop: Callable[[C], Awaitable[None]], timeout_s: float
    ) -> None:
        self._make = make
        self._stop = stop
        self._timeout_s = timeout_s
        self._lock = asyncio.Lock()
        self._client: C | None = None

    @asynccontextmanager
    async def client(self) -> AsyncGenerator[C, None]:
        """The connected client, for this caller alone."""
        async with answering_within(self._timeout_s), self._lock:
            try:
                if self._client is None:
                    self._client = await started(self._make(), self._stop)
                yield self._client
            except BaseException:
                with contextlib.suppress(Exception):
                    await self.close()
                raise

    async def close(self) -> None:
        """Disconnect."""
        client, self._client = self._client, None
        if client is not None:
            await self._stop(client)
