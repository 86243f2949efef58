"""Who consents to the purpose of a caller: the service that keeps consents says."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from logging import getLogger
from typing import NamedTuple, Protocol

from c360_federation.execute.transport import (
    SubgraphRequest,
    SubgraphTransport,
    TransportError,
)
from typing_extensions import override

from c360_gateway.context import OperationContext

_QUERY = (
    "query Consented($purpose: String!, $customers: [ID!]!, $sources: [String!]!,"
    " $keys: [String!]!) { consented(purpose: $purpose, customers: $customers, sources: $sources,"
    " keys: $keys) }"
)
_log = getLogger(__name__)


class Owner(NamedTuple):
    """Whose a value is: a customer, or the customer of a source's record (then `source` is set)."""

    key: str
    source: str = ""


class ConsentStates(Protocol):
    """Knows who consents."""

    async def granted(
        self, owners: Collection[Owner], context: OperationContext
    ) -> frozenset[Owner]:
        """Those who consent to the caller's purpose; nobody where that cannot be known."""
        ...


class SubgraphConsentStates(ConsentStates):
    """Asks the profile subgraph."""

    def __init__(self, transport: SubgraphTransport, subgraph: str = "profile") -> None:
        self._transport = transport
        self._subgraph = subgraph

    @override
    async def granted(
        self, owners: Collection[Owner], context: OperationContext
    ) -> frozenset[Owner]:
        purpose = context.caller.purpose
        if not owners or not purpose:
            return frozenset()
        customers = [one for one in owners if not one.source]
        records = [one for one in owners if one.source]
        variables = {
            "purpose": purpose,
            "customers": [one.key for one in customers],
            "sources": [one.source for one in records],
            "keys": [one.key for one in records],
        }
        request = SubgraphRequest(_QUERY, variables, "Consented")
        present = replace(context, caller=context.present_caller(), written_before=None)
        try:
            response = await self._transport.execute(self._subgraph, request, present)
            answers: list[bool] = (response.data or {})["consented"]
        except (TransportError, KeyError, TypeError) as error:
            _log.warning("consents cannot be asked for: %s", type(error).__name__)
            return frozenset()
        granted = zip([*customers, *records], answers, strict=True)
        return frozenset(one for one, is_granted in granted if is_granted)
