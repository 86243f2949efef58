"""Web pages of other origins: which may call, and how browsers are told (CORS).

Tokens travel in a header and never in a cookie, so credentials stay off, and an origin that is
listed gains nothing without a token. Source: the Fetch standard, "HTTP-CORS protocol".
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable
from urllib.parse import urlsplit

from c360_kernel.errors import SettingsError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_METHODS = "GET, POST"
_HEADERS = (
    "accept, authorization, c360-break-glass, c360-denials, c360-purpose, c360-reason, c360-ticket,"
    " content-encoding, content-type, traceparent, tracestate, x-write-key"
)
_EXPOSE = (
    b"access-control-expose-headers",
    b"retry-after, traceparent, www-authenticate, x-ratelimit-limit, x-ratelimit-remaining",
)
_MAX_AGE_S = "600"
_POLICY_VIOLATION = 1008


def read_origins(text: str) -> frozenset[str]:
    """Exact origins, `https://app.example`, with commas or spaces between; raises `SettingsError`.

    A pattern, `*` among them, is refused: it is no list of those who may call.
    """
    origins = frozenset(text.replace(",", " ").split())
    for origin in origins:
        if not is_origin(origin):
            message = "C360_CORS_ORIGINS lists origins in full, as https://app.example:8443"
            raise SettingsError(message)
    return origins


def is_origin(text: str) -> bool:
    """Whether a browser would send just this as its `Origin`."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host or "*" in host:
        return False
    shown = f"[{host}]" if ":" in host else host
    return text == f"{parts.scheme}://{shown}" + ("" if port is None else f":{port}")


class CrossOrigin:
    """Answers preflights and marks answers for listed origins; anybody else's get no mark.

    A browser opens WebSockets from everywhere, so that a handshake with another origin than our
    own or a listed one is refused.
    """

    def __init__(self, app: ASGIApp, origins: Container[str]) -> None:
        self._app = app
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or socket."""
        origin = _header(scope, b"origin")
        if scope["type"] == "websocket":
            if origin is None or origin in self._origins or _is_own(origin, scope):
                await self._app(scope, receive, send)
            else:
                await receive()
                await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
        elif origin is not None and origin in self._origins and _is_preflight(scope):
            await _allow(origin, send)
        else:
            await self._marked(origin, scope, receive, send)

    async def _marked(self, origin: str | None, scope: Scope, receive: Receive, send: Send) -> None:
        """The answer, for this origin's pages to read if it is listed."""

        async def marking(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = _varying(message["headers"])
                if origin is not None and origin in self._origins:
                    headers += [*_for(origin), _EXPOSE]
                message["headers"] = headers
            await send(message)

        await self._app(scope, receive, marking)


def told_apart(app: ASGIApp, origins: Collection[str]) -> ASGIApp:
    """An app for requests that tells origins apart, if there are any: no answer has a mark else."""
    return CrossOrigin(app, origins) if origins else app


async def _allow(origin: str, send: Send) -> None:
    headers = [
        *_for(origin),
        (b"access-control-allow-methods", _METHODS.encode()),
        (b"access-control-allow-headers", _HEADERS.encode()),
        (b"access-control-max-age", _MAX_AGE_S.encode()),
        (b"vary", b"Origin"),
    ]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _for(origin: str) -> list[tuple[bytes, bytes]]:
    return [(b"access-control-allow-origin", origin.encode("latin-1"))]


def _varying(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers, saying that the answer depends on the origin too."""
    sent = list(headers)
    names = [value for name, value in sent if name == b"vary"]
    others = [one for one in sent if one[0] != b"vary"]
    return [*others, (b"vary", b", ".join([*names, b"Origin"]))]


def _is_preflight(scope: Scope) -> bool:
    method = _header(scope, b"access-control-request-method")
    return scope["method"] == "OPTIONS" and method is not None


def _is_own(origin: str, scope: Scope) -> bool:
    """Whether a page of ours opened it. An ingress may end TLS, so schemes are not compared."""
    return urlsplit(origin).netloc == (_header(scope, b"host") or "")


def _header(scope: Scope, wanted: bytes) -> str | None:
    found = [value for name, value in scope["headers"] if name == wanted]
    return found[0].decode("latin-1") if found else None
