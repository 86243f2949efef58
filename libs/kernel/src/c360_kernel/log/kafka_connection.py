"""Clients of Kafka that start whole or not at all, and whose errors are those of the port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

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
Stopping: TypeAlias = Coroutine[Any, Any, None]
CLOSE_S = 3.0
"""How long a client may take to leave. Brokers see by themselves when one is gone."""
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


async def started(client: C, stop: Callable[[C], Stopping]) -> C:
    """The client, connected; closed again when it cannot be."""
    try:
        await client.start()
    except BaseException:
        await closed(stop(client))
        raise
    return client


async def closed(stopping: Stopping, within_s: float = CLOSE_S) -> None:
    """Let a client stop, and leave one that has not within so many seconds.

    Clients wait without end for tasks of their own that swallowed their cancellation, and raise
    the cancellation of a task that never began: in a task apart, neither is ours.
    """
    task = asyncio.create_task(stopping)
    try:
        await asyncio.wait({task}, timeout=within_s)
    finally:
        task.cancel()
        task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())


class Connection(Generic[C]):
    """A client that connects when first used, serves one caller at a time, and is
    replaced after any failure, because its state is then anybody's guess.
    """

    def __init__(
        self, make: Callable[[], C], stop: Callable[[C], Stopping], timeout_s: float
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
                await self.close()
                raise

    async def close(self) -> None:
        """Disconnect."""
        client, self._client = self._client, None
        if client is not None:
            await closed(self._stop(client))
