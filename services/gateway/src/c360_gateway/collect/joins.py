"""Writing is no look-up: whoever also reads customers joins only so many identifiers an hour.

A record with a guessed identifier shows, once it is joined, whose it is. So for a principal that
may read customers, every identifier that is new to its record counts, and every one that joins
another customer counts against a smaller number. Whether one item is refused never depends on
whether that item joins: a refusal would tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import IntEnum
from logging import getLogger
from typing import NamedTuple, Protocol

from c360_federation.execute.transport import (
    SubgraphRequest,
    SubgraphTransport,
    TransportError,
)
from c360_kernel.errors import Transient
from c360_kernel.payload import AccountUpserted
from c360_kernel.record import Identifier, RecordKey
from typing_extensions import override

from c360_gateway.collect.items import Refusal
from c360_gateway.collect.kinds import Truth
from c360_gateway.context import OperationContext
from c360_gateway.query.token_bucket import TokenBuckets

JOIN_LIMITED = "JOIN_LIMITED"
_CUSTOMER = "Customer.id"
_HOUR_S = 3600.0
_QUERY = (
    "query Joins($sources: [String!]!, $keys: [String!]!, $types: [String!]!, $values: [String!]!)"
    " { joins(sources: $sources, keys: $keys, types: $types, values: $values) }"
)
_log = getLogger(__name__)


class Novelty(IntEnum):
    """What an identifier would be to a record that is sent with it."""

    KNOWN = 0
    NEW = 1
    JOINS = 2


class Observed(NamedTuple):
    """An identifier that a record is sent with, as it was written."""

    record: RecordKey
    identifier: Identifier


class Joins(Protocol):
    """Knows what identifiers would join."""

    async def of(
        self, observed: Sequence[Observed], context: OperationContext
    ) -> Sequence[Novelty]:
        """One answer for each, in order; raises `Transient` when it cannot be known."""
        ...


class SubgraphJoins(Joins):
    """Asks the identity subgraph."""

    def __init__(self, transport: SubgraphTransport, subgraph: str = "identity") -> None:
        self._transport = transport
        self._subgraph = subgraph

    @override
    async def of(
        self, observed: Sequence[Observed], context: OperationContext
    ) -> Sequence[Novelty]:
        request = SubgraphRequest(_QUERY, _variables(observed), "Joins")
        # What is counted is not told: whom it joins counts also where the caller may not see them.
        everybody = replace(context, caller=replace(context.caller, predicate=""))
        try:
            response = await self._transport.execute(self._subgraph, request, everybody)
            return [Novelty(one) for one in (response.data or {})["joins"]]
        except (TransportError, KeyError, TypeError, ValueError) as error:
            _log.warning("joins cannot be asked for: %s", type(error).__name__)
            message = "what these items would join cannot be known now"
            raise Transient(message, code="JOINS_UNAVAILABLE") from error


class JoinQuota:
    """What each principal that may read customers may still send in this hour, in this process."""

    def __init__(self, joins: Joins, joins_per_hour: int, identifiers_per_hour: int) -> None:
        self._joins = joins
        self._joined = TokenBuckets(joins_per_hour, _HOUR_S)
        self._sent = TokenBuckets(identifiers_per_hour, _HOUR_S)

    async def refused(
        self, payloads: Sequence[Truth], context: OperationContext
    ) -> Sequence[Refusal | None]:
        """A refusal, or None, for each item, in order."""
        if context.table.read(_CUSTOMER).action == "deny":
            return [None] * len(payloads)
        observed = [_observed(payload) for payload in payloads]
        flat = [one for several in observed for one in several]
        joined = iter(await self._joins.of(flat, context) if flat else ())
        return [self._judge([next(joined) for _ in several], context) for several in observed]

    def _judge(self, novelties: Sequence[Novelty], context: OperationContext) -> Refusal | None:
        principal = context.principal.subject
        new = sum(one is not Novelty.KNOWN for one in novelties)
        if not new:
            return None
        if self._joined.take(principal, 0) or self._sent.take(principal, new):
            return _LIMITED
        self._joined.charge(principal, sum(one is Novelty.JOINS for one in novelties))
        return None


_LIMITED = Refusal(
    JOIN_LIMITED,
    "identifiers",
    "who may read customers may send only so many new identifiers an hour",
    retryable=True,
)


def _observed(payload: Truth) -> Sequence[Observed]:
    # What an account carries joins no person.
    if isinstance(payload, AccountUpserted):
        return ()
    identifiers: Sequence[Identifier] = getattr(payload, "identifiers", ())
    return [Observed(payload.record, one) for one in identifiers]


def _variables(observed: Sequence[Observed]) -> dict[str, object]:
    return {
        "sources": [one.record.source for one in observed],
        "keys": [one.record.key for one in observed],
        "types": [one.identifier.type for one in observed],
        "values": [one.identifier.value for one in observed],
    }
