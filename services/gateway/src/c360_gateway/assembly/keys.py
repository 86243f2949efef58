"""Keys of the gateway's own, all made from the instance's."""

from __future__ import annotations

import hashlib
import hmac

from c360_kernel.context import SubgraphKeys

from c360_gateway.doors.graphql.schema import SUBGRAPH


def derived(key: bytes, purpose: str) -> bytes:
    """A key for one purpose, so that no two uses of the instance key can be compared."""
    return hmac.digest(key, f"c360-gateway:{purpose}".encode(), hashlib.sha256)


def cursor_keys(instance_key: bytes) -> SubgraphKeys:
    """Keys of the gateway's own cursors: all its replicas hold the instance's key."""
    return SubgraphKeys(SUBGRAPH, {SUBGRAPH: instance_key})
