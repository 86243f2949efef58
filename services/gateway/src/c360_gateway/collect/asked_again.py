"""Grants by which a person was asked again: each names the answers that it replaces.

Records that join bring their answers with them, and the most restrictive of these holds until the
person is asked again. Who grants a purpose now does so for all records that are one customer now.
What profile says of them is written beside the grant, so that a replay makes the same of it, and
an un-merge gives each record its own answer back. Where profile cannot be asked, nothing is
replaced.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from logging import getLogger
from typing import Protocol

from c360_federation.execute.transport import (
    SubgraphRequest,
    SubgraphTransport,
    TransportError,
)
from c360_kernel.payload import ConsentRecorded
from typing_extensions import override

from c360_gateway.collect.kinds import Truth
from c360_gateway.context import OperationContext

_log = getLogger(__name__)
_QUERY = (
    "query ReplacedAnswers($sources: [String!]!, $keys: [String!]!, $purposes: [String!]!)"
    " { replacedAnswers(sources: $sources, keys: $keys, purposes: $purposes) }"
)
_NOW_MS = 300_000
"""A grant that is older than this when it arrives was not asked for now."""


class ReplacedAnswers(Protocol):
    """Knows what other records of a customer hold against grants."""

    async def of(
        self, grants: Sequence[ConsentRecorded], context: OperationContext
    ) -> Sequence[tuple[str, ...]]:
        """The stamps of the answers, for each grant; none where they are not known."""
        ...


class SubgraphReplacedAnswers(ReplacedAnswers):
    """Asks the profile subgraph."""

    def __init__(self, transport: SubgraphTransport, subgraph: str = "profile") -> None:
        self._transport = transport
        self._subgraph = subgraph

    @override
    async def of(
        self, grants: Sequence[ConsentRecorded], context: OperationContext
    ) -> Sequence[tuple[str, ...]]:
        variables = {
            "sources": [one.record.source for one in grants],
            "keys": [one.record.key for one in grants],
            "purposes": [one.purpose for one in grants],
        }
        request = SubgraphRequest(_QUERY, variables, "ReplacedAnswers")
        # A grant counts for records, too, that its sender may not see.
        everybody = replace(context, caller=replace(context.caller, predicate=""))
        try:
            response = await self._transport.execute(self._subgraph, request, everybody)
            found: list[list[str]] = (response.data or {})["replacedAnswers"]
        except (TransportError, KeyError, TypeError) as error:
            _log.warning("answers to replace cannot be asked for: %s", type(error).__name__)
            return [()] * len(grants)
        return [tuple(stamps) for stamps in found]


async def replacing(
    payloads: Sequence[Truth],
    arrived: Sequence[int],
    answers: ReplacedAnswers,
    context: OperationContext,
) -> Sequence[Truth]:
    """The payloads, given when each `arrived` (ms UTC), grants of now with what they replace."""
    places = [
        place
        for place, (payload, at) in enumerate(zip(payloads, arrived, strict=True))
        if _is_grant_of_now(payload, at)
    ]
    if not places:
        return payloads
    grants = [one for one in map(payloads.__getitem__, places) if isinstance(one, ConsentRecorded)]
    found = await answers.of(grants, context)
    made = list(payloads)
    for place, grant, stamps in zip(places, grants, found, strict=True):
        made[place] = replace(grant, supersedes=stamps)
    return made


def _is_grant_of_now(payload: Truth, arrived: int) -> bool:
    if not isinstance(payload, ConsentRecorded) or payload.status != "granted":
        return False
    return not payload.claimed_at and arrived - payload.at <= _NOW_MS
