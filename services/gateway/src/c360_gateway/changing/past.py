"""Operations of the past, as the audit service counts them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Protocol

from c360_kernel.attributes import attributes_of_text
from c360_kernel.context import Attributes
from c360_kernel.value_types import format_instant
from c360_policy.trying.replaying import Past, PastUse
from c360_policy.trying.today import Touching
from typing_extensions import override

from c360_gateway.context import OperationContext
from c360_gateway.transport.audit_subgraph import AuditSubgraph

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

    def __init__(self, audit: AuditSubgraph) -> None:
        self._audit = audit

    @override
    async def since(self, at: int, context: OperationContext) -> Sequence[Past]:
        data = await self._audit.execute("Alike", _ALIKE, {"since": format_instant(at)}, context)
        return [one for shape in data["alikeOperations"] for one in _past(shape)]

    @override
    async def touched(self, keys: Collection[str], at: int, context: OperationContext) -> int:
        if not keys:
            return 0
        variables = {"since": format_instant(at), "keys": sorted(keys)}
        data = await self._audit.execute("Touched", _TOUCHED, variables, context)
        return data["touchedCustomers"]

    @override
    async def touching(
        self, keys: Collection[str], names: Collection[str], at: int, context: OperationContext
    ) -> Touching:
        variables = {"since": format_instant(at), "keys": sorted(keys), "names": sorted(names)}
        data = await self._audit.execute("Touching", _TOUCHING, variables, context)
        found = data["touchingOperations"]
        return Touching(found["operations"], frozenset(found["names"]))

    @override
    async def attributes(
        self, principals: Collection[str], context: OperationContext
    ) -> Mapping[str, Attributes]:
        if not principals:
            return {}
        ordered = sorted(principals)
        data = await self._audit.execute(
            "Attributes", _ATTRIBUTES, {"principals": ordered}, context
        )
        texts: list[str] = data["knownAttributes"]
        return dict(zip(ordered, map(attributes_of_text, texts), strict=True))


def _past(shape: dict[str, Any]) -> Iterator[Past]:
    uses = tuple(PastUse(**use) for use in shape["uses"])
    for one in shape["asked"]:
        who = one["principal"], tuple(one["roles"])
        yield Past(one["key"], *who, shape["purpose"], uses, one["operations"])
