"""A GraphQL federation engine: compose, plan, execute, project."""

from c360_federation.compose import (
    CompositionError,
    CompositionProblem,
    SubgraphSdl,
    compose,
)
from c360_federation.engine import Engine, EngineSettings, ExecutionResult, Prepared
from c360_federation.errors import FederationError, RequestRefused, SupergraphError
from c360_federation.execute.faults import SubgraphFault, masked, verbatim
from c360_federation.execute.http_client import HeadersHook, HttpSettings, HttpTransport
from c360_federation.execute.steadying import (
    BreakerSettings,
    CircuitState,
    RetrySettings,
    SharingTransport,
    SteadySettings,
    SteadyTransport,
)
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
    Documents,
    ExecuteHttp,
    GraphQLHttpApp,
    GraphQLReply,
    GraphQLRequest,
    HttpAppSettings,
    HttpProblem,
    read_manifest,
    refuse_mutation_over_get,
)
from c360_federation.operation.limits import Limits
from c360_federation.plan import Plan, explain
from c360_federation.policy import OPEN, Denial, DeniedUse, Policy, Transform, Use, UseKind
from c360_federation.project.restricting import restrict_schema
from c360_federation.serving import Server, engine_executor
from c360_federation.supergraph import Supergraph, read_supergraph

__all__ = [
    "OPEN",
    "AutomaticSettings",
    "BreakerSettings",
    "CircuitState",
    "CompositionError",
    "CompositionProblem",
    "Denial",
    "DeniedUse",
    "Documents",
    "Engine",
    "EngineSettings",
    "ExecuteHttp",
    "ExecutionResult",
    "FederationError",
    "GraphQLHttpApp",
    "GraphQLReply",
    "GraphQLRequest",
    "HeadersHook",
    "HttpAppSettings",
    "HttpProblem",
    "HttpSettings",
    "HttpTransport",
    "InProcessTransport",
    "Limits",
    "Plan",
    "Policy",
    "Prepared",
    "RequestRefused",
    "RetrySettings",
    "Server",
    "SharingTransport",
    "SteadySettings",
    "SteadyTransport",
    "SubgraphBadReply",
    "SubgraphCircuitOpen",
    "SubgraphFault",
    "SubgraphRequest",
    "SubgraphResponse",
    "SubgraphSdl",
    "SubgraphTimeout",
    "SubgraphTransport",
    "SubgraphUnreachable",
    "Supergraph",
    "SupergraphError",
    "Transform",
    "Use",
    "UseKind",
    "compose",
    "engine_executor",
    "explain",
    "masked",
    "read_manifest",
    "read_supergraph",
    "refuse_mutation_over_get",
    "restrict_schema",
    "verbatim",
]
