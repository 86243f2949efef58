"""The HTTP shell: GraphQL as a raw ASGI route, and what whoever operates it asks for."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from logging import getLogger
from typing import Protocol

from c360_kernel.log.lag import Lags
from c360_kernel.metrics.endpoint import metrics_route
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from starlette.routing import WebSocketRoute
from starlette.types import ASGIApp, Lifespan, Receive, Scope, Send

from c360_gateway.readiness import Readiness

Close = Callable[[], Awaitable[None]]
_GRAPHQL = "/graphql"
_AGAIN_S = 1.0
_log = getLogger(__name__)


class Refreshable(Protocol):
    """Something that is read at the start and kept fresh from then on."""

    async def start(self) -> None:
        """Read it once; that it cannot be had yet is no error."""
        ...

    async def watch(self) -> None:
        """Keep it fresh for ever."""
        ...


async def refresh_forever(one: Refreshable, pause: float = _AGAIN_S) -> None:
    """Watch for ever: what fails once is not left as it is from then on."""
    while True:
        try:
            await one.watch()
        except Exception as error:
            # The text of an exception may quote a value.
            _log.error("%s is watched again after %s", type(one).__name__, type(error).__name__)
        await asyncio.sleep(pause)


def gateway_app(
    route: ASGIApp,
    sockets: ASGIApp,
    readiness: Readiness,
    lags: Lags,
    refreshed: Sequence[Refreshable],
    closing: Sequence[Close],
) -> FastAPI:
    """The ASGI application. Its lifespan starts what is kept fresh, and closes all there is."""

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        async with contextlib.AsyncExitStack() as stack:
            for close in reversed(closing):
                stack.push_async_callback(close)
            for one in refreshed:
                await one.start()
            watching = [asyncio.create_task(refresh_forever(one)) for one in refreshed]
            try:
                yield
            finally:
                for task in watching:
                    task.cancel()
                await asyncio.gather(*watching, return_exceptions=True)

    app = _GatewayApp(route, lifespan)
    app.router.routes.append(WebSocketRoute(_GRAPHQL, sockets))
    app.router.routes.append(metrics_route(lags))
    app.add_api_route("/livez", _alive)
    app.add_api_route("/readyz", readiness.report)
    return app


class _GatewayApp(FastAPI):
    """`/graphql` directly, which needs none of FastAPI's layers; everything else by FastAPI."""

    def __init__(self, route: ASGIApp, lifespan: Lifespan[FastAPI]) -> None:
        # A redirect would name a place by what the caller says of it, and tokens would follow.
        super().__init__(
            lifespan=lifespan,
            docs_url=None,
            redoc_url=None,
            openapi_url=None,
            redirect_slashes=False,
        )
        self._route = route

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:  # type: ignore[override]
        """See `FastAPI.__call__`."""
        if scope["type"] == "http" and scope["path"] == _GRAPHQL:
            return self._route(scope, receive, send)
        return super().__call__(scope, receive, send)


async def _alive() -> JSONResponse:
    return JSONResponse({"status": "alive"})
