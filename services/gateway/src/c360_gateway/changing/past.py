"""Operations of the past, as the audit service counts them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, Protocol

from c360_federation.execute.transport import SubgraphRequest, SubgraphTransport, TransportError
from c360_kernel.errors import Transient
from c360_kernel.value_types import format_instant
from c360_policy.trying.replaying import Past, PastUse
from typing_extensions import override

from c360_gateway.context import OperationContext

_ALIKE = """query Alike($since: DateTime!) { alikeOperations(from: $since) {
  purpose uses { coordinate use decision } asked { key principal roles operations } } }"""
_TOUCHED = """query Touched($since: DateTime!, $keys: [String!]!) {
  touchedCustomers(from: $since, keys: $keys) }"""


class PastOperations(Protocol):
    """Knows what was asked since a time (ms UTC). Its methods raise `Transient`."""

    async def since(self, at: int, context: OperationContext) -> Sequence[Past]:
        """The operations, those that are alike counted together."""
        ...

    async def touched(self, keys: Collection[str], at: int, context: OperationContext) -> int:
        """How many names of customers the operations of these keys touched."""
        ...


class SubgraphPast(PastOperations):
    """Asks the audit subgraph."""

    def __init__(self, transport: SubgraphTransport, subgraph: str = "audit") -> None:
        self._transport = transport
        self._subgraph = subgraph

    @override
    async def since(self, at: int, context: OperationContext) -> Sequence[Past]:
        data = await self._asked(_ALIKE, {"since": format_instant(at)}, "Alike", context)
        return [one for shape in data["alikeOperations"] for one in _past(shape)]

    @override
    async def touched(self, keys: Collection[str], at: int, context: OperationContext) -> int:
        if not keys:
            return 0
        variables = {"since": format_instant(at), "keys": sorted(keys)}
        data = await self._asked(_TOUCHED, variables, "Touched", context)
        return data["touchedCustomers"]

    async def _asked(
        self, query: str, variables: dict[str, Any], name: str, context: OperationContext
    ) -> dict[str, Any]:
        request = SubgraphRequest(query, variables, name)
        try:
            response = await self._transport.execute(self._subgraph, request, context)
        except TransportError as error:
            raise _away() from error
        if response.data is None:
            raise _away()
        return response.data


def _past(shape: dict[str, Any]) -> Iterator[Past]:
    uses = tuple(PastUse(**use) for use in shape["uses"])
    for one in shape["asked"]:
        who = one["principal"], tuple(one["roles"])
        yield Past(one["key"], *who, shape["purpose"], uses, one["operations"])


def _away() -> Transient:
    return Transient("the audit log cannot be asked now", code="AUDIT_UNREADABLE")
