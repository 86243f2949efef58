"""The HTTP shell: GraphQL as a raw ASGI route, probes, nothing else."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass

from c360_kernel.errors import Transient
from c360_kernel.log.entry import AUDIT
from c360_kernel.log.port import EventLog
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from starlette.routing import Route

from c360_gateway.http.route import GraphQLRoute
from c360_gateway.supergraph.keeper import SupergraphKeeper

Close = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Readiness:
    """Ready means: there is a supergraph, and the log answers."""

    keeper: SupergraphKeeper
    log: EventLog

    async def report(self) -> JSONResponse:
        """200 or 503, with what is missing in either case."""
        log_answers = await self._log_answers()
        has_supergraph = self.keeper.current is not None
        ready = log_answers and has_supergraph
        body = {
            "status": "ready" if ready else "not ready",
            "log": log_answers,
            "supergraph": has_supergraph,
            "missing": list(self.keeper.missing),
        }
        return JSONResponse(body, 200 if ready else 503)

    async def _log_answers(self) -> bool:
        try:
            await self.log.ends([AUDIT])
        except Transient:
            return False
        return True


def gateway_app(route: GraphQLRoute, readiness: Readiness, closing: Sequence[Close]) -> FastAPI:
    """The ASGI application. Its lifespan composes the supergraph and keeps it fresh."""

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        await readiness.keeper.start()
        watching = asyncio.create_task(readiness.keeper.watch())
        try:
            yield
        finally:
            watching.cancel()
            for close in closing:
                await close()

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.router.routes.append(Route("/graphql", route))
    app.add_api_route("/livez", _alive)
    app.add_api_route("/readyz", readiness.report)
    return app


async def _alive() -> JSONResponse:
    return JSONResponse({"status": "alive"})
