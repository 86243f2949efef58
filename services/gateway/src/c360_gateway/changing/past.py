"""Operations of the past, as the audit service counts them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Protocol

from c360_federation.execute.transport import SubgraphRequest, SubgraphTransport, TransportError
from c360_kernel.attributes import attributes_of_text
from c360_kernel.context import Attributes
from c360_kernel.errors import Transient
from c360_kernel.value_types import format_instant
from c360_policy.trying.replaying import Past, PastUse
from c360_policy.trying.today import Touching
from typing_extensions import override

from c360_gateway.context import OperationContext

_ALIKE = """query Alike($since: DateTime!) { alikeOperations(from: $since) {
  purpose uses { coordinate use decision } asked { key principal roles operations } } }"""
_TOUCHING = """query Touching($since: DateTime!, $keys: [String!]!, $names: [String!]!) {
  touchingOperations(from: $since, keys: $keys, names: $names) { operations names } }"""
_ATTRIBUTES = """query Attributes($principals: [String!]!) {
  knownAttributes(principals: $principals) }"""
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

    async def touching(
        self, keys: Collection[str], names: Collection[str], at: int, context: OperationContext
    ) -> Touching:
        """What those operations had to do with the customers of these names, told by name."""
        ...

    async def attributes(
        self, principals: Collection[str], context: OperationContext
    ) -> Mapping[str, Attributes]:
        """The attributes that each principal asked with last."""
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

    @override
    async def touching(
        self, keys: Collection[str], names: Collection[str], at: int, context: OperationContext
    ) -> Touching:
        variables = {"since": format_instant(at), "keys": sorted(keys), "names": sorted(names)}
        told = await self._asked(_TOUCHING, variables, "Touching", context)
        found = told["touchingOperations"]
        return Touching(found["operations"], frozenset(found["names"]))

    @override
    async def attributes(
        self, principals: Collection[str], context: OperationContext
    ) -> Mapping[str, Attributes]:
        if not principals:
            return {}
        asked = sorted(principals)
        told = await self._asked(_ATTRIBUTES, {"principals": asked}, "Attributes", context)
        texts: list[str] = told["knownAttributes"]
        return dict(zip(asked, map(attributes_of_text, texts), strict=True))

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
