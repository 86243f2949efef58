"""Subgraphs over HTTP."""

from __future__ import annotations

import math
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeAlias

import orjson

from c360_federation.execute.http_client.connection import HttpReply
from c360_federation.execute.http_client.pool import Origin, Pool, PoolLimits
from c360_federation.execute.replies import is_usable
from c360_federation.execute.transport import (
    SubgraphBadReply,
    SubgraphReplyTooLarge,
    SubgraphRequest,
    SubgraphResponse,
    SubgraphUnreachable,
    Weight,
)

_ACCEPT = "application/graphql-response+json, application/json;q=0.9"
_CPU = re.compile(r"cpu;dur=(\d{1,8}(?:\.\d{1,6})?)$", re.ASCII)
UNREACHABLE = frozenset((502, 503, 504))
"""What a proxy says for a subgraph that it cannot reach."""
Spend: TypeAlias = Callable[[float], None]
"""Is told the seconds of processor time that a subgraph says a request took there."""
HeadersHook: TypeAlias = Callable[[str, bytes, object], Mapping[str, str]]
"""Called with subgraph, body and context for every request: the place to sign."""
AnswerHook: TypeAlias = Callable[[str, Mapping[str, str], HttpReply], None]
"""Called with subgraph, the headers that were sent, and the reply before it is read.

The place to refuse an answer that is not the subgraph's, with `SubgraphBadReply`.
"""


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """Limits per subgraph; the timeout is for connecting, and again for the reply.

    Where whoever asks keeps time itself, the reply needs none (`is_reply_timed`).

    A reply with more than `max_reply_objects` is refused before it is read as JSON. Of its headers
    `kept_header`, in lower case, is shown to the hook for answers. `tls` is as in `PoolLimits`.
    """

    timeout: float = 30.0
    timeouts: Mapping[str, float] = field(default_factory=dict[str, float])
    is_reply_timed: bool = True
    max_connections: int = 64
    max_reply_bytes: int = 64_000_000
    max_reply_objects: float = math.inf
    kept_header: str = ""
    tls: ssl.SSLContext | None = None

    def of(self, subgraph: str) -> PoolLimits:
        """The limits of one subgraph."""
        timeout = self.timeouts.get(subgraph, self.timeout)
        return PoolLimits(
            timeout,
            self.is_reply_timed,
            self.max_connections,
            self.max_reply_bytes,
            self.kept_header,
            self.tls,
        )


def no_headers(subgraph: str, body: bytes, context: object) -> Mapping[str, str]:
    """Add nothing."""
    del subgraph, body, context
    return {}


def any_answer(subgraph: str, sent: Mapping[str, str], reply: HttpReply) -> None:
    """Believe every answer."""
    del subgraph, sent, reply


def unmetered(seconds: float) -> None:
    """Tell nobody."""
    del seconds


class HttpTransport:
    """Keep-alive HTTP to each subgraph's URL."""

    def __init__(
        self,
        urls: Mapping[str, str],
        headers: HeadersHook = no_headers,
        settings: HttpSettings | None = None,
        spend: Spend = unmetered,
        check: AnswerHook = any_answer,
    ) -> None:
        self._settings = settings or HttpSettings()
        self._spend = spend
        self._check = check
        self._headers = headers
        self._origins = {name: Origin.of(url) for name, url in urls.items()}
        self._pools: dict[str, Pool] = {}

    async def execute(
        self, subgraph: str, request: SubgraphRequest, context: object
    ) -> SubgraphResponse:
        """Post the request; reads are made again once when a kept connection was stale."""
        body = orjson.dumps(request.body())
        pool = self._pools.get(subgraph) or self._pool(subgraph)
        origin = self._origins[subgraph]

        sent: Mapping[str, str] = {}

        # The first one may have arrived, and what its headers hold may be good only once.
        def make() -> bytes:
            nonlocal sent
            sent = self._headers(subgraph, body, context)
            return post_message(origin, _ACCEPT, body, sent)

        tries = 2 if request.operation == "query" else 1
        reply = await pool.exchange(make, tries)
        self._check(subgraph, sent, reply)
        if reply.timing:
            self._spend(seconds_in(reply.timing))
        return response_of(reply, self._settings.max_reply_objects)

    async def close(self) -> None:
        """Close all idle connections."""
        for pool in self._pools.values():
            pool.close()

    def _pool(self, subgraph: str) -> Pool:
        # Opened on first use: a pool belongs to the running event loop.
        pool = self._pools.get(subgraph)
        if pool is None:
            pool = Pool(self._origin(subgraph), self._settings.of(subgraph))
            self._pools[subgraph] = pool
        return pool

    def _origin(self, subgraph: str) -> Origin:
        origin = self._origins.get(subgraph)
        if origin is None:
            raise SubgraphUnreachable(f"No URL for subgraph {subgraph!r}")
        return origin


def post_message(origin: Origin, accept: str, body: bytes, extra: Mapping[str, str]) -> bytes:
    """An HTTP/1.1 request with a JSON body."""
    header = ""
    for name, value in extra.items():
        header += f"{name}: {header_value(value)}\r\n"
    rest = f"Content-Length: {len(body)}\r\n{header}\r\n"
    return _head(origin, accept) + rest.encode("latin-1") + body


@lru_cache(maxsize=1000)
def _head(origin: Origin, accept: str) -> bytes:
    """What is the same in every request."""
    lines = [
        f"POST {origin.target} HTTP/1.1",
        f"Host: {origin.authority}",
        "Content-Type: application/json",
        f"Accept: {accept}",
        "",
    ]
    return "\r\n".join(lines).encode("latin-1")


def header_value(value: str) -> str:
    """The value, which may not smuggle in other headers."""
    if "\r" in value or "\n" in value:
        raise ValueError("A header value may not hold a line break")
    return value


def response_of(reply: HttpReply, most: float = math.inf) -> SubgraphResponse:
    """Read a reply's body; raises TransportError when it is no GraphQL response, or too large.

    Redirects are not followed: what is sent may be meant for one subgraph alone.
    """
    # A quote inside a text is escaped, so that this hardly ever stands there.
    weight = Weight(reply.body.count(b'{"') - 1, len(reply.body))
    if weight.objects > most:
        raise SubgraphReplyTooLarge("The reply has too many objects")
    try:
        parsed = orjson.loads(reply.body)
    except orjson.JSONDecodeError as error:
        if reply.status in UNREACHABLE:
            raise SubgraphUnreachable(f"HTTP {reply.status}") from error
        raise SubgraphBadReply(f"HTTP {reply.status} without JSON") from error
    if 300 <= reply.status < 400 or not _is_json(reply.content_type):
        raise SubgraphBadReply(f"HTTP {reply.status} that is no answer")
    if not isinstance(parsed, dict) or not ("data" in parsed or "errors" in parsed):
        raise SubgraphBadReply(f"HTTP {reply.status} without a GraphQL response")
    errors = parsed.get("errors")
    response = SubgraphResponse(parsed.get("data"), [] if errors is None else errors, weight)
    if not is_usable(response):
        raise SubgraphBadReply(f"HTTP {reply.status} with a malformed GraphQL response")
    return response


def seconds_in(timing: str) -> float:
    """The duration `cpu` of a header `Server-Timing`, which has milliseconds; 0 without one."""
    match = _CPU.match(timing)
    return float(match[1]) / 1000 if match else 0.0


@lru_cache(maxsize=100)
def _is_json(content_type: str) -> bool:
    """Whether a reply says that it is JSON; one that says nothing is taken at its content."""
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type in ("", "application/json") or media_type.endswith("+json")
