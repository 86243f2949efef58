"""Remote subgraphs in trouble: time-outs, retries of reads, a circuit breaker, single flight."""

from __future__ import annotations

from collections.abc import Hashable

import orjson
from c360_federation.execute.resilience import (
    BreakerSettings,
    ResilienceSettings,
    ResilientTransport,
    RetrySettings,
    SingleFlightTransport,
)
from c360_federation.execute.transport import SubgraphTransport

from c360_gateway.context import OperationContext
from c360_gateway.settings import GatewaySettings


def resilient(inner: SubgraphTransport, settings: GatewaySettings) -> SubgraphTransport:
    """The transport with all that; equal reads of one caller under way at once are made once.

    `inner` signs each try by itself, since a caller context can be used only once.
    """
    open_for_s = settings.subgraph_rest_s
    treatment = ResilienceSettings(
        timeout=settings.subgraph_timeout_s,
        retries=RetrySettings(attempts=settings.subgraph_retries),
        breaker=BreakerSettings(reset=open_for_s) if open_for_s else None,
    )
    return SingleFlightTransport(ResilientTransport(inner, treatment), sharing_key)


def sharing_key(context: object) -> Hashable | None:
    """All that a subgraph may decide by, and how late it is; None where reads are not shared."""
    assert isinstance(context, OperationContext)
    if context.written_before is None:
        return None
    if context.sharing is None:
        caller = context.caller
        decisive = (
            context.written_before,
            caller.principal,
            caller.roles,
            caller.purpose,
            caller.policy_version,
            caller.predicate,
            caller.smallest_group,
            caller.visibility.text,
        )
        # Bytes are hashed once, and each fetch looks them up several times.
        context.sharing = orjson.dumps(decisive)
    return context.sharing
