"""A GraphQL federation engine: compose, plan, execute, project."""

from c360_federation.answers import ExecutionResult, Prepared
from c360_federation.compose import (
    CompositionError,
    CompositionProblem,
    SubgraphSdl,
    compose,
)
from c360_federation.engine import Engine, EngineSettings
from c360_federation.errors import (
    FederationError,
    RequestRefused,
    SubscriptionEnded,
    SupergraphError,
)
from c360_federation.execute.faults import SubgraphFault, masked, verbatim
from c360_federation.execute.http_client import (
    HeadersHook,
    HttpSettings,
    HttpStreams,
    HttpStreamSettings,
    HttpTransport,
)
from c360_federation.execute.steadying import (
    BreakerSettings,
    CircuitState,
    RetrySettings,
    SharingTransport,
    SteadySettings,
    SteadyTransport,
)
from c360_federation.execute.streams import EventSource, InProcessStreams, StreamTransport
from c360_federation.execute.transport import (
    InProcessTransport,
    SubgraphBadReply,
    SubgraphCircuitOpen,
    SubgraphRequest,
    SubgraphResponse,
    SubgraphTimeout,
    SubgraphTransport,
    SubgraphUnreachable,
)
from c360_federation.http import (
    AutomaticSettings,
    Connect,
    Delivery,
    Documents,
    ExecuteHttp,
    GraphQLHttpApp,
    GraphQLReply,
    GraphQLRequest,
    GraphQLStream,
    GraphQLWebSocketApp,
    HttpAppSettings,
    HttpProblem,
    WebSocketCaller,
    WebSocketSettings,
    read_manifest,
    refuse_mutation_over_get,
    refuse_undeliverable,
)
from c360_federation.operation.limits import Limits
from c360_federation.plan import Plan, explain
from c360_federation.policy import OPEN, Denial, DeniedUse, Policy, Transform, Use, UseKind
from c360_federation.project.restricting import restrict_schema
from c360_federation.reloading import EngineSwap, Reload
from c360_federation.serving import Server, engine_executor
from c360_federation.subscribing import Asked, Event, Moment, OpenSubscriber, Subscriber
from c360_federation.supergraph import Supergraph, read_supergraph

__all__ = [
    "OPEN",
    "Asked",
    "AutomaticSettings",
    "BreakerSettings",
    "CircuitState",
    "CompositionError",
    "CompositionProblem",
    "Connect",
    "Delivery",
    "Denial",
    "DeniedUse",
    "Documents",
    "Engine",
    "EngineSettings",
    "EngineSwap",
    "Event",
    "EventSource",
    "ExecuteHttp",
    "ExecutionResult",
    "FederationError",
    "GraphQLHttpApp",
    "GraphQLReply",
    "GraphQLRequest",
    "GraphQLStream",
    "GraphQLWebSocketApp",
    "HeadersHook",
    "HttpAppSettings",
    "HttpProblem",
    "HttpSettings",
    "HttpStreamSettings",
    "HttpStreams",
    "HttpTransport",
    "InProcessStreams",
    "InProcessTransport",
    "Limits",
    "Moment",
    "OpenSubscriber",
    "Plan",
    "Policy",
    "Prepared",
    "Reload",
    "RequestRefused",
    "RetrySettings",
    "Server",
    "SharingTransport",
    "SteadySettings",
    "SteadyTransport",
    "StreamTransport",
    "SubgraphBadReply",
    "SubgraphCircuitOpen",
    "SubgraphFault",
    "SubgraphRequest",
    "SubgraphResponse",
    "SubgraphSdl",
    "SubgraphTimeout",
    "SubgraphTransport",
    "SubgraphUnreachable",
    "Subscriber",
    "SubscriptionEnded",
    "Supergraph",
    "SupergraphError",
    "Transform",
    "Use",
    "UseKind",
    "WebSocketCaller",
    "WebSocketSettings",
    "compose",
    "engine_executor",
    "explain",
    "masked",
    "read_manifest",
    "read_supergraph",
    "refuse_mutation_over_get",
    "refuse_undeliverable",
    "restrict_schema",
    "verbatim",
]
