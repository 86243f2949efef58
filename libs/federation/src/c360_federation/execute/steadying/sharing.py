"""Equal reads that are under way at the same time are sent once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from dataclasses import replace
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
_Waiting: TypeAlias = "asyncio.Future[SubgraphResponse | None]"


class SharingTransport:
    """Sends a read once for all who ask for it with an equal context key.

    The key has to hold whatever the subgraph decides by: principal, roles, purpose, policy
    version, row filter. The first one's context travels with the request; when the first one
    leaves before the answer is there, another of them sends it again.
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
        while (flight := self._flights.get(slot)) is not None:
            response = await flight.joined()
            if response is not None:
                return response
        flight = self._flights[slot] = _Flight()
        try:
            response = await self._inner.execute(subgraph, request, context)
        except Exception as error:
            self._land(slot).fail(error)
            raise
        except BaseException:
            self._land(slot).give_up()
            raise
        self._land(slot).answer(response)
        return response

    def _land(self, slot: _Slot) -> _Flight:
        # Later readers may have other news to hear: only what is under way is shared.
        return self._flights.pop(slot)

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


class _Flight:
    """A read under way, and those who wait for its answer beside the one who sent it."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: list[_Waiting] = []

    async def joined(self) -> SubgraphResponse | None:
        """The answer once it is there; None when the one who sent the read has left."""
        waiting: _Waiting = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        return await waiting

    def answer(self, response: SubgraphResponse) -> None:
        """Each reader merges into what it gets, so each gets its own."""
        if not self._waiting:
            return
        for waiting in self._still_waiting():
            try:
                own = replace(response, data=copied(response.data), errors=copied(response.errors))
            except Exception as error:
                # Nobody may wait for ever because of what one subgraph calls an answer.
                waiting.set_exception(error)
            else:
                waiting.set_result(own)

    def fail(self, error: Exception) -> None:
        """Trouble is shared too."""
        for waiting in self._still_waiting():
            waiting.set_exception(error)

    def give_up(self) -> None:
        """The first of those who wait will find nothing under way."""
        for waiting in self._still_waiting():
            waiting.set_result(None)

    def _still_waiting(self) -> list[_Waiting]:
        return [one for one in self._waiting if not one.done()]
