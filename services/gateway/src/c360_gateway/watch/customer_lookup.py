"""Which customer an id stands for now: every id that was ever handed out stands for one."""

from __future__ import annotations

from typing import Protocol

from c360_federation.execute.transport import (
    SubgraphRequest,
    SubgraphTransport,
    TransportError,
)
from typing_extensions import override

from c360_gateway.context import OperationContext
from c360_gateway.watch.errors import CustomerUnknown

_QUERY = "query Present($id: ID!) { customer(id: $id) { id } }"


class CustomerLookup(Protocol):
    """Knows whom ids stand for."""

    async def present(self, customer: str, context: OperationContext) -> str:
        """The customer's present id, "" for an id that nobody has (yet).

        Raises `CustomerUnknown` when that cannot be said now.
        """
        ...


class SubgraphCustomerLookup(CustomerLookup):
    """Asks the identity subgraph, for the caller of the operation."""

    def __init__(self, transport: SubgraphTransport, subgraph: str = "identity") -> None:
        self._transport = transport
        self._subgraph = subgraph

    @override
    async def present(self, customer: str, context: OperationContext) -> str:
        request = SubgraphRequest(_QUERY, {"id": customer}, "Present")
        try:
            response = await self._transport.execute(self._subgraph, request, context)
        except TransportError as error:
            raise CustomerUnknown from error
        if response.errors or response.data is None:
            raise CustomerUnknown
        found = response.data["customer"]
        return "" if found is None else found["id"]
