"""What the gateway itself asks of the audit service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from c360_federation.execute.transport import SubgraphRequest, SubgraphTransport, TransportError
from c360_kernel.errors import Transient

from c360_gateway.context import OperationContext


class AuditSubgraph:
    """Asks for what nobody else can; its fields are inaccessible to callers."""

    def __init__(self, transport: SubgraphTransport, subgraph: str = "audit") -> None:
        self._transport = transport
        self._subgraph = subgraph

    async def execute(
        self, name: str, query: str, variables: Mapping[str, Any], context: OperationContext
    ) -> dict[str, Any]:
        """The data of a named operation. Raises `Transient` (AUDIT_UNREADABLE)."""
        request = SubgraphRequest(query, dict(variables), name)
        try:
            response = await self._transport.execute(self._subgraph, request, context)
        except TransportError as error:
            raise _unreadable() from error
        if response.data is None:
            raise _unreadable()
        return response.data


def _unreadable() -> Transient:
    return Transient("the audit log cannot be asked now", code="AUDIT_UNREADABLE")
