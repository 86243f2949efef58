"""GraphQL over HTTP."""

from c360_federation.http.app import (
    GraphQLHttpApp,
    HttpAppSettings,
    HttpExchange,
    answer_http,
    refuse_mutation_over_get,
    refuse_undeliverable,
    refuse_unfit,
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
    "HttpExchange",
    "HttpProblem",
    "PersistedDocuments",
    "WebSocketCaller",
    "WebSocketSettings",
    "answer_http",
    "read_manifest",
    "refuse_mutation_over_get",
    "refuse_undeliverable",
    "refuse_unfit",
]
