"""What profile says became of answers to consents: they decide, repeat, or are outranked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from logging import getLogger
from typing import Protocol

from c360_federation.execute.transport import (
    SubgraphRequest,
    SubgraphTransport,
    TransportError,
)
from c360_kernel.payload import ConsentRecorded

from c360_gateway.collect.items import ItemStatus
from c360_gateway.context import OperationContext

_log = getLogger(__name__)
_LISTS = ("sources", "keys", "purposes", "statuses", "times", "claims", "stamps")
_QUERY = (
    f"query ConsentOutcomes({' '.join(f'${name}: [String!]!' for name in _LISTS)})"
    f" {{ consentOutcomes({' '.join(f'{name}: ${name}' for name in _LISTS)}) }}"
)


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer that profile has handled, and the stamp of its entry."""

    stamp: str
    payload: ConsentRecorded


class ConsentReceipts(Protocol):
    """Answers for consents that profile has handled."""

    async def of(
        self, answers: Sequence[Answered], context: OperationContext
    ) -> Mapping[str, ItemStatus]:
        """The status by stamp; what is not known is left out."""
        ...


class SubgraphConsentReceipts:
    """Asks the profile subgraph."""

    def __init__(self, transport: SubgraphTransport, subgraph: str = "profile") -> None:
        self._transport = transport
        self._subgraph = subgraph

    async def of(
        self, answers: Sequence[Answered], context: OperationContext
    ) -> Mapping[str, ItemStatus]:
        """Empty when profile cannot be asked."""
        columns = zip(*map(_columns, answers), strict=True)
        variables = {name: list(column) for name, column in zip(_LISTS, columns, strict=True)}
        request = SubgraphRequest(_QUERY, variables, "ConsentOutcomes")
        try:
            response = await self._transport.execute(self._subgraph, request, context)
        except TransportError as error:
            _log.warning("outcomes of consents cannot be asked for: %s", error.code)
            return {}
        outcomes: Sequence[str | None] = (response.data or {}).get("consentOutcomes") or ()
        answered = zip(answers, outcomes, strict=False)
        return {one.stamp: ItemStatus[outcome] for one, outcome in answered if outcome is not None}


def _columns(answer: Answered) -> tuple[str, ...]:
    """One row, in the order of the lists."""
    payload = answer.payload
    record = payload.record
    times = str(payload.at), str(payload.claimed_at)
    return record.source, record.key, payload.purpose, payload.status, *times, answer.stamp
