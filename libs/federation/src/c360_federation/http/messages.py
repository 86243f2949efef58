"""What passes between the HTTP app and whoever executes requests."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from typing import NamedTuple, TypeAlias

from c360_federation.errors import entry
from c360_federation.values import Json, JsonObject


class Delivery(Enum):
    """In which way the caller can take an answer."""

    WHOLE = "whole"
    EVENTS = "events"
    PARTS = "parts"


_NOTHING: Mapping[str, Json] = {}
_NO_HEADERS: Mapping[str, str] = {}


class GraphQLRequest(NamedTuple):
    """One GraphQL request as it came over HTTP.

    `query` is empty when the document is only named, by `document_id` or in `extensions`. `size`
    is that of the body, in bytes.
    """

    query: str
    operation_name: str | None = None
    variables: Mapping[str, Json] | None = None
    extensions: Mapping[str, Json] = _NOTHING
    method: str = "POST"
    document_id: str | None = None
    delivery: Delivery = Delivery.WHOLE
    size: int = 0


class GraphQLReply(NamedTuple):
    """An answer; `executed` is false when the request was refused before execution."""

    payload: JsonObject | bytes
    executed: bool = True
    status: int | None = None
    headers: Mapping[str, str] = _NO_HEADERS


@dataclass(frozen=True, slots=True)
class GraphQLStream:
    """An answer in several payloads; only for a request that does not want it whole."""

    payloads: AsyncGenerator[JsonObject, None]


ExecuteHttp: TypeAlias = Callable[
    [GraphQLRequest, Mapping[str, str]], Awaitable[GraphQLReply | GraphQLStream]
]
"""Executes a request, given its HTTP headers (names in lower case)."""


class HttpProblem(Exception):
    """A request that is refused as HTTP, with one coded error."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers: Mapping[str, str] = headers or {}

    def payload(self) -> JsonObject:
        """The body to answer with."""
        if self.status == HTTPStatus.SERVICE_UNAVAILABLE:
            return {"errors": [entry(self.code, self.message, retryable=True)]}
        return {"errors": [entry(self.code, self.message)]}


OUT_OF_MEMORY = "OUT_OF_MEMORY"


def out_of_memory() -> HttpProblem:
    """It says nothing about the request, which may succeed later."""
    message = "There is not enough memory now"
    return HttpProblem(HTTPStatus.SERVICE_UNAVAILABLE, OUT_OF_MEMORY, message, {"retry-after": "1"})
