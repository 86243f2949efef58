"""GraphQL over HTTP."""

from c360_federation.http.app import (
    GraphQLHttpApp,
    HttpAppSettings,
    refuse_large_read,
    refuse_mutation_over_get,
    refuse_undeliverable,
)
from c360_federation.http.documents import AutomaticSettings, PersistedDocuments, read_manifest
from c360_federation.http.messages import (
    Delivery,
    ExecuteHttp,
    GraphQLReply,
    GraphQLRequest,
    GraphQLStream,
    HttpProblem,
)
from c360_federation.http.websocket import (
    Connect,
    GraphQLWebSocketApp,
    WebSocketCaller,
    WebSocketSettings,
)

__all__ = [
    "AutomaticSettings",
    "Connect",
    "Delivery",
    "ExecuteHttp",
    "GraphQLHttpApp",
    "GraphQLReply",
    "GraphQLRequest",
    "GraphQLStream",
    "GraphQLWebSocketApp",
    "HttpAppSettings",
    "HttpProblem",
    "PersistedDocuments",
    "WebSocketCaller",
    "WebSocketSettings",
    "read_manifest",
    "refuse_large_read",
    "refuse_mutation_over_get",
    "refuse_undeliverable",
]
