"""A subgraph over HTTP: `POST /graphql` for the gateway alone, the rest for whoever operates it.

GraphQL is raw ASGI, for speed; `/livez`, `/readyz` and `/metrics` hang in a small Starlette shell.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, cast

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Lifespan, Receive, Scope, Send

from c360_kernel.answer_seal import HEADER as ANSWER_HEADER
from c360_kernel.answer_seal import seal_answer
from c360_kernel.context import HEADER, CallerRefused, SubgraphKeys, UsedTokens, verify_context
from c360_kernel.deadline import HEADER as DEADLINE_HEADER
from c360_kernel.deadline import DeadlineExceeded, seconds_of, within
from c360_kernel.errors import C360Error
from c360_kernel.log.lag import Lags
from c360_kernel.metering import METER, Meter, metered
from c360_kernel.metrics import REQUEST_SECONDS, REQUESTS
from c360_kernel.metrics.endpoint import metrics_route
from c360_kernel.open_files import gone_files
from c360_kernel.outage import waiting
from c360_kernel.single_flight import SingleFlight
from c360_kernel.stopped import StoppedWorkers
from c360_kernel.subgraph.faults import fault
from c360_kernel.subgraph.threads import Answering
from c360_kernel.telemetry import NO_TRACER, Tracer, believed

BODY_LIMIT = 4 * 1024 * 1024
"""The largest request body, in bytes."""

READY_WITHIN_S = 1.0
"""How long a store may take to answer before its service is not ready.

Drivers wait longer for a server that is gone, and whoever asks would give up on the service.
"""

_SHORTEST_REPORTED_S = 0.001
"""The gateway is told of processor time that somebody should pay for."""

_HEADER = HEADER.encode()
_ANSWER_HEADER = ANSWER_HEADER.encode()
_DEADLINE = DEADLINE_HEADER.encode()
_SPAN = "subgraph request"
_log = logging.getLogger(__name__)


class RequestRefused(C360Error):
    """An HTTP request that is not a GraphQL request we take."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message, code=code)
        self.status = status


def subgraph_app(
    subgraph: Answering,
    keys: SubgraphKeys,
    lifespan: Lifespan[Starlette] | None = None,
    tracer: Tracer = NO_TRACER,
    lags: Lags | None = None,
    stopped: StoppedWorkers | None = None,
    catalog: Callable[[], Mapping[str, Any]] = dict[str, Any],
) -> Starlette:
    """The ASGI application of one subgraph; the gateway signs its requests with `keys`.

    It is not ready while its store does not answer, nor once its worker `stopped`. `waiting` names
    the store or log that a worker of this process waits for by a code, `files` those that somebody
    removed while they are open. `catalog` is what there is
    to say of a changed one.
    """
    ended = stopped or StoppedWorkers()

    async def livez(_: Request) -> Response:
        return JSONResponse({"status": "alive"})

    readiness = SingleFlight(subgraph.ready, READY_WITHIN_S)

    async def readyz(_: Request) -> Response:
        codes, gone = ended.codes(), gone_files()
        ready = await _is_ready(subgraph.name, readiness) and not codes and not gone
        status = "ready" if ready else "not ready"
        body: dict[str, Any] = {"status": status, "subgraph": subgraph.name, "stopped": codes}
        if waits := waiting():
            body["waiting"] = waits
        if gone:
            body["files"] = gone
        if changed := catalog():
            body["catalog"] = changed
        return JSONResponse(body, 200 if ready else 503)

    app = Starlette(
        routes=[
            Route("/graphql", GraphQLEndpoint(subgraph, keys, tracer)),
            Route("/livez", livez),
            Route("/readyz", readyz),
            metrics_route(lags),
        ],
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    return app


async def _is_ready(name: str, readiness: SingleFlight[bool]) -> bool:
    try:
        return await readiness.result()
    except Exception as error:
        _log.warning("%s is not ready: %s", name, type(error).__name__)
        return False


class GraphQLEndpoint:
    """Raw ASGI: checks the signed caller context against the body, then runs the operation."""

    def __init__(self, subgraph: Answering, keys: SubgraphKeys, tracer: Tracer = NO_TRACER) -> None:
        self._subgraph = subgraph
        self._keys = keys
        self._tracer = tracer
        self._used = UsedTokens()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        steps: list[float] = []
        METER.set(Meter(steps.append))
        context = _context_of(scope)
        with REQUEST_SECONDS.timing():
            try:
                status, response = 200, await metered(self._answer(scope, receive, context))
                REQUESTS.add("PARTIAL" if "errors" in response else "OK")
            except CallerRefused as refused:
                status, response = 401, _refusal(refused)
            except RequestRefused as refused:
                status, response = refused.status, _refusal(refused)
            except DeadlineExceeded as late:
                # An answer as any other that a store had no time for.
                status, response = 200, {"data": None, **_refusal(late)}
        body = orjson.dumps(response)
        seal = seal_answer(context, body, self._keys)
        await _send_json(send, status, body, sum(steps), seal)

    async def _answer(self, scope: Scope, receive: Receive, context: str) -> Mapping[str, Any]:
        if scope["method"] != "POST":
            raise RequestRefused(405, "METHOD_NOT_ALLOWED", "only POST is answered here")
        headers = dict(cast("list[tuple[bytes, bytes]]", scope["headers"]))
        body = await _body(headers, receive)
        caller = verify_context(context, self._subgraph.name, body, self._keys, self._used)
        request = _parse(body)
        parent = believed(headers.get(b"traceparent", b"").decode("latin-1"))
        with self._tracer.span(_SPAN, parent), _in_the_time_of(headers):
            return await self._subgraph.execute(
                request.query, request.variables, request.operation_name, caller
            )


def _context_of(scope: Scope) -> str:
    headers = cast("list[tuple[bytes, bytes]]", scope["headers"])
    return next((value for name, value in headers if name == _HEADER), b"").decode("latin-1")


def _in_the_time_of(headers: Mapping[bytes, bytes]) -> AbstractContextManager[None]:
    """Around the work for a request. Raises `DeadlineExceeded` where its time is over already."""
    given = headers.get(_DEADLINE)
    if given is None:
        return nullcontext()
    try:
        seconds = seconds_of(given)
    except ValueError:
        raise _bad(f"{DEADLINE_HEADER} is not a whole number of milliseconds") from None
    if seconds <= 0:
        raise DeadlineExceeded
    return within(seconds)


def _refusal(refused: C360Error) -> Mapping[str, Any]:
    REQUESTS.add(refused.code)
    retryable = {"retryable": refused.retryable}
    return {"errors": [fault(refused.code, refused.message, extensions=retryable)]}


@dataclass(frozen=True, slots=True)
class _GraphQLRequest:
    query: str
    variables: Mapping[str, object] | None
    operation_name: str | None


async def _body(headers: Mapping[bytes, bytes], receive: Receive) -> bytes:
    declared = headers.get(b"content-length", b"0")
    if declared.isdigit() and int(declared) > BODY_LIMIT:
        raise _too_large()
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise RequestRefused(400, "BAD_REQUEST", "the request ended early")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > BODY_LIMIT:
            raise _too_large()
        more = message.get("more_body", False)
    return b"".join(parts)


def _too_large() -> RequestRefused:
    return RequestRefused(413, "BODY_TOO_LARGE", f"the body is larger than {BODY_LIMIT} bytes")


def _parse(body: bytes) -> _GraphQLRequest:
    try:
        given: object = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise _bad("the body is not JSON") from None
    if not isinstance(given, dict):
        raise _bad("the body is not a JSON object")
    members = cast("dict[str, Any]", given)
    query, variables = members.get("query"), members.get("variables")
    operation_name = members.get("operationName")
    if not isinstance(query, str):
        raise _bad("'query' is not text")
    if not isinstance(variables, dict | None):
        raise _bad("'variables' is not an object")
    if not isinstance(operation_name, str | None):
        raise _bad("'operationName' is not text")
    return _GraphQLRequest(query, cast("dict[str, object] | None", variables), operation_name)


def _bad(message: str) -> RequestRefused:
    return RequestRefused(400, "BAD_REQUEST", message)


async def _send_json(send: Send, status: int, body: bytes, worked_s: float, seal: str) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    if worked_s > _SHORTEST_REPORTED_S:
        headers.append((b"server-timing", b"cpu;dur=%.3f" % (worked_s * 1000)))
    if seal:
        headers.append((_ANSWER_HEADER, seal.encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
