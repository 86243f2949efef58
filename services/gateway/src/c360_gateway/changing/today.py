"""The customers of today, as the profile service counts them; whom operations touched, as audit."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from c360_federation.execute.transport import SubgraphRequest, SubgraphTransport, TransportError
from c360_kernel.conditions.plain import condition_text
from c360_kernel.conditions.tree import EVERYBODY, ValueCondition
from c360_kernel.errors import Transient
from c360_policy.trying.today import CustomersToday, TouchedCustomers, Touching
from typing_extensions import override

from c360_gateway.changing.past import PastOperations
from c360_gateway.context import OperationContext

_IDS = "query Now($purpose: String) { customersNow(purpose: $purpose) }"
_COUNT = "query HowMany { howManyNow }"


class SubgraphToday(CustomersToday):
    """Asks the profile subgraph, as somebody who sees whom a condition lets be seen."""

    def __init__(
        self, transport: SubgraphTransport, context: OperationContext, subgraph: str = "profile"
    ) -> None:
        self._transport = transport
        self._context = context
        self._subgraph = subgraph

    @override
    async def count(self, condition: ValueCondition) -> int:
        request = SubgraphRequest(_COUNT, {}, "HowMany")
        return (await self._data(request, condition))["howManyNow"]

    @override
    async def matching(self, condition: ValueCondition) -> frozenset[str]:
        return await self._ids(None, condition)

    @override
    async def consenting(self, purpose: str) -> frozenset[str]:
        return await self._ids(purpose, EVERYBODY)

    async def _ids(self, purpose: str | None, condition: ValueCondition) -> frozenset[str]:
        request = SubgraphRequest(_IDS, {"purpose": purpose}, "Now")
        return frozenset((await self._data(request, condition))["customersNow"])

    async def _data(self, request: SubgraphRequest, condition: ValueCondition) -> dict[str, Any]:
        predicate = "" if condition == EVERYBODY else condition_text(condition)
        caller = replace(self._context.present_caller(), predicate=predicate)
        context = replace(self._context, caller=caller, written_before=None)
        try:
            response = await self._transport.execute(self._subgraph, request, context)
        except TransportError as error:
            raise _away() from error
        if response.data is None:
            raise _away()
        return response.data


class NamedTouched(TouchedCustomers):
    """Asks by the names that customers have in the audit; `names_of` gives those of an id."""

    def __init__(
        self,
        past: PastOperations,
        names_of: Callable[[str], frozenset[str]],
        since: int,
        context: OperationContext,
    ) -> None:
        self._past = past
        self._names_of = names_of
        self._since = since
        self._context = context
        self._known: dict[str, frozenset[str]] = {}

    @override
    async def touching(self, keys: Collection[str], customers: Collection[str]) -> Touching:
        by_name = self._by_name(customers)
        if not keys or not by_name:
            return Touching(0, frozenset())
        found = await self._past.touching(keys, by_name.keys(), self._since, self._context)
        return Touching(found.operations, frozenset(by_name[one] for one in found.customers))

    def _by_name(self, customers: Collection[str]) -> Mapping[str, str]:
        for one in customers:
            if one not in self._known:
                self._known[one] = self._names_of(one)
        return {name: one for one in customers for name in self._known[one]}


def _away() -> Transient:
    return Transient("customers cannot be counted now", code="CUSTOMERS_UNREADABLE")
