"""The HTTP shell: GraphQL as a raw ASGI route, and what whoever operates it asks for."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from logging import getLogger
from typing import Protocol

from c360_kernel.log.lag import Lags
from c360_kernel.metrics.endpoint import metrics_route
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Lifespan, Receive, Scope, Send
from typing_extensions import override

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


@dataclass(frozen=True, slots=True)
class Doors:
    """Other doors: by their whole paths, and those whose paths hold something."""

    paths: Mapping[str, ASGIApp] = field(default_factory=dict[str, ASGIApp])
    routes: Sequence[BaseRoute] = ()


class Closing:
    """Closes all there is, once, whoever asks for it: also of an application that never started."""

    def __init__(self, closing: Sequence[Close]) -> None:
        self._left = closing

    async def close(self) -> None:
        """Close one after the other; one that cannot be closed keeps no other open."""
        closing, self._left = self._left, ()
        async with contextlib.AsyncExitStack() as stack:
            for close in reversed(closing):
                stack.push_async_callback(close)


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
    close: Close,
    doors: Doors,
) -> Starlette:
    """The ASGI application, with other `doors`.

    Its lifespan starts what is kept fresh, and calls `close` at its end, however it began.
    """

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        async with contextlib.AsyncExitStack() as stack:
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

    async def ready(_: Request) -> JSONResponse:
        return await readiness.report()

    app = _GatewayApp({**doors.paths, _GRAPHQL: route}, lifespan)
    app.router.routes += [
        *doors.routes,
        WebSocketRoute(_GRAPHQL, sockets),
        metrics_route(lags),
        Route("/livez", _alive),
        Route("/readyz", ready),
    ]
    return app


class _GatewayApp(Starlette):
    """The doors directly, which need no layer between; everything else by Starlette."""

    def __init__(self, doors: Mapping[str, ASGIApp], lifespan: Lifespan[Starlette]) -> None:
        super().__init__(lifespan=lifespan)
        # A redirect would name a place by what the caller says of it, and tokens would follow.
        self.router.redirect_slashes = False
        self._doors = doors

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        door = self._doors.get(scope["path"]) if scope["type"] == "http" else None
        if door is not None:
            await door(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


async def _alive(_: Request) -> JSONResponse:
    return JSONResponse({"status": "alive"})
