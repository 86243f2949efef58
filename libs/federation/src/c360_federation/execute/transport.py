"""The port to subgraphs: one request in, one response out."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, TypeAlias

from c360_federation.errors import (
    ANSWER_TOO_LARGE,
    SUBGRAPH_BAD_REPLY,
    SUBGRAPH_CIRCUIT_OPEN,
    SUBGRAPH_TIMEOUT,
    SUBGRAPH_UNREACHABLE,
    FederationError,
)
from c360_federation.values import JsonObject


class SubgraphRequest(NamedTuple):
    """One GraphQL request to a subgraph."""

    query: str
    variables: JsonObject
    operation_name: str | None = None
    operation: str = "query"

    def body(self) -> JsonObject:
        """The request as GraphQL over HTTP sends it."""
        made: JsonObject = {"query": self.query, "variables": self.variables}
        if self.operation_name is not None:
            made["operationName"] = self.operation_name
        return made


class Weight(NamedTuple):
    """Objects, and about how many bytes they take as JSON."""

    objects: int
    size: int


# Not frozen, as little as its members are: freezing takes longer than all else that makes one.
@dataclass(slots=True)
class SubgraphResponse:
    """What a subgraph answered, and how much that is, if the transport knows."""

    data: JsonObject | None = None
    errors: list[JsonObject] = field(default_factory=list[JsonObject])
    weight: Weight | None = None


class TransportError(FederationError):
    """A subgraph gave no usable answer; `retryable` says whether it may when asked again."""

    code = SUBGRAPH_UNREACHABLE
    retryable = True
    public_message = "could not be reached"


class SubgraphUnreachable(TransportError):
    """No connection, or it broke before the answer was complete."""


class SubgraphTimeout(TransportError):
    """No answer in time."""

    code = SUBGRAPH_TIMEOUT
    public_message = "did not answer in time"


class SubgraphCircuitOpen(TransportError):
    """Not asked at all: too many requests to it failed just now."""

    code = SUBGRAPH_CIRCUIT_OPEN
    public_message = "is not asked for a while, because it failed too often"


class SubgraphBadReply(TransportError):
    """An answer that is not a GraphQL response."""

    code = SUBGRAPH_BAD_REPLY
    retryable = False
    public_message = "gave an answer that cannot be used"


class SubgraphReplyTooLarge(TransportError):
    """More was answered than the request may take: nothing is wrong with the subgraph."""

    code = ANSWER_TOO_LARGE
    retryable = False
    public_message = "answered more than one request may take"


class SubgraphTransport(Protocol):
    """Carries requests to subgraphs; `context` is passed through untouched."""

    def execute(
        self, subgraph: str, request: SubgraphRequest, context: object
    ) -> Coroutine[Any, Any, SubgraphResponse]:
        """Answer one request; raises TransportError when there is no usable answer."""
        ...


Handler: TypeAlias = Callable[[SubgraphRequest, object], Coroutine[Any, Any, SubgraphResponse]]


class InProcessTransport:
    """Subgraphs in the same process: a name and an async callable each."""

    def __init__(self, handlers: Mapping[str, Handler]) -> None:
        self._handlers = dict(handlers)

    def execute(
        self, subgraph: str, request: SubgraphRequest, context: object
    ) -> Coroutine[Any, Any, SubgraphResponse]:
        """Call the subgraph's handler."""
        handler = self._handlers.get(subgraph)
        if handler is None:
            raise SubgraphUnreachable(f"No handler for subgraph {subgraph!r}")
        return handler(request, context)
