"""Whose records are, where that has to be known: not to know it is not to know of nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from c360_federation.execute.transport import (
    SubgraphTransport,
    TransportError,
)
from c360_kernel.record import RecordKey

from c360_gateway.context import OperationContext
from c360_gateway.transport.records import customers_of
from c360_gateway.watch.errors import CustomerUnknown


class Holders(Protocol):
    """Knows whose records are."""

    async def of(
        self, records: Sequence[RecordKey], context: OperationContext
    ) -> Mapping[RecordKey, str]:
        """The id of each record's customer, records without one left out.

        Raises `CustomerUnknown` when that cannot be said now.
        """
        ...


class SubgraphHolders:
    """Asks the identity subgraph."""

    def __init__(self, transport: SubgraphTransport, subgraph: str = "identity") -> None:
        self._transport = transport
        self._subgraph = subgraph

    async def of(
        self, records: Sequence[RecordKey], context: OperationContext
    ) -> Mapping[RecordKey, str]:
        """As the port says."""
        try:
            response = await self._transport.execute(self._subgraph, customers_of(records), context)
        except TransportError as error:
            raise CustomerUnknown from error
        ids: Sequence[str | None] | None = (response.data or {}).get("customersOf")
        if response.errors or ids is None or len(ids) != len(records):
            raise CustomerUnknown
        found = zip(records, ids, strict=True)
        return {record: id_ for record, id_ in found if id_ is not None}
