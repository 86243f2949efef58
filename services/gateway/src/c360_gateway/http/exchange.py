"""One request over HTTP and its answer, in a turn of who asks and on its account."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from contextlib import AsyncExitStack

from c360_federation.http import (
    Delivery,
    GraphQLReply,
    GraphQLRequest,
    GraphQLStream,
    HttpProblem,
)
from c360_kernel.metrics import REQUESTS
from starlette.types import Message, Receive, Scope, Send

from c360_gateway.audit.refusals import Refusals, RefusedRequest
from c360_gateway.budget.account import Turn
from c360_gateway.budget.door import Guest
from c360_gateway.http.token_expiry import cut_off_after
from c360_gateway.query.justification import JUSTIFICATION_NAMES, NOTHING_GIVEN, given_in
from c360_gateway.query.pipeline import OperationRequest, Pipeline
from c360_gateway.query.report import DENIALS_HEADER, DenialsIn, denials_in

# What is in a larger body takes long to make out.
_LARGE_BYTES = 100_000
_GET_REFUSED = "GET_WITH_TEXT"
PRIVATE = [(b"cache-control", b"no-store"), (b"vary", b"Authorization, Accept")]
"""Headers of every answer: nothing on the way may keep or share what is made for one principal."""


class Exchange:
    """What comes of a request, and what goes back.

    The turn ends when the answer begins: whoever reads slowly, or listens for hours, keeps nobody
    waiting. `is_received` says whether the request came as far as to be asked. A large body waits
    for its turn; what it holds up meanwhile, `held`, is let go once it is made out.
    """

    __slots__ = (
        "_may_get_texts", "_pipeline", "_receive", "_refusals", "_scope", "_send", "_size", "guest",
        "held", "is_received", "turn",
    )  # fmt: skip

    def __init__(
        self,
        pipeline: Pipeline,
        refusals: Refusals,
        guest: Guest,
        scope: Scope,
        receive: Receive,
        send: Send,
        *,
        may_get_texts: bool,
    ) -> None:
        self._pipeline = pipeline
        self._refusals = refusals
        self._scope = scope
        self._receive = receive
        self._send = send
        self._may_get_texts = may_get_texts
        self._size = 0
        self.held: AsyncExitStack | None = None
        self.guest = guest
        self.turn: Turn = guest.account.turn()
        self.is_received = False

    async def receive(self) -> Message:
        """The next message, once it may be made out."""
        message = await self._receive()
        count = len(message.get("body", b""))
        self.guest.account.sent(count)
        self._size += count
        is_last = message["type"] == "http.request" and not message.get("more_body")
        if is_last and self._size > _LARGE_BYTES:
            self.held = AsyncExitStack()
            await self.held.enter_async_context(self.guest.account.large_body())
        return message

    def send(self, message: Message) -> Awaitable[None]:
        """Send a part of the answer."""
        if message["type"] == "http.response.start":
            self.turn.end()
            message["headers"] = [*message["headers"], *PRIVATE]
        return self._send(message)

    def answer(
        self, request: GraphQLRequest, headers: Mapping[str, str]
    ) -> Awaitable[GraphQLReply | GraphQLStream]:
        """Have it answered. Raises `HttpProblem`."""
        if request.method == "GET" and request.query and not self._may_get_texts:
            REQUESTS.add(_GET_REFUSED)
            message = "A GET may only name a document here: send its text by POST"
            raise HttpProblem(405, _GET_REFUSED, message, {"allow": "POST"})
        wanted = headers.get(DENIALS_HEADER)
        is_justified = request.extensions or not JUSTIFICATION_NAMES.isdisjoint(headers)
        received = OperationRequest(
            self.guest.principal,
            request,
            headers.get("traceparent", ""),
            DenialsIn.ERRORS if wanted is None else denials_in(wanted),
            self.guest.address,
            given_in(headers, request.extensions) if is_justified else NOTHING_GIVEN,
        )
        self.is_received = True
        if self.held is None and request.delivery is Delivery.WHOLE:
            return self._pipeline.answer(received)
        return self._answered(received)

    async def refused(self, code: str) -> None:
        """Put on record what never came to be asked; the pipeline does so for the rest."""
        if not self.is_received:
            refused_request = RefusedRequest(address=self.guest.address)
            await self._refusals.request(self.guest.principal, code, refused_request)

    async def made_out(self) -> None:
        """Let the next large body be made out, unless that was done already."""
        if self.held is not None:
            await self.held.aclose()

    async def _answered(self, received: OperationRequest) -> GraphQLReply | GraphQLStream:
        await self.made_out()
        reply = await self._pipeline.answer(received)
        if isinstance(reply, GraphQLStream):
            cut_off_after(self.guest.principal, self._scope)
        return reply
