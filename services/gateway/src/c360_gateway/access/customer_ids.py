"""Whose looks are meant: every id that a customer, or a part of it, has or had."""

from __future__ import annotations

from logging import getLogger
from typing import Protocol

from c360_federation.execute.transport import SubgraphRequest, SubgraphTransport, TransportError
from typing_extensions import override

from c360_gateway.context import OperationContext

_QUERY = "query IdsOf($id: ID!) { idsOf(id: $id) }"
_log = getLogger(__name__)


class CustomerIds(Protocol):
    """Knows the ids of customers that became one."""

    async def of(self, customer: str, context: OperationContext) -> frozenset[str]:
        """Every id, the one that is asked about among them; none where nobody has or had it."""
        ...


class SubgraphCustomerIds(CustomerIds):
    """Asks the identity subgraph."""

    def __init__(self, transport: SubgraphTransport, subgraph: str = "identity") -> None:
        self._transport = transport
        self._subgraph = subgraph

    @override
    async def of(self, customer: str, context: OperationContext) -> frozenset[str]:
        """The id alone when identity cannot be asked."""
        request = SubgraphRequest(_QUERY, {"id": customer}, "IdsOf")
        try:
            response = await self._transport.execute(self._subgraph, request, context)
        except TransportError as error:
            _log.warning("ids of customers cannot be asked for: %s", error.code)
            return frozenset({customer})
        found = (response.data or {}).get("idsOf")
        if found is None:
            _log.warning("ids of customers cannot be asked for")
            return frozenset({customer})
        return frozenset({customer, *found}) if found else frozenset()
