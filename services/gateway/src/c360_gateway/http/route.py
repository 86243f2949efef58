"""`/graphql`: who comes without a token is turned away before anything is read."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from functools import partial

import orjson
from c360_federation.http import (
    GraphQLHttpApp,
    GraphQLReply,
    GraphQLRequest,
    GraphQLStream,
    HttpAppSettings,
    HttpProblem,
)
from c360_kernel.metering import Meter, metered_by
from c360_kernel.metrics import REQUESTS
from starlette.types import Message, Receive, Scope, Send

from c360_gateway.audit.refusals import Asked
from c360_gateway.auth.errors import Unauthenticated
from c360_gateway.auth.principal import Principal
from c360_gateway.budget.account import SHORT_S, Account, Turn
from c360_gateway.budget.door import Door, Guest
from c360_gateway.budget.rate_limited import RateLimited
from c360_gateway.http.explorer import Explorer
from c360_gateway.http.overstaying import cut_off_after
from c360_gateway.query.pipeline import OperationRequest, Pipeline
from c360_gateway.query.refusals import refused, seconds_to_wait
from c360_gateway.query.report import DENIALS_HEADER, denials_in
from c360_gateway.query.stated import given_in

# What is in a larger body takes long to make out.
_LARGE_BYTES = 100_000
_WANTED = frozenset((b"accept", b"authorization", b"content-length"))
_GET_REFUSED = "GET_WITH_TEXT"
# Answers are made for one principal; nothing on the way may keep or share them.
_PRIVATE = [(b"cache-control", b"no-store"), (b"vary", b"Authorization, Accept")]


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
        headers = {
            name: value.decode("latin-1") for name, value in scope["headers"] if name in _WANTED
        }
        wants_page = scope["method"] == "GET" and "text/html" in headers.get(b"accept", "")
        if wants_page and self._explorer is not None:
            await self._explorer(scope, receive, send)
            return
        private = partial(_send_private, send)
        try:
            guest = await self._door.enter(scope, headers.get(b"authorization"))
            account = guest.account
            try:
                account.request()
            except RateLimited as limited:
                await self._refuse(guest, limited.code)
                # Who goes on in spite of 429 is answered later each time.
                await account.hold_back()
                raise
            limits = self._limits(guest.principal, headers.get(b"content-length", ""))
            await self._in_turn(guest, limits, scope, receive, private)
        except (Unauthenticated, RateLimited) as refusal:
            await _turn_away(private, refusal)

    async def _in_turn(
        self, guest: Guest, limits: HttpAppSettings, scope: Scope, receive: Receive, send: Send
    ) -> None:
        account, body, turn = guest.account, _Body(guest.account, receive), guest.account.turn()
        if not turn.begin_now():
            await turn.__aenter__()
        try:
            execute = partial(self._execute, guest, scope, turn, body)
            app = GraphQLHttpApp(execute, limits, partial(self._unasked, guest, turn))
            await metered_by(Meter(account.worked, SHORT_S), app(scope, body.receive, send))
            if not turn.has_ended:
                # It never came to be asked: no JSON, no query, another method or media type.
                account.refused()
        finally:
            turn.end()
            if body.held is not None:
                await body.made_out()

    def _limits(self, principal: Principal, size: str) -> HttpAppSettings:
        """How much more somebody may send is looked up only once more is sent."""
        if size.isdecimal() and int(size) <= self._reads.max_body_bytes:
            return self._reads
        return HttpAppSettings(self._pipeline.largest_body(principal))

    async def _unasked(self, guest: Guest, turn: Turn, code: str) -> None:
        """Put on record what never came to be asked; the pipeline does so for the rest."""
        if not turn.has_ended:
            await self._refuse(guest, code)

    async def _refuse(self, guest: Guest, code: str) -> None:
        asked = Asked(address=guest.address)
        await self._door.refusals.request(guest.principal, code, asked)

    async def _execute(
        self,
        guest: Guest,
        scope: Scope,
        turn: Turn,
        body: _Body,
        request: GraphQLRequest,
        headers: Mapping[str, str],
    ) -> GraphQLReply | GraphQLStream:
        if request.method == "GET" and request.query and self._explorer is None:
            REQUESTS.add(_GET_REFUSED)
            message = "A GET may only name a document here: send its text by POST"
            raise HttpProblem(405, _GET_REFUSED, message, {"allow": "POST"})
        denials = denials_in(headers.get(DENIALS_HEADER))
        if body.held is not None:
            await body.made_out()
        traceparent = headers.get("traceparent", "")
        given = given_in(headers, request.extensions)
        received = OperationRequest(
            guest.principal, request, traceparent, denials, guest.address, given
        )
        try:
            reply = await self._pipeline.answer(received)
            if isinstance(reply, GraphQLStream):
                cut_off_after(guest.principal, scope)
            return reply
        finally:
            # Whoever reads slowly, or listens for hours, keeps nobody waiting.
            turn.end()


class _Body:
    """What comes of a request, on the account of who sends it; a large one waits for its turn.

    `held` is what it holds up meanwhile.
    """

    __slots__ = ("_account", "_receive", "_size", "held")

    def __init__(self, account: Account, receive: Receive) -> None:
        self._account = account
        self._receive = receive
        self._size = 0
        self.held: AsyncExitStack | None = None

    async def receive(self) -> Message:
        """The next message, once it may be made out."""
        message = await self._receive()
        count = len(message.get("body", b""))
        self._account.sent(count)
        self._size += count
        is_last = message["type"] == "http.request" and not message.get("more_body")
        if is_last and self._size > _LARGE_BYTES:
            self.held = AsyncExitStack()
            await self.held.enter_async_context(self._account.large_body())
        return message

    async def made_out(self) -> None:
        """Let the next large one be made out, unless that was done already."""
        if self.held is not None:
            await self.held.aclose()


async def _send_private(send: Send, message: Message) -> None:
    if message["type"] == "http.response.start":
        message["headers"] = [*message["headers"], *_PRIVATE]
    await send(message)


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
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
