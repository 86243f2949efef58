"""How a process that runs connectors is: `/livez`, `/readyz` and `/metrics`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from c360_connectors.form import Connector
from c360_connectors.receiving.delivery import group_of
from c360_kernel.errors import C360Error
from c360_kernel.log.lag import Lags
from c360_kernel.log.port import EventLog
from c360_kernel.log.topics import INBOX
from c360_kernel.metrics.endpoint import metrics_route
from c360_kernel.single_flight import SingleFlight
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

_WITHIN_S = 1.0
Codes = Mapping[str, str]
"""What ended a connector, by its name."""


def connect_app(
    log: EventLog, connectors: Sequence[Connector], stopped: Callable[[], Codes]
) -> Starlette:
    """The application. It is ready while the log answers.

    `stopped` says which connectors somebody has to look at, and reads files.
    """

    async def answered() -> bool:
        await log.ends((INBOX,))
        return True

    reached = SingleFlight(answered, _WITHIN_S)

    async def livez(_: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def readyz(_: Request) -> Response:
        fault = await _fault_of(reached)
        body = {
            "status": "not ready" if fault else "ready",
            "connectors": [one.name for one in connectors],
            "stopped": await asyncio.to_thread(stopped),
        }
        return JSONResponse(body | ({"logFault": fault} if fault else {}), 503 if fault else 200)

    groups = {group_of(one.name): (INBOX,) for one in connectors if one.receive}
    routes = [Route("/livez", livez), Route("/readyz", readyz), metrics_route(Lags(log, groups))]
    return Starlette(routes=routes)


async def _fault_of(reached: SingleFlight[bool]) -> str:
    try:
        await reached.result()
    except TimeoutError:
        return "LOG_UNAVAILABLE"
    except C360Error as error:
        return error.code
    return ""
