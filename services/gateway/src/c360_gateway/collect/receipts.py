"""What identity says became of entries: applied, duplicates, outdated, or put aside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from logging import getLogger
from typing import Protocol

from c360_federation.execute.transport import (
    SubgraphRequest,
    SubgraphTransport,
    TransportError,
)

from c360_gateway.collect.items import ItemStatus
from c360_gateway.context import OperationContext

_log = getLogger(__name__)
_QUERY = "query Receipts($ids: [ID!]!) { receipts(ids: $ids) { id status } }"
_STATUSES = {
    "APPLIED": ItemStatus.APPLIED,
    "DUPLICATE": ItemStatus.DUPLICATE,
    "OUTDATED": ItemStatus.OUTDATED,
    "DEAD_LETTERED": ItemStatus.DEAD_LETTERED,
}


class Receipts(Protocol):
    """Answers for entries that identity has handled."""

    async def of(
        self, entry_ids: Sequence[str], context: OperationContext
    ) -> Mapping[str, ItemStatus]:
        """The status by entry id; ids it does not know are left out."""
        ...


class SubgraphReceipts:
    """Asks the identity subgraph."""

    def __init__(self, transport: SubgraphTransport, subgraph: str = "identity") -> None:
        self._transport = transport
        self._subgraph = subgraph

    async def of(
        self, entry_ids: Sequence[str], context: OperationContext
    ) -> Mapping[str, ItemStatus]:
        """Empty when identity cannot be asked."""
        request = SubgraphRequest(_QUERY, {"ids": list(entry_ids)}, "Receipts")
        try:
            response = await self._transport.execute(self._subgraph, request, context)
        except TransportError as error:
            _log.warning("receipts cannot be asked for: %s", error.code)
            return {}
        receipts = (response.data or {}).get("receipts") or []
        return {
            one["id"]: _STATUSES[one["status"]] for one in receipts if one["status"] in _STATUSES
        }
