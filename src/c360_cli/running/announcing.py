"""Telling a gateway's address, once it answers there."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

from c360_gateway.supergraph.source import SupergraphSource
from uvicorn import Server

_LOOK_AGAIN_S = 0.05


@asynccontextmanager
async def announced(
    serving: Server, supergraph_source: SupergraphSource, is_started: Callable[[], Awaitable[bool]]
) -> AsyncGenerator[None]:
    """For a block that serves: print the address when the gateway has a graph to answer with.

    Processes that were started along with it have to answer as well.
    """
    announcing = asyncio.create_task(_announce(serving, supergraph_source, is_started))
    try:
        yield
    finally:
        announcing.cancel()


async def _announce(
    serving: Server, supergraph_source: SupergraphSource, is_started: Callable[[], Awaitable[bool]]
) -> None:
    # Neither uvicorn nor the source of the supergraph has an event for it.
    while not serving.started or supergraph_source.current is None:  # noqa: ASYNC110
        await asyncio.sleep(_LOOK_AGAIN_S)
    while not await is_started():  # noqa: ASYNC110
        await asyncio.sleep(_LOOK_AGAIN_S)
    config = serving.config
    url = graphql_url(config.host, config.port, "https" if config.is_ssl else "http")
    print(url, file=sys.stderr, flush=True)


def graphql_url(host: str, port: int, scheme: str = "http") -> str:
    """Where a gateway answers."""
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}/graphql"
