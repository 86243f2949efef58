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
from c360_federation.execute.transport import (
    InProcessTransport,
    SubgraphBadReply,
    SubgraphRequest,
    SubgraphResponse,
    SubgraphTimeout,
    SubgraphTransport,
    SubgraphUnreachable,
)
from c360_federation.plan import Plan, explain
from c360_federation.policy import OPEN, Denial, DeniedUse, Policy, Transform, Use, UseKind
from c360_federation.supergraph import Supergraph, read_supergraph

__all__ = [
    "OPEN",
    "CompositionError",
    "CompositionProblem",
    "Denial",
    "DeniedUse",
    "Engine",
    "EngineSettings",
    "ExecutionResult",
    "FederationError",
    "InProcessTransport",
    "Plan",
    "Policy",
    "Prepared",
    "RequestRefused",
    "SubgraphBadReply",
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
    "explain",
    "masked",
    "read_supergraph",
    "verbatim",
]
