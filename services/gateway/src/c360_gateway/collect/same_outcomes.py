"""Of each `same` that was taken whether it joined the two, and why not.

A decision is kept whatever it does: a limit or another steward may stand above it. Which identifier
type a limit is of is told to who may be told what refuses evidence (`IdentityRefusal.by`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from logging import getLogger
from typing import NamedTuple, Protocol

from c360_federation.execute.transport import (
    SubgraphRequest,
    SubgraphTransport,
    TransportError,
)
from c360_kernel.payload import DecisionMade
from c360_kernel.record import RecordKey

from c360_gateway.collect.items import ItemResult, Refusal, Stage
from c360_gateway.context import OperationContext

_PATH = "decision"
_BY = "IdentityRefusal.by"
_HINDRANCES = {
    "LIMIT": ("SAME_OVER_LIMIT", "together they hold more than one customer may of: {by}"),
    "STEWARD": ("SAME_KEPT_APART", "a steward said of records of the two: not the same"),
    "OVERRULED": ("SAME_OVERRULED", "another decision on these two records holds"),
    "UNKNOWN": ("SAME_RECORD_UNKNOWN", "one of the two records is not there"),
}
_QUERY = (
    "query SameOutcomes($sources: [String!]!, $keys: [String!]!)"
    " { sameOutcomes(sources: $sources, keys: $keys) { together hindrance by } }"
)
_log = getLogger(__name__)


class SameOutcome(NamedTuple):
    """Whether two records are one customer; else what hinders a `same`, and by which type."""

    together: bool
    hindrance: str
    by: str


class SameOutcomes(Protocol):
    """Knows what each `same` did."""

    async def of(
        self, decisions: Sequence[DecisionMade], context: OperationContext
    ) -> Sequence[SameOutcome]:
        """One for each, in their order; none at all where it cannot be known."""
        ...


class SubgraphSameOutcomes:
    """Asks the identity subgraph."""

    def __init__(self, transport: SubgraphTransport, subgraph: str = "identity") -> None:
        self._transport = transport
        self._subgraph = subgraph

    async def of(
        self, decisions: Sequence[DecisionMade], context: OperationContext
    ) -> Sequence[SameOutcome]:
        """None when identity cannot be asked."""
        keys: list[RecordKey] = [key for one in decisions for key in (one.a, one.b)]
        variables = {"sources": [key.source for key in keys], "keys": [key.key for key in keys]}
        request = SubgraphRequest(_QUERY, variables, "SameOutcomes")
        try:
            response = await self._transport.execute(self._subgraph, request, context)
        except TransportError as error:
            _log.warning("what decisions did cannot be asked for: %s", error.code)
            return ()
        told: Sequence[Mapping[str, object]] = (response.data or {}).get("sameOutcomes") or ()
        return [
            SameOutcome(one["together"] is True, str(one["hindrance"]), str(one["by"]))
            for one in told
        ]


async def with_outcomes(
    results: Sequence[ItemResult], outcomes: SameOutcomes, context: OperationContext
) -> Sequence[ItemResult]:
    """The results; of each `same` that identity has handled whether the two are one customer."""
    said = {
        one.index: one.payload
        for one in results
        if isinstance(one.payload, DecisionMade)
        and one.payload.kind == "same"
        and one.stage not in (None, Stage.LOG)
    }
    if not said:
        return results
    found = dict(zip(said, await outcomes.of(list(said.values()), context), strict=False))
    return [_told(one, found[one.index], context) if one.index in found else one for one in results]


def _told(result: ItemResult, outcome: SameOutcome, context: OperationContext) -> ItemResult:
    if outcome.together or outcome.hindrance not in _HINDRANCES:
        return replace(result, together=outcome.together)
    code, message = _HINDRANCES[outcome.hindrance]
    by = outcome.by if context.table.read(_BY).action == "allow" else "an identifier type"
    hindrance = Refusal(code, _PATH, message.format(by=by))
    return replace(result, together=False, hindrance=hindrance)
