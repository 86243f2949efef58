"""`/graphql` over WebSocket: `graphql-transport-ws`, each socket for one token."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from http import HTTPStatus

from c360_federation.http import (
    GraphQLReply,
    GraphQLRequest,
    GraphQLStream,
    GraphQLWebSocketApp,
    HttpProblem,
    WebSocketSettings,
)
from c360_federation.values import Json, JsonObject
from c360_kernel.metering import METER, Meter, metered
from c360_kernel.metrics import REQUESTS
from starlette.types import Message, Receive, Scope, Send

from c360_gateway.audit.refusals import RefusedRequest
from c360_gateway.auth.errors import Unauthenticated
from c360_gateway.budget.account import Account
from c360_gateway.budget.door import Door, Guest
from c360_gateway.budget.rate_limited import RateLimited
from c360_gateway.query.justification import given_in, justification_headers
from c360_gateway.query.pipeline import OperationRequest, Pipeline
from c360_gateway.query.refusals import refused
from c360_gateway.query.report import DENIALS_HEADER, denials_in

_AUTHORIZATION = "authorization"


class GraphQLSockets:
    """The endpoint for sockets as raw ASGI.

    A socket is let in by the `Authorization` header of its handshake or, where a browser cannot
    set one, by the member `authorization` of `connection_init`; it is closed when the token
    expires. `c360-denials` is given in either way, too, and holds for the whole socket.
    """

    def __init__(self, pipeline: Pipeline, door: Door, settings: WebSocketSettings) -> None:
        self._pipeline = pipeline
        self._door = door
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket."""
        holder = _Holder()

        async def paced() -> Message:
            message = await receive()
            await holder.take(message)
            return message

        METER.set(Meter(holder.worked))
        with holder.held:
            connect = partial(self._connect, holder, scope)
            await metered(GraphQLWebSocketApp(connect, self._settings)(scope, paced, send))

    async def _connect(
        self, holder: _Holder, scope: Scope, headers: Mapping[str, str], payload: JsonObject
    ) -> _Caller:
        try:
            denials = denials_in(_given(headers, payload, DENIALS_HEADER))
            guest = await self._door.enter(scope, _authorization(headers, payload))
            await self._hold(holder, guest)
            holder.account = guest.account
        except Unauthenticated as unknown:
            REQUESTS.add(unknown.code)
            raise HttpProblem(HTTPStatus.UNAUTHORIZED, unknown.code, unknown.message) from None
        except RateLimited as limited:
            REQUESTS.add(limited.code)
            status = HTTPStatus.TOO_MANY_REQUESTS
            raise HttpProblem(status, limited.code, limited.message) from None
        request_of = partial(
            OperationRequest,
            guest.principal,
            traceparent=headers.get("traceparent", ""),
            denials=denials,
            address=guest.address,
        )
        return _Caller(
            self._pipeline, guest, self._door, request_of, justification_headers(headers, payload)
        )

    async def _hold(self, holder: _Holder, guest: Guest) -> None:
        """Let it have one more socket; raises `RateLimited`."""
        try:
            holder.held.enter_context(guest.account.socket())
        except RateLimited as limited:
            refused_request = RefusedRequest(address=guest.address)
            await self._door.refusals.request(guest.principal, limited.code, refused_request)
            raise


class _Holder:
    """Whose account a socket is on, once that is known."""

    def __init__(self) -> None:
        self.account: Account | None = None
        self.held = ExitStack()

    def worked(self, seconds: float) -> None:
        if self.account is not None:
            self.account.worked(seconds)

    async def take(self, message: Message) -> None:
        """Count what came in; who sends too much is not read any further for a while."""
        if self.account is not None:
            self.account.sent(len(message.get("text") or message.get("bytes") or ""))
            await self.account.pace()


class _Caller:
    """Whoever holds the token of a socket."""

    def __init__(
        self,
        pipeline: Pipeline,
        guest: Guest,
        door: Door,
        request_of: Callable[[GraphQLRequest], OperationRequest],
        justification: Mapping[str, str],
    ) -> None:
        self._pipeline = pipeline
        self._guest = guest
        self._principal = guest.principal
        self._door = door
        self._request_of = request_of
        self._justification = justification

    def expires_in(self) -> float:
        return self._principal.expires_at - time.time()

    async def execute(self, request: GraphQLRequest) -> GraphQLReply | GraphQLStream:
        if not self._principal.validity.holds():
            REQUESTS.add(Unauthenticated.code)
            await self._refuse(Unauthenticated.code)
            message = "the token is not accepted any more"
            raise HttpProblem(HTTPStatus.UNAUTHORIZED, Unauthenticated.code, message)
        account = self._door.accounts.of(self._principal)
        METER.set(Meter(account.worked))
        given = given_in(self._justification, request.extensions)
        received = self._request_of(request)._replace(given=given)
        try:
            account.request()
            async with account.turn():
                return await metered(self._pipeline.answer(received))
        except RateLimited as limited:
            await self._refuse(limited.code)
            await account.hold_back()
            return GraphQLReply({"errors": refused(limited)}, executed=False)

    async def _refuse(self, code: str) -> None:
        refused_request = RefusedRequest(address=self._guest.address)
        await self._door.refusals.request(self._principal, code, refused_request)


def _authorization(headers: Mapping[str, str], payload: JsonObject) -> str | None:
    given = _given(headers, payload, _AUTHORIZATION)
    return given if isinstance(given, str) else None


def _given(headers: Mapping[str, str], payload: JsonObject, name: str) -> Json:
    """What the handshake's header says, else the member of `connection_init`."""
    if name in headers:
        return headers[name]
    return {key.lower(): value for key, value in payload.items()}.get(name)
