"""Equal reads that are under way at the same time are sent once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TypeAlias

import orjson

from c360_federation.execute.merging import copied
from c360_federation.execute.transport import (
    SubgraphRequest,
    SubgraphResponse,
    SubgraphTransport,
)

ContextKey: TypeAlias = Callable[[object], Hashable | None]
"""What of a context decides the answer; None when the answer may not be shared."""
_Slot: TypeAlias = tuple[str, str, str | None, bytes, Hashable]


@dataclass(slots=True)
class _Flight:
    task: asyncio.Task[SubgraphResponse]
    waiting: int = 0
    is_shared: bool = False


class SharingTransport:
    """Sends a read once for all who ask for it with an equal context key.

    The key has to hold whatever the subgraph decides by: principal, roles, purpose, policy
    version, row filter. The first one's context travels with the request.
    """

    def __init__(self, inner: SubgraphTransport, context_key: ContextKey) -> None:
        self._inner = inner
        self._context_key = context_key
        self._flights: dict[_Slot, _Flight] = {}

    async def execute(
        self, subgraph: str, request: SubgraphRequest, context: object
    ) -> SubgraphResponse:
        """Send a request, or wait for an equal one."""
        slot = self._slot(subgraph, request, context)
        if slot is None:
            return await self._inner.execute(subgraph, request, context)
        flight = self._flights.get(slot)
        if flight is None:
            flight = self._take_off(slot, subgraph, request, context)
        else:
            flight.is_shared = True
        return await self._land(slot, flight)

    def _slot(self, subgraph: str, request: SubgraphRequest, context: object) -> _Slot | None:
        if request.operation != "query":
            return None
        key = self._context_key(context)
        if key is None:
            return None
        try:
            variables = orjson.dumps(request.variables, option=orjson.OPT_SORT_KEYS)
        except TypeError:  # an integer beyond 64 bits
            return None
        return (subgraph, request.query, request.operation_name, variables, key)

    def _take_off(
        self, slot: _Slot, subgraph: str, request: SubgraphRequest, context: object
    ) -> _Flight:
        task = asyncio.ensure_future(self._inner.execute(subgraph, request, context))
        flight = self._flights[slot] = _Flight(task)
        # Later readers may have other news to hear: only what is under way is shared.
        task.add_done_callback(lambda _: self._gone(slot, flight))
        return flight

    def _gone(self, slot: _Slot, flight: _Flight) -> None:
        if self._flights.get(slot) is flight:
            del self._flights[slot]

    async def _land(self, slot: _Slot, flight: _Flight) -> SubgraphResponse:
        flight.waiting += 1
        try:
            response = await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if not flight.waiting and not flight.task.done():
                self._gone(slot, flight)
                flight.task.cancel()
        if not flight.is_shared:
            return response
        # Each reader merges into what it gets.
        return SubgraphResponse(copied(response.data), copied(response.errors))
