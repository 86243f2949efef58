"""`/graphql`: who comes without a token is turned away before anything is read."""

from __future__ import annotations

import orjson
from c360_federation.http import HttpAppSettings, answer_http
from c360_kernel.metering import metered_by
from starlette.types import Receive, Scope, Send

from c360_gateway.audit.refusals import RefusedRequest
from c360_gateway.auth.errors import Unauthenticated
from c360_gateway.auth.principal import Principal
from c360_gateway.budget.account import SHORT_S
from c360_gateway.budget.door import Door, Guest
from c360_gateway.budget.rate_limited import RateLimited
from c360_gateway.http.exchange import PRIVATE, Exchange
from c360_gateway.http.explorer import Explorer
from c360_gateway.query.pipeline import Pipeline
from c360_gateway.query.refusals import refused, seconds_to_wait


class GraphQLRoute:
    """The endpoint as raw ASGI.

    Without an `explorer`, which is how production has it, nothing is asked in an address either:
    a GET may only name a document, since addresses are kept by browsers, proxies and their logs.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        door: Door,
        explorer: Explorer | None,
    ) -> None:
        self._pipeline = pipeline
        self._door = door
        self._explorer = explorer
        self._reads = HttpAppSettings(pipeline.largest_read)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        headers: dict[bytes, bytes] = dict(scope["headers"])
        wants_page = scope["method"] == "GET" and b"text/html" in headers.get(b"accept", b"")
        if wants_page and self._explorer is not None:
            await self._explorer(scope, receive, send)
            return
        try:
            authorization = headers.get(b"authorization", b"").decode("latin-1")
            guest = await self._door.enter(scope, authorization)
            account = guest.account
            try:
                account.request()
            except RateLimited as limited:
                refused_request = RefusedRequest(address=guest.address)
                await self._door.refusals.request(guest.principal, limited.code, refused_request)
                # Who goes on in spite of 429 is answered later each time.
                await account.hold_back()
                raise
            size = headers.get(b"content-length", b"")
            limits = self._limits(guest.principal, size)
            await self._in_turn(self._exchange(guest, scope, receive, send), limits, scope)
        except (Unauthenticated, RateLimited) as refusal:
            await _turn_away(send, refusal)

    async def _in_turn(self, exchange: Exchange, limits: HttpAppSettings, scope: Scope) -> None:
        account, turn = exchange.guest.account, exchange.turn
        if not turn.begin_now():
            await turn.__aenter__()
        try:
            answering = answer_http(scope, exchange, limits)
            await metered_by(account.worked, SHORT_S, answering)
            if not exchange.is_received:
                # No JSON, no query, another method or media type.
                account.refused()
        finally:
            if not turn.has_ended:
                turn.end()
            if exchange.held is not None:
                await exchange.made_out()

    def _exchange(self, guest: Guest, scope: Scope, receive: Receive, send: Send) -> Exchange:
        may_get_texts = self._explorer is not None
        refusals = self._door.refusals
        return Exchange(
            self._pipeline, refusals, guest, scope, receive, send, may_get_texts=may_get_texts
        )

    def _limits(self, principal: Principal, size: bytes) -> HttpAppSettings:
        """How much more somebody may send is looked up only once more is sent."""
        if size.isdigit() and int(size) <= self._reads.max_body_bytes:
            return self._reads
        return HttpAppSettings(self._pipeline.largest_body(principal))


async def _turn_away(send: Send, refusal: Unauthenticated | RateLimited) -> None:
    """Refuse before anything is read; what is still to be read is not."""
    body = orjson.dumps({"errors": refused(refusal)})
    status, headers = 401, [(b"www-authenticate", b"Bearer")]
    if isinstance(refusal, RateLimited):
        again = b"%d" % seconds_to_wait(refusal)
        status, headers = 429, [(b"retry-after", again), (b"connection", b"close")]
    headers = [
        (b"content-type", b"application/json; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        *headers,
        *PRIVATE,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
