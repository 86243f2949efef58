"""Which customer an id stands for now: every id that was ever handed out stands for one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from c360_federation.execute.transport import (
    SubgraphRequest,
    SubgraphTransport,
    TransportError,
)
from typing_extensions import override

from c360_gateway.context import OperationContext
from c360_gateway.watch.errors import CustomerUnknown

_SHOWN = (
    "query Shown($some: [_Any!]!)"
    " { _entities(representations: $some) { ... on Customer { profile { __typename } } } }"
)
_QUERY = "query Present($id: ID!) { customer(id: $id) { id } }"


class CustomerLookup(Protocol):
    """Knows whom ids stand for."""

    async def present(self, customer: str, context: OperationContext) -> str:
        """The customer's present id, "" for an id that nobody has (yet).

        Raises `CustomerUnknown` when that cannot be said now.
        """
        ...

    async def shows(self, customer: str, context: OperationContext) -> bool:
        """Whether the caller may be told of a customer, as policy stands now; raises as above."""
        ...

    async def shown(self, customers: Sequence[str], context: OperationContext) -> frozenset[str]:
        """Those of some customers that the caller may be told of; raises as above."""
        ...


class SubgraphCustomerLookup(CustomerLookup):
    """Asks the identity and profile subgraphs, for the caller of the operation."""

    def __init__(
        self, transport: SubgraphTransport, subgraph: str = "identity", profile: str = "profile"
    ) -> None:
        self._transport = transport
        self._subgraph = subgraph
        self._profile = profile

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

    @override
    async def shows(self, customer: str, context: OperationContext) -> bool:
        return customer in await self.shown([customer], context)

    @override
    async def shown(self, customers: Sequence[str], context: OperationContext) -> frozenset[str]:
        caller = context.present_caller()
        if not caller.predicate or not customers:
            return frozenset(customers)
        # Profile is asked: what it says of somebody is at least as new as the event.
        present = replace(context, caller=caller, written_before=None)
        variables = {"some": [{"__typename": "Customer", "id": one} for one in customers]}
        request = SubgraphRequest(_SHOWN, variables, "Shown")
        try:
            response = await self._transport.execute(self._profile, request, present)
        except TransportError as error:
            raise CustomerUnknown from error
        if response.errors or response.data is None:
            raise CustomerUnknown
        found = zip(customers, response.data["_entities"], strict=True)
        return frozenset(customer for customer, one in found if one and one["profile"] is not None)
