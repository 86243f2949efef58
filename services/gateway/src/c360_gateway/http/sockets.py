"""`/graphql` over WebSocket: `graphql-transport-ws`, each socket for one token."""

from __future__ import annotations

import time
from collections.abc import Mapping
from http import HTTPStatus

from c360_federation.http import (
    GraphQLReply,
    GraphQLRequest,
    GraphQLStream,
    GraphQLWebSocketApp,
    HttpProblem,
    WebSocketSettings,
)
from c360_federation.values import JsonObject
from c360_kernel.metrics import REQUESTS
from starlette.types import Receive, Scope, Send

from c360_gateway.auth.errors import Unauthenticated
from c360_gateway.auth.principal import Principal
from c360_gateway.auth.verifier import TokenVerifier
from c360_gateway.query.pipeline import Pipeline, Question

_AUTHORIZATION = "authorization"


class GraphQLSockets:
    """The endpoint for sockets as raw ASGI.

    A socket is let in by the `Authorization` header of its handshake or, where a browser cannot
    set one, by the member `authorization` of `connection_init`; it is closed when the token
    expires.
    """

    def __init__(
        self, pipeline: Pipeline, verifier: TokenVerifier, settings: WebSocketSettings
    ) -> None:
        self._pipeline = pipeline
        self._verifier = verifier
        self._app = GraphQLWebSocketApp(self._connect, settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket."""
        await self._app(scope, receive, send)

    async def _connect(self, headers: Mapping[str, str], payload: JsonObject) -> _Caller:
        try:
            principal = self._verifier.authenticate(_authorization(headers, payload))
        except Unauthenticated as refused:
            REQUESTS.add(refused.code)
            raise HttpProblem(HTTPStatus.UNAUTHORIZED, refused.code, refused.message) from None
        return _Caller(self._pipeline, principal, headers.get("traceparent", ""))


class _Caller:
    """Whoever holds the token of a socket."""

    def __init__(self, pipeline: Pipeline, principal: Principal, traceparent: str) -> None:
        self._pipeline = pipeline
        self._principal = principal
        self._traceparent = traceparent

    def expires_in(self) -> float:
        return self._principal.expires_at - time.time()

    async def execute(self, request: GraphQLRequest) -> GraphQLReply | GraphQLStream:
        return await self._pipeline.answer(Question(self._principal, request, self._traceparent))


def _authorization(headers: Mapping[str, str], payload: JsonObject) -> str | None:
    if _AUTHORIZATION in headers:
        return headers[_AUTHORIZATION]
    told = {name.lower(): value for name, value in payload.items()}.get(_AUTHORIZATION)
    return told if isinstance(told, str) else None
