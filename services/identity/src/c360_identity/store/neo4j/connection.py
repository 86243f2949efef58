"""One server, asked with bounded patience."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, LiteralString, Protocol, cast

from c360_kernel.deadline import in_time, seconds_left
from neo4j import (
    AsyncDriver,
    AsyncGraphDatabase,
    AsyncResult,
    AsyncSession,
    AsyncTransaction,
    NotificationMinimumSeverity,
    Query,
    RoutingControl,
)
from neo4j.exceptions import DriverError, Neo4jError
from typing_extensions import override

from c360_identity.store.neo4j.address import Address
from c360_identity.store.neo4j.errors import store_errors
from c360_identity.store.neo4j.labels import Labels

Rows = list[list[Any]]

TRANSACTION_S = 10.0
# The server ends a transaction by itself; a server that hangs does not even do that.
_GRACE_S = 2.0
_PATIENCE_S = TRANSACTION_S + _GRACE_S
_CONNECT_S = 3.0
_RETRY_S = 2.0


class Runner(Protocol):
    """Runs statements, with labels as `Labels` takes them.

    A statement returns nothing, or its rows as one list of lists: the driver spends more on a
    row than on what is in it. It finds its parameters in one map, `$given`: for a list that is a
    parameter by itself the server plans the statement anew at each order of magnitude.
    """

    async def rows(self, statement: str, **parameters: object) -> Rows:
        """All rows that the statement collects."""
        ...


class Transaction(Runner):
    """An open transaction, which the server ends after `limit_s`."""

    def __init__(self, inner: AsyncTransaction, labels: Labels, limit_s: float) -> None:
        self._inner = inner
        self._labels = labels
        self._patience_s = limit_s + _GRACE_S

    @override
    async def rows(self, statement: str, **parameters: object) -> Rows:
        with store_errors():
            async with asyncio.timeout(self._patience_s):
                text = _text(self._labels.apply(statement))
                result = await self._inner.run(text, {"given": parameters})
                return _collected(await result.values())


class Connection:
    """The connections to one server. Connects at its first use, on the loop that asks."""

    def __init__(self, address: Address) -> None:
        # What the driver logs of a retry quotes the values of the statement that failed.
        logging.getLogger("neo4j").setLevel(logging.CRITICAL)
        self._address = address
        self._driver: AsyncDriver | None = None

    async def read(self, statement: str, parameters: Mapping[str, object] | None = None) -> Rows:
        """The answer to one statement that changes nothing."""
        return await self._ask(RoutingControl.READ, statement, parameters or {})

    async def write(
        self,
        statement: str,
        parameters: Mapping[str, object] | None = None,
        limit_s: float = TRANSACTION_S,
    ) -> Rows:
        """The answer to one statement, which may be repeated; the server ends it after `limit_s`.

        A request's own deadline is kept all the same.
        """
        return await self._ask(RoutingControl.WRITE, statement, parameters or {}, limit_s)

    async def run_alone(self, statement: str) -> None:
        """Run a statement that opens transactions itself, as long as it takes."""
        with store_errors():
            async with self._opened().session(database=self._address.database) as session:
                await (await session.run(Query(_text(statement)))).consume()

    @asynccontextmanager
    async def transaction(self, labels: Labels, limit_s: float) -> AsyncGenerator[Transaction]:
        """Commits on leaving, rolls back on an exception.

        Raises `Conflict` when somebody else was faster, and `Transient`: then it may be that
        it was committed all the same.
        """
        session = self._opened().session(database=self._address.database)
        try:
            with store_errors():
                async with asyncio.timeout(_PATIENCE_S):
                    inner = await session.begin_transaction(timeout=limit_s)
            yield Transaction(inner, labels, limit_s)
            with store_errors():
                async with asyncio.timeout(_PATIENCE_S):
                    await inner.commit()
        finally:
            await _release(session)

    async def close(self) -> None:
        """Close all connections."""
        driver, self._driver = self._driver, None
        if driver is not None:
            await driver.close()

    async def _ask(
        self,
        routing: RoutingControl,
        statement: str,
        parameters: Mapping[str, object],
        limit_s: float = TRANSACTION_S,
    ) -> Rows:
        """One managed transaction: the driver repeats what may succeed at once."""
        left = seconds_left()
        patience, limit = limit_s + _GRACE_S, limit_s
        if left is not None:
            # No time at all would mean to the server that there is no limit.
            patience, limit = min(patience, left), max(min(limit, left), 0.001)
        with in_time(), store_errors():
            async with asyncio.timeout(patience):
                answer = await self._opened().execute_query(
                    Query(_text(statement), timeout=limit),
                    dict(parameters),
                    routing_=routing,
                    database_=self._address.database,
                    result_transformer_=AsyncResult.values,
                )
        return _collected(answer)

    def _opened(self) -> AsyncDriver:
        if self._driver is None:
            self._driver = AsyncGraphDatabase.driver(
                self._address.uri,
                auth=self._address.login,
                connection_timeout=_CONNECT_S,
                connection_acquisition_timeout=_PATIENCE_S,
                max_transaction_retry_time=_RETRY_S,
                notifications_min_severity=NotificationMinimumSeverity.OFF,
                user_agent="c360-identity",
            )
        return self._driver


def _collected(answer: Rows) -> Rows:
    return answer[0][0] if answer else []


async def _release(session: AsyncSession) -> None:
    """Roll back what is open; of a dead connection the server does so itself."""
    with suppress(Neo4jError, DriverError, OSError, TimeoutError):
        async with asyncio.timeout(_PATIENCE_S):
            await session.close()


def _text(statement: str) -> LiteralString:
    """Statements are constants of ours with labels put in; values travel as parameters."""
    return cast("LiteralString", statement)
