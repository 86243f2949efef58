"""`POST /connect/NAME`: what a source sends by itself, as raw ASGI.

A source that is answered anything but 2xx sends again, and some end for ever after a while: refused
is what is not of the source, and never what cannot be mapped.
"""

from __future__ import annotations

from logging import getLogger
from urllib.parse import parse_qsl

from c360_connectors.receiving.delivery import Delivery, DeliveryRefused
from c360_connectors.receiving.receive import Reply as Answer
from c360_kernel.errors import C360Error, Invalid, SettingsError
from c360_kernel.metrics import CONNECT_REQUESTS
from starlette.types import Receive, Scope, Send

from c360_gateway.budget.accounts import Strangers
from c360_gateway.budget.door import address_of_caller
from c360_gateway.doors.connect.door import ConnectDoor
from c360_gateway.http.exchange import PRIVATE
from c360_gateway.http.received import received
from c360_gateway.http.replies import Reply, refusal_body, refused, send_reply

PATH = "/connect/{name}"
MOST_BYTES = 900_000
"""What an entry of the log takes, with its frame."""
_log = getLogger(__name__)


class ConnectRoute:
    """Answers sources; who is none is slowed like anybody without a token."""

    def __init__(self, door: ConnectDoor, strangers: Strangers) -> None:
        self._door = door
        self._strangers = strangers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request whose path names a connector."""
        answer: Answer | None = None
        reply = Reply(200, b"", [])
        try:
            answer = await self._answer(scope, receive)
        except C360Error as error:
            reply = await self._refused(error, scope)
        except Exception as error:
            # The text of an exception may quote a value.
            _log.error("a delivery failed: %s", type(error).__name__)
            body = refusal_body("INTERNAL", "something went wrong here")
            reply = Reply(500, body, [], "INTERNAL")
        CONNECT_REQUESTS.add(reply.code)
        if answer is None:
            await send_reply(send, reply)
        else:
            await _send(send, answer)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer | None:
        if scope["method"] not in ("POST", "GET"):
            raise Invalid("deliveries are sent by POST", code="METHOD_NOT_ALLOWED")
        body = await received(receive, MOST_BYTES, _too_large())
        name = str(scope["path_params"]["name"])
        return await self._door.take(name, _delivery(scope, body))

    async def _refused(self, error: C360Error, scope: Scope) -> Reply:
        if isinstance(error, DeliveryRefused):
            try:
                await self._strangers.turned_away(address_of_caller(scope))
            except C360Error as limited:
                return refused(limited)
            return Reply(401, refusal_body(error.code, error.message), [], error.code)
        if error.code == "CONNECTOR_MISSING":
            # Which files there are, and where, is nobody's business outside.
            body = refusal_body(error.code, "nothing is received under this name")
            return Reply(404, body, [], error.code)
        if error.code == "METHOD_NOT_ALLOWED":
            body = refusal_body(error.code, error.message)
            return Reply(405, body, [(b"allow", b"GET, POST")], error.code)
        if isinstance(error, SettingsError) or error.code == "CONNECTOR_INVALID":
            # What is wrong here is told to whoever runs this, and the source comes again.
            _log.error("a delivery cannot be taken: %s: %s", error.code, error.message)
            body = refusal_body(error.code, "the connector cannot be used now")
            return Reply(503, body, [(b"retry-after", b"60")], error.code)
        return refused(error)


def _delivery(scope: Scope, body: bytes) -> Delivery:
    headers = {
        name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
    }
    query = scope["query_string"].decode("latin-1")
    host = headers.get("x-forwarded-host") or headers.get("host", "")
    # A source signs the address that it knows, which is that of the ingress before us.
    is_here = host.rsplit(":", 1)[0] in ("localhost", "127.0.0.1", "[::1]")
    url = f"{'http' if is_here else 'https'}://{host}{scope['path']}"
    return Delivery(
        scope["method"],
        f"{url}?{query}" if query else url,
        dict(parse_qsl(query, keep_blank_values=True)),
        headers,
        body,
        address_of_caller(scope),
    )


def _too_large() -> Invalid:
    return Invalid(f"a delivery has at most {MOST_BYTES} bytes", code="BODY_TOO_LARGE")


async def _send(send: Send, answer: Answer) -> None:
    headers = [
        (b"content-type", answer.kind.encode()),
        (b"content-length", b"%d" % len(answer.body)),
        *PRIVATE,
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
